//! Explanations laid over the windows of the circles that they explain.

use image::{RgbImage, imageops};

use super::scene::View;
use super::{contour, heat};
use crate::finding::{Explanation, TrackedCircle};
use crate::geometry::{Circle, Square};

/// Lays the map of every circle that has one over its window, wherever the circle has moved to since, with a contour `line` px wide
/// where the view asks for one.
pub(super) fn paint(image: &mut RgbImage, circles: &[TrackedCircle], view: &View, line: f32) {
    for tracked in circles {
        if let Some(explained) = &tracked.explained {
            lay(image, &explained.explanation, &tracked.finding.circle, view, line);
        }
    }
}

fn lay(image: &mut RgbImage, explanation: &Explanation, circle: &Circle, view: &View, line: f32) {
    let Square { x, y, side } = explanation.window;
    let (left, top, side) = (circle.x + x * circle.r, circle.y + y * circle.r, (side * circle.r).round());
    let (width, height) = image.dimensions();
    // A window fits into the frame it was cut from. What is larger by far or far away is a circle that has lost its lesion.
    let most = 2.0 * width.max(height) as f32;
    if !((1.0..=most).contains(&side) && left.abs() <= most && top.abs() <= most) {
        return;
    }
    let (left, top) = (left.round() as i64, top.round() as i64);
    let mut patch = RgbImage::new(side as u32, side as u32);
    imageops::replace(&mut patch, image, -left, -top);
    heat::lay(&mut patch, &explanation.map, explanation.signed, view.draw.colour_map, view.draw.heat_opacity);
    contour::paint(&mut patch, &explanation.map, view.contour, line);
    imageops::replace(image, &patch, left, top);
}
