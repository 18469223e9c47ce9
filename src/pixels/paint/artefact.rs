//! What pictures of lesions carry besides the lesion: dark corners of a dermatoscope, pen marks, rulers, coloured stickers,
//! hairs. In the data sets each goes with some diagnoses and not with others, so a classifier that sees it may answer to it
//! rather than to the lesion (Bissoto et al. 2019; Winkler et al. 2019 for pen marks; Rieger et al. 2020 for stickers).

use image::RgbImage;
use rand::{Rng, RngExt};

use super::hair::Hairs;
use super::noise;
use super::stamp::dab;
use super::{Colour, mix};

/// A kind of mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Artefact {
    /// Darkness outside of the round field of a dermatoscope.
    Corners,
    /// Strokes of a surgical pen around the lesion.
    Ink,
    /// The ticks of a ruler along one side.
    Ruler,
    /// A coloured disc that is cut off by the border.
    Sticker,
    /// Many dark hairs.
    Hairs,
}

impl Artefact {
    /// All kinds, by name.
    pub const ALL: [(&str, Artefact); 5] = [
        ("corners", Artefact::Corners),
        ("ink", Artefact::Ink),
        ("ruler", Artefact::Ruler),
        ("sticker", Artefact::Sticker),
        ("hairs", Artefact::Hairs),
    ];

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Artefact> {
        Artefact::ALL.iter().find(|(known, _)| *known == name).map(|(_, artefact)| *artefact)
    }

    /// Paints one of them over a picture of a lesion in its middle.
    pub fn paint(self, picture: &mut RgbImage, rng: &mut impl Rng) {
        match self {
            Artefact::Corners => corners(picture, rng),
            Artefact::Ink => ink(picture, rng),
            Artefact::Ruler => ruler(picture, rng),
            Artefact::Sticker => sticker(picture, rng),
            Artefact::Hairs => hairs(picture, rng),
        }
    }
}

/// Middle and half of the shorter side, px.
fn middle(picture: &RgbImage) -> ((f32, f32), f32) {
    let (w, h) = (picture.width() as f32, picture.height() as f32);
    ((w / 2.0, h / 2.0), w.min(h) / 2.0)
}

/// Lays `colour` over every pixel with the opacity that `cover` gives for its place.
fn cover(picture: &mut RgbImage, colour: Colour, opacity: impl Fn(f32, f32) -> f32) {
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let share = opacity(x as f32 + 0.5, y as f32 + 0.5).clamp(0.0, 1.0);
        if share > 0.0 {
            pixel.0 = super::bytes(mix(pixel.0.map(f32::from), colour, share));
        }
    }
}

fn corners(picture: &mut RgbImage, rng: &mut impl Rng) {
    let ((cx, cy), half) = middle(picture);
    let (ox, oy) = (rng.random_range(-0.1..0.1f32) * half, rng.random_range(-0.1..0.1f32) * half);
    let (radius, softness) = (half * rng.random_range(0.9..1.25f32), half * rng.random_range(0.02..0.2f32));
    let dark = [rng.random_range(4.0..34.0f32); 3];
    cover(picture, dark, |x, y| {
        let (dx, dy) = (x - cx - ox, y - cy - oy);
        ((dx * dx + dy * dy).sqrt() - radius) / softness
    });
}

/// Dabs along a line from `(x, y)` in a direction, `length` px long and `width` px wide.
fn stroke(picture: &mut RgbImage, (x, y): (f32, f32), (dx, dy): (f32, f32), size: (f32, f32), ink: (Colour, f32)) {
    let ((length, width), (colour, opacity)) = (size, ink);
    let (steps, across) = ((length * 1.5) as i32 + 1, (width * 1.5) as i32 + 1);
    for i in 0..steps {
        for j in 0..across {
            let (along, aside) = (length * i as f32 / steps as f32, width * (j as f32 / across as f32 - 0.5));
            let place = (noise::floor(x + dx * along - dy * aside), noise::floor(y + dy * along + dx * aside));
            dab(picture, place, colour, opacity);
        }
    }
}

fn ink(picture: &mut RgbImage, rng: &mut impl Rng) {
    let ((cx, cy), half) = middle(picture);
    let colour = [rng.random_range(30.0..110.0f32), rng.random_range(20.0..80.0f32), rng.random_range(90.0..190.0f32)];
    let (radius, width) = (half * rng.random_range(0.7..0.92f32), half * rng.random_range(0.03..0.09f32));
    // A ring of strokes, or a few of them at one side.
    let parts = rng.random_range(12..40);
    let drawn = if rng.random_bool(0.5) { parts } else { parts / 3 };
    let first: f32 = rng.random();
    for i in 0..drawn {
        let (c, s) = noise::rotation(first + i as f32 / parts as f32);
        let wobble = radius * rng.random_range(0.94..1.06f32);
        let length = 6.3 * radius / parts as f32;
        stroke(picture, (cx + c * wobble, cy + s * wobble), (-s, c), (length, width), (colour, 0.6));
    }
}

fn ruler(picture: &mut RgbImage, rng: &mut impl Rng) {
    let ((cx, cy), half) = middle(picture);
    let (c, s) = noise::rotation(rng.random_range(0..4) as f32 / 4.0);
    let (inner, pitch) = (half * rng.random_range(0.72..0.9f32), half * rng.random_range(0.05..0.12f32));
    let white = rng.random_bool(0.5);
    if white {
        cover(picture, [232.0, 232.0, 226.0], |x, y| if (x - cx) * c + (y - cy) * s > inner { 0.85 } else { 0.0 });
    }
    let colour = if white || rng.random_bool(0.6) { [22.0, 22.0, 26.0] } else { [236.0, 236.0, 232.0] };
    let count = (3.0 * half / pitch) as i32;
    for i in -count / 2..=count / 2 {
        let along = i as f32 * pitch;
        let (x, y) = (cx + c * inner - s * along, cy + s * inner + c * along);
        let length = half * if i % 5 == 0 { 0.22 } else { 0.11 };
        stroke(picture, (x, y), (c, s), (length, (0.012 * half).max(1.0)), (colour, 0.8));
    }
}

fn sticker(picture: &mut RgbImage, rng: &mut impl Rng) {
    let ((cx, cy), half) = middle(picture);
    let (c, s) = noise::rotation(rng.random());
    let (away, radius) = (half * rng.random_range(1.0..1.2f32), half * rng.random_range(0.3..0.6f32));
    let mut colour =
        [rng.random_range(20.0..90.0f32), rng.random_range(90.0..220.0f32), rng.random_range(60.0..220.0f32)];
    colour.rotate_left(rng.random_range(0..3));
    cover(picture, colour, |x, y| {
        let (dx, dy) = (x - cx - c * away, y - cy - s * away);
        0.95 * (radius - (dx * dx + dy * dy).sqrt())
    });
}

fn hairs(picture: &mut RgbImage, rng: &mut impl Rng) {
    let (_, half) = middle(picture);
    let dark = Hairs {
        // As much of a small picture is covered as of a large one, though hairs are a pixel wide in both.
        density: rng.random_range(6.0..20.0) * 75.0 / half.max(1.0),
        length: half * rng.random_range(0.6..1.4f32),
        opacity: rng.random_range(0.5..0.9),
        colour: [44.0, 34.0, 30.0],
        direction: rng.random(),
    };
    dark.paint(picture, rng, |_, _| true);
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn every_kind_marks_the_picture_and_leaves_most_of_the_lesion() {
        for (name, artefact) in Artefact::ALL {
            assert_eq!(Artefact::named(name), Some(artefact));
            for seed in 0..20 {
                let clean = RgbImage::from_pixel(90, 70, image::Rgb([200, 160, 140]));
                let mut marked = clean.clone();
                artefact.paint(&mut marked, &mut ChaCha8Rng::seed_from_u64(seed));
                let changed = |x: u32, y: u32| marked.get_pixel(x, y) != clean.get_pixel(x, y);
                let all = (0..90 * 70).filter(|i| changed(i % 90, i / 90)).count();
                let within = (0..20 * 20).filter(|i| changed(35 + i % 20, 25 + i / 20)).count();
                assert!(all > 40, "{name} {seed}: {all}");
                assert!(within < 200, "{name} {seed}: {within} of 400");
            }
        }
        assert_eq!(Artefact::named("coffee"), None);
    }
}
