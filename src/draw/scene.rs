//! What a picture is drawn from: a frame with what is known about it, and what the viewer wants to see of that.

use super::settings::DrawSettings;
use super::status::Status;
use crate::finding::Detection;
use crate::frame::Frame;
use crate::model::Class;

/// What the viewer chose to see.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Which overlays, and how.
    pub draw: DrawSettings,
    /// Quantile of the values of an explanation at which a line is drawn around it, `0..=1`; 0 draws none.
    pub contour: Option<f32>,
    /// Show the help screen over everything.
    pub help: bool,
    /// A short sentence to the viewer, such as where a snapshot went.
    pub notice: Option<String>,
}

/// One frame and what is known about it.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The frame; never changed.
    pub frame: &'a Frame,
    /// Circles and score map.
    pub detection: &'a Detection,
    /// The classes of the model, in the order of the scores.
    pub classes: &'a [Class],
    /// The numbers of the status line; `None` draws none.
    pub status: Option<&'a Status>,
}
