//! What the scan found in a frame: circles with class scores, and the score map they came from.

use serde::{Deserialize, Serialize};

use crate::geometry::Circle;

/// Where a score comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Computed on this frame.
    Fresh,
    /// Taken from the cache: the pixels under the window had not changed.
    Reused,
}

/// A circle with class scores, before time is taken into account.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The circle, px of the source frame.
    pub circle: Circle,
    /// One probability a class, in the order of the model's labels.
    pub scores: Vec<f32>,
    /// The evidence for a lesion, `0..=1`: the sum of the probabilities of the classes that are searched for.
    pub evidence: f32,
    /// Probability, `0..=1`, that skin surrounds it.
    pub context: f32,
    /// Where the scores come from.
    pub origin: Origin,
    /// Frames since the scores were computed; 0 when fresh.
    pub age: u32,
}

/// State of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Index of the class with the highest smoothed score among the lesion classes.
    pub class: usize,
    /// Whether skin surrounds it (decided with hysteresis over the track).
    pub on_skin: bool,
    /// The finding with smoothed scores and position.
    pub finding: Finding,
}

/// How many windows a frame's scan planned, computed and saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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
}

/// The score map H laid over the frame as a grid of equal cells, for the heat overlay.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatGrid {
    /// Cells across.
    pub cols: u32,
    /// Cells down.
    pub rows: u32,
    /// Row-major cell values: the highest evidence of a window over the cell, `0..=1`.
    pub values: Vec<f32>,
}

/// Everything the detect stage says about one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// The circles to draw and to write: tentative and confirmed tracks.
    pub circles: Vec<TrackedCircle>,
    /// Windows planned, computed and saved.
    pub windows: WindowCounts,
    /// The score map as a heat grid.
    pub heat: HeatGrid,
    /// The binary mask of the score map at the threshold: same cells as `heat`.
    pub mask: Vec<bool>,
    /// A sentence when the picture cannot be judged (smaller than the smallest window, too dark, too blurred).
    pub not_assessable: Option<String>,
}
