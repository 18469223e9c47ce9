//! `lesionscope evaluate`: runs the scan over clips and judges its circles against their truth.

use std::path::Path;

use anyhow::Context;
use crossbeam_channel::{Sender, bounded};

use super::args::{Cli, EvaluateArgs, EvaluateCommand, ScenesArgs};
use super::evaluate::{judge_file, show};
use super::exit::Exit;
use super::interrupt::Interrupt;
use super::say::note;
use super::setup::Preparation;
use crate::config::Config;
use crate::evaluate::detections::SeenFrame;
use crate::evaluate::matching::SeenCircle;
use crate::evaluate::scenes::{clips, evaluate_scenes};
use crate::pipeline::{Feed, NamedSink, run as run_pipeline};
use crate::sink::{Rendered, Sink, SinkError};
use crate::source::Stop;

/// Frames that may wait to be judged.
const WAITING: usize = 8;

/// Runs the command.
pub(super) fn run(cli: &Cli, args: &EvaluateArgs, config: &Config) -> anyhow::Result<Exit> {
    match &args.what {
        EvaluateCommand::Scenes(args) => scenes(cli, args, config),
        EvaluateCommand::Closeups(args) => super::closeups::run(cli, args),
        EvaluateCommand::Detections { detections, truth, json } => {
            show(&judge_file(detections, truth, None)?, json.as_deref())?;
            Ok(Exit::Done)
        }
    }
}

fn scenes(cli: &Cli, args: &ScenesArgs, config: &Config) -> anyhow::Result<Exit> {
    let stop = Stop::default();
    let interrupt = Interrupt::install(&stop)?;
    let report = evaluate_scenes(&clips(&args.dir)?, |clip, take| {
        if stop.requested() {
            return Ok(());
        }
        let frames = scan(args, config, &clip.video, &mut *take)?;
        if !cli.quiet {
            note(&format!("{}: {frames} frames", clip.name));
        }
        anyhow::Ok(())
    })?;
    if interrupt.happened() {
        return Ok(Exit::Interrupted);
    }
    show(&report, args.json.as_deref())?;
    Ok(Exit::Done)
}

/// Runs the scan over a clip; returns the number of frames.
fn scan(args: &ScenesArgs, config: &Config, clip: &Path, take: &mut dyn FnMut(SeenFrame)) -> anyhow::Result<u64> {
    // The pipeline asks its source to end when the front returns, so every clip has a wish to stop of its own.
    let word = clip.to_string_lossy();
    let preparation = Preparation::new(config.clone(), &word, &args.scan.model, Stop::default())?;
    let (frames, seen) = bounded(WAITING);
    let sink = Box::new(JudgeSink { classes: preparation.classifier.class_names(), frames });
    let parts = preparation.parts(
        vec![NamedSink { name: "judge", sink }],
        Box::new(|_, _, recycled| recycled.unwrap_or_else(|| image::RgbImage::new(1, 1))),
        false,
    );
    let outcome = run_pipeline(parts, |feed: Feed| {
        drop(feed);
        seen.iter().for_each(take);
    });
    outcome.result.with_context(|| format!("{}", clip.display()))?;
    Ok(outcome.tally.frames)
}

/// Hands the circles to the thread that judges.
struct JudgeSink {
    classes: Vec<String>,
    frames: Sender<SeenFrame>,
}

impl Sink for JudgeSink {
    fn put(&mut self, item: &Rendered) -> Result<(), SinkError> {
        let circles = item.detection.circles.iter().map(|tracked| SeenCircle {
            circle: tracked.finding.circle,
            class: self.classes.get(tracked.class).cloned().unwrap_or_default(),
            score: tracked.finding.scores.get(tracked.class).copied().unwrap_or_default(),
            on_skin: tracked.on_skin,
            state: tracked.state,
        });
        let size = Some(item.frame.size());
        let frame = SeenFrame { frame: item.frame.index, size, circles: circles.collect() };
        self.frames.send(frame).map_err(|_| SinkError::Failed("the judge ended before the clip".to_owned()))
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}
