//! Overlays: circles, labels, heat, explanations, status line, help and banner, painted on a copy of the frame. Pure: pixels and numbers in, pixels out.

mod area;
mod banner;
mod circles;
mod contour;
mod evidence;
mod heat;
mod help;
mod labels;
mod look;
mod sheet;
mod status;
mod text;
mod words;

use image::RgbImage;
use serde::{Deserialize, Serialize};

pub use help::{KEYS, LINE_STYLES};
pub use sheet::{Tile, overlay, sheet};
pub use status::{NOTICE, Status};

use crate::finding::Detection;
use crate::frame::Frame;
use crate::model::Class;
use area::Area;

/// A perceptually uniform colour map for the heat overlay: equal steps of evidence look like equal steps of colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColourMap {
    /// Black through red to pale yellow.
    Inferno,
    /// Black through purple to pale pink.
    Magma,
    /// Blue through pink to yellow.
    Plasma,
    /// Violet through green to yellow.
    Viridis,
    /// Blue through grey to yellow; looks the same to most colour-blind eyes.
    Cividis,
}

/// What is drawn over a frame, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawSettings {
    /// Draw the circles.
    pub circles: bool,
    /// Draw a label with class and score at each circle (needs `circles`).
    pub labels: bool,
    /// Lay the score map over the frame as heat.
    pub heat: bool,
    /// Outline the cells of the score map that are above the threshold.
    pub mask: bool,
    /// Opacity of the heat, and of explanations, where the evidence is 1, `0..=1`; less evidence is more transparent in proportion.
    pub heat_opacity: f32,
    /// Colours of the heat, and of explanations that have no parts against the class.
    pub colour_map: ColourMap,
    /// Width of a circle's line, px of the frame, `0..=64`; 0 = automatic, 1/240 of the frame's shorter side and at least 2.
    pub line_width: f32,
}

/// What the viewer chose to see.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Which overlays, and how.
    pub draw: DrawSettings,
    /// Quantile of the values of an explanation at which a line is drawn around it, `0..=1`; 0 draws none.
    pub contour: f32,
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

/// The frame with its overlays, same size as the frame.
///
/// Any size from 1 x 1 px works; text that does not fit is left out. `recycled` is a picture no longer needed, of any size,
/// whose memory is used again.
pub fn annotate(scene: &Scene, view: &View, recycled: Option<RgbImage>) -> RgbImage {
    let mut image = copy(&scene.frame.pixels, recycled);
    let draw = &view.draw;
    let line = line_width(draw.line_width, image.dimensions());
    if draw.heat {
        heat::paint(&mut image, &scene.detection.heat, draw.colour_map, draw.heat_opacity);
    }
    if draw.mask {
        heat::outline(&mut image, &scene.detection.heat, &scene.detection.mask, line);
    }
    evidence::paint(&mut image, &scene.detection.circles, view, line);
    let looks: Vec<_> =
        scene.detection.circles.iter().map(|circle| look::Look::of(circle, scene.classes, line)).collect();
    if draw.circles {
        for (tracked, look) in scene.detection.circles.iter().zip(&looks) {
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
    if draw.circles && draw.labels {
        labels::paint(&mut image, room, scene, &looks);
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
fn line_width(asked: f32, (width, height): (u32, u32)) -> f32 {
    if asked > 0.0 { asked.clamp(0.5, 64.0) } else { (width.min(height) as f32 / 240.0).clamp(2.0, 24.0) }
}

#[cfg(test)]
mod tests;
