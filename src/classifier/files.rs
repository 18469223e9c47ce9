//! The files of a model.

use std::path::Path;

use super::bytes::{card_of, weights_of};
use super::foreign::{self, OnnxChoice, is_onnx};
use crate::files;
use crate::model::onnx::{OnnxClassifier, card};
use crate::model::own::network::Network;
use crate::model::own::skin_network::{self, SkinNetwork};
use crate::model::{Exclusivity, FileProblem, ModelError, own};

/// A model that was loaded from a path.
pub(super) enum LoadedModel {
    Own(Box<Network>),
    /// With sentences on what was guessed.
    Onnx(OnnxClassifier, Vec<String>),
}

/// The network of a model folder.
///
/// # Errors
/// When the folder holds no network of lesionscope's own.
pub fn network(folder: &Path) -> Result<Network, ModelError> {
    match found(folder, &OnnxChoice::default())? {
        LoadedModel::Own(network) => Ok(*network),
        LoadedModel::Onnx(..) => {
            Err(other_kind(folder, "an ONNX classifier", "a folder with a classifier that lesionscope train made"))
        }
    }
}

/// Loads the model of a path.
pub(super) fn found(place: &Path, choice: &OnnxChoice) -> Result<LoadedModel, ModelError> {
    if is_onnx(place) {
        let (foreign, guesses) = foreign::load(place, choice)?;
        return Ok(LoadedModel::Onnx(foreign, guesses));
    }
    let text = description(place)?;
    if text.contains(skin_network::SCHEMA) {
        return Err(other_kind(place, "a skin map (--skin)", "a classifier"));
    }
    if text.contains(card::SCHEMA) {
        let foreign = foreign::load_folder(place, &text)?;
        let independent = foreign.exclusivity() == Exclusivity::Independent;
        let said = independent
            .then(|| format!("{}: answers for each class by itself: scores need not sum to 1", place.display()));
        return Ok(LoadedModel::Onnx(foreign, said.into_iter().collect()));
    }
    let weights = weights_of(&place.join("weights.safetensors"))?;
    Ok(LoadedModel::Own(Box::new(Network::from_parts(&text, &weights, &place.display().to_string())?)))
}

/// Loads the skin map of a folder.
pub(super) fn skin_map(folder: &Path) -> Result<SkinNetwork, ModelError> {
    let text = description(folder)?;
    if [card::SCHEMA, own::card::SCHEMA].iter().any(|schema| text.contains(schema)) {
        return Err(other_kind(folder, "a classifier (--model)", "a skin map"));
    }
    let weights = weights_of(&folder.join("weights.safetensors"))?;
    SkinNetwork::from_parts(&text, &weights, &folder.display().to_string())
}

/// The text of a folder's `model.toml`.
fn description(folder: &Path) -> Result<String, ModelError> {
    let file = folder.join("model.toml");
    files::text_of(&card_of(&file)?).map_err(|what| {
        let why = format!("not a model description: {what}");
        ModelError::of_file(file.display(), FileProblem::InvalidDescription(why))
    })
}

fn other_kind(folder: &Path, found: &'static str, needed: &'static str) -> ModelError {
    ModelError::of_file(folder.display(), FileProblem::OtherKind { found, needed })
}
