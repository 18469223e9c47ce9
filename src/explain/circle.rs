//! One circle of a frame explained: its window cut out as the network sees it, the map laid out for drawing, and its checks.

use super::{Explainer, Map, Method, Question, trust};
use crate::finding::{Explanation, HeatGrid, TrackedCircle, Trust};
use crate::frame::Frame;
use crate::geometry::{Circle, Square};
use crate::model::ModelError;
use crate::pixels::resize::Cutter;

/// Side of the grid that a map is drawn and checked on: finer than any map that was smoothed.
const GRID: usize = 64;

/// What says what a circle's score rests on: the network opened up, or a stand-in in a test.
pub trait Explain: Send {
    /// What the score of a circle's class on this frame rests on, by a method, and how far that can be believed.
    ///
    /// # Errors
    /// When the explained network does not name the class, or fails.
    fn explain(&mut self, frame: &Frame, circle: &TrackedCircle, method: Method) -> Result<Explanation, ModelError>;
}

/// Explains circles with scratch memory of its own: one a thread.
pub struct CircleExplainer {
    explainer: Explainer,
    cutter: Cutter,
    /// Radius of a circle as a fraction of its window's side.
    fill: f32,
}

impl CircleExplainer {
    /// Asks `explainer` about circles whose radius is `fill` of the side of their windows.
    pub fn new(explainer: Explainer, fill: f32) -> CircleExplainer {
        CircleExplainer { explainer, cutter: Cutter::new(), fill }
    }

    /// A map as people look at it: by regions.
    fn map(&self, question: Question, method: Method) -> Result<Map, ModelError> {
        let map = self.explainer.explain(question, method)?;
        Ok(self.explainer.laid(&map, method).resized(GRID, GRID))
    }
}

impl Explain for CircleExplainer {
    fn explain(&mut self, frame: &Frame, circle: &TrackedCircle, method: Method) -> Result<Explanation, ModelError> {
        let lesion = circle.finding.circle;
        let square = Square::around(lesion.centre(), lesion.r / self.fill, frame.size());
        let side = self.explainer.input_side();
        let window = self.cutter.square(&frame.pixels, square, side)?;
        let class = self.explainer.own_class(circle.class).ok_or(ModelError::UnknownClass(circle.class))?;
        let question = Question { window: &window, class };
        let map = self.map(question, method)?;
        let other = self.map(question, self.explainer.counterpart(method))?;
        let disc = Circle {
            x: (lesion.x - square.x) / square.side,
            y: (lesion.y - square.y) / square.side,
            r: lesion.r / square.side,
        };
        let trust = Trust {
            agreement: trust::agreement(&map, &other),
            drop: trust::drop(&self.explainer, question, &disc)?,
            inside: trust::inside(&map, &disc),
        };
        let laid = if method.signed() { map.scaled() } else { map.stretched() };
        Ok(Explanation {
            method: method.name(),
            class: circle.class,
            signed: method.signed(),
            map: HeatGrid { cols: laid.cols as u32, rows: laid.rows as u32, values: laid.values },
            window: Square { x: -disc.x / disc.r, y: -disc.y / disc.r, side: 1.0 / disc.r },
            trust,
        })
    }
}
