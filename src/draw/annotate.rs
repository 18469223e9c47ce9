//! All overlays of a frame, one upon the other.

use image::RgbImage;

use super::area::Area;
use super::look::CircleStyle;
use super::scene::{Scene, View};
use super::settings::LabelChoice;
use super::{banner, circles, evidence, heat, help, labels, status};
use crate::finding::{Detection, TrackedCircle};
use crate::geometry::Size;

/// The frame with its overlays, same size as the frame.
///
/// Any size from 1 x 1 px works; text that does not fit is left out. `recycled` is a picture no longer needed, of any size,
/// whose memory is used again.
pub fn annotate(scene: &Scene, view: &View, recycled: Option<RgbImage>) -> RgbImage {
    let mut image = copy(&scene.frame.pixels, recycled);
    let draw = &view.draw;
    let line = line_width(draw.line_width_px, scene.frame.size());
    if draw.heat {
        heat::paint(&mut image, &scene.detection.heat, draw.colour_map, draw.heat_opacity);
    }
    if draw.mask {
        heat::outline(&mut image, &scene.detection.heat, &scene.detection.mask, line);
    }
    let circles = scene.detection.circles.iter().map(TrackedCircle::as_listed).collect();
    let listed = Detection { circles, ..Detection::default() };
    evidence::paint(&mut image, &listed.circles, view, line);
    let looks: Vec<_> = listed.circles.iter().map(|circle| CircleStyle::of(circle, scene.classes, line)).collect();
    if draw.circles {
        for (tracked, look) in listed.circles.iter().zip(&looks) {
            circles::paint(&mut image, &tracked.finding.circle, look);
        }
    }
    let mut room = Area::of(&image);
    if let Some(status) = scene.status {
        room = status::paint(&mut image, room, status);
    }
    if let Some(sentence) = &scene.detection.not_assessable {
        room = banner::paint(&mut image, room, &banner::words(sentence), banner::WARNING);
    }
    if let Some(sentence) = &view.notice {
        room = banner::paint(&mut image, room, sentence, banner::PLAIN);
    }
    if draw.circles && draw.labels != LabelChoice::None {
        labels::paint(&mut image, room, (&Scene { detection: &listed, ..*scene }, draw.labels), &looks);
    }
    if view.help {
        help::paint(&mut image, line);
    }
    image
}

/// A copy of `pixels`, in the memory of `recycled` when there is one.
fn copy(pixels: &RgbImage, recycled: Option<RgbImage>) -> RgbImage {
    let Some(old) = recycled else { return pixels.clone() };
    let mut raw = old.into_raw();
    raw.clear();
    raw.extend_from_slice(pixels.as_raw());
    RgbImage::from_raw(pixels.width(), pixels.height(), raw).unwrap_or_else(|| pixels.clone())
}

/// The line width in px: the one asked for, or one that suits the size of the picture.
fn line_width(asked: Option<f32>, frame: Size) -> f32 {
    let suited = (frame.short() as f32 / 240.0).clamp(2.0, 24.0);
    asked.map_or(suited, |px| px.clamp(0.5, 64.0))
}
