//! A place as the book keeps it.

use super::appearance::Appearance;
use super::history::PlaceHistory;
use crate::geometry::{Circle, Similarity};

/// Appearances that are kept of a place, the newest: it turns and the light changes while it is watched.
const APPEARANCES: usize = 4;
/// Time between two of them, s.
const BETWEEN_S: f64 = 0.5;

/// Where a place lies. A chart is a stretch of frames over which the camera's way is known: what lies on one chart lies right to each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ChartSpot {
    /// Number of the chart.
    pub(super) chart: u64,
    /// Of the present chart, px of the present frame; of another one, px of its last frame.
    pub(super) circle: Circle,
}

/// A place as the book keeps it.
#[derive(Clone, Debug)]
pub(super) struct KeptPlace {
    pub(super) history: PlaceHistory,
    /// Ids of its tracks.
    pub(super) tracks: Vec<u64>,
    /// Numbers of places that turned out to be this one.
    pub(super) absorbed: Vec<u64>,
    pub(super) spot: ChartSpot,
    /// Where it lay on the chart before.
    pub(super) earlier: Option<ChartSpot>,
    /// Where it was circled last, px of that frame.
    pub(super) last_circle: Circle,
    /// Whether it is circled in the present frame.
    pub(super) in_view: bool,
    /// Whether it was in the frame before.
    pub(super) was_in_view: bool,
    /// Since when its circle lies on that of an older place, s.
    pub(super) doubled_since_s: Option<f64>,
    appearances: Vec<Appearance>,
    /// When the newest appearance was taken, s.
    taken_s: f64,
}

impl KeptPlace {
    /// A place that is circled for the first time.
    pub(super) fn new(spot: ChartSpot) -> KeptPlace {
        KeptPlace {
            history: PlaceHistory::default(),
            tracks: Vec::new(),
            absorbed: Vec::new(),
            spot,
            earlier: None,
            last_circle: spot.circle,
            in_view: true,
            was_in_view: false,
            doubled_since_s: None,
            appearances: Vec::new(),
            taken_s: f64::NEG_INFINITY,
        }
    }

    /// Takes in where it is circled in the present frame.
    pub(super) fn see(&mut self, spot: ChartSpot) {
        self.go(spot);
        self.last_circle = spot.circle;
        self.in_view = true;
    }

    /// Moves it, onto another chart where need be.
    pub(super) fn go(&mut self, spot: ChartSpot) {
        if spot.chart != self.spot.chart {
            self.earlier = Some(self.spot);
        }
        self.spot = spot;
    }

    /// Whether it is time for another appearance.
    pub(super) fn wants_appearance(&self, now_s: f64) -> bool {
        // A clock that jumps back is as good a reason.
        (now_s - self.taken_s).abs() >= BETWEEN_S
    }

    /// Keeps an appearance.
    pub(super) fn keep(&mut self, appearance: Appearance, now_s: f64) {
        self.appearances.push(appearance);
        let surplus = self.appearances.len().saturating_sub(APPEARANCES);
        self.appearances.drain(..surplus);
        self.taken_s = now_s;
    }

    /// How far an appearance differs from the nearest of its own, `0..=1`; 0 where it has none.
    pub(super) fn difference(&self, appearance: &Appearance) -> f32 {
        self.appearances.iter().map(|own| own.difference(appearance)).reduce(f32::min).unwrap_or(0.0)
    }

    /// Takes in a place that turned out to be this one.
    pub(super) fn absorb(&mut self, number: u64, other: KeptPlace) {
        self.history.absorb(&other.history);
        self.tracks.extend(other.tracks);
        self.absorbed.extend([vec![number], other.absorbed].concat());
    }
}

/// A circle as a motion of the picture plane takes it along.
pub(super) fn moved(circle: Circle, motion: &Similarity) -> Circle {
    let centre = motion.apply(circle.centre());
    Circle { x: centre.x, y: centre.y, r: circle.r * motion.scale() as f32 }
}
