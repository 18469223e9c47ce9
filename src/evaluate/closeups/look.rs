//! How a classifier of windows looks at a close-up.

use std::path::Path;

use image::RgbImage;
use image::imageops::flip_horizontal_in_place;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::geometry::Square;
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
pub struct Looking {
    /// Whether the mirror images are looked at too.
    pub flips: bool,
    /// What is painted over every close-up before: a model that answers to the lesion answers the same.
    pub artefact: Option<Artefact>,
}

/// Scores of the close-up in a file: the mean over its [`looks`].
pub fn look(path: &Path, model: &mut dyn Model, looking: Looking) -> Result<Vec<f32>, ModelError> {
    let answers = looks(path, model, looking)?;
    let count = answers.len().max(1) as f32;
    let class = |class: usize| answers.iter().filter_map(|scores| scores.get(class)).sum::<f32>() / count;
    Ok((0..model.classes().len()).map(class).collect())
}

/// Scores of every window in the middle of the close-up in a file and, when asked for, of their mirror images.
/// Nothing but the pixels is used, no mask. A model with a second opinion answers with that.
pub fn looks(path: &Path, model: &mut dyn Model, looking: Looking) -> Result<Vec<Vec<f32>>, ModelError> {
    let unusable = |what: String| ModelError::Unusable(format!("{}: {what}", path.display()));
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
    let opinion = model.opinion_side();
    for window in windows_of(&picture, opinion.unwrap_or(model.input_side())) {
        let window = window.map_err(unusable)?;
        if looking.flips {
            let mut mirrored = window.clone();
            flip_horizontal_in_place(&mut mirrored);
            windows.push(mirrored);
        }
        windows.push(window);
    }
    let answers = if opinion.is_some() { model.opinions(&windows)? } else { model.classify(&windows)? };
    Ok(answers.into_iter().map(|scores| scores.classes).collect())
}

fn windows_of(picture: &RgbImage, side: u32) -> impl Iterator<Item = Result<RgbImage, String>> {
    let (width, height) = picture.dimensions();
    let (centre, short) = ((width as f32 / 2.0, height as f32 / 2.0), width.min(height) as f32);
    let mut cutter = Cutter::new();
    SIDES.iter().map(move |fraction| {
        let square = Square::around(centre, fraction * short, width, height);
        cutter.square(picture, square, side).map_err(|e| e.to_string())
    })
}
