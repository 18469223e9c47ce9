//! The arguments of `evaluate`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::{ScanFlags, SourceFlags};
use super::classifier::ModelFlags;

/// `evaluate`.
#[derive(Debug, Args)]
pub(super) struct EvaluateArgs {
    /// Against what.
    #[command(subcommand)]
    pub(super) what: EvaluateCommand,
}

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(super) enum EvaluateCommand {
    /// Circles against the truth of clips: lesion recall, false circles a frame, errors of place and radius.
    Scenes(ScenesArgs),
    /// The classifier against close-ups of known class: areas under ROC curves, confusion, calibration.
    ///
    /// Looks at the middle of every picture at three sizes; no mask is used. A manifest.tsv is judged on its validation side.
    Closeups(CloseupsArgs),
    /// The circles of a detections.jsonl against the truth of its clip.
    Detections {
        /// The list of circles that a run wrote.
        detections: PathBuf,
        /// The truth of its clip.
        truth: PathBuf,
        /// Write the figures as JSON as well.
        #[arg(long, value_name = "FILE.json")]
        json: Option<PathBuf>,
    },
}

/// `evaluate scenes`.
#[derive(Debug, Args)]
pub(super) struct ScenesArgs {
    /// Folder of clips, each with its truth beside it as NAME.jsonl.
    pub(super) dir: PathBuf,
    /// Write the figures as JSON as well.
    #[arg(long, value_name = "FILE.json")]
    pub(super) json: Option<PathBuf>,
    /// Write a page with tables and the free-response ROC curve.
    #[arg(long, value_name = "FILE.html")]
    pub(super) report: Option<PathBuf>,
    /// Scan.
    #[command(flatten)]
    pub(super) scan: ScanFlags,
    /// Source.
    #[command(flatten)]
    pub(super) pace: SourceFlags,
}

/// `evaluate closeups`.
#[derive(Debug, Args)]
pub(super) struct CloseupsArgs {
    /// Folder with one folder a class, or a manifest.tsv (columns path, class; split, group, source, note are used too).
    pub(super) data: PathBuf,
    /// Model.
    #[command(flatten)]
    pub(super) model: ModelFlags,
    /// Of a manifest with a split, judge both sides: what was trained on as well.
    #[arg(long)]
    pub(super) all: bool,
    /// Look at the mirror images too and take the mean.
    #[arg(long)]
    pub(super) flips: bool,
    /// Write every answer: path, true class, one column a class.
    #[arg(long, value_name = "FILE.csv")]
    pub(super) predictions: Option<PathBuf>,
    /// Write the figures as JSON as well.
    #[arg(long, value_name = "FILE.json")]
    pub(super) json: Option<PathBuf>,
    /// Write a page with tables and plots.
    #[arg(long, value_name = "FILE.html")]
    pub(super) report: Option<PathBuf>,
}
