//! `session.json`: what a run or take was, and what came of it. Written when it begins and every second, so that there is something to read
//! when the process is killed, and again at its end, however it ended.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::SinkError;
use super::audit::AuditReport;
use super::places::PlaceEntry;
use super::spare::RecordedPictures;
use crate::classifier::ModelStamp;
use crate::files::replace;
use crate::finding::WindowCounts;
use crate::model::Class;
use crate::quality::HintSeconds;

/// Version of the file format.
pub const SESSION_SCHEMA: &str = "lesionscope-session/1";

/// Blanks at the end of the file while the run goes on: what the last one has more, and some.
const ROOM: usize = 8192;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum RunEnd {
    /// It has not ended: it goes on, or its process was killed.
    Running,
    /// The source ended, the limit of frames was reached, or the window was closed.
    Finished,
    /// Ctrl-C or a request of the system to end.
    Interrupted,
    /// Something failed; `error` says what.
    Failed,
}

/// Distribution of a stage's times a frame, milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Percentiles {
    /// Half of the frames took no longer.
    pub p50: f64,
    /// 95 of 100 frames took no longer.
    pub p95: f64,
    /// 99 of 100 frames took no longer.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

/// Times by stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StagePercentiles {
    /// Waiting for and decoding a frame.
    pub decode: Percentiles,
    /// Scan and tracks.
    pub detect: Percentiles,
    /// Drawing.
    pub render: Percentiles,
}

/// How late a window showed what it showed, from the arrival of a picture on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ShownAfter {
    /// The picture itself.
    pub picture: Percentiles,
    /// The circles that were found on it.
    pub circles: Percentiles,
}

/// The content of `session.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Session {
    /// [`SESSION_SCHEMA`].
    pub schema: &'static str,
    /// Version of lesionscope.
    pub version: &'static str,
    /// Said in every file for people: what this is not.
    pub notice: &'static str,
    /// How the run ended.
    pub end: RunEnd,
    /// Why it failed, if it did.
    pub error: Option<String>,
    /// The classifier.
    pub model: ModelStamp,
    /// The classes, in the order of the scores of every circle.
    pub classes: Vec<Class>,
    /// Description of the source.
    pub source: String,
    /// Frames looked at.
    pub frames: u64,
    /// Frames dropped because a newer one was there.
    pub dropped: u64,
    /// Times that the source went away and came back.
    pub gaps: u32,
    /// Time without pictures in those gaps, s.
    pub gap_seconds: f64,
    /// Pictures that could not be decoded.
    pub unreadable: u64,
    /// Time from the first to the last thread, s.
    pub seconds: f64,
    /// Frames looked at a second.
    pub fps: f64,
    /// What looked like a lesion to the model, by number.
    pub places: Vec<PlaceEntry>,
    /// Confirmed tracks off skin, which are no places.
    pub look_alikes: u64,
    /// Windows of all frames together.
    pub windows: WindowCounts,
    /// Times a frame, by stage.
    pub ms: StagePercentiles,
    /// How late pictures and circles were shown, in a window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown_after_ms: Option<ShownAfter>,
    /// Highest resident memory of the process, MiB; absent where the system does not tell.
    pub peak_rss_mib: Option<f64>,
    /// Frames to which the camera's motion was not found: scores were reused only where the picture had not changed.
    pub camera_lost: u64,
    /// Frames searched less than the settings ask for, to keep to `run.budget_ms`.
    pub cut: u64,
    /// For how long each hint was shown to who filmed, s, by its name.
    pub coach: HintSeconds,
    /// What became of the pictures of each video, by its name, where videos take the time that is left.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub recording: BTreeMap<String, RecordedPictures>,
    /// What cascade and cache missed, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditReport>,
    /// What the reader should know.
    pub warnings: Vec<String>,
    /// SHA-256 of the settings as JSON, hexadecimal: equal settings, equal hash.
    pub settings_sha256: String,
    /// All settings, defaults included.
    pub settings: serde_json::Value,
}

impl Session {
    /// Writes the file of a run that goes on, whole or not at all. It is longer than it need be, so that there is room for the last one.
    pub fn write_running(&self, path: &Path) -> Result<(), SinkError> {
        let text = self.text(path)? + &" ".repeat(ROOM) + "\n";
        replace(path, text.as_bytes()).map_err(|error| SinkError::Failed(error.to_string()))?;
        self.write_places(path)
    }

    /// Writes the file of a run that has ended, whole or not at all; on a full disk in the room of the one before.
    pub fn write(&self, path: &Path) -> Result<(), SinkError> {
        let text = self.text(path)?;
        let written = replace(path, text.as_bytes()).or_else(|error| {
            // What is there says only that the run goes on.
            let full = matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
            if !full || std::fs::remove_file(path).is_err() {
                return Err(error);
            }
            replace(path, text.as_bytes())
        });
        written.map_err(|error| SinkError::Failed(error.to_string()))?;
        self.write_places(path)
    }

    /// Writes `places.csv` beside the file, whole or not at all.
    #[cfg(feature = "cli")]
    fn write_places(&self, path: &Path) -> Result<(), SinkError> {
        let path = path.with_file_name("places.csv");
        let failed = |error: &dyn std::fmt::Display| SinkError::Failed(error.to_string());
        let text = super::places_csv::places_csv(&self.places).map_err(|error| failed(&error))?;
        replace(&path, &text).map_err(|error| failed(&error))
    }

    /// There is no list for spreadsheets without the program.
    #[cfg(not(feature = "cli"))]
    fn write_places(&self, _: &Path) -> Result<(), SinkError> {
        Ok(())
    }

    fn text(&self, path: &Path) -> Result<String, SinkError> {
        let text = serde_json::to_string_pretty(self);
        let text = text.map_err(|error| SinkError::Failed(format!("{} cannot be written: {error}", path.display())))?;
        Ok(text + "\n")
    }
}

/// SHA-256 of settings, hexadecimal.
pub fn settings_hash(settings: &serde_json::Value) -> String {
    Sha256::digest(settings.to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Highest resident memory of this process so far, MiB (`VmHWM` of Linux).
pub fn peak_rss_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some((kib / 102.4).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_tells_settings_apart() {
        let hash = |text: &str| settings_hash(&serde_json::from_str(text).unwrap());
        assert_eq!(hash(r#"{"a": 1}"#), hash(r#"{"a":1}"#));
        assert_ne!(hash(r#"{"a": 1}"#), hash(r#"{"a": 2}"#));
        assert_eq!(hash("{}").len(), 64);
    }

    fn session(end: RunEnd) -> Session {
        Session {
            schema: SESSION_SCHEMA,
            version: "0",
            notice: "",
            end,
            error: None,
            model: ModelStamp::default(),
            classes: Vec::new(),
            source: "film.mp4".to_owned(),
            frames: 0,
            dropped: 0,
            gaps: 0,
            gap_seconds: 0.0,
            unreadable: 0,
            seconds: 0.0,
            fps: 0.0,
            places: Vec::new(),
            look_alikes: 0,
            windows: WindowCounts::default(),
            ms: StagePercentiles::default(),
            shown_after_ms: None,
            peak_rss_mib: None,
            camera_lost: 0,
            cut: 0,
            coach: HintSeconds::default(),
            recording: BTreeMap::new(),
            audit: None,
            warnings: Vec::new(),
            settings_sha256: String::new(),
            settings: serde_json::Value::Null,
        }
    }

    #[test]
    fn the_account_of_a_run_that_goes_on_can_be_read_and_leaves_room_for_the_last() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.json");
        let read = || {
            let text = std::fs::read_to_string(&path).unwrap();
            (serde_json::from_str::<serde_json::Value>(&text).unwrap()["end"].clone(), text.len())
        };
        session(RunEnd::Running).write_running(&path).unwrap();
        let (end, length) = read();
        assert!(end == "running" && length > ROOM, "{end} {length}");
        session(RunEnd::Finished).write(&path).unwrap();
        let (end, length) = read();
        assert!(end == "finished" && length < ROOM, "{end} {length}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn peak_memory_is_known_on_linux() {
        assert!(peak_rss_mib().is_some_and(|mib| mib > 0.5));
    }
}
