//! The files of a model.

use std::path::Path;

use super::bytes::{card_of, weights_of};
use super::foreign::{self, OnnxChoice, is_onnx};
use crate::files;
use crate::model::onnx::{OnnxClassifier, card};
use crate::model::own::network::Network;
use crate::model::{Exclusivity, FileProblem, ModelError};

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
        LoadedModel::Onnx(..) => Err(ModelError::of_file(folder.display(), FileProblem::NotOwnNetwork)),
    }
}

/// Loads the model of a path.
pub(super) fn found(place: &Path, choice: &OnnxChoice) -> Result<LoadedModel, ModelError> {
    if is_onnx(place) {
        let (foreign, guesses) = foreign::load(place, choice)?;
        return Ok(LoadedModel::Onnx(foreign, guesses));
    }
    let file = place.join("model.toml");
    let text = files::text_of(&card_of(&file)?).map_err(|what| {
        let why = format!("not a model description: {what}");
        ModelError::of_file(file.display(), FileProblem::InvalidDescription(why))
    })?;
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
