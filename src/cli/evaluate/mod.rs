//! `lesionscope evaluate`: a model or its circles against what is known.

mod closeups;
mod detections;
mod explanations;
mod judging;
mod masked;
mod networks;
mod photos;
mod scenes;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use self::closeups::CloseupsArgs;
use self::explanations::ExplanationsArgs;
use self::networks::NetworksArgs;
use self::photos::PhotosArgs;
use self::scenes::ScenesArgs;
use crate::cli::exit::{Exit, Usage};
use crate::cli::globals::Globals;
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

impl EvaluateArgs {
    /// The settings that the flags make.
    pub(crate) fn layers(&self) -> Vec<SettingsLayer> {
        match &self.what {
            EvaluateCommand::Scenes(args) => [args.scan.layers(), args.pace.layers().to_vec()].concat(),
            EvaluateCommand::Photos(args) => args.scan.layers(),
            EvaluateCommand::Closeups(_)
            | EvaluateCommand::Explanations(_)
            | EvaluateCommand::Networks(_)
            | EvaluateCommand::Detections { .. } => Vec::new(),
        }
    }
}

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &EvaluateArgs, config: &Config) -> anyhow::Result<Exit> {
    let outputs = outputs(&args.what, args.exist_ok)?;
    match &args.what {
        EvaluateCommand::Scenes(args) => scenes::run(globals, args, (config, &outputs)),
        EvaluateCommand::Photos(args) => photos::run(globals, args, (config, &outputs)),
        EvaluateCommand::Closeups(args) => closeups::run(globals, args, (config, &outputs)),
        EvaluateCommand::Explanations(args) => explanations::run(globals, args, (config, &outputs)),
        EvaluateCommand::Networks(args) => networks::run(globals, args, (config, &outputs)),
        EvaluateCommand::Detections { detections: list, truth, json } => {
            let read = [list, truth].into_iter().chain(&globals.config).cloned();
            outputs.check_apart(&read.collect::<Vec<_>>())?;
            detections::show(&detections::judge(list, truth)?, json.as_deref())?;
            Ok(Exit::Done)
        }
    }
}

/// The files that the flags of the command name.
fn outputs(what: &EvaluateCommand, exist_ok: bool) -> Result<Outputs, Usage> {
    let none = None;
    let (json, report, predictions) = match what {
        EvaluateCommand::Scenes(args) => (&args.json, &args.report, &none),
        EvaluateCommand::Photos(args) => (&args.json, &args.report, &none),
        EvaluateCommand::Closeups(args) => (&args.json, &args.report, &args.predictions),
        EvaluateCommand::Explanations(args) => (&args.json, &args.report, &none),
        EvaluateCommand::Networks(args) => (&args.json, &none, &none),
        EvaluateCommand::Detections { json, .. } => (json, &none, &none),
    };
    Outputs::new([("--json", json), ("--report", report), ("--predictions", predictions)], exist_ok)
}
