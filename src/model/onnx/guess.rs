//! Guesses how an ONNX classifier wants its pictures and what its answers mean, where the user does not say it.

use std::collections::BTreeMap;

use image::RgbImage;

use super::answer::OutputKind;
use super::card::{OnnxCard, Output, PictureInput, SCHEMA, SIDES};
use super::graph::{AxisOrder, Graph, GraphInput, GraphOutput, Precision};
use super::picture::Scaling;
use super::runner::Runner;
use super::scaling::{scaling, whole};
use super::telling::tells_apart;
use crate::model::weights::Weights;
use crate::model::{Class, ClassKind, FileProblem, ModelError, classes};
use crate::printable;

/// Side of the picture where the file takes any, px: what most published classifiers were trained with.
const USUAL_SIDE: usize = 224;
/// Names of classes that are no lesion.
const NOTHING: [&str; 5] = ["background", "nothing", "none", "no_lesion", "other"];
/// Names of classes of healthy skin.
const SKIN: [&str; 4] = ["skin", "healthy", "normal", "clear"];

/// What the user says about a file; the rest is guessed.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    /// Names of the classes, in the order of the output.
    pub labels: Option<Vec<String>>,
    /// Names of those that are suspicious.
    pub suspicious: Option<Vec<String>>,
    /// What the values of pixels become.
    pub scaling: Option<Scaling>,
    /// Side of the picture, px.
    pub side: Option<usize>,
    /// Values of the inputs beside the picture.
    pub constants: BTreeMap<String, Vec<f32>>,
    /// Name of the output.
    pub output: Option<String>,
}

/// A description made of hints and guesses, and a sentence for every guess. `examples` gives pictures of lesions and of none, of a side in
/// px, with which the scalings are tried. `place` names the file, `name` the model; `sha256` is the file's checksum.
pub fn describe(
    graph: &Graph,
    hints: &Hints,
    examples: &dyn Fn(u32) -> Vec<RgbImage>,
    (place, name, sha256): (&str, &str, String),
) -> Result<(OnnxCard, Vec<String>), ModelError> {
    let unusable = |what: String| ModelError::of_file(place, FileProblem::ChoiceDoesNotFit(what));
    let invalid = |what: String| ModelError::of_file(place, FileProblem::InvalidGraph(what));
    let mut notes = Vec::new();
    let (inlet, layout, side) = taken(graph).map_err(invalid)?;
    let side = match (hints.side, side) {
        (Some(asked), Some(own)) if asked != own => {
            return Err(unusable(format!("takes pictures of {own} px, --side says {asked}")));
        }
        (asked, own) => asked.or(own).unwrap_or_else(|| {
            notes.push(format!("takes pictures of any size: shown at {USUAL_SIDE} px (--side)"));
            USUAL_SIDE
        }),
    };
    if !SIDES.contains(&side) {
        return Err(invalid(format!("takes pictures of {side} px; {} to {} are shown", SIDES.start(), SIDES.end())));
    }
    let (output, kind) = answered(graph, hints).map_err(unusable)?;
    let mut picture = PictureInput { input: inlet.name.clone(), layout, side, scaling: Scaling::Raw };
    let runner = Runner::new(graph, (&picture, &output), &hints.constants, place)?;
    let count = runner.run(&vec![0.5; 3 * side * side])?.len();
    let classes = named(count, hints, &mut notes).map_err(unusable)?;
    let pictures = examples(side as u32);
    picture.scaling = match hints.scaling {
        _ if inlet.whole => whole(inlet, hints.scaling).map_err(unusable)?,
        Some(scaling) => scaling,
        None => {
            let (scaling, why) = scaling(graph, &picture, (&runner, kind, (classes.len(), count)), &pictures);
            notes.push(format!("pixels are scaled as \"{}\" (--preprocess): {why}", scaling.name()));
            scaling
        }
    };
    match graph.precision {
        Precision::Single => {}
        Precision::Half => notes.push("holds numbers of half precision: computed in single precision".to_owned()),
        Precision::Quantised => notes.push(
            "is quantised: computed here with floating-point numbers that are rounded where the file says so"
                .to_owned(),
        ),
    }
    tells_apart(&runner, (&picture, &output), &pictures)?;
    if kind == OutputKind::Sigmoid && count > 1 {
        notes.push(format!(
            "answers for each of its {count} classes by itself (sigmoid): scores stay as they are and need not sum to 1; what counts for a circle \
             is the highest of the classes that are searched for"
        ));
    }
    let card = OnnxCard {
        schema: SCHEMA.to_owned(),
        name: name.to_owned(),
        weights: Weights { sha256 },
        picture,
        output: Output { name: output, kind },
        constants: hints.constants.clone(),
        familiar: None,
        classes,
    };
    card.problem().map_or(Ok((card, notes)), |problem| Err(unusable(problem)))
}

/// The input that takes the picture, its layout and its side.
fn taken(graph: &Graph) -> Result<(&GraphInput, AxisOrder, Option<usize>), String> {
    let mut pictures = graph.inputs.iter().filter_map(|inlet| inlet.picture().map(|(l, side)| (inlet, l, side)));
    match (pictures.next(), pictures.next()) {
        (Some(picture), None) => Ok(picture),
        (None, _) => Err(format!(
            "has no input for square RGB pictures, 1xSxSx3 or 1x3xSxS of float32, float16, float64, uint8, int32 or int64; its inputs: {}",
            graph
                .inputs
                .iter()
                .map(|inlet| format!("{} {}", inlet.name, inlet.described()))
                .collect::<Vec<_>>()
                .join(", ")
        )),
        (Some((first, ..)), Some((second, ..))) => {
            Err(format!("takes two pictures, \"{}\" and \"{}\"; one is shown", first.name, second.name))
        }
    }
}

/// The output that is read and what its numbers are, by the operator that makes them.
fn answered(graph: &Graph, hints: &Hints) -> Result<(String, OutputKind), String> {
    let scored =
        || graph.outputs.iter().map(|output| output.name.as_str()).filter(|name| graph.unscored(name).is_none());
    let names = || scored().collect::<Vec<_>>().join(", ");
    let GraphOutput { name, operator } = match (&hints.output, graph.outputs.as_slice()) {
        (Some(wanted), all) => all
            .iter()
            .find(|output| output.name == *wanted)
            .ok_or_else(|| format!("has no output \"{wanted}\"; there are: {}", names()))?,
        (None, [only]) => only,
        (None, all) => match (scored().next(), all.first()) {
            (None, Some(first)) => first,
            _ => return Err(format!("has several outputs; say which with --output: {}", names())),
        },
    };
    if let Some(why) = graph.unscored(name) {
        return Err(match scored().next() {
            Some(_) => format!("{why}; name an output before that: --output {}", names()),
            None => format!("{why}; save the model with the output before that as its output"),
        });
    }
    let (mut at, mut operator) = (name.as_str(), operator.as_str());
    // What only moves numbers about changes nothing of what they are.
    while matches!(operator, "Identity" | "Reshape" | "Squeeze" | "Flatten" | "Cast" | "Unsqueeze") {
        let Some(before) = graph.before(at) else { break };
        at = before;
        operator = graph.maker(at).unwrap_or_default();
    }
    let kind = match operator {
        "Softmax" => OutputKind::Softmax,
        "Sigmoid" => OutputKind::Sigmoid,
        _ => OutputKind::Logits,
    };
    Ok((name.clone(), kind))
}

/// The classes of an output with `count` numbers.
fn named(count: usize, hints: &Hints, notes: &mut Vec<String>) -> Result<Vec<Class>, String> {
    let wanted = count.max(2);
    if count == 0 || wanted > 1000 {
        return Err(format!("answers with {count} numbers; a classifier of lesions has 1 to 1000"));
    }
    let labels = match &hints.labels {
        Some(labels) if labels.len() == wanted => labels.clone(),
        Some(_) if count == 1 => {
            return Err("has one output, yes or no: name both classes in --labels, the one for no first".to_owned());
        }
        Some(labels) => return Err(format!("answers for {wanted} classes, --labels has {}", labels.len())),
        None => {
            notes.push(format!("its {wanted} classes have no names (--labels FILE, one a line)"));
            (0..wanted).map(|i| format!("class-{i}")).collect()
        }
    };
    if let Some(unknown) = hints.suspicious.iter().flatten().find(|name| !labels.contains(name)) {
        return Err(format!("has no class \"{unknown}\" (--suspicious); there are: {}", labels.join(", ")));
    }
    if let ([no, yes], 1) = (labels.as_slice(), count) {
        notes.push(format!(
            "has one output, yes or no: its number is the score of \"{}\", the second label, and what is left is that of \"{}\", the first",
            printable(yes),
            printable(no)
        ));
    }
    let classes: Vec<Class> = labels
        .into_iter()
        .map(|name| {
            let plain = name.to_ascii_lowercase().replace([' ', '-'], "_");
            let kind = match plain.as_str() {
                plain if NOTHING.contains(&plain) => ClassKind::Background,
                plain if SKIN.contains(&plain) => ClassKind::Skin,
                _ => ClassKind::Lesion,
            };
            let suspicious = match &hints.suspicious {
                Some(names) => names.contains(&name),
                None => classes::sounds_suspicious(&name),
            };
            Class { name, kind, suspicious: suspicious && kind == ClassKind::Lesion }
        })
        .collect();
    if hints.suspicious.is_none() {
        let names: Vec<&str> = classes.iter().filter(|c| c.suspicious).map(|c| c.name.as_str()).collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        notes.push(format!("suspicious classes (--suspicious): {}", printable(&names)));
    }
    Ok(classes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_get_names_and_kinds() {
        let mut notes = Vec::new();
        let labels = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let hints = Hints { labels: labels(&["mel", "nv", "background"]), ..Hints::default() };
        let classes = named(3, &hints, &mut notes).unwrap();
        assert_eq!(classes.iter().map(|c| c.suspicious).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!(classes[2].kind, ClassKind::Background);
        assert!(named(4, &hints, &mut notes).unwrap_err().contains("4 classes, --labels has 3"));
        let hints = Hints { suspicious: labels(&["melanom"]), ..hints };
        assert!(named(3, &hints, &mut notes).unwrap_err().contains("no class \"melanom\""));
        assert_eq!(named(1, &Hints::default(), &mut notes).unwrap().len(), 2, "one number stands for two classes");
    }

    #[test]
    fn of_one_output_it_is_said_which_class_is_yes() {
        let hints = |names: &[&str]| Hints {
            labels: Some(names.iter().map(|name| (*name).to_owned()).collect()),
            ..Hints::default()
        };
        let mut notes = Vec::new();
        for wrong in [&["melanoma"] as &[&str], &["a", "b", "c"]] {
            let why = named(1, &hints(wrong), &mut notes).unwrap_err();
            assert!(why.contains("yes or no") && why.contains("the one for no first"), "{why}");
        }
        named(1, &hints(&["benign", "melanoma"]), &mut notes).unwrap();
        assert!(notes.iter().any(|note| note.contains("the score of \"melanoma\", the second label")), "{notes:?}");
        named(2, &hints(&["benign", "melanoma"]), &mut Vec::new()).unwrap();
    }
}
