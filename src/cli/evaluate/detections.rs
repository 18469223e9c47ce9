//! `lesionscope evaluate detections`: the circles of a list against the truth of their clip.

use std::path::PathBuf;

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::globals::Globals;
use crate::cli::paths::outputs::Outputs;
use crate::cli::written::ReportFlags;
use crate::evaluate::detections::read_detections;
use crate::evaluate::scenes::evaluate_frames;
use crate::evaluate::truth_files::read_truth;

/// `evaluate detections`.
#[derive(Debug, Args)]
pub(crate) struct DetectionsArgs {
    /// The list of circles that a run wrote.
    pub(crate) detections: PathBuf,
    /// The truth of its clip.
    pub(crate) truth: PathBuf,
    /// Where the figures go.
    #[command(flatten)]
    pub(crate) written: ReportFlags,
}

/// Runs the command. The size of the clip is not known: all listed lesions count.
pub(crate) fn run(globals: &Globals, args: &DetectionsArgs, outputs: &Outputs) -> anyhow::Result<Exit> {
    let DetectionsArgs { detections, truth, written } = args;
    let read = [detections, truth].into_iter().chain(&globals.config).cloned();
    outputs.check_apart(&read.collect::<Vec<_>>())?;
    let frames = read_detections(detections, None)?;
    let truth_frames = read_truth(truth)?;
    let name = detections.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let report = evaluate_frames(&name, &truth_frames, frames);
    if report.all.frames == 0 {
        let (a, b) = (detections.display(), truth.display());
        anyhow::bail!("{a} has no frame in common with {b}; they must belong to the same clip");
    }
    written.finish(&report, &report.table(), |command| report.html(command))
}
