//! A sheet of painted lesions under every kind of mark: `cargo run --example artefact_sheet -- sheet.png`.

#![allow(clippy::unwrap_used, reason = "a tool for looking at pictures")]

use image::{Rgb, RgbImage};
use lesionscope::pixels::paint::artefact::Artefact;
use lesionscope::pixels::paint::lesion::{LesionKind, lesion};
use lesionscope::pixels::paint::skin::skin;
use lesionscope::pixels::paint::stamp::stamp;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Side of a picture, px.
const SIDE: u32 = 150;
/// Pictures of each kind.
const EACH: u32 = 6;

fn main() {
    let path = std::env::args().nth(1).unwrap_or_else(|| "artefacts.png".to_owned());
    let mut sheet = RgbImage::new(SIDE * EACH, SIDE * Artefact::ALL.len() as u32);
    for (row, (_, artefact)) in Artefact::ALL.into_iter().enumerate() {
        for column in 0..EACH {
            let mut rng = ChaCha8Rng::seed_from_u64(u64::from(column));
            let mut picture = skin(&mut rng, SIDE, SIDE);
            let Rgb(tone) = *picture.get_pixel(SIDE / 2, SIDE / 2);
            let patch = lesion(&mut rng, LesionKind::Nevus, 34.0, tone.map(f32::from));
            let half = patch.image.width() as i32 / 2;
            stamp(&mut picture, &patch.image, (SIDE as i32 / 2 - half, SIDE as i32 / 2 - half), None);
            artefact.paint(&mut picture, &mut rng);
            image::imageops::replace(&mut sheet, &picture, i64::from(column * SIDE), i64::from(row as u32 * SIDE));
        }
    }
    sheet.save(&path).unwrap();
}
