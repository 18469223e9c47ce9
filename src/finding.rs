//! What the scan found in a frame: circles with class scores, and the score map they came from.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::assessment::{Assessment, Hint};
use crate::geometry::{Circle, Square};

/// Where a score comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ScoreOrigin {
    /// Computed on this frame.
    Fresh,
    /// Taken from the cache: the window still shows what it showed.
    Reused,
}

/// A circle with class scores, before time is taken into account.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The circle, px of the source frame.
    pub circle: Circle,
    /// One probability a class, in the order of the model's labels.
    pub scores: Vec<f32>,
    /// The evidence for a lesion, `0..=1`: the sum of the probabilities of the classes that are searched for, or the highest of them where
    /// the model answers for each class by itself.
    pub evidence: f32,
    /// Probability, `0..=1`, that skin surrounds it.
    pub context: f32,
    /// How familiar it is to the classifier that names it, `0..=1`; 1 where nothing is known of that.
    pub familiar: f32,
    /// Where the scores come from.
    pub origin: ScoreOrigin,
    /// Frames since the scores were computed; 0 when fresh.
    pub age_frames: u32,
}

/// State of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TrackState {
    /// Seen, but not often enough to be believed.
    Tentative,
    /// Seen often enough.
    Confirmed,
    /// Not found any more; kept for a while in case it comes back, never listed.
    Lost,
}

/// A finding followed through time: what is drawn and written.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackedCircle {
    /// Id of the track, from 1, never given twice in a session.
    pub track: u64,
    /// Its state on this frame.
    pub state: TrackState,
    /// Number of the place that it belongs to, from 1; `None` while it is tentative or not on skin.
    pub place: Option<u64>,
    /// Index of the lesion class that it is called: that of its place, where it has one; `track/naming.rs` decides.
    pub class: usize,
    /// Whether the scores of its place leave open what it is called; `class` is then the likeliest.
    pub undecided: bool,
    /// Whether skin surrounds it (decided with hysteresis over the track).
    pub on_skin: bool,
    /// The finding with smoothed scores and position.
    pub finding: Finding,
    /// What its score rests on; only where that was asked for, and once it is known.
    pub explained: Option<AgedExplanation>,
    /// How well it can be judged by the picture; of confirmed circles on skin alone.
    pub assessment: Option<Assessment>,
}

impl TrackedCircle {
    /// The circle with its numbers as lists have them. This is what is drawn, so that a recorded session is redrawn to the pixel.
    pub fn as_listed(&self) -> TrackedCircle {
        let px = |px: f32| listed_px(px) as f32;
        let score = |score: f32| listed_score(score) as f32;
        let Finding { circle, scores, evidence, familiar, .. } = &self.finding;
        let finding = Finding {
            circle: Circle { x: px(circle.x), y: px(circle.y), r: px(circle.r) },
            scores: scores.iter().copied().map(score).collect(),
            evidence: score(*evidence),
            familiar: score(*familiar),
            ..self.finding
        };
        TrackedCircle { finding, explained: self.explained.clone(), ..*self }
    }

    /// Whether it looks like nearly nothing that the classifier was taught.
    pub fn unfamiliar(&self) -> bool {
        self.finding.familiar < UNFAMILIAR
    }
}

/// A position or radius, px, as lists have it: to a tenth.
pub fn listed_px(px: f32) -> f64 {
    rounded(px, 10.0)
}

/// A score as lists have it: to a ten-thousandth.
pub fn listed_score(score: f32) -> f64 {
    rounded(score, 1e4)
}

/// The nearest multiple of a part of 1.
fn rounded(value: f32, parts: f64) -> f64 {
    (f64::from(value) * parts).round() / parts
}

/// A place: one lesion of a session, with all tracks that were joined to it. As it is known after a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Its number, from 1, in the order in which places were confirmed; never given twice in a session.
    pub number: u64,
    /// Index of the lesion class that it is called; the likeliest one while it is undecided.
    pub class: usize,
    /// Whether its scores leave open what it is called.
    pub undecided: bool,
    /// Mean scores of all frames in which it was circled, one probability a class.
    pub scores: Vec<f32>,
    /// Share of the suspicious classes in the lesion classes, `0..=1`, by those scores.
    pub suspicious: f32,
    /// Mean evidence for a lesion, `0..=1`.
    pub evidence: f32,
    /// Whether skin surrounded it in most of the frames in which it was circled.
    pub on_skin: bool,
    /// Ids of its tracks, in the order in which they were joined.
    pub tracks: Vec<u64>,
    /// Numbers of places that turned out to be this one; there are no such places any more.
    pub absorbed: Vec<u64>,
}

/// Below this, nineteen of twenty close-ups of the kind that the classifier was taught are more familiar to it.
const UNFAMILIAR: f32 = 0.5;

/// The newest explanation of a circle.
#[derive(Clone, Debug, PartialEq)]
pub struct AgedExplanation {
    /// The explanation, shared between the frames that it is shown on.
    pub explanation: Arc<Explanation>,
    /// Frames since the one that it was made from; 0: this one.
    pub age_frames: u64,
}

/// What the score of a circle's class rests on, and how far that can be believed.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Name of the method.
    pub method: &'static str,
    /// Index of the class that it is about.
    pub class: usize,
    /// Whether the map has parts that speak against the class.
    pub signed: bool,
    /// The map over the window: values `0..=1`, of a signed one `-1..=1`.
    pub map: HeatGrid,
    /// The window as seen from the circle, in radii from its centre: so that the map moves and grows with the circle.
    pub window: Square,
    /// How far it can be believed.
    pub trust: Trust,
}

/// Checks of an explanation; `explain/trust.rs` has the formulae.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Trust {
    /// How far a method that rests on another idea points at the same cells, `0..=1`.
    pub agreement: f32,
    /// How far the score of the class falls when the inside of the circle is painted over, `-1..=1`.
    pub drop: f32,
    /// Part of what the map points at that lies within the circle, `0..=1`; `None` for a map that points at nothing.
    pub inside: Option<f32>,
}

/// A circle is doubtful below this part of the evidence within it: more of it lies outside. A map that knows nothing of the
/// picture has 0.3, the part of its window that a circle covers.
pub const DOUBTFUL: f32 = 0.5;

impl Trust {
    /// Whether the evidence lies outside of the circle.
    pub fn doubtful(&self) -> bool {
        self.inside.is_some_and(|inside| inside < DOUBTFUL)
    }
}

/// How many windows a frame's scan planned, computed and saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WindowCounts {
    /// Windows that a full scan looks at.
    pub planned: u64,
    /// Windows that the coarse level computed.
    pub coarse: u64,
    /// Windows that the classifier computed.
    pub fine: u64,
    /// Classifier windows whose score came from the cache.
    pub reused: u64,
    /// Windows that a coarser level said no to, now or in the cache.
    pub skipped: u64,
    /// Windows that the coarse level passed on but that exceeded the limit of classifier windows a frame.
    pub capped: u64,
    /// Windows that the second network was shown.
    pub opinions: u64,
}

/// The score map H laid over the frame as a grid of equal cells, for the heat overlay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatGrid {
    /// Cells across.
    pub cols: u32,
    /// Cells down.
    pub rows: u32,
    /// Row-major cell values: of a score map the highest evidence of a window over the cell, `0..=1`.
    pub values: Vec<f32>,
}

/// Everything that is found in one frame. The default is nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detection {
    /// The circles to draw and to write: tentative and confirmed tracks.
    pub circles: Vec<TrackedCircle>,
    /// The places of these circles, by number.
    pub places: Vec<Place>,
    /// Windows planned, computed and saved.
    pub windows: WindowCounts,
    /// The score map as a heat grid.
    pub heat: HeatGrid,
    /// The binary mask of the score map at the threshold: same cells as `heat`.
    pub mask: Vec<bool>,
    /// A sentence when the picture cannot be judged (smaller than the smallest window, or too dark).
    pub not_assessable: Option<String>,
    /// What cascade and cache missed in this frame; only where that was asked for.
    pub audit: Option<Audit>,
    /// What the search of this frame went without.
    pub shortfall: Shortfall,
    /// What to tell who films, if anything.
    pub hint: Option<Hint>,
    /// Where faces may be, of all that is written and shown to be covered; nothing where that was not asked for.
    pub faces: Vec<FaceRegion>,
}

/// A part of a frame in which a face may be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaceRegion {
    /// Squares that cover it, px of the frame.
    pub squares: Vec<Square>,
}

/// What the search of a frame went without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shortfall {
    /// How the camera moved since the frame before was not found: what was known was looked for where it had been.
    pub camera_lost: bool,
    /// Fewer windows were looked at than the settings ask for, to keep to the time allowed.
    pub cut: bool,
}

/// A frame scanned twice more: exhaustively (every window of the plan, nothing reused), and by the cascade without the cache.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audit {
    /// What the exhaustive scan of this frame alone circles.
    pub lesions: Vec<AuditedLesion>,
}

/// A lesion of an exhaustive scan, and the search's evidence for it, `0..=1`, by each way to scan; `None`: missed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AuditedLesion {
    /// Whether skin surrounds it.
    pub on_skin: bool,
    /// Every window looked at.
    pub exhaustive: f32,
    /// The cascade on this frame alone.
    pub cascade: Option<f32>,
    /// The cascade with what earlier frames know: the run itself.
    pub run: Option<f32>,
}
