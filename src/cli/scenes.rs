//! `lesionscope evaluate`: runs the scan over clips and judges its circles against their truth.

use crate::counted;
use std::path::Path;

use anyhow::Context;

use super::args::Cli;
use super::evaluate::{judge_file, show, write_page};
use super::evaluate_args::{EvaluateArgs, EvaluateCommand, ScenesArgs};
use super::exit::{Exit, Usage};
use super::inputs;
use super::judging::scan;
use super::outputs::Outputs;
use super::say::note;
use super::setup::Preparation;
use crate::config::Config;
use crate::evaluate::detections::SeenFrame;
use crate::evaluate::scenes::{clips, evaluate_scenes};
use crate::source::Stop;

/// Runs the command.
pub(super) fn run(cli: &Cli, args: &EvaluateArgs, config: &Config) -> anyhow::Result<Exit> {
    let outputs = outputs(&args.what, args.exist_ok)?;
    match &args.what {
        EvaluateCommand::Scenes(args) => scenes(cli, args, (config, &outputs)),
        EvaluateCommand::Photos(args) => super::photos::run(cli, args, (config, &outputs)),
        EvaluateCommand::Closeups(args) => super::closeups::run(cli, args, (config, &outputs)),
        EvaluateCommand::Explanations(args) => super::explanations::run(cli, args, (config, &outputs)),
        EvaluateCommand::Networks(args) => super::networks::run(cli, args, (config, &outputs)),
        EvaluateCommand::Detections { detections, truth, json } => {
            outputs.check_apart(&[detections.clone(), truth.clone()])?;
            show(&judge_file(detections, truth, None)?, json.as_deref())?;
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

fn scenes(cli: &Cli, args: &ScenesArgs, (config, outputs): (&Config, &Outputs)) -> anyhow::Result<Exit> {
    let clips = clips(&args.dir)?;
    let mut inputs = inputs::of_settings(cli, &args.scan.model);
    inputs.extend(clips.iter().flat_map(|clip| [clip.video.clone(), clip.truth.clone()]));
    outputs.check_apart(&inputs)?;
    let report = evaluate_scenes(&clips, |clip, take| {
        let frames = scan_clip(args, config, &clip.video, &mut *take)?;
        if !cli.quiet {
            note(&format!("{}: {}", clip.name, counted(frames, "frame")));
        }
        anyhow::Ok(())
    })?;
    if let Some(path) = &args.report {
        write_page(path, |command| report.html(command))?;
    }
    show(&report, args.json.as_deref())?;
    Ok(Exit::Done)
}

/// Runs the scan over a clip; returns the number of frames.
fn scan_clip(args: &ScenesArgs, config: &Config, clip: &Path, take: &mut dyn FnMut(SeenFrame)) -> anyhow::Result<u64> {
    // The pipeline asks its source to end when the front returns, so every clip has a wish to stop of its own.
    let word = clip.to_string_lossy();
    let preparation = Preparation::new(config.clone(), &word, &args.scan.model, Stop::default())?;
    let outcome = scan(preparation, &mut |scanned| take(scanned.seen));
    outcome.result.with_context(|| format!("{}", clip.display()))?;
    outcome.source.notes.iter().for_each(|said| note(said));
    Ok(outcome.tally.frames)
}
