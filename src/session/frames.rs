//! `detections.jsonl`: what was seen on every frame that was looked at.

use std::io::{BufReader, ErrorKind};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::SessionError;
use super::lines::{Line, Lines};
use super::schema;
use crate::files;
use crate::finding::{ScoreOrigin, TrackState};
use crate::geometry::{Circle, Size};

/// Version of the line format that is read.
const SCHEMA: &str = "lesionscope/1";

/// Longest line that is read, bytes: ten thousand circles.
const LONGEST: usize = 1 << 22;

/// Nothing lies farther from a frame's corner, px, and no circle is larger.
const FARTHEST: f32 = 1e6;

/// No session is longer, s: thirty years.
const LONGEST_S: f64 = 1e9;

/// What was seen on one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedFrame {
    /// Number of the frame in its source, from 0.
    pub frame: u64,
    /// Presentation time, s.
    pub time_s: f64,
    /// Size of the picture; `None` in lists of older versions.
    pub size: Option<Size>,
    /// The picture's path; only for stills.
    pub file: Option<String>,
    /// Frames dropped between this and the one before.
    pub dropped: u64,
    /// Tentative and confirmed circles.
    pub circles: Vec<RecordedCircle>,
    /// Why the picture cannot be judged, if so.
    pub not_assessable: Option<String>,
}

/// One circle of a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedCircle {
    /// Id of the track, from 1.
    pub track: u64,
    /// Number of the place that it belongs to, from 1; `None` while its track is tentative or not on skin.
    pub place: Option<u64>,
    /// Whether the track was seen often enough to be believed.
    pub state: TrackState,
    /// The lesion class that it is called by.
    pub class: String,
    /// Whether the scores of its place leave open what it is called; `class` is then the likeliest.
    pub undecided: bool,
    /// Smoothed probability of that class, `0..=1`.
    pub score: f32,
    /// Evidence for a lesion, `0..=1`.
    pub evidence: f32,
    /// One probability a class, in the order of [`RecordedSession::classes`](super::RecordedSession::classes).
    pub scores: Vec<f32>,
    /// The circle, px of the source frame.
    pub circle: Circle,
    /// Whether skin surrounds it.
    pub on_skin: bool,
    /// How familiar it is to the classifier that names it, `0..=1`; 1 where nothing is known of that.
    pub familiar: f32,
    /// Where the scores come from.
    pub origin: ScoreOrigin,
    /// Frames since the scores were computed.
    pub age_frames: u32,
    /// What its score rests on, where that was asked for.
    pub explanation: Option<RecordedExplanation>,
}

/// How far an explanation can be believed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct RecordedExplanation {
    /// Name of the method.
    pub method: String,
    /// Overlap with what a second method points at, `0..=1`.
    pub agreement: f32,
    /// How far the score falls when the inside of the circle is painted over, `-1..=1`.
    pub drop: f32,
    /// Share of what the map points at that lies within the circle, `0..=1`; `None` when it points at nothing.
    pub inside: Option<f32>,
    /// Frames since the explanation was made.
    #[serde(default, rename = "age")]
    pub age_frames: u64,
}

/// A line as it is written.
#[derive(Deserialize)]
struct FrameText {
    frame: u64,
    time_s: f64,
    width: Option<u32>,
    height: Option<u32>,
    file: Option<String>,
    #[serde(default)]
    dropped: u64,
    circles: Vec<CircleText>,
    not_assessable: Option<String>,
}

/// A circle of a line as it is written.
#[derive(Deserialize)]
struct CircleText {
    track: u64,
    place: Option<u64>,
    state: TrackState,
    class: String,
    #[serde(default)]
    undecided: bool,
    score: f32,
    evidence: f32,
    scores: Map<String, Value>,
    x: f32,
    y: f32,
    r: f32,
    on_skin: bool,
    #[serde(default = "wholly")]
    familiar: f32,
    origin: ScoreOrigin,
    age: u32,
    explanation: Option<RecordedExplanation>,
}

/// What is not said to be unfamiliar is familiar.
fn wholly() -> f32 {
    1.0
}

/// The frames of a list, and what was left out of it.
#[derive(Debug, Default)]
pub(super) struct FrameList {
    /// One entry a line.
    pub(super) frames: Vec<RecordedFrame>,
    /// Names of the classes, in the order of the scores; empty where no circle was listed.
    pub(super) classes: Vec<String>,
    /// What could not be read, as a sentence.
    pub(super) warning: Option<String>,
}

impl FrameList {
    /// Reads a list, line by line. Of a last line that was torn, as a killed program leaves it, only a warning remains.
    pub(super) fn read(path: &Path) -> Result<FrameList, SessionError> {
        let file = files::open(path).map_err(|error| SessionError::unreadable(path, error))?;
        let mut lines = Lines::new(BufReader::new(file), LONGEST);
        let mut list = FrameList::default();
        loop {
            let line = match lines.next() {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(list),
                Err(error) if error.kind() == ErrorKind::FileTooLarge => {
                    return Err(SessionError::line(path, lines.number(), error));
                }
                Err(error) => return Err(SessionError::unreadable(path, error)),
            };
            match list.take(&line) {
                Ok(()) => {}
                Err(_) if !line.ended => {
                    let number = line.number;
                    list.warning = Some(format!("{}: line {number} was cut off and is left out", path.display()));
                    return Ok(list);
                }
                Err(problem) => return Err(SessionError::line(path, line.number, problem)),
            }
        }
    }

    fn take(&mut self, line: &Line) -> Result<(), String> {
        if line.text.trim_ascii().is_empty() {
            return Ok(());
        }
        schema::check(line.text, SCHEMA)?;
        let text: FrameText =
            serde_json::from_slice(line.text).map_err(|error| format!("a field of it is wrong: {error}"))?;
        let circles = text.circles.into_iter().map(|circle| self.circle(circle)).collect::<Result<_, String>>()?;
        let FrameText { frame, time_s, width, height, file, dropped, not_assessable, .. } = text;
        let size = width.zip(height).map(|(width, height)| Size { width, height });
        if !(0.0..=LONGEST_S).contains(&time_s) || size.is_some_and(|size| size.width == 0 || size.height == 0) {
            return Err(format!("frame {frame} has a time or a size that no frame has"));
        }
        self.frames.push(RecordedFrame { frame, time_s, size, file, dropped, circles, not_assessable });
        Ok(())
    }

    fn circle(&mut self, text: CircleText) -> Result<RecordedCircle, String> {
        let far = |value: f32| !value.is_finite() || value.abs() > FARTHEST;
        if far(text.x) || far(text.y) || far(text.r) || text.r <= 0.0 {
            return Err(format!("the circle of track {} lies in no picture", text.track));
        }
        if self.classes.is_empty() {
            self.classes = text.scores.keys().cloned().collect();
        }
        if !text.scores.keys().eq(&self.classes) {
            return Err(format!("the scores of track {} are of other classes than those before", text.track));
        }
        let scores = text.scores.values().map(|score| score.as_f64().map(|score| score as f32)).collect::<Option<_>>();
        Ok(RecordedCircle {
            track: text.track,
            place: text.place,
            state: text.state,
            class: text.class,
            undecided: text.undecided,
            score: text.score,
            evidence: text.evidence,
            scores: scores.ok_or_else(|| format!("a score of track {} is no number", text.track))?,
            circle: Circle { x: text.x, y: text.y, r: text.r },
            on_skin: text.on_skin,
            familiar: text.familiar,
            origin: text.origin,
            age_frames: text.age,
            explanation: text.explanation,
        })
    }
}
