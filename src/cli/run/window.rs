//! The hidden command that is the process of the live window, and how it is started.

use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use crate::cli::exit::Exit;
use crate::geometry::Size;
use crate::sink::SinkError;
use crate::sink::window::{WindowApart, serve};

/// Name of the command.
pub(crate) const NAME: &str = "window-process";

/// Arguments of the command.
#[derive(Debug, Args)]
pub(crate) struct WindowArgs {
    /// What stands over the window.
    title: String,
    /// Size of the pictures, px.
    width: u32,
    height: u32,
}

/// Shows what comes through the standard input until it ends.
pub(crate) fn run(args: &WindowArgs) -> anyhow::Result<Exit> {
    // Whoever asks this process to end means the program, which still has use for its window.
    ctrlc::set_handler(|| {})?;
    serve(&args.title, Size { width: args.width, height: args.height })?;
    Ok(Exit::Done)
}

/// Opens the window in a process of its own.
pub(crate) fn open(title: &str, size: Size) -> Result<WindowApart, SinkError> {
    let Size { width, height } = size;
    let mut program = Command::new(this_program());
    program.args([NAME, "--", title, &width.to_string(), &height.to_string()]);
    WindowApart::open(program)
}

/// This program, also if its file was replaced since it was started.
fn this_program() -> PathBuf {
    std::env::current_exe().ok().filter(|file| file.exists()).unwrap_or_else(|| PathBuf::from("/proc/self/exe"))
}
