//! Reports as files.

use std::path::Path;

use anyhow::Context;
use serde::Serialize;

use crate::cli::globals::typed;
use crate::files::replace;

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
