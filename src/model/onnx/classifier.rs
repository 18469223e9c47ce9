//! A user's ONNX classifier, checked, described and run.

use std::any::Any;
use std::sync::Arc;

use image::RgbImage;
use rayon::prelude::*;

use super::card::OnnxCard;
use super::familiarity::energy;
use super::graph::{Graph, Precision};
use super::logits::logits;
use super::runner::Runner;
use crate::model::{Class, Exclusivity, FileProblem, ModelError, Namer, finite};

/// An ONNX classifier with its description. Clones share the weights.
#[derive(Clone)]
pub struct OnnxClassifier {
    card: Arc<OnnxCard>,
    runner: Runner,
    exclusivity: Exclusivity,
    precision: Precision,
}

/// The answer of an ONNX classifier for one window.
pub struct OnnxAnswer {
    /// One probability a class; see [`OnnxClassifier::exclusivity`].
    pub probabilities: Vec<f32>,
    /// How familiar the window is to the classifier, `0..=1`; 1 where nothing is known of that.
    pub familiar: f32,
}

impl OnnxClassifier {
    /// From the text of `model.toml` and the bytes of `model.onnx`; `place` names their folder in errors.
    pub fn from_parts(toml: &str, bytes: &[u8], place: &str) -> Result<OnnxClassifier, ModelError> {
        let card = OnnxCard::parse(toml, &format!("{place}/model.toml"))?;
        let file = format!("{place}/model.onnx");
        card.weights.verify(bytes, &file)?;
        OnnxClassifier::new(&Graph::read(bytes, &file)?, card, &file)
    }

    /// From a graph and its description. A grey picture is shown, so that a wrong number of classes is an error here.
    pub fn new(graph: &Graph, card: OnnxCard, place: &str) -> Result<OnnxClassifier, ModelError> {
        if let Some(why) = graph.unscored(&card.output.name) {
            return Err(ModelError::of_file(place, FileProblem::NoScores(why)));
        }
        let mut runner = Runner::new(graph, (&card.picture, &card.output.name), &card.constants, place)?;
        if let (true, Some(logits)) = (card.familiar.is_some(), inner_logits(&runner, &card)) {
            runner = runner.beside(&logits)?;
        }
        let side = card.picture.side as u32;
        let grey = RgbImage::from_pixel(side, side, image::Rgb([127; 3]));
        let numbers = runner.run(&card.picture.scaling.values(&grey, card.picture.layout))?;
        let exclusivity = card.output.kind.exclusivity(numbers.len());
        let foreign = OnnxClassifier { card: Arc::new(card), runner, exclusivity, precision: graph.precision };
        foreign.probabilities(&grey)?;
        Ok(foreign)
    }

    /// The description.
    pub fn card(&self) -> &OnnxCard {
        &self.card
    }

    /// How the probabilities of its classes belong together.
    pub fn exclusivity(&self) -> Exclusivity {
        self.exclusivity
    }

    /// The precision for which its file was written.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Its classes, in the order of [`OnnxClassifier::probabilities`].
    pub fn classes(&self) -> &[Class] {
        &self.card.classes
    }

    /// The numbers of the output for the values of a picture as they stand in the input.
    pub fn numbers(&self, values: &[f32]) -> Result<Vec<f32>, ModelError> {
        self.runner.run(values)
    }

    /// What runs its graph, for whoever looks inside.
    pub(crate) fn runner(&self) -> &Runner {
        &self.runner
    }

    /// One probability a class for a window of its own side; see [`OnnxClassifier::exclusivity`].
    pub fn probabilities(&self, window: &RgbImage) -> Result<Vec<f32>, ModelError> {
        Ok(self.answer(window)?.probabilities)
    }

    /// The answer for a window of its own side.
    pub fn answer(&self, window: &RgbImage) -> Result<OnnxAnswer, ModelError> {
        let OnnxCard { picture, output, familiar, classes, .. } = &*self.card;
        let outputs = self.runner.run_all(&picture.scaling.values(window, picture.layout))?;
        let numbers = outputs.first().map_or(&[] as &[f32], Vec::as_slice);
        let probabilities = output.kind.probabilities(numbers, classes.len());
        let part = familiar.zip(outputs.last()).map(|(familiar, logits)| familiar.part(energy(output.kind, logits)));
        let familiar = part.unwrap_or(1.0);
        finite::answer(&[familiar])?;
        let probabilities = probabilities.map_err(|what| self.runner.unusable(FileProblem::NoScores(what)))?;
        Ok(OnnxAnswer { probabilities, familiar })
    }

    /// The energies of its answers to windows of its own side, on as many threads as there are.
    pub fn energies(&self, windows: &[RgbImage]) -> Result<Vec<f32>, ModelError> {
        let OnnxCard { picture, output, .. } = &*self.card;
        let logits = inner_logits(&self.runner, &self.card);
        let runner = logits.map_or_else(|| Ok(self.runner.clone()), |logits| self.runner.beside(&logits))?;
        let of = |window: &RgbImage| {
            let outputs = runner.run_all(&picture.scaling.values(window, picture.layout))?;
            Ok(energy(output.kind, outputs.last().map_or(&[], Vec::as_slice)))
        };
        windows.par_iter().map(of).collect()
    }
}

impl Namer for OnnxClassifier {
    fn name(&self) -> &str {
        &self.card.name
    }

    fn checksum(&self) -> &str {
        &self.card.weights.sha256
    }

    fn window_side(&self) -> u32 {
        self.card.picture.side as u32
    }

    fn named_classes(&self) -> &[Class] {
        &self.card.classes
    }

    /// On as many threads as there are.
    fn probabilities(&self, windows: &[RgbImage]) -> Result<Vec<Vec<f32>>, ModelError> {
        windows.par_iter().map(|window| OnnxClassifier::probabilities(self, window)).collect()
    }

    fn share(&self) -> Arc<dyn Namer> {
        Arc::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The tensor of the logits, where that is not the output itself.
fn inner_logits(runner: &Runner, card: &OnnxCard) -> Option<String> {
    let name = logits(runner.graph()?, &card.output.name);
    (name != card.output.name).then(|| name.to_owned())
}
