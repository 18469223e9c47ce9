//! `lesionscope evaluate`: judges circles against truth, prints the table, writes the JSON.

use std::path::Path;

use anyhow::Context;
use serde::Serialize;

use super::say::say;
use crate::evaluate::detections::read_detections;
use crate::evaluate::report::ScenesReport;
use crate::evaluate::scenes::evaluate_frames;
use crate::evaluate::truth::read_truth;
use crate::files::replace;

/// Judges the detections file of a session against a truth file. `size` is that of the clip's frames, px: lesions whose
/// centre lies outside of it do not count; without it, all listed ones do.
pub fn judge_file(detections: &Path, truth: &Path, size: Option<(u32, u32)>) -> anyhow::Result<ScenesReport> {
    let frames = read_detections(detections, size)?;
    let truth_frames = read_truth(truth)?;
    let name = detections.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let report = evaluate_frames(&name, &truth_frames, frames);
    if report.all.frames == 0 {
        let (a, b) = (detections.display(), truth.display());
        anyhow::bail!("{a} has no frame in common with {b}; they must belong to the same clip");
    }
    Ok(report)
}

/// Prints the table of a report, and writes the report as JSON to `out` when given.
pub fn show(report: &ScenesReport, out: Option<&Path>) -> anyhow::Result<()> {
    if let Some(path) = out {
        write_json(path, report)?;
    }
    Ok(say(&report.table())?)
}

/// Writes figures as JSON.
pub(super) fn write_json(path: &Path, figures: &impl Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(figures).context("the report could not be turned into JSON")?;
    write(path, &(text + "\n"))
}

/// Writes the page that `html` makes for the command line of this process.
pub(super) fn write_page(path: &Path, html: impl FnOnce(&str) -> Result<String, String>) -> anyhow::Result<()> {
    let command = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
    write(path, &html(&format!("lesionscope {command}")).map_err(anyhow::Error::msg)?)
}

/// Writes a file, whole or not at all; the error names it.
pub(super) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    Ok(replace(path, text.as_bytes())?)
}
