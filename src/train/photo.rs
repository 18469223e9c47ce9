//! Photographs in memory, with halved copies so that windows of any size are cut without aliasing.

use std::path::Path;

use image::imageops::FilterType;
use image::{GrayImage, RgbImage};

use super::error::TrainError;
use crate::data::Item;
use crate::geometry::{Circle, Point, Size};
use crate::pictures;
use crate::pixels::resize::Cutter;

/// Longest side that is kept, px: no window shows more detail than that.
const LONGEST: u32 = 384;

/// A photograph with its mask and halved copies.
pub struct TrainingPhoto {
    /// The picture and its halves, largest first.
    levels: Vec<RgbImage>,
    /// The mask at the size of the first level: white is lesion (or skin, in scenes with people).
    pub mask: Option<GrayImage>,
    /// The circle about the lesion, px of the first level; from the mask, or assumed in the middle when there is none.
    pub lesion: Circle,
}

impl TrainingPhoto {
    /// Reads the image and the mask of an item.
    pub fn read(item: &Item) -> Result<TrainingPhoto, TrainError> {
        let picture = pictures::read(&item.path).map_err(|why| TrainError::file(&item.path, why))?;
        let (w, h) = picture.dimensions();
        if w.min(h) < 16 {
            return Err(TrainError::file(&item.path, format!("is {w}x{h} px; a close-up needs at least 16 px a side")));
        }
        let shrink = (LONGEST as f32 / w.max(h) as f32).min(1.0);
        let side = |full: u32| ((full as f32 * shrink) as u32).max(16);
        let size = Size { width: side(w), height: side(h) };
        let picture = if shrink < 1.0 { resized(&picture, size) } else { picture };
        let mask = match &item.mask {
            Some(path) => Some(fitted(mask(path, (w, h))?, picture.dimensions())),
            None => None,
        };
        let lesion = mask.as_ref().and_then(enclosing).unwrap_or_else(|| assumed(&picture));
        Ok(TrainingPhoto { levels: halves(picture), mask, lesion })
    }

    /// A photograph from a picture in memory.
    pub fn of(picture: RgbImage) -> TrainingPhoto {
        TrainingPhoto { lesion: assumed(&picture), mask: None, levels: halves(picture) }
    }

    /// The first level.
    pub fn picture(&self) -> &RgbImage {
        &self.levels[0]
    }

    /// Size of the first level.
    pub fn size(&self) -> Size {
        self.levels.first().map_or_else(Size::default, |level| level.dimensions().into())
    }

    /// Colour at `(x, y)` px of the first level, read from the copy in which `step` px of the first level are about one;
    /// bilinear, mirrored at the borders.
    pub fn sample(&self, x: f32, y: f32, step: f32) -> [f32; 3] {
        let octave = (step.max(1.0).log2().round() as usize).min(self.levels.len().saturating_sub(1));
        let level = &self.levels[octave];
        let size = self.size();
        let (fx, fy) = (level.width() as f32 / size.width as f32, level.height() as f32 / size.height as f32);
        bilinear(level, x * fx - 0.5, y * fy - 0.5)
    }

    /// The mask at `(x, y)` px, `0..=1`; 0 outside the picture or without a mask.
    pub fn mask_at(&self, x: f32, y: f32) -> f32 {
        match &self.mask {
            Some(mask) if x >= 0.0 && y >= 0.0 && (x as u32) < mask.width() && (y as u32) < mask.height() => {
                f32::from(mask.get_pixel(x as u32, y as u32).0[0]) / 255.0
            }
            _ => 0.0,
        }
    }

    /// Share of the mask that is white within the square `side` px around a point, from 8 x 8 probes.
    pub fn coverage(&self, centre: Point, side: f32) -> f32 {
        let probes = (0..64).map(|i| {
            let (u, v) = ((i % 8) as f32 / 7.0 - 0.5, (i / 8) as f32 / 7.0 - 0.5);
            self.mask_at(centre.x + u * side * 0.98, centre.y + v * side * 0.98)
        });
        probes.sum::<f32>() / 64.0
    }
}

/// The picture and its halves down to 16 px.
fn halves(picture: RgbImage) -> Vec<RgbImage> {
    let mut levels = vec![picture];
    while let Some(last) = levels.last().filter(|last| last.width().min(last.height()) >= 32) {
        let half = resized(last, Size { width: last.width() / 2, height: last.height() / 2 });
        levels.push(half);
    }
    levels
}

/// A picture at another size; sizes are never 0 here.
pub(super) fn resized(picture: &RgbImage, size: Size) -> RgbImage {
    Cutter::new().whole(picture, size).unwrap_or_else(|_| RgbImage::new(size.width, size.height))
}

fn fitted(mask: GrayImage, (w, h): (u32, u32)) -> GrayImage {
    if mask.dimensions() == (w, h) { mask } else { image::imageops::resize(&mask, w, h, FilterType::Triangle) }
}

/// The mask of a picture of this size, px.
fn mask(path: &Path, (w, h): (u32, u32)) -> Result<GrayImage, TrainError> {
    let mask = pictures::mask(path).map_err(|why| TrainError::file(path, why))?;
    // A camera that notes how it was held stores pictures lying; a mask of such pixels would hide the wrong ones.
    if w != h && mask.dimensions() == (h, w) {
        return Err(TrainError::file(
            path,
            format!("is {h}x{w} px, its picture is {w}x{h} px upright; turn the mask as well"),
        ));
    }
    Ok(mask)
}

/// Without a mask a close-up is taken to show its lesion in the middle, filling half of the shorter side.
fn assumed(picture: &RgbImage) -> Circle {
    let (w, h) = (picture.width() as f32, picture.height() as f32);
    Circle { x: w / 2.0, y: h / 2.0, r: 0.27 * w.min(h) }
}

/// Circle about the white part of a mask: its centroid, and the mean of the radius of equal area and half the larger extent.
fn enclosing(mask: &GrayImage) -> Option<Circle> {
    let (mut n, mut sx, mut sy) = (0f32, 0f32, 0f32);
    let (mut x0, mut y0, mut x1, mut y1) = (u32::MAX, u32::MAX, 0, 0);
    for (x, y, value) in mask.enumerate_pixels() {
        if value.0[0] >= 128 {
            n += 1.0;
            sx += x as f32;
            sy += y as f32;
            (x0, y0, x1, y1) = (x0.min(x), y0.min(y), x1.max(x), y1.max(y));
        }
    }
    if n < 9.0 {
        return None;
    }
    let extent = (x1 - x0).max(y1 - y0) as f32 / 2.0;
    Some(Circle { x: sx / n + 0.5, y: sy / n + 0.5, r: ((n / std::f32::consts::PI).sqrt() + extent) / 2.0 })
}

fn bilinear(image: &RgbImage, x: f32, y: f32) -> [f32; 3] {
    let (x0, y0) = (x.floor(), y.floor());
    let (u, v) = (x - x0, y - y0);
    let at = |dx: i32, dy: i32| {
        let x = mirror(x0 as i32 + dx, image.width() as i32);
        let y = mirror(y0 as i32 + dy, image.height() as i32);
        image.get_pixel(x, y).0.map(f32::from)
    };
    let (a, b, c, d) = (at(0, 0), at(1, 0), at(0, 1), at(1, 1));
    std::array::from_fn(|i| (a[i] * (1.0 - u) + b[i] * u) * (1.0 - v) + (c[i] * (1.0 - u) + d[i] * u) * v)
}

fn mirror(at: i32, size: i32) -> u32 {
    let period = (2 * size).max(1);
    let at = at.rem_euclid(period);
    (if at < size { at } else { period - 1 - at }) as u32
}
