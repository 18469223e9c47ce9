//! Rectangles of whole pixels, and painting translucent plates into them.

use image::{Rgb, RgbImage};

/// A rectangle of whole pixels; it may lie partly or wholly outside the picture, and be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    /// Left edge, px.
    pub x: i64,
    /// Top edge, px.
    pub y: i64,
    /// Width, px.
    pub w: i64,
    /// Height, px.
    pub h: i64,
}

impl Area {
    /// The whole picture.
    pub(super) fn of(image: &RgbImage) -> Area {
        Area { x: 0, y: 0, w: i64::from(image.width()), h: i64::from(image.height()) }
    }

    /// Number of pixels shared with `other`.
    pub(super) fn overlap(&self, other: &Area) -> i64 {
        let w = (self.x + self.w).min(other.x + other.w) - self.x.max(other.x);
        let h = (self.y + self.h).min(other.y + other.h) - self.y.max(other.y);
        w.max(0) * h.max(0)
    }

    /// The same size, moved as little as possible to lie within `room`; `None` when it is larger than `room`.
    pub(super) fn moved_into(&self, room: &Area) -> Option<Area> {
        if self.w > room.w || self.h > room.h {
            return None;
        }
        let x = self.x.clamp(room.x, room.x + room.w - self.w);
        let y = self.y.clamp(room.y, room.y + room.h - self.h);
        Some(Area { x, y, ..*self })
    }
}

/// Mixes `colour` into a pixel; `alpha` 0 leaves it as it is, 1 replaces it.
pub(super) fn mix(pixel: &mut Rgb<u8>, colour: Rgb<u8>, alpha: f32) {
    for (old, new) in pixel.0.iter_mut().zip(colour.0) {
        let (from, to) = (f32::from(*old), f32::from(new));
        *old = (from + (to - from) * alpha + 0.5) as u8;
    }
}

/// Paints a translucent plate with rounded corners of radius `corner` px; `alpha` as in [`mix`].
pub(super) fn plate(image: &mut RgbImage, area: Area, corner: f32, colour: Rgb<u8>, alpha: f32) {
    let whole = Area::of(image);
    let (left, right) = (area.x.max(0), (area.x + area.w).min(whole.w));
    let (top, bottom) = (area.y.max(0), (area.y + area.h).min(whole.h));
    if left >= right || top >= bottom {
        return;
    }
    let round = corner.ceil() as i64;
    let stride = whole.w as usize * 3;
    let rows = image.as_flat_samples_mut().samples.chunks_exact_mut(stride);
    for (y, row) in (top..bottom).zip(rows.skip(top as usize)) {
        let in_corner_row = y < area.y + round || y >= area.y + area.h - round;
        for (x, pixel) in (left..right).zip(row.as_chunks_mut::<3>().0.iter_mut().skip(left as usize)) {
            let in_corner = in_corner_row && (x < area.x + round || x >= area.x + area.w - round);
            let cover = if in_corner { corner_cover(&area, corner, x, y) } else { 1.0 };
            blend(pixel, colour, (alpha * cover * 256.0) as u32);
        }
    }
}

/// [`mix`] for many pixels: whole numbers, in `part` 256ths.
pub(super) fn blend(pixel: &mut [u8; 3], colour: Rgb<u8>, part: u32) {
    for (old, new) in pixel.iter_mut().zip(colour.0) {
        *old = ((u32::from(*old) * (256 - part) + u32::from(new) * part + 128) >> 8) as u8;
    }
}

/// How much of pixel (x, y) lies within the rounded corners, `0..=1`.
fn corner_cover(area: &Area, corner: f32, x: i64, y: i64) -> f32 {
    let inset = |at: i64, from: i64, size: i64| {
        let centre = (at - from) as f32 + 0.5;
        (corner - centre).max(centre - (size as f32 - corner)).max(0.0)
    };
    let (dx, dy) = (inset(x, area.x, area.w), inset(y, area.y, area.h));
    if dx == 0.0 || dy == 0.0 { 1.0 } else { (corner + 0.5 - dx.hypot(dy)).clamp(0.0, 1.0) }
}
