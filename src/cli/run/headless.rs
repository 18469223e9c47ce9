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
use crate::cli::run::first_frame::with_first_frame;
use crate::cli::say::say;
use crate::cli::sessions::report;
use crate::cli::setting_flags::SettingFlags;
use crate::cli::setup::{Preparation, painter};
use crate::config::{Config, SettingsLayer};
use crate::pipeline::{NamedSink, run as run_pipeline};
use crate::sink::video::{Origin, Pictures, VideoSink};
use crate::sink::{JsonlSink, PicturesSink, Sink, SinkError};
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
    preparation.source = with_first_frame(preparation.source, &preparation.stop)?;
    interrupt::finishes(&preparation.stop);
    let folder = order.destination.create()?;
    folder.clear(&inputs)?;
    let classes = preparation.scanner.classifier().class_names();
    let opened = files(folder.path(), &config, &info, &classes);
    let opened = opened.and_then(|mut files| more(&mut files, folder.path()).map(|()| files));
    let files = match opened {
        Ok(files) => files,
        Err(error) => {
            folder.discard();
            return Err(error.into());
        }
    };
    let mut account = RunAccount::new(&config, &info.label, preparation.scanner.classifier())?;
    account.files = files.paths;
    let session_file = folder.path().join("session.json");
    if let Err(error) = account.opening().write_first(&session_file) {
        folder.discard();
        return Err(error.into());
    }
    let painter = painter(&config, preparation.scanner.classifier().model.classes().to_vec());
    let parts = preparation.parts(files.sinks, painter, false);
    let frames = expected(&config, &info);
    let outcome = run_pipeline(parts, |feed| watch(&feed, frames, order.globals.quiet));
    let session = account.session(&outcome, interrupt::happened());
    let written = session.write(&session_file);
    if session.frames > 0 && written.is_ok() {
        account
            .files
            .extend(report::at_end(folder.path(), order.source, &config, outcome.elapsed).map(|report| report.path));
    }
    if !order.globals.quiet {
        say(&account.summary(&session, Some(folder.path())))?;
    }
    end(outcome, interrupt::happened(), written)
}

/// The number of frames that a run will look at, if that can be known.
fn expected(config: &Config, info: &SourceInfo) -> Option<u64> {
    let strided = info.frames.map(|frames| frames.div_ceil(config.run.vid_stride.max(1)));
    match (strided, config.run.frames) {
        (Some(frames), Some(limit)) => Some(frames.min(limit)),
        (frames, limit) => frames.or(limit),
    }
}

/// The files that are configured.
fn files(folder: &Path, config: &Config, info: &SourceInfo, classes: &[String]) -> Result<Files, SinkError> {
    let mut files = Files::default();
    if config.output.jsonl {
        let path = folder.join("detections.jsonl");
        files.add("jsonl", Box::new(JsonlSink::create(&path, classes.to_vec())?), path);
    }
    let wanted = [(config.output.video, Pictures::Annotated), (config.output.save_clean, Pictures::Clean)];
    for (_, pictures) in wanted.into_iter().filter(|(wanted, _)| *wanted) {
        let name = match pictures {
            Pictures::Annotated => "annotated",
            Pictures::Clean => "clean",
        };
        if !info.stills {
            let path = folder.join(name).with_extension("mp4");
            files.add(name, video_sink(&path, config, info, pictures)?, path);
        } else if pictures == Pictures::Annotated {
            let path = folder.join(name);
            files.add(name, Box::new(PicturesSink::create(&path)?), path);
        }
    }
    Ok(files)
}

/// A video file as configured, with the sound of the source.
pub(crate) fn video_sink(
    path: &Path,
    config: &Config,
    info: &SourceInfo,
    pictures: Pictures,
) -> Result<Box<dyn Sink>, SinkError> {
    let origin = Origin { sound: info.sound.clone(), fps: info.fps, live: info.live };
    Ok(Box::new(VideoSink::create(path, config.record.clone(), pictures, &origin)?))
}
