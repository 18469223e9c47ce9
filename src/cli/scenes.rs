//! `lesionscope evaluate`: runs the scan over clips and judges its circles against their truth.

use crate::counted;
use std::path::Path;

use anyhow::Context;

use super::args::Cli;
use super::evaluate::{judge_file, show, write_page};
use super::evaluate_args::{EvaluateArgs, EvaluateCommand, ScenesArgs};
use super::exit::Exit;
use super::judging::scan;
use super::say::note;
use super::setup::Preparation;
use crate::config::Config;
use crate::evaluate::detections::SeenFrame;
use crate::evaluate::scenes::{clips, evaluate_scenes};
use crate::source::Stop;

/// Runs the command.
pub(super) fn run(cli: &Cli, args: &EvaluateArgs, config: &Config) -> anyhow::Result<Exit> {
    match &args.what {
        EvaluateCommand::Scenes(args) => scenes(cli, args, config),
        EvaluateCommand::Photos(args) => super::photos::run(cli, args, config),
        EvaluateCommand::Closeups(args) => super::closeups::run(cli, args),
        EvaluateCommand::Explanations(args) => super::explanations::run(cli, args, config),
        EvaluateCommand::Networks(args) => super::networks::run(cli, args),
        EvaluateCommand::Detections { detections, truth, json } => {
            show(&judge_file(detections, truth, None)?, json.as_deref())?;
            Ok(Exit::Done)
        }
    }
}

fn scenes(cli: &Cli, args: &ScenesArgs, config: &Config) -> anyhow::Result<Exit> {
    let report = evaluate_scenes(&clips(&args.dir)?, |clip, take| {
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
