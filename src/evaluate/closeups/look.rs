//! How a classifier of windows looks at a close-up.

use std::path::Path;

use image::RgbImage;
use image::imageops::flip_horizontal_in_place;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::geometry::{Size, Square};
use crate::model::{Model, ModelError};
use crate::pixels::paint::artefact::Artefact;
use crate::pixels::resize::Cutter;

/// Sides of the windows in the middle of a close-up, as fractions of its shorter side. Nobody says how large the lesion is:
/// between them they show it as the classifier was trained to see it, filling half to nine tenths of a window.
const SIDES: [f32; 3] = [1.0, 0.75, 0.55];

/// Smallest side of a close-up, px.
const SMALLEST: u32 = 16;

/// How close-ups are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LookSettings {
    /// Whether the mirror images are looked at too.
    pub flips: bool,
    /// What is painted over every close-up before: a model that answers to the lesion answers the same.
    pub artefact: Option<Artefact>,
}

/// The windows in the middle of the close-up in a file, `side` px square, and, when asked for, their mirror images.
/// Nothing but the pixels is used, no mask.
///
/// # Errors
/// A sentence that names the file, when it cannot be read or is too small.
pub fn windows(path: &Path, side: u32, looking: LookSettings) -> Result<Vec<RgbImage>, String> {
    let unusable = |what: String| format!("{}: {what}", path.display());
    let mut picture = crate::pictures::read(path).map_err(unusable)?;
    let (width, height) = picture.dimensions();
    if width.min(height) < SMALLEST {
        return Err(unusable(format!("is {width}x{height} px; a close-up needs at least {SMALLEST} px a side")));
    }
    if let Some(artefact) = looking.artefact {
        // The same marks on the same picture, whatever the order and the number of threads.
        let seed = path.to_string_lossy().bytes().fold(0u64, |seed, byte| seed.wrapping_mul(31) + u64::from(byte));
        artefact.paint(&mut picture, &mut ChaCha8Rng::seed_from_u64(seed));
    }
    let mut windows = Vec::new();
    for window in windows_of(&picture, side) {
        let window = window.map_err(unusable)?;
        if looking.flips {
            let mut mirrored = window.clone();
            flip_horizontal_in_place(&mut mirrored);
            windows.push(mirrored);
        }
        windows.push(window);
    }
    Ok(windows)
}

/// Side of the windows that the network that names circles is asked about, px: of the second opinion where there is one.
pub fn asked_side(model: &dyn Model) -> u32 {
    model.opinion_side().unwrap_or(model.input_side())
}

/// Scores of each of the [`windows`], one row a window, one column a class of the model. A model with a second opinion answers with that.
///
/// # Errors
/// When the model fails or answers with what is no number.
pub fn answers(windows: &[RgbImage], model: &mut dyn Model) -> Result<Vec<Vec<f32>>, ModelError> {
    let answers = if model.opinion_side().is_some() { model.opinions(windows)? } else { model.classify(windows)? };
    Ok(answers.into_iter().map(|scores| scores.classes).collect())
}

fn windows_of(picture: &RgbImage, side: u32) -> impl Iterator<Item = Result<RgbImage, String>> {
    let size = Size::from(picture.dimensions());
    let mut cutter = Cutter::new();
    SIDES.iter().map(move |fraction| {
        let square = Square::around(size.centre(), fraction * size.short() as f32, size);
        cutter.square(picture, square, side).map_err(|e| e.to_string())
    })
}
