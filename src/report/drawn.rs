//! A picture of the page with circles drawn over it.

use serde::Serialize;

use crate::geometry::Circle;

use super::inline::InlinePicture;
use super::judgement::Judgement;

/// Size of a label, as a part of the width of what the picture shows.
const LABEL: f64 = 0.022;

/// A circle to draw, px of the frame.
#[derive(Clone, Debug)]
pub(super) struct RingPlan {
    /// Where.
    pub(super) circle: Circle,
    /// In which colour.
    pub(super) kind: Judgement,
    /// What is written beside it, if anything.
    pub(super) label: String,
    /// Whether it is not there on this very frame.
    pub(super) absent: bool,
}

/// A circle as the template draws it, px of the picture's view box.
#[derive(Debug, Serialize)]
struct Ring {
    x: f64,
    y: f64,
    r: f64,
    kind: Judgement,
    absent: bool,
    label: String,
    label_x: f64,
    label_y: f64,
    font_px: f64,
}

/// A picture as the template shows it.
#[derive(Debug, Serialize)]
pub(super) struct DrawnPicture {
    jpeg: String,
    width: f64,
    height: f64,
    alt: String,
    rings: Vec<Ring>,
}

/// Circles over a picture, unless it has them already.
pub(super) fn drawn(picture: &InlinePicture, rings: &[RingPlan], alt: String) -> DrawnPicture {
    let region = picture.region;
    let font_px = rounded(region.width * LABEL);
    let ring = |plan: &RingPlan| {
        let (x, y) = (f64::from(plan.circle.x) - region.left, f64::from(plan.circle.y) - region.top);
        let (r, wide) = (f64::from(plan.circle.r), font_px * 0.7 * plan.label.chars().count() as f64);
        let beside = x + r * 0.75 + font_px * 0.2;
        // What would be cut off at the right is written at the left.
        let label_x = if beside + wide > region.width { (x - r * 0.75 - wide).max(0.0) } else { beside };
        let label_y = (y - r * 0.75).max(font_px);
        let [x, y, r, label_x, label_y] = [x, y, r, label_x, label_y].map(rounded);
        let RingPlan { kind, absent, ref label, .. } = *plan;
        Ring { x, y, r, kind, absent, label: label.clone(), label_x, label_y, font_px }
    };
    let rings = if picture.annotated { Vec::new() } else { rings.iter().map(ring).collect() };
    DrawnPicture {
        jpeg: picture.jpeg.clone(),
        width: rounded(region.width),
        height: rounded(region.height),
        alt,
        rings,
    }
}

fn rounded(px: f64) -> f64 {
    (px * 10.0).round() / 10.0
}
