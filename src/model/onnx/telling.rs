//! Whether a classifier tells anything apart at all.

use image::RgbImage;

use super::card::PictureInput;
use super::logits::logits;
use super::runner::Runner;
use crate::model::{FileProblem, ModelError};

/// Differences between answers, as a part of the largest number, below which a classifier answers the same.
const SAME: f32 = 1e-5;

/// Refuses a classifier that answers the same for all pictures, which are clearly different ones. Its logits are compared where they are to
/// be seen: probabilities of a classifier that is sure of itself hardly differ either. A single picture says nothing.
///
/// # Errors
/// When all answers are the same, or the classifier cannot be run.
pub(super) fn tells_apart(
    runner: &Runner,
    (picture, output): (&PictureInput, &str),
    pictures: &[RgbImage],
) -> Result<(), ModelError> {
    if pictures.len() < 2 {
        return Ok(());
    }
    let logits = runner.graph().map_or(output, |graph| logits(graph, output));
    let beside = (logits != output).then(|| runner.beside(logits)).transpose()?;
    let numbers = |example: &RgbImage| {
        let values = picture.scaling.values(example, picture.layout);
        let outputs = beside.as_ref().unwrap_or(runner).run_all(&values)?;
        Ok(outputs.into_iter().next_back().unwrap_or_default())
    };
    let answers: Vec<Vec<f32>> = pictures.iter().map(numbers).collect::<Result<_, ModelError>>()?;
    let first = answers.first().map_or(&[] as &[f32], Vec::as_slice);
    let differs = |answer: &Vec<f32>| {
        let largest = answer.iter().chain(first).fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
        answer.iter().zip(first).any(|(a, b)| (a - b).abs() > SAME * largest || a.is_nan())
    };
    match answers.iter().any(differs) {
        true => Ok(()),
        false => Err(runner.unusable(FileProblem::NoScores(format!(
            "answers the same for {} clearly different pictures, so it tells nothing apart; is --preprocess right for it, and was it \
             trained and converted well?",
            pictures.len()
        )))),
    }
}
