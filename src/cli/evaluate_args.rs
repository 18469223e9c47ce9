//! The arguments of `evaluate`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::{ScanFlags, SourceFlags};
use super::classifier::ModelFlags;
use super::explanations::ExplanationsArgs;
use super::labelled::NamingFlags;

/// `evaluate`.
#[derive(Debug, Args)]
pub(super) struct EvaluateArgs {
    /// Against what.
    #[command(subcommand)]
    pub(super) what: EvaluateCommand,
    /// Write the files of --json, --report and --predictions over files that exist; what is read is never written over.
    #[arg(long, global = true)]
    pub(super) exist_ok: bool,
}

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(super) enum EvaluateCommand {
    /// Circles against the truth of clips: lesion recall, false circles a frame, errors of place and radius.
    Scenes(ScenesArgs),
    /// Circles against photos: recall of boxed lesions, false circles, photos without lesions that are left in peace.
    ///
    /// Every photo is scanned as a still. A circle finds a box when its centre lies within the circle around the box (half
    /// the longer side in radius) grown by half, and it is at most three times larger or smaller.
    Photos(PhotosArgs),
    /// The classifier against close-ups of known class: areas under ROC curves, confusion, calibration.
    ///
    /// Looks at the middle of every picture at three sizes; no mask is used. What the model was trained on is left out: by the record in
    /// its folder, or as a manifest.tsv says.
    Closeups(CloseupsArgs),
    /// Which explanations to believe: every method against lesion masks, against the score that it explains, and against a
    /// network whose weights were shuffled.
    Explanations(ExplanationsArgs),
    /// Trained models side by side: what a window costs, areas under ROC curves, calibration.
    Networks(NetworksArgs),
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

/// `evaluate photos`.
#[derive(Debug, Args)]
pub(super) struct PhotosArgs {
    /// boxes.json, COCO annotation file, or folder with one of them; the pictures of a folder without count as free of lesions.
    #[arg(value_name = "DIR|FILE.json", required = true)]
    pub(super) places: Vec<PathBuf>,
    /// Boxes whose longer side is smaller are reported apart, px.
    #[arg(long, value_name = "PX", default_value = "16")]
    pub(super) min_box: u32,
    /// Write the figures as JSON as well.
    #[arg(long, value_name = "FILE.json")]
    pub(super) json: Option<PathBuf>,
    /// Write a page with tables and curves.
    #[arg(long, value_name = "FILE.html")]
    pub(super) report: Option<PathBuf>,
    /// Scan.
    #[command(flatten)]
    pub(super) scan: ScanFlags,
}

/// `evaluate closeups`.
#[derive(Debug, Args)]
pub(super) struct CloseupsArgs {
    /// Folder with one folder a class, or a manifest.tsv (columns path, class; split, group, source, note are used too).
    pub(super) data: PathBuf,
    /// Model.
    #[command(flatten)]
    pub(super) model: ModelFlags,
    /// What the classes of the data are.
    #[command(flatten)]
    pub(super) naming: NamingFlags,
    /// Judge both sides: what the model was trained on as well.
    #[arg(long)]
    pub(super) all: bool,
    /// Look at the mirror images too and take the mean.
    #[arg(long)]
    pub(super) flips: bool,
    /// Paint this over every close-up first, to see whether the model answers to it: corners, ink, ruler, sticker or hairs.
    #[arg(long, value_name = "KIND")]
    pub(super) artefact: Option<String>,
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

/// `evaluate networks`.
#[derive(Debug, Args)]
pub(super) struct NetworksArgs {
    /// Folders of trained models.
    #[arg(value_name = "DIR", required = true)]
    pub(super) models: Vec<PathBuf>,
    /// Close-ups of known class: a folder with one folder a class, or a manifest.tsv. Those that one of the models was trained on are left out.
    #[arg(long)]
    pub(super) data: PathBuf,
    /// What the classes of the data are.
    #[command(flatten)]
    pub(super) naming: NamingFlags,
    /// Write the figures as JSON as well.
    #[arg(long, value_name = "FILE.json")]
    pub(super) json: Option<PathBuf>,
}
