//! Reports as files.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use crate::cli::exit::Exit;
use crate::cli::globals::typed;
use crate::cli::say::say;
use crate::files::replace;

/// Where the figures of an evaluation go besides the terminal.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ReportFlags {
    /// Write the figures as JSON as well.
    #[arg(long, value_name = "FILE.json")]
    pub(crate) json: Option<PathBuf>,
    /// Write a page with tables, and plots where there are any.
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,
}

impl ReportFlags {
    /// Writes what the flags ask for, then prints the table. `html` makes the page for a command line.
    pub(crate) fn finish(
        &self,
        figures: &impl Serialize,
        table: &str,
        html: impl FnOnce(&str) -> Result<String, String>,
    ) -> anyhow::Result<Exit> {
        if let Some(path) = &self.json {
            write_json(path, figures)?;
        }
        if let Some(path) = &self.report {
            write_page(path, html)?;
        }
        say(table)?;
        Ok(Exit::Done)
    }
}

/// Writes figures as JSON.
pub(super) fn write_json(path: &Path, figures: &impl Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(figures).context("the report could not be turned into JSON")?;
    write(path, &(text + "\n"))
}

/// Writes the page that `html` makes for the command line of this process.
pub(super) fn write_page(path: &Path, html: impl FnOnce(&str) -> Result<String, String>) -> anyhow::Result<()> {
    write(path, &html(&format!("lesionscope {}", typed().join(" "))).map_err(anyhow::Error::msg)?)
}

/// Writes a file, whole or not at all; the error names it.
pub(super) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    Ok(replace(path, text.as_bytes())?)
}
