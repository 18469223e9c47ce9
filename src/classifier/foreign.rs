//! A classifier of the user's own, as an ONNX file or a folder made of one: loading, and what is guessed about it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use image::RgbImage;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::bytes::weights_of;
use crate::data::labels::labels;
use crate::model::ModelError;
use crate::model::onnx::OnnxClassifier;
use crate::model::onnx::graph::Graph;
use crate::model::onnx::guess::{Hints, describe};
use crate::model::onnx::picture::Scaling;
use crate::model::weights::checksum;
use crate::pixels::paint::cloth::cloth;
use crate::pixels::paint::lesion::{KINDS, lesion};
use crate::pixels::paint::skin::skin;
use crate::pixels::paint::stamp::stamp;

/// What the user says of a classifier of their own. What is left out is guessed, and `Classifier::notes` says so.
#[derive(Clone, Debug, Default)]
pub struct OnnxChoice {
    /// File with the names of its classes, one a line, in the order of its output.
    pub labels: Option<PathBuf>,
    /// Its suspicious classes; without it, those whose names say so.
    pub suspicious: Option<Vec<String>>,
    /// What the values of its pixels become; without it, what tells painted pictures apart.
    pub scaling: Option<Scaling>,
    /// Side of its picture, px, where the file takes any.
    pub side: Option<usize>,
    /// Values of other inputs that it has beside the picture, by name.
    pub constants: BTreeMap<String, Vec<f32>>,
    /// The output that is read, where it has several.
    pub output: Option<String>,
    /// Who decides where it looks.
    pub gate: Gate,
}

/// Who decides where a classifier of the user's own looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gate {
    /// The bundled networks, which know skin and cloth.
    #[default]
    Bundled,
    /// Nobody: it sees every window.
    Nobody,
}

/// Whether a path names an ONNX file.
pub fn is_onnx(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("onnx"))
}

/// Loads the library of ONNX Runtime, that of `ORT_DYLIB_PATH` or else the system's: its path, where there is one.
#[cfg(feature = "onnxruntime")]
pub fn onnxruntime() -> Result<Option<PathBuf>, ModelError> {
    // The variable that other programs with the crate `ort` look at.
    let named = std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from);
    let loaded = crate::model::onnx::onnxruntime::load(named);
    loaded.map_err(ModelError::Library)
}

/// Loads an ONNX file; what had to be guessed comes with it, a sentence each.
///
/// # Errors
/// When the file or the labels cannot be used; the sentence names them.
pub fn load(file: &Path, choice: &OnnxChoice) -> Result<(OnnxClassifier, Vec<String>), ModelError> {
    #[cfg(feature = "onnxruntime")]
    onnxruntime()?;
    let bytes = weights_of(file)?;
    let place = file.display().to_string();
    let graph = Graph::read(&bytes, &place)?;
    let labels = match &choice.labels {
        Some(path) => Some(labels(path).map_err(|error| ModelError::Labels(error.to_string()))?),
        None => None,
    };
    let OnnxChoice { suspicious, scaling, side, constants, output, .. } = choice.clone();
    let hints = Hints { labels, suspicious, scaling, side, constants, output };
    let name = file.file_stem().map_or("model".into(), |stem| stem.to_string_lossy().into_owned());
    let (card, notes) = describe(&graph, &hints, &examples, (&place, &name, checksum(&bytes)))?;
    let notes = notes.into_iter().map(|note| format!("{place}: {note}")).collect();
    Ok((OnnxClassifier::new(&graph, card, &place)?, notes))
}

/// Loads a folder with `model.toml` and `model.onnx`, given the text of the first.
pub(super) fn load_folder(folder: &Path, toml: &str) -> Result<OnnxClassifier, ModelError> {
    #[cfg(feature = "onnxruntime")]
    onnxruntime()?;
    OnnxClassifier::from_parts(toml, &weights_of(&folder.join("model.onnx"))?, &folder.display().to_string())
}

/// Painted lesions of every kind in the middle of painted skin, bare skin, cloth: always the same pictures.
pub fn examples(side: u32) -> Vec<RgbImage> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut pictures = Vec::new();
    for kind in KINDS.into_iter().chain(KINDS) {
        let mut picture = skin(&mut rng, side, side);
        let tone = picture.get_pixel(0, 0).0.map(f32::from);
        let patch = lesion(&mut rng, kind, side as f32 * 0.3, tone).image;
        let corner = |length: u32| (side as i32 - length as i32) / 2;
        stamp(&mut picture, &patch, (corner(patch.width()), corner(patch.height())), None);
        pictures.push(picture);
    }
    pictures.push(skin(&mut rng, side, side));
    pictures.push(cloth(&mut rng, side, side));
    pictures
}
