//! `lesionscope evaluate detections`: the circles of a list against the truth of their clip.

use std::path::Path;

use crate::cli::say::say;
use crate::cli::written::write_json;
use crate::evaluate::detections::read_detections;
use crate::evaluate::report::ScenesReport;
use crate::evaluate::scenes::evaluate_frames;
use crate::evaluate::truth_files::read_truth;

/// Judges the detections file of a session against a truth file.
pub(super) fn judge(detections: &Path, truth: &Path) -> anyhow::Result<ScenesReport> {
    let frames = read_detections(detections, None)?;
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
pub(super) fn show(report: &ScenesReport, out: Option<&Path>) -> anyhow::Result<()> {
    if let Some(path) = out {
        write_json(path, report)?;
    }
    Ok(say(&report.table())?)
}
