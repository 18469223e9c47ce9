//! `model.toml` of a folder with an ONNX file: what the file takes and what its answers mean.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::answer::OutputKind;
use super::familiarity::Familiarity;
use super::graph::AxisOrder;
use super::picture::Scaling;
use crate::model::described::described;
use crate::model::weights::Weights;
use crate::model::{Class, ClassKind, FileProblem, ModelError, names};
use crate::printable;

/// The schema of a folder with `model.onnx`.
pub const SCHEMA: &str = "lesionscope-onnx/1";

/// Sides that a picture may have, px: more would take absurd memory.
pub const SIDES: RangeInclusive<usize> = 8..=1024;

/// Values of an input beside the picture: far more than age, sex and place on the body take.
const VALUES: usize = 65_536;

/// The picture that is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureInput {
    /// Name of the input that takes it.
    pub input: String,
    /// Order of its axes.
    pub layout: AxisOrder,
    /// Its side, px.
    pub side: usize,
    /// What the values of its pixels become.
    pub scaling: Scaling,
}

/// The output that is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// What its numbers are.
    pub kind: OutputKind,
}

/// The contents of `model.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnnxCard {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Name of the model.
    pub name: String,
    /// Checksum of `model.onnx`.
    pub weights: Weights,
    /// What it is shown.
    pub picture: PictureInput,
    /// What is read off.
    pub output: Output,
    /// Inputs beside the picture, each with the values that it always gets.
    #[serde(default)]
    pub constants: BTreeMap<String, Vec<f32>>,
    /// The energies of close-ups of the kind that it was taught, where some were shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub familiar: Option<Familiarity>,
    /// The classes in the order of the output.
    pub classes: Vec<Class>,
}

impl OnnxCard {
    /// Reads and checks the text of a `model.toml` found at `place`.
    pub fn parse(text: &str, place: &str) -> Result<OnnxCard, ModelError> {
        let unusable = |what: String| ModelError::of_file(place, FileProblem::InvalidDescription(what));
        let card: OnnxCard = described(text, place)?;
        if card.schema != SCHEMA {
            let schema = printable(&card.schema);
            return Err(unusable(format!("schema is \"{schema}\", of an ONNX model \"{SCHEMA}\" is read")));
        }
        if !card.weights.is_checksum() {
            return Err(unusable("weights.sha256 is no SHA-256 checksum; 64 hexadecimal digits would be".into()));
        }
        card.problem().map_or(Ok(()), |problem| Err(unusable(problem)))?;
        Ok(card)
    }

    /// What is wrong with it, if it is: sizes that would take absurd memory, classes that cannot be searched for.
    pub fn problem(&self) -> Option<String> {
        let side = self.picture.side;
        if !SIDES.contains(&side) {
            return Some(format!(
                "the side of its picture is {side} px, allowed: {} to {}",
                SIDES.start(),
                SIDES.end()
            ));
        }
        if let Some(what) = names::one(&self.name) {
            return Some(format!("the model {what}"));
        }
        if let Some(problem) = names::problem(&self.classes) {
            return Some(problem);
        }
        if let Some(problem) = self.constants.iter().find_map(|(name, values)| given(name, values)) {
            return Some(problem);
        }
        if self.classes.len() < 2 {
            return Some("fewer than two classes; a classifier tells at least two apart".to_owned());
        }
        if self.familiar.is_some_and(|familiar| !familiar.usable()) {
            return Some(
                "the energies of what is familiar to it are no two numbers, the usual one above the least".to_owned(),
            );
        }
        let lesion = self.classes.iter().any(|class| class.kind == ClassKind::Lesion);
        (!lesion).then(|| "no class is a lesion; at least one is searched for".to_owned())
    }
}

/// What is wrong with the values that an input beside the picture always gets.
fn given(name: &str, values: &[f32]) -> Option<String> {
    let name = printable(name);
    match values.iter().find(|value| !value.is_finite()) {
        Some(wrong) => Some(format!("input \"{name}\" is given {wrong}, which is no number")),
        None if values.is_empty() || values.len() > VALUES => {
            Some(format!("input \"{name}\" is given {} values; 1 to {VALUES} are taken", values.len()))
        }
        None => None,
    }
}
