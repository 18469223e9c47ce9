//! The account of a run: `session.json` at its start and its end, the summary on the standard output, the exit code.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::classifier::{Classifier, ModelStamp};
use crate::cli::exit::Exit;
use crate::cli::run::found::found;
use crate::config::Config;
use crate::counted;
use crate::draw::NOTICE;
use crate::model::Class;
use crate::pipeline::Outcome;
use crate::sink::{
    AuditReport, Percentiles, RunEnd, SESSION_SCHEMA, Session, SinkError, StagePercentiles, peak_rss_mib, settings_hash,
};

/// What is known of a run before it begins and written down at its end.
#[derive(Clone)]
pub(crate) struct RunAccount {
    /// Description of the source.
    pub(crate) source: String,
    /// The classifier.
    pub(crate) model: ModelStamp,
    /// The classes, in the order of the scores.
    pub(crate) classes: Vec<Class>,
    /// All settings.
    pub(crate) settings: serde_json::Value,
    /// Files written besides `session.json`.
    pub(crate) files: Vec<PathBuf>,
}

impl RunAccount {
    /// That of a run that has not begun.
    pub(crate) fn new(config: &Config, source: &str, classifier: &Classifier) -> anyhow::Result<RunAccount> {
        let settings = config.to_json()?;
        let (model, classes) = (classifier.stamp.clone(), classifier.model.classes().to_vec());
        Ok(RunAccount { source: source.to_owned(), model, classes, settings, files: Vec::new() })
    }

    /// Names of the classes, in the order of the scores.
    pub(crate) fn class_names(&self) -> Vec<String> {
        self.classes.iter().map(|class| class.name.clone()).collect()
    }

    /// `session.json` of a run that begins.
    pub(crate) fn opening(&self) -> Session {
        Session { end: RunEnd::Running, warnings: Vec::new(), ..self.session(&Outcome::begun(), false) }
    }

    /// `session.json` of a run that has ended.
    pub(crate) fn session(&self, outcome: &Outcome, interrupted: bool) -> Session {
        let (tally, source) = (&outcome.tally, &outcome.source);
        let seconds = outcome.elapsed.as_secs_f64();
        let error = outcome.result.as_ref().err().map(|error| error.to_string()).or_else(|| source.ended_early.clone());
        let end = match (&error, interrupted) {
            (Some(_), _) => RunEnd::Failed,
            (None, true) => RunEnd::Interrupted,
            (None, false) => RunEnd::Finished,
        };
        let (decode, detect, render) =
            (tally.decode.percentiles(), tally.detect.percentiles(), tally.render.percentiles());
        Session {
            schema: SESSION_SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            notice: NOTICE,
            end,
            error,
            model: self.model.clone(),
            classes: self.classes.clone(),
            source: self.source.clone(),
            frames: tally.frames,
            dropped: tally.dropped,
            gaps: source.gaps,
            gap_seconds: source.gap_time.as_secs_f64(),
            unreadable: source.unreadable,
            seconds,
            fps: tally.frames as f64 / seconds.max(1e-9),
            places: tally.places.entries(&self.classes),
            look_alikes: tally.places.look_alikes(),
            windows: tally.windows,
            ms: StagePercentiles { decode, detect, render },
            shown_after_ms: None,
            peak_rss_mib: peak_rss_mib(),
            camera_lost: tally.camera_lost,
            cut: tally.cut,
            coach: tally.coach.clone(),
            recording: BTreeMap::new(),
            audit: AuditReport::new(tally.audited_frames, &tally.audited),
            warnings: warnings(outcome),
            settings_sha256: settings_hash(&self.settings),
            settings: self.settings.clone(),
        }
    }

    /// The summary for people.
    pub(crate) fn summary(&self, session: &Session, folder: Option<&Path>) -> String {
        let mut lines = vec![format!(
            "{}: {} in {:.1} s ({:.1} searched a second), {} dropped",
            session.source,
            counted(session.frames, "frame"),
            session.seconds,
            session.fps,
            session.dropped
        )];
        lines.push(found(&session.places, session.look_alikes));
        if let Some(after) = &session.shown_after_ms {
            let part = |name: &str, ms: &Percentiles| {
                format!("{name} {:.0} ms after they came (99 of 100 within {:.0} ms)", ms.p50, ms.p99)
            };
            let (pictures, circles) = (part("pictures", &after.picture), part("circles", &after.circles));
            lines.push(format!("shown: {pictures}, {circles}"));
        }
        lines.extend(session.audit.iter().flat_map(AuditReport::lines));
        lines.extend(session.warnings.iter().map(|warning| format!("note: {warning}")));
        if let Some(folder) = folder {
            let files = self.files.iter().cloned().chain(["session.json", "places.csv"].map(|name| folder.join(name)));
            lines.extend(files.filter(|file| holds_something(file)).map(|file| format!("wrote {}", file.display())));
        }
        lines.push(format!("Scores are the model's, never a diagnosis; this is {NOTICE}."));
        lines.join("\n")
    }
}

/// Whether a file or folder was written: a full disk leaves empty ones.
fn holds_something(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|data| data.is_dir() || data.len() > 0)
}

/// What the reader should know besides the figures.
fn warnings(outcome: &Outcome) -> Vec<String> {
    let (tally, source) = (&outcome.tally, &outcome.source);
    let mut warnings: Vec<String> = source.notes.iter().chain(&outcome.warnings).cloned().collect();
    if tally.frames == 0 {
        warnings.push("no frame was looked at".to_owned());
    }
    if let Some(reason) = &tally.first_reason {
        let frames = counted(tally.not_assessable, "frame");
        warnings.push(format!("{frames} could not be assessed, the first because: {reason}"));
    }
    if tally.camera_lost > 0 {
        warnings.push(format!(
            "the camera's motion was lost at {} of {} frames (cuts, blur, nothing to hold on to); what was known was reused only \
             where the picture had not changed",
            tally.camera_lost, tally.frames
        ));
    }
    if tally.cut > 0 {
        warnings.push(format!(
            "{} of {} frames were searched less than the settings ask for, to keep to run.budget_ms; lesions may have been missed \
             or found later",
            tally.cut, tally.frames
        ));
    }
    if source.unreadable > 0 {
        warnings.push(format!("{} could not be decoded", counted(source.unreadable, "picture")));
    }
    if source.gaps > 0 {
        let time = source.gap_time.as_secs_f64();
        warnings.push(format!("the source went away {}, {time:.1} s in all", counted(source.gaps, "time")));
    }
    warnings
}

/// The end of a run as an exit code, or as the error that ended it. `written`: whether its account was written.
pub(crate) fn end(outcome: Outcome, interrupted: bool, written: Result<(), SinkError>) -> anyhow::Result<Exit> {
    let ended = ended(outcome, interrupted && written.is_ok());
    if let (Err(_), Err(missing)) = (&ended, &written) {
        crate::cli::say::note(&format!("there is no account of this run: {missing}"));
    }
    let exit = ended?;
    written?;
    Ok(exit)
}

fn ended(outcome: Outcome, interrupted: bool) -> anyhow::Result<Exit> {
    outcome.result?;
    if let Some(sentence) = outcome.source.ended_early {
        anyhow::bail!("{sentence}");
    }
    if interrupted {
        crate::cli::say::note("interrupted; all files were finished");
        return Ok(Exit::Interrupted);
    }
    Ok(Exit::Done)
}
