//! `lesionscope replay`: draws a recorded session anew, from its film and its list; no network is asked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use serde_json::Value;
use toml::Table;

use super::film::SessionFilm;
use super::player::Player;
use super::redrawn::Replay;
use crate::cli::exit::{Exit, Usage};
use crate::cli::flags::DrawGroup;
use crate::cli::globals::Globals;
use crate::cli::interrupt;
use crate::cli::paths::outputs::Outputs;
use crate::cli::progress::ProgressSign;
use crate::cli::run::window;
use crate::cli::say::{note, say};
use crate::cli::setting_flags::SettingFlags;
use crate::config::{Config, SettingsLayer};
use crate::counted;
use crate::draw::{DrawSettings, Scene, View, annotate};
use crate::near::near;
use crate::session::{ACCOUNT, CircleFilter, OWN, RecordedSession, Redrawing};
use crate::sink::video::{Origin, Pictures, VideoSink};
use crate::sink::{RenderedFrame, Sink, StageTimes};
use crate::source::Stop;

/// The film that is written where no other is named.
const REPLAY: &str = "replay.mp4";

/// `replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Folder of the session, or a file in it.
    session: PathBuf,
    /// The film that the session was recorded from, where it has no clean.mp4.
    #[arg(long, short, value_name = "FILM")]
    source: Option<String>,
    /// Only circles with this much evidence; not below what the session was recorded with, for nothing below it is in its list.
    #[arg(long, value_name = "0..1")]
    conf: Option<f32>,
    /// Only circles of these classes.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    classes: Vec<String>,
    /// How it is drawn.
    #[command(flatten)]
    drawing: SettingFlags<DrawGroup>,
    /// Show it in a window instead of writing a film: Space holds, arrows go 5 s back and on, comma and full stop a picture, + and -
    /// change the speed, c and l circles and labels, q ends.
    #[arg(long, conflicts_with_all = ["out", "exist_ok"])]
    live: bool,
    /// The film to write; without it, replay.mp4 in the folder of the session.
    #[arg(long, value_name = "FILE.mp4")]
    out: Option<PathBuf>,
    /// Write over a file that exists.
    #[arg(long)]
    exist_ok: bool,
}

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &ReplayArgs, config: &Config) -> anyhow::Result<Exit> {
    let session = RecordedSession::open(&args.session)?;
    let draw = drawn(&session, args.drawing.layers())?;
    let filter = filter(&session, args)?;
    session.warnings.iter().for_each(|warning| note(warning));
    if let Some(maps) = maps(&session, &draw) {
        note(maps);
    }
    let redrawing = Redrawing::new(&session, filter);
    let view = View { draw, contour: None, help: false, notice: None };
    let replay = Replay { session, redrawing, view };
    if args.live { show(&replay, args, config) } else { write_out(globals, &replay, args, config) }
}

/// Plays it in a window.
fn show(replay: &Replay, args: &ReplayArgs, config: &Config) -> anyhow::Result<Exit> {
    let stop = Stop::default();
    interrupt::finishes(&stop);
    let reopen = || SessionFilm::open(&replay.session, args.source.as_deref(), config);
    let Some(mut player) = Player::new(replay, &reopen, stop)? else { return Ok(Exit::Done) };
    let mut window = window::open(&format!("lesionscope: {}", replay.session.folder.display()), player.size())?;
    player.run(&mut window)?;
    Ok(if interrupt::happened() { Exit::Interrupted } else { Exit::Done })
}

/// Writes it as a film.
fn write_out(globals: &Globals, replay: &Replay, args: &ReplayArgs, config: &Config) -> anyhow::Result<Exit> {
    let session = &replay.session;
    let out = args.out.clone().unwrap_or_else(|| session.folder.join(REPLAY));
    let outputs = Outputs::new([("--out", &Some(out.clone()))], args.exist_ok)?;
    let own = OWN.iter().filter(|name| **name != REPLAY).map(|name| session.folder.join(name));
    let read: Vec<PathBuf> = own.chain(args.source.iter().map(PathBuf::from)).collect();
    outputs.check_apart(&read)?;
    let film = SessionFilm::open(session, args.source.as_deref(), config)?;
    let sign = ProgressSign::new(globals.quiet, session.frames.len(), "frames")?;
    let written = write(replay, film, &out, (config, &sign));
    drop(sign);
    let pictures = written?;
    if !globals.quiet {
        say(&format!("wrote {}: {} drawn anew", out.display(), counted(pictures, "picture")))?;
    }
    Ok(if interrupt::happened() { Exit::Interrupted } else { Exit::Done })
}

/// The settings of drawing: those of the session, with the flags over them.
fn drawn(session: &RecordedSession, flags: &[SettingsLayer]) -> anyhow::Result<DrawSettings> {
    let origin = session.folder.join(ACCOUNT).display().to_string();
    let mut table = Table::new();
    if let Some(draw @ Value::Object(_)) = session.account.settings.get("draw") {
        let draw =
            toml::Value::try_from(draw).map_err(|error| Usage(format!("{origin}: its settings are wrong: {error}")))?;
        table.insert("draw".to_owned(), draw);
    }
    let layers = [&[SettingsLayer { origin, table }], flags].concat();
    Ok(Config::load(None, std::iter::empty(), layers)?.draw)
}

/// What the flags leave of the circles.
fn filter(session: &RecordedSession, args: &ReplayArgs) -> Result<CircleFilter, Usage> {
    let recorded = session.account.settings.pointer("/scan/conf").and_then(Value::as_f64).unwrap_or(0.0) as f32;
    let allowed = args.conf.is_none_or(|conf| (recorded..=1.0).contains(&conf));
    if let Some(conf) = args.conf.filter(|_| !allowed) {
        return Err(Usage(format!(
            "--conf {conf}: the session was recorded with scan.conf {recorded}, and what has less evidence is not in its list; \
             {recorded} to 1 is allowed. To see more, run headless over the film with a lower --conf"
        )));
    }
    let named = session.account.classes.iter().map(|class| class.name.as_str());
    let known: Vec<&str> =
        named.chain(session.classes.iter().map(String::as_str)).collect::<BTreeSet<&str>>().into_iter().collect();
    if let Some(class) = args.classes.iter().find(|class| !known.contains(&class.as_str())) {
        let known_list = known.join(", ");
        let guess =
            near(class, known.iter().copied()).first().map_or(String::new(), |near| format!("; {near} may be meant"));
        return Err(Usage(format!("--classes {class}: the session has no such class{guess}; there are: {known_list}")));
    }
    // The threshold that it was recorded with took its circles as they are.
    let least_evidence = args.conf.filter(|conf| *conf > recorded);
    Ok(CircleFilter { least_evidence, classes: args.classes.clone() })
}

/// A sentence where the session showed more than was stored of it.
fn maps(session: &RecordedSession, draw: &DrawSettings) -> Option<&'static str> {
    let method = session.account.settings.pointer("/explain/method").and_then(Value::as_str).unwrap_or("none");
    (draw.heat || draw.mask || method != "none")
        .then_some("the maps of a session are not stored: heat, mask and explanations are not drawn anew")
}

/// Writes the film; how many pictures it has.
fn write(
    replay: &Replay,
    mut film: SessionFilm,
    out: &Path,
    (config, sign): (&Config, &ProgressSign),
) -> anyhow::Result<u64> {
    let stop = Stop::default();
    interrupt::finishes(&stop);
    let info = film.info();
    let origin = Origin { sound: info.sound.clone(), fps: info.fps, live: false };
    // Beside it until it is whole: a film that is refused takes the place of none.
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    let beside = out.with_file_name(format!(".new-{name}"));
    std::fs::remove_file(&beside).ok();
    let mut sink = VideoSink::create(&beside, config.record.clone(), Pictures::Annotated, &origin)?;
    let mut pictures = 0;
    let mut put = || -> anyhow::Result<()> {
        while let Some(picture) = film.next(&replay.session, &stop)? {
            let detection = replay.detection(&picture);
            let scene = Scene {
                frame: &picture.frame,
                detection: &detection,
                classes: replay.redrawing.classes(),
                status: None,
            };
            let annotated = Arc::new(annotate(&scene, &replay.view, None));
            let (frame, detection) = (Arc::new(picture.frame), Arc::new(detection));
            sink.put(&RenderedFrame { frame, annotated, detection, dropped: 0, times: StageTimes::default() })?;
            pictures += 1;
            sign.inc(1);
        }
        Ok(())
    };
    let put = put();
    // Finished also after a failure, so that nothing is left open.
    let finished = sink.finish();
    if let Err(error) = put.and(finished.map_err(anyhow::Error::from)) {
        std::fs::remove_file(&beside).ok();
        return Err(error);
    }
    std::fs::rename(&beside, out).with_context(|| format!("{} cannot be written", out.display()))?;
    sink.warnings().iter().for_each(|warning| note(warning));
    Ok(pictures)
}
