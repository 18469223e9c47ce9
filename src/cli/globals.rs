//! Flags that all commands share.

use std::path::PathBuf;

use clap::{ArgAction, Args};

/// Heading of these flags in the help of every command.
const GENERAL: &str = "General";

/// The words of the command line as they were typed, without the name of the program.
pub(crate) fn typed() -> Vec<String> {
    std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect()
}

/// What all commands share.
#[derive(Debug, Args)]
pub(crate) struct Globals {
    /// Settings laid over the built-in ones; LESIONSCOPE_SECTION_KEY variables and flags go over them.
    #[arg(long, global = true, help_heading = GENERAL, value_name = "FILE.toml")]
    pub(crate) config: Option<PathBuf>,

    /// Print the settings in effect as TOML, and end.
    #[arg(long, global = true, help_heading = GENERAL)]
    pub(crate) print_config: bool,

    /// Tell more; twice: tell all.
    #[arg(short, long, global = true, help_heading = GENERAL, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,

    /// Tell errors only.
    #[arg(short, long, global = true, help_heading = GENERAL)]
    pub(crate) quiet: bool,
}
