//! `lesionscope evaluate`: a model or its circles against what is known.

mod all;
mod clips;
mod closeups;
mod detections;
mod explanations;
mod judging;
mod masked;
mod material;
mod networks;
mod photos;
mod scanning;
mod scenes;
mod videos;

use clap::{Args, Subcommand};

use self::all::AllArgs;
use self::clips::ClipArgs;
use self::closeups::CloseupsArgs;
use self::detections::DetectionsArgs;
use self::explanations::ExplanationsArgs;
use self::networks::NetworksArgs;
use self::photos::PhotosArgs;
use crate::cli::exit::Exit;
use crate::cli::globals::Globals;
use crate::cli::paths::error::PathError;
use crate::cli::paths::outputs::Outputs;
use crate::config::{Config, SettingsLayer};

/// `evaluate`.
#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// Against what.
    #[command(subcommand)]
    pub(crate) what: EvaluateCommand,
    /// Write the files of --json, --report and --predictions over files that exist; what is read is never written over.
    #[arg(long, global = true)]
    pub(crate) exist_ok: bool,
}

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum EvaluateCommand {
    /// Circles against the truth of clips: lesion recall, false circles a frame, errors of position and radius.
    ///
    /// The truth of a clip lies beside it as NAME.jsonl.
    #[command(after_help = "Examples:
  lesionscope evaluate scenes data/scenes --json scenes.json
  lesionscope evaluate scenes data/scenes --vid-stride 6 --report scenes.html")]
    Scenes(ClipArgs),
    /// Circles against photos: recall of boxed lesions, false circles, photos without lesions that are left in peace.
    ///
    /// Every photo is scanned as a still. A circle finds a box when its centre lies within the circle around the box (half
    /// the longer side in radius) grown by half, and it is at most three times larger or smaller.
    #[command(after_help = "Examples:
  lesionscope evaluate photos backs/boxes.json hands-without-lesions --report photos.html")]
    Photos(PhotosArgs),
    /// The classifier against close-ups of known class: areas under ROC curves, confusion, calibration.
    ///
    /// Looks at the middle of every picture at three sizes; no mask is used. What the model was trained on is left out: by the record in
    /// its folder, or as a manifest.tsv says.
    #[command(after_help = "Examples:
  lesionscope evaluate closeups my-closeups --report closeups.html --predictions answers.csv
  lesionscope evaluate closeups my-closeups --model models/mine --split report")]
    Closeups(CloseupsArgs),
    /// Which explanations to believe: every method against lesion masks, against the score that it explains, and against a
    /// network whose weights were shuffled.
    #[command(after_help = "Examples:
  lesionscope evaluate explanations target/data/open --method layer-cam,rise --limit 24
  lesionscope evaluate explanations data/scenes --shift 0.25 --json explanations.json")]
    Explanations(ExplanationsArgs),
    /// Trained models side by side: what a window costs, areas under ROC curves, calibration.
    #[command(after_help = "Examples:
  lesionscope evaluate networks models/*/ --data target/data/open")]
    Networks(NetworksArgs),
    /// The circles of a detections.jsonl against the truth of its clip.
    #[command(after_help = "Examples:
  lesionscope evaluate detections runs/exp/detections.jsonl data/scenes/arm.jsonl")]
    Detections(DetectionsArgs),
    /// Circles on clips that show no lesion: all of them false, on skin and off it.
    ///
    /// Clips with a truth file NAME.jsonl beside them are passed over.
    #[command(after_help = "Examples:
  lesionscope evaluate videos hands-without-lesions --split report")]
    Videos(ClipArgs),
    /// One card of all that open data can measure, with intervals, development and report side by side.
    ///
    /// Thresholds and networks are chosen by the development side; what is quoted is the report side.
    #[command(after_help = "Examples:
  lesionscope evaluate all --data target/data/open --report card.html
  lesionscope evaluate all --data target/data/open --stride 6 --model models/mine")]
    All(AllArgs),
}

impl EvaluateArgs {
    /// The settings that the flags make.
    pub(crate) fn layers(&self) -> Vec<SettingsLayer> {
        match &self.what {
            EvaluateCommand::Scenes(args) | EvaluateCommand::Videos(args) => args.layers(),
            EvaluateCommand::Photos(args) => args.scan.layers(),
            EvaluateCommand::Closeups(_)
            | EvaluateCommand::Explanations(_)
            | EvaluateCommand::Networks(_)
            | EvaluateCommand::Detections(_)
            | EvaluateCommand::All(_) => Vec::new(),
        }
    }
}

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &EvaluateArgs, config: &Config) -> anyhow::Result<Exit> {
    let outputs = outputs(&args.what, args.exist_ok)?;
    match &args.what {
        EvaluateCommand::Scenes(args) => scenes::run(globals, args, config, &outputs),
        EvaluateCommand::Photos(args) => photos::run(globals, args, config, &outputs),
        EvaluateCommand::Closeups(args) => closeups::run(globals, args, config, &outputs),
        EvaluateCommand::Explanations(args) => explanations::run(globals, args, config, &outputs),
        EvaluateCommand::Networks(args) => networks::run(globals, args, config, &outputs),
        EvaluateCommand::Detections(args) => detections::run(globals, args, &outputs),
        EvaluateCommand::Videos(args) => videos::run(globals, args, config, &outputs),
        EvaluateCommand::All(args) => all::run(globals, args, config, &outputs),
    }
}

/// The files that the flags of the command name.
fn outputs(what: &EvaluateCommand, exist_ok: bool) -> Result<Outputs, PathError> {
    let (written, predictions) = match what {
        EvaluateCommand::Scenes(args) | EvaluateCommand::Videos(args) => (&args.written, &None),
        EvaluateCommand::Photos(args) => (&args.written, &None),
        EvaluateCommand::Closeups(args) => (&args.written, &args.predictions),
        EvaluateCommand::Explanations(args) => (&args.written, &None),
        EvaluateCommand::Networks(args) => (&args.written, &None),
        EvaluateCommand::Detections(args) => (&args.written, &None),
        EvaluateCommand::All(args) => (&args.written, &None),
    };
    let files = [("--json", &written.json), ("--report", &written.report), ("--predictions", predictions)];
    Outputs::new(files, exist_ok)
}
