//! `session.json`: what a run was, and what came of it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::error::SessionError;
use super::{ACCOUNT, schema};
use crate::files;

/// Version of the file format that is read.
const SCHEMA: &str = "lesionscope-session/1";

/// Largest account that is read, bytes: settings, and a thousand places with room to spare.
const LARGEST: u64 = 1 << 26;

/// Pixels and seconds beyond which nothing lies that a run writes.
const FARTHEST_PX: f64 = 1e7;
const LONGEST_S: f64 = 1e9;

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

impl RecordedPlace {
    fn problem(&self) -> Option<String> {
        let number = self.place;
        let shares = [("score", self.score), ("suspicious", self.suspicious), ("evidence", self.evidence)];
        let share = shares.into_iter().find(|(_, value)| !(0.0..=1.0).contains(value));
        let times = [self.first_s, self.last_s, self.seen_s, self.best_time_s];
        let lies = [self.x, self.y, self.r].iter().all(|px| px.abs() <= FARTHEST_PX) && self.r > 0.0;
        match share {
            Some((name, value)) => Some(format!("place {number} has {name} {value:e}; 0 to 1 is allowed")),
            None if !lies => Some(format!("place {number} lies in no picture")),
            None if times.iter().any(|s| !(0.0..=LONGEST_S).contains(s)) => {
                Some(format!("place {number} has a time that no film has"))
            }
            None => None,
        }
    }
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
        let account: RecordedAccount = serde_json::from_slice(&bytes)
            .map_err(|error| SessionError::content(&path, format!("a field of it is wrong: {error}")))?;
        match account.problem(&bytes) {
            Some(problem) => Err(SessionError::content(&path, problem)),
            None => Ok(account),
        }
    }

    /// What is wrong with the places, if anything is: figures are made of them.
    fn problem(&self, bytes: &[u8]) -> Option<String> {
        #[derive(Deserialize)]
        struct Listed {
            places: Option<IgnoredAny>,
        }
        if !serde_json::from_slice::<Listed>(bytes).is_ok_and(|listed| listed.places.is_some()) {
            return Some("it lists no places, as those of older versions; run headless over the film again".to_owned());
        }
        if !self.places.is_sorted_by(|a, b| a.place < b.place) {
            return Some("the numbers of its places do not count up".to_owned());
        }
        self.places.iter().find_map(RecordedPlace::problem)
    }

    /// Whether faces were covered in what was written: then nobody looks at what it was recorded from.
    pub fn covers_faces(&self) -> bool {
        self.settings.pointer("/output/blur_faces").and_then(Value::as_bool).unwrap_or(false)
    }
}
