//! `session.json`: what a run was, and what came of it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::SessionError;
use super::{ACCOUNT, schema};
use crate::files;

/// Version of the file format that is read.
const SCHEMA: &str = "lesionscope-session/1";

/// Largest account that is read, bytes: settings, and a thousand places with room to spare.
const LARGEST: u64 = 1 << 26;

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordedEnd {
    /// It goes on, or its process was killed.
    Running,
    /// It came to its natural end.
    Finished,
    /// It was asked to end.
    Interrupted,
    /// Something failed; `error` says what.
    Failed,
    /// A word of another version.
    #[default]
    #[serde(other)]
    Unknown,
}

/// The networks of a run.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct RecordedModel {
    /// Name of the classifier.
    pub name: String,
    /// SHA-256 of its weights, hexadecimal.
    pub checksum: String,
    /// The second network, if there was one.
    pub opinion: Option<Box<RecordedModel>>,
    /// The network that maps the skin, if there was one.
    pub skin: Option<Box<RecordedModel>>,
}

/// One class of the classifier.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct RecordedClass {
    /// Its name.
    pub name: String,
    /// `background`, `skin` or `lesion`.
    pub kind: String,
    /// Whether a circle of this class is reported as suspicious.
    pub suspicious: bool,
}

/// One lesion of the session.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct RecordedPlace {
    /// Its number, from 1 in order of confirmation.
    pub place: u64,
    /// The class that it is called; `None` while that is undecided.
    pub class: Option<String>,
    /// Probability of that class, `0..=1`.
    pub score: f64,
    /// Share of the suspicious classes in the lesion classes, `0..=1`.
    pub suspicious: f64,
    /// Evidence for a lesion, `0..=1`.
    pub evidence: f64,
    /// Probability of every class by its name.
    pub scores: Map<String, Value>,
    /// When it was first seen, s.
    pub first_s: f64,
    /// When it was last seen, s.
    pub last_s: f64,
    /// How long it was in view, s.
    pub seen_s: f64,
    /// Frames on which it was seen.
    pub frames: u64,
    /// Number of the frame that shows it best.
    pub best_frame: u64,
    /// Time of that frame, s.
    pub best_time_s: f64,
    /// The picture that shows it best; only for stills.
    pub file: Option<String>,
    /// Centre on the best frame, px from the left.
    pub x: f64,
    /// Centre on the best frame, px from the top.
    pub y: f64,
    /// Radius on the best frame, px.
    pub r: f64,
    /// Whether skin surrounds it.
    pub on_skin: bool,
    /// Ids of the tracks that were joined.
    pub tracks: Vec<u64>,
    /// Whether it was judged on pictures that can be judged.
    pub assessable: Option<bool>,
    /// What the quality coach says of its pictures.
    pub coach: Option<Value>,
}

/// The content of `session.json`. What other versions leave out is empty or 0.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct RecordedAccount {
    /// Version of lesionscope that wrote it.
    pub version: String,
    /// How the run ended.
    pub end: RecordedEnd,
    /// Why it failed, if it did.
    pub error: Option<String>,
    /// The networks.
    pub model: RecordedModel,
    /// The classes, in the order of the scores of every circle; empty in accounts of older versions.
    pub classes: Vec<RecordedClass>,
    /// Description of the source.
    pub source: String,
    /// Frames looked at.
    pub frames: u64,
    /// Frames dropped because a newer one was there.
    pub dropped: u64,
    /// Times that the source went away and came back.
    pub gaps: u64,
    /// Time without pictures in those gaps, s.
    pub gap_seconds: f64,
    /// Duration of the run, s.
    pub seconds: f64,
    /// Frames looked at a second.
    pub fps: f64,
    /// The places, by number.
    pub places: Vec<RecordedPlace>,
    /// Confirmed tracks off the skin.
    pub look_alikes: u64,
    /// What the reader should know.
    pub warnings: Vec<String>,
    /// SHA-256 of the settings, hexadecimal.
    pub settings_sha256: String,
    /// All settings, by section.
    pub settings: Value,
    /// What is not named above.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}

impl RecordedAccount {
    /// Reads the account of a session's folder.
    ///
    /// # Errors
    /// When the file cannot be read, is larger than 64 MiB, or is no account of this schema.
    pub fn read(folder: &Path) -> Result<RecordedAccount, SessionError> {
        let path = folder.join(ACCOUNT);
        let bytes = files::bytes(&path, LARGEST).map_err(|error| SessionError::unreadable(&path, error))?;
        schema::check(&bytes, SCHEMA).map_err(|problem| SessionError::content(&path, problem))?;
        serde_json::from_slice(&bytes)
            .map_err(|error| SessionError::content(&path, format!("a field of it is wrong: {error}")))
    }

    /// Whether faces were covered in what was written: then nobody looks at what it was recorded from.
    pub fn covers_faces(&self) -> bool {
        self.settings.pointer("/output/blur_faces").and_then(Value::as_bool).unwrap_or(false)
    }
}
