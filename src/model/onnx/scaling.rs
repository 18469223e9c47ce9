//! Guesses the scaling of pixels that a classifier was trained with.

use image::RgbImage;

use super::answer::OutputKind;
use super::card::PictureInput;
use super::graph::{FirstOperation, Graph, GraphInput};
use super::picture::Scaling;
use super::runner::Runner;
use crate::model::Exclusivity;

/// A scaling counts when the answers tell at least this part of what they tell with the best one.
const TELLING: f32 = 0.25;
/// Families of networks as Keras names their layers, with what `preprocess_input` of each does; the more particular name first.
const FAMILIES: [(&str, Scaling); 15] = [
    ("mobilenetv3", Scaling::Raw),
    ("mobilenet", Scaling::MinusOneOne),
    ("xception", Scaling::MinusOneOne),
    ("inception", Scaling::MinusOneOne),
    ("nasnet", Scaling::MinusOneOne),
    ("efficientnetv2", Scaling::Raw),
    ("efficientnet", Scaling::Raw),
    ("convnext", Scaling::Raw),
    ("densenet", Scaling::Imagenet),
    ("resnet50v2", Scaling::MinusOneOne),
    ("resnet101v2", Scaling::MinusOneOne),
    ("resnet152v2", Scaling::MinusOneOne),
    ("resnet", Scaling::Caffe),
    ("vgg16", Scaling::Caffe),
    ("vgg19", Scaling::Caffe),
];

/// The scaling of pixels, and why it was chosen.
///
/// A graph that begins with arithmetic on its input scales by itself; one that quantises it says the range that it wants. One whose operators bear the name of a family of
/// `keras.applications` is taken to want what that family does. Otherwise all scalings are tried on the examples: with
/// values far too small every picture looks the same to a network. Of those under which its answers tell the pictures apart (the
/// mutual information of picture and answer, `H(mean p) - mean H(p)`), the one with the smallest values is taken: far too
/// large ones tell pictures apart as well, by chance.
pub(super) fn scaling(
    graph: &Graph,
    picture: &PictureInput,
    (runner, kind, (classes, numbers)): (&Runner, OutputKind, (usize, usize)),
    examples: &[RgbImage],
) -> (Scaling, String) {
    match graph.inputs.iter().find(|inlet| inlet.name == picture.input).map(|inlet| &inlet.first) {
        Some(FirstOperation::Arithmetic(operator)) => {
            return (Scaling::Raw, format!("the graph begins with {operator}, so it scales by itself"));
        }
        Some(FirstOperation::Quantised(low, high)) => {
            let scaling = Scaling::nearest(*low, *high);
            return (scaling, format!("the graph is quantised for values from {low:.3} to {high:.3}"));
        }
        Some(FirstOperation::Unknown) | None => {}
    }
    if let Some((family, scaling)) = FAMILIES.into_iter().find(|(family, _)| graph.mentions(family)) {
        return (scaling, format!("what Keras does for {family}; zero-one if you trained with rescale=1/255"));
    }
    let exclusivity = kind.exclusivity(numbers);
    let told: Vec<(Scaling, f32)> = Scaling::ALL
        .into_iter()
        .map(|scaling| {
            let answers = examples.iter().map(|example| {
                let numbers = runner.run(&scaling.values(example, picture.layout)).ok()?;
                kind.probabilities(&numbers, classes).ok()
            });
            (scaling, answers.collect::<Option<Vec<_>>>().map_or(0.0, |answers| information(&answers, exclusivity)))
        })
        .collect();
    let most = told.iter().map(|(_, bits)| *bits).fold(0f32, f32::max);
    let chosen =
        told.iter().find(|(_, bits)| *bits >= TELLING * most).map_or(Scaling::ZeroOne, |(scaling, _)| *scaling);
    let listed: Vec<String> = told.iter().map(|(scaling, bits)| format!("{} {bits:.3}", scaling.name())).collect();
    (chosen, format!("bits by which the answers tell {} painted pictures apart: {}", examples.len(), listed.join(", ")))
}

/// The scaling of an input that takes whole numbers: pixels as they are.
pub(super) fn whole(inlet: &GraphInput, asked: Option<Scaling>) -> Result<Scaling, String> {
    match asked {
        None | Some(Scaling::Raw) => Ok(Scaling::Raw),
        Some(other) => Err(format!(
            "takes pixels as whole numbers ({}), --preprocess {} would make other numbers of them; leave it out",
            inlet.kind,
            other.name()
        )),
    }
}

/// Mutual information of a picture and the answer, bits; of classes that are answered each by itself the sum over them.
fn information(answers: &[Vec<f32>], exclusivity: Exclusivity) -> f32 {
    let bits = |p: f32| if p > 0.0 { -p * p.log2() } else { 0.0 };
    let entropy = |p: &[f32]| -> f32 {
        match exclusivity {
            Exclusivity::Exclusive => p.iter().copied().map(bits).sum(),
            Exclusivity::Independent => p.iter().map(|p| bits(*p) + bits(1.0 - p)).sum(),
        }
    };
    let count = answers.len().max(1) as f32;
    let classes = answers.first().map_or(0, Vec::len);
    let mean: Vec<f32> = (0..classes).map(|c| answers.iter().map(|p| p[c]).sum::<f32>() / count).collect();
    (entropy(&mean) - answers.iter().map(|p| entropy(p)).sum::<f32>() / count).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_do_not_differ_tell_nothing_and_opposite_ones_tell_a_bit() {
        let (same, opposite) = ([vec![0.7, 0.3], vec![0.7, 0.3]], [vec![1.0, 0.0], vec![0.0, 1.0]]);
        for (exclusivity, bits) in [(Exclusivity::Exclusive, 1.0), (Exclusivity::Independent, 2.0)] {
            assert!(information(&same, exclusivity) < 1e-6);
            assert!((information(&opposite, exclusivity) - bits).abs() < 1e-6);
        }
    }
}
