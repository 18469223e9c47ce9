//! `model.toml` of a folder with an ONNX file: what the file takes and what its answers mean.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::familiar::Familiar;
use super::graph::Layout;
use super::picture::Scaling;
use crate::model::card::Weights;
use crate::model::described::{described, is_checksum};
use crate::model::names;
use crate::model::{Class, ClassKind, Exclusivity, ModelError};
use crate::printable;

/// The schema of a folder with `model.onnx`.
pub const SCHEMA: &str = "lesionscope-onnx/1";

/// Sides that a picture may have, px: more would take absurd memory.
pub const SIDES: RangeInclusive<usize> = 8..=1024;

/// Values of an input beside the picture: far more than age, sex and place on the body take.
const VALUES: usize = 65_536;

/// What the numbers of an output are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Probabilities that sum to 1.
    Softmax,
    /// Probabilities, each class by itself (multi-label); a single one is that of the second of two classes.
    Sigmoid,
    /// Real numbers that softmax turns into probabilities.
    Logits,
}

impl Answer {
    /// How the probabilities of an output with so many numbers belong together.
    pub fn exclusivity(self, numbers: usize) -> Exclusivity {
        if self == Answer::Sigmoid && numbers > 1 { Exclusivity::Independent } else { Exclusivity::Exclusive }
    }

    /// The numbers of an output as one probability a class, summing to 1 where the classes exclude each other; an error says why they are none.
    pub fn probabilities(self, numbers: &[f32], classes: usize) -> Result<Vec<f32>, String> {
        if let Some(wrong) = numbers.iter().find(|number| !number.is_finite()) {
            return Err(format!("answers with {wrong}, which is no score; is the picture scaled as in its training?"));
        }
        let sigmoid = |number: f32| 1.0 / (1.0 + (-number).exp());
        let mut scores = match (numbers, self) {
            ([one], Answer::Logits) => vec![1.0 - sigmoid(*one), sigmoid(*one)],
            ([one], _) => vec![1.0 - one, *one],
            (many, Answer::Logits) => {
                let highest = many.iter().copied().fold(f32::MIN, f32::max);
                many.iter().map(|number| (number - highest).exp()).collect()
            }
            (many, _) => many.to_vec(),
        };
        if scores.len() != classes {
            return Err(format!("answers with {} numbers for {classes} classes", numbers.len()));
        }
        scores.iter_mut().for_each(|score| *score = score.max(0.0));
        if self.exclusivity(numbers.len()) == Exclusivity::Independent {
            scores.iter_mut().for_each(|score| *score = score.min(1.0));
            return Ok(scores);
        }
        let sum: f32 = scores.iter().sum();
        scores.iter_mut().for_each(|score| *score = if sum > 0.0 { *score / sum } else { 1.0 / classes as f32 });
        Ok(scores)
    }
}

/// The picture that is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// Name of the input that takes it.
    pub input: String,
    /// Order of its axes.
    pub layout: Layout,
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
    pub kind: Answer,
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
    pub picture: Picture,
    /// What is read off.
    pub output: Output,
    /// Inputs beside the picture, each with the values that it always gets.
    #[serde(default)]
    pub constants: BTreeMap<String, Vec<f32>>,
    /// The energies of close-ups of the kind that it was taught, where some were shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub familiar: Option<Familiar>,
    /// The classes in the order of the output.
    pub classes: Vec<Class>,
}

impl OnnxCard {
    /// Reads and checks the text of a `model.toml` found at `place`.
    pub fn parse(text: &str, place: &str) -> Result<OnnxCard, ModelError> {
        let unusable = |what: String| ModelError::Unusable(format!("{place}: {what}"));
        let card: OnnxCard = described(text, place)?;
        if card.schema != SCHEMA {
            let schema = printable(&card.schema);
            return Err(unusable(format!("schema is \"{schema}\", of an ONNX model \"{SCHEMA}\" is read")));
        }
        if !is_checksum(&card.weights.sha256) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_probabilities() {
        let close = |a: Vec<f32>, b: &[f32]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(close(Answer::Softmax.probabilities(&[0.2, 0.8], 2).unwrap(), &[0.2, 0.8]));
        assert!(close(Answer::Sigmoid.probabilities(&[0.9], 2).unwrap(), &[0.1, 0.9]), "the second of two");
        assert!(close(Answer::Sigmoid.probabilities(&[0.9, 0.3], 2).unwrap(), &[0.9, 0.3]), "each by itself");
        assert_eq!(Answer::Sigmoid.probabilities(&[1.001, -0.001], 2).unwrap(), [1.0, 0.0], "rounding");
        assert!(close(Answer::Softmax.probabilities(&[0.9, 0.3], 2).unwrap(), &[0.75, 0.25]));
        assert!(close(Answer::Logits.probabilities(&[1000.0, 1000.0], 2).unwrap(), &[0.5, 0.5]), "no overflow");
        assert!(close(Answer::Logits.probabilities(&[0.0], 2).unwrap(), &[0.5, 0.5]));
    }

    #[test]
    fn what_is_no_probability_is_said() {
        assert!(Answer::Softmax.probabilities(&[f32::NAN, 1.0], 2).unwrap_err().contains("scaled"));
        assert!(Answer::Softmax.probabilities(&[0.5, 0.5], 3).unwrap_err().contains("2 numbers for 3 classes"));
    }
}
