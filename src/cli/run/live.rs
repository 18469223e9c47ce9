//! `lesionscope live`: a source in a window, recorded on demand.

use std::path::Path;
use std::sync::Arc;

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::flags::{ExplanationGroup, RunFlags};
use crate::cli::globals::Globals;
use crate::cli::interrupt;
use crate::cli::paths::folder::LazyFolder;
use crate::cli::paths::inputs;
use crate::cli::run::account::{RunAccount, end};
use crate::cli::run::takes::{TakeFiles, rules};
use crate::cli::run::time_limit::limited;
use crate::cli::run::video::VideoFiles;
use crate::cli::run::viewer::{RecordingTarget, Viewer};
use crate::cli::run::window;
use crate::cli::say::{note, say};
use crate::cli::setting_flags::SettingFlags;
use crate::cli::setup::{Preparation, painter};
use crate::config::{Config, SettingsLayer};
use crate::draw::View;
use crate::explain::MapChoice;
use crate::geometry::Size;
use crate::pipeline::{Feed, NamedSink, run as run_pipeline};
use crate::sink::video::Pictures;
use crate::sink::window::ViewState;
use crate::sink::{RecordSwitch, Recorder, RunEnd, TakeOpener};
use crate::source::{SourceInfo, Stop};

/// `live`.
#[derive(Debug, Args)]
pub(crate) struct LiveArgs {
    /// Camera number, file, folder, glob, rtsp:// or http:// address, or scene:SEED.
    #[arg(long, short, default_value = "0", value_name = "SOURCE")]
    source: String,
    /// Record from the start (the key r does so later).
    #[arg(long)]
    record: bool,
    /// Explanations.
    #[command(flatten)]
    explanation: SettingFlags<ExplanationGroup>,
    /// Scan, source, files.
    #[command(flatten)]
    run: RunFlags,
}

impl LiveArgs {
    /// The settings that the flags make.
    pub(crate) fn layers(&self) -> Vec<SettingsLayer> {
        [self.run.layers(), self.explanation.layers().to_vec()].concat()
    }
}

/// Size of the window while that of the pictures is not known.
const UNKNOWN_SIZE: Size = Size { width: 1280, height: 720 };

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &LiveArgs, config: Config) -> anyhow::Result<Exit> {
    let destination = args.run.destination(&config.output);
    destination.check()?;
    let mut preparation =
        Preparation::new(config, &args.source, &args.run.scan.model, Stop::default())?.explained(true)?;
    let config = preparation.config.clone();
    preparation.source = limited(preparation.source, config.record.max_minutes);
    let info = preparation.source.info().clone();
    let inputs = inputs::of_run(globals, &args.source, &args.run.scan.model);
    destination.check_apart(&inputs)?;
    let title = format!("lesionscope: {}", info.label);
    let window = window::open(&title, info.size.unwrap_or(UNKNOWN_SIZE))?;
    let classes = preparation.scanner.classifier().model.classes().to_vec();
    let conf = preparation.scanner.operating_point().conf;
    let account = RunAccount::new(&config, &info.label, preparation.scanner.classifier())?;
    let opening = account.opening();
    let first = move |folder: &Path| Ok(opening.write_running(&folder.join("session.json"))?);
    let folder = Arc::new(LazyFolder::new(destination, inputs, Box::new(first)));
    let switch = RecordSwitch::default();
    switch.set(args.record);
    let take = opener(&config, &info, &account, folder.clone());
    let recorder = Recorder::new(switch.clone(), take, rules(&config.record, false));
    interrupt::finishes(&preparation.stop);
    let sinks = vec![NamedSink { name: "recorder", sink: Box::new(recorder) }];
    let methods = preparation.methods.clone();
    let parts = preparation.parts(sinks, painter(&config, classes.clone()), true);
    let reasons = MapChoice::round(config.explain.method, &methods);
    let view = View { draw: config.draw.clone(), contour: config.explain.contour, help: false, notice: None };
    let state = ViewState::new(view, conf, reasons);
    let target = RecordingTarget { switch, folder: folder.clone() };
    let mut viewer = Viewer::new(window, state, classes, parts.controls.clone(), target);
    viewer.searched_alone = config.output.blur_faces;
    let mut shown = Ok(());
    let outcome = run_pipeline(parts, |feed: Feed| shown = viewer.run(&feed));
    let mut session = account.session(&outcome, interrupt::happened());
    session.shown_after_ms = viewer.shown_after();
    // Whoever asks a whole group of processes to end takes the window away as well.
    let shown = if interrupt::happened() { Ok(()) } else { shown };
    if let (Err(error), None) = (&shown, &session.error) {
        (session.end, session.error) = (RunEnd::Failed, Some(format!("{error:#}")));
    }
    // Held until the end, so that nobody else writes into it.
    let folder = folder.made();
    let written = folder.as_deref().map_or(Ok(()), |folder| session.write(&folder.join("session.json")));
    if !globals.quiet {
        say(&account.summary(&session, folder.as_deref()))?;
        if let Some(folder) = &folder {
            note(&format!("recordings and snapshots: {}", folder.display()));
        }
    }
    let exit = end(outcome, interrupt::happened(), written)?;
    shown?;
    Ok(exit)
}

/// What makes the files of a take: annotated and clean video, the list of circles, its account.
fn opener(config: &Config, info: &SourceInfo, account: &RunAccount, folder: Arc<LazyFolder>) -> TakeOpener {
    let mut videos = VideoFiles::new(config, info, &account.opening());
    // The sound of a file runs on while the picture is paused or its frames are dropped: a recording goes without.
    videos.info.sound = None;
    // Shown as it happens, a file too.
    videos.info.live = true;
    let pictures = vec![Pictures::Annotated, Pictures::Clean];
    TakeFiles { videos, pictures, list: true, account: account.clone() }.opener(move || folder.path())
}
