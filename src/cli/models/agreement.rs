//! Whether an imported classifier answers as its original does, and as ONNX Runtime does.

use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

use crate::classifier::examples;
use crate::cli::exit::Usage;
use crate::cli::models::python;
use crate::model::onnx::OnnxClassifier;
use crate::model::onnx::graph::{AxisOrder, Precision};

/// The script that knows ONNX Runtime; it is in `models/` for whoever wants to run it by hand.
const SCRIPT: &str = include_str!("../../../models/answers.py");

/// How far an answer may differ from that of another runtime, relative to its largest number, or to 1 where that is larger.
fn tolerance(precision: Precision) -> f32 {
    match precision {
        Precision::Single => 1e-3,
        Precision::Half => 2e-2,
        // Integer arithmetic rounds after every operator, each processor a little differently.
        Precision::Quantised => 5e-2,
    }
}

/// How far the converted model may differ from the original, likewise.
const CONVERTED: f32 = 1e-4;

/// What the original answered.
#[derive(Deserialize)]
pub(crate) struct Sample {
    picture: Vec<f32>,
    answer: Vec<f32>,
}

/// How far the converted model agrees with the original, as a line to print; nothing where there is no original.
///
/// # Errors
/// When it does not.
pub(crate) fn with_original(foreign: &OnnxClassifier, samples: &[Sample], source: &Path) -> anyhow::Result<String> {
    let mut worst = 0f32;
    for Sample { picture, answer } in samples {
        let ours = foreign.numbers(picture)?;
        worst = worst.max(difference(&ours, answer, source, "the original")?);
    }
    match samples.len() {
        0 => Ok(String::new()),
        count => agreed(worst, CONVERTED, source, &format!("the original on {count} samples")),
    }
}

/// How far it agrees with ONNX Runtime on painted pictures, as a line to print; why it was not compared where Python has none or it cannot run
/// the file.
///
/// # Errors
/// When it does not agree.
pub(crate) fn with_onnx_runtime(
    foreign: &OnnxClassifier,
    file: &Path,
    source: &Path,
    python: &Path,
    folder: &Path,
) -> anyhow::Result<String> {
    if !python::can_import(python, "numpy, onnxruntime") {
        return Ok(format!(
            "not compared with ONNX Runtime, which {} does not have (pip install onnxruntime; --python PROGRAM)\n",
            python.display()
        ));
    }
    let card = foreign.card();
    let side = card.picture.side;
    let pictures: Vec<Vec<f32>> =
        examples(side as u32).iter().map(|picture| card.picture.scaling.values(picture, card.picture.layout)).collect();
    let shape = match card.picture.layout {
        AxisOrder::Nhwc => [1, side, side, 3],
        AxisOrder::Nchw => [1, 3, side, side],
    };
    let question = serde_json::json!({
        "input": card.picture.input,
        "output": card.output.name,
        "shape": shape,
        "constants": card.constants,
    });
    let [asked, shown, noted] = ["question.json", "pictures.f32", "answers.json"].map(|name| folder.join(name));
    let bytes: Vec<u8> = pictures.iter().flatten().flat_map(|value| value.to_le_bytes()).collect();
    std::fs::write(&asked, serde_json::to_vec(&question)?).context("no room for temporary files")?;
    std::fs::write(&shown, bytes).context("no room for temporary files")?;
    let said = python::run(python, SCRIPT, &[file, &asked, &shown, &noted])?;
    if let Some(last) = said {
        return Ok(format!("not compared with ONNX Runtime, which cannot run it: {last}\n"));
    }
    let answers = std::fs::read(&noted).context("Python left no answers")?;
    let answers: Vec<Option<Vec<f32>>> = serde_json::from_slice(&answers).context("the answers cannot be read")?;
    let mut worst = 0f32;
    for (picture, answer) in pictures.iter().zip(&answers) {
        let Some(answer) = answer else {
            return Ok("not compared with ONNX Runtime, which answers with whole numbers here\n".to_owned());
        };
        worst = worst.max(difference(&foreign.numbers(picture)?, answer, source, "ONNX Runtime")?);
    }
    let with = format!("ONNX Runtime on {} painted pictures", answers.len());
    agreed(worst, tolerance(foreign.precision()), source, &with)
}

/// The largest difference of two answers, as a part of the largest number of the second, or of 1 where that is larger.
fn difference(ours: &[f32], theirs: &[f32], source: &Path, of: &str) -> Result<f32, Usage> {
    if ours.len() != theirs.len() {
        return Err(Usage(format!(
            "{}: {of} answers with {} numbers, here it answers with {}; choose the output with --output",
            source.display(),
            theirs.len(),
            ours.len()
        )));
    }
    let scale = theirs.iter().fold(1f32, |most, value| most.max(value.abs()));
    let gap = |(a, b): (&f32, &f32)| if (a - b).is_nan() { f32::INFINITY } else { (a - b).abs() / scale };
    Ok(ours.iter().zip(theirs).map(gap).fold(0.0, f32::max))
}

/// A line that says how far two agree; an error where that is not far enough.
fn agreed(worst: f32, most: f32, source: &Path, with: &str) -> anyhow::Result<String> {
    if worst <= most {
        return Ok(format!("agrees with {with}: largest difference {worst:.1e}\n"));
    }
    let source = source.display();
    Err(Usage(format!(
        "{source}: differs from {with} by {worst:.1e}, more than {most:.0e}; it would not answer here as it does there"
    ))
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_parts_of_the_largest_number_and_nan_agrees_with_nothing() {
        let source = Path::new("m.onnx");
        let difference = |ours: &[f32], theirs: &[f32]| difference(ours, theirs, source, "ONNX Runtime");
        assert_eq!(difference(&[0.5, 11.0], &[0.25, 10.0]).unwrap(), 0.1);
        assert_eq!(difference(&[0.5], &[0.25]).unwrap(), 0.25);
        assert_eq!(difference(&[f32::NAN], &[f32::NAN]).unwrap(), f32::INFINITY);
        assert!(difference(&[0.5], &[0.5, 0.5]).unwrap_err().to_string().contains("answers with 2 numbers"));
        let within = agreed(2e-4, 1e-3, source, "ONNX Runtime").unwrap();
        assert!(within.contains("largest difference 2.0e-4"), "{within}");
        let beyond = agreed(f32::INFINITY, 1e-3, source, "ONNX Runtime").unwrap_err().to_string();
        assert!(beyond.contains("m.onnx") && beyond.contains("by inf, more than 1e-3"), "{beyond}");
    }
}
