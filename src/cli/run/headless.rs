//! `lesionscope headless`: a source into files, without a window.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::flags::{ExplanationGroup, RunFlags};
use crate::cli::globals::Globals;
use crate::cli::interrupt;
use crate::cli::models::flags::ModelFlags;
use crate::cli::paths::folder::Destination;
use crate::cli::paths::inputs;
use crate::cli::progress::watch;
use crate::cli::run::account::{RunAccount, end};
use crate::cli::run::conclusion::{EndedSession, conclude};
use crate::cli::run::current::{CurrentAccount, PictureCounts, recording};
use crate::cli::run::first_frame::with_first_frame;
use crate::cli::run::takes::{TakeFiles, rules};
use crate::cli::run::time_limit::limited;
use crate::cli::run::video::VideoFiles;
use crate::cli::say::say;
use crate::cli::setting_flags::SettingFlags;
use crate::cli::setup::{Preparation, painter};
use crate::config::{Config, SettingsLayer};
use crate::pipeline::{NamedSink, run as run_pipeline};
use crate::sink::video::Pictures;
use crate::sink::{JsonlSink, PicturesSink, RecordSwitch, Recorder, Session, Sink, SinkError};
use crate::source::{SourceInfo, Stop};

/// `headless`.
#[derive(Debug, Args)]
pub(crate) struct HeadlessArgs {
    /// Camera number, file, folder, glob, rtsp:// or http:// address, or scene:SEED.
    #[arg(long, short, value_name = "SOURCE", required_unless_present = "print_config")]
    source: Option<String>,
    /// Explanations.
    #[command(flatten)]
    explanation: SettingFlags<ExplanationGroup>,
    /// Scan, source, files.
    #[command(flatten)]
    run: RunFlags,
}

impl HeadlessArgs {
    /// The settings that the flags make.
    pub(crate) fn layers(&self) -> Vec<SettingsLayer> {
        [self.run.layers(), self.explanation.layers().to_vec()].concat()
    }
}

/// What is processed, and where to.
pub(crate) struct Order<'a> {
    pub(crate) globals: &'a Globals,
    pub(crate) source: &'a str,
    pub(crate) model: &'a ModelFlags,
    pub(crate) destination: Destination,
}

/// The files of a run: their sinks and their paths.
#[derive(Default)]
pub(crate) struct Files {
    pub(crate) sinks: Vec<NamedSink>,
    pub(crate) paths: Vec<PathBuf>,
    /// Counts of the pictures of videos.
    counts: PictureCounts,
    /// Sentences about what is not as asked.
    notes: Vec<String>,
}

impl Files {
    pub(crate) fn add(&mut self, name: &'static str, sink: Box<dyn Sink>, path: PathBuf) {
        self.sinks.push(NamedSink { name, sink });
        self.paths.push(path);
    }
}

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &HeadlessArgs, config: Config) -> anyhow::Result<Exit> {
    let destination = args.run.destination(&config.output);
    let source = args.source.as_deref().unwrap_or_default();
    let order = Order { globals, source, model: &args.run.scan.model, destination };
    process(order, config, |_, _| Ok(()))
}

/// Processes a source into files. `more` may add files of its own; it is told the run folder.
pub(crate) fn process(
    order: Order,
    config: Config,
    more: impl FnOnce(&mut Files, &Path) -> Result<(), SinkError>,
) -> anyhow::Result<Exit> {
    order.destination.check()?;
    let stop = Stop::default();
    let mut preparation = Preparation::new(config, order.source, order.model, stop)?.explained(false)?;
    let config = preparation.config.clone();
    let info = preparation.source.info().clone();
    let inputs = inputs::of_run(order.globals, order.source, order.model);
    order.destination.check_apart(&inputs)?;
    preparation.source = limited(with_first_frame(preparation.source, &preparation.stop)?, config.record.max_minutes);
    interrupt::finishes(&preparation.stop);
    let folder = order.destination.create()?;
    folder.clear(&inputs)?;
    let mut account = RunAccount::new(&config, &info.label, preparation.scanner.classifier())?;
    let opened = files(folder.path(), VideoFiles::new(&config, &info, &account.opening()), &account);
    let opened = opened.and_then(|mut files| more(&mut files, folder.path()).map(|()| files));
    let opened = opened.and_then(|files| {
        let file = folder.path().join("session.json");
        Ok((CurrentAccount::begin(account.clone(), file, files.counts.clone())?, files))
    });
    let (current, mut files) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            folder.discard();
            return Err(error.into());
        }
    };
    files.sinks.push(NamedSink { name: "account", sink: Box::new(current) });
    account.files = files.paths;
    let painter = painter(&config, preparation.scanner.classifier().model.classes().to_vec());
    let parts = preparation.parts(files.sinks, painter, false);
    let frames = expected(&config, &info);
    let outcome = run_pipeline(parts, |feed| watch(&feed, frames, order.globals.quiet));
    let interrupted = interrupt::happened();
    let mut session = Session { recording: recording(&files.counts), ..account.session(&outcome, interrupted) };
    session.warnings.extend(files.notes);
    let ended = EndedSession { folder: folder.path(), source: order.source, config: &config, ran: outcome.elapsed };
    let written = conclude(&mut session, &ended);
    account.files.extend(written.as_ref().ok().cloned().flatten());
    if !order.globals.quiet {
        say(&account.summary(&session, Some(folder.path())))?;
    }
    end(outcome, interrupted, written.map(drop))
}

/// The number of frames that a run will look at, if that can be known.
fn expected(config: &Config, info: &SourceInfo) -> Option<u64> {
    let strided = info.frames.map(|frames| frames.div_ceil(config.run.vid_stride.max(1)));
    match (strided, config.run.frames) {
        (Some(frames), Some(limit)) => Some(frames.min(limit)),
        (frames, limit) => frames.or(limit),
    }
}

/// The files that are configured: in takes where they are to be, which is of no use for stills.
fn files(folder: &Path, videos: VideoFiles, account: &RunAccount) -> Result<Files, SinkError> {
    if videos.config.record.segment_minutes.is_some() && !videos.info.stills {
        return Ok(in_takes(folder, videos, account));
    }
    let mut files = Files::default();
    if videos.config.output.jsonl {
        let path = folder.join("detections.jsonl");
        files.add("jsonl", Box::new(JsonlSink::create(&path, account.class_names())?), path);
    }
    for pictures in videos.wanted() {
        let path = folder.join(pictures.name());
        if !videos.info.stills {
            let sink = videos.sink(folder, pictures, &mut files.counts)?;
            files.add(pictures.name(), sink, path.with_extension("mp4"));
        } else if pictures == Pictures::Annotated {
            files.add(pictures.name(), Box::new(PicturesSink::create(&path)?), path);
        }
    }
    Ok(files)
}

/// One sink that writes all files, in one take after the other.
fn in_takes(folder: &Path, mut videos: VideoFiles, account: &RunAccount) -> Files {
    let mut files = Files::default();
    if videos.info.sound.take().is_some() {
        files.notes.push("the sound is left out, as takes have none".to_owned());
    }
    let (pictures, list) = (videos.wanted(), videos.config.output.jsonl);
    let rules = rules(&videos.config.record, true);
    let run = folder.to_owned();
    let opener = TakeFiles { videos, pictures, list, account: account.clone() }.opener(move || Ok(run.clone()));
    let switch = RecordSwitch::default();
    switch.set(true);
    files.add("recorder", Box::new(Recorder::new(switch, opener, rules)), folder.to_owned());
    files
}
