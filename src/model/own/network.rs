//! The candle network of a model folder: loading with every check, and the answers it gives.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use candle_core::{DType, Device, Tensor};
use image::RgbImage;

use super::architecture::Block;
use super::card::Card;
use super::frozen::{FrozenNetwork, LinearHead, batch};
use super::pooling::FeaturePool;
use crate::model::{Class, CoarseGeometry, FileProblem, Model, ModelError, Namer, Scores, finite};

/// Outputs of the coarse head: background, skin, lesion.
pub const GATE_CLASSES: usize = 3;

/// The classifier and the coarse level of one model folder.
#[derive(Clone)]
pub struct Network {
    card: Arc<Card>,
    classifier: FrozenNetwork,
    pool: FeaturePool,
    classes: LinearHead,
    context: LinearHead,
    gate: FrozenNetwork,
    gate_classes: LinearHead,
    /// As they were read, for whoever looks inside or writes the network down.
    tensors: Arc<BTreeMap<String, Tensor>>,
}

impl Network {
    /// Builds the network from the text of `model.toml` and the bytes of `weights.safetensors`; `place` names them in errors.
    pub fn from_parts(toml: &str, weights: &[u8], place: &str) -> Result<Network, ModelError> {
        let card = Card::parse(toml, &format!("{place}/model.toml"))?;
        let file = format!("{place}/weights.safetensors");
        card.weights.verify(weights, &file)?;
        let tensors = read_tensors(weights, &file)?;
        check_shapes(&expected_shapes(&card), &tensors, &file)?;
        Ok(Network::from_tensors(card, tensors)?)
    }

    /// Builds the network from tensors in memory, as training does to validate.
    pub fn from_tensors(card: Card, tensors: BTreeMap<String, Tensor>) -> candle_core::Result<Network> {
        Ok(Network {
            classifier: FrozenNetwork::fold(&card.classifier_blocks(), &tensors)?,
            pool: FeaturePool::new(card.head, &tensors)?,
            classes: LinearHead::named("classes", &tensors)?,
            context: LinearHead::named("context", &tensors)?,
            gate: FrozenNetwork::fold(&card.gate_blocks(), &tensors)?,
            gate_classes: LinearHead::named("gate_classes", &tensors)?,
            card: Arc::new(card),
            tensors: Arc::new(tensors),
        })
    }

    /// The tensors of its weights file, by name.
    pub fn tensors(&self) -> &BTreeMap<String, Tensor> {
        &self.tensors
    }

    /// The model's description.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// The pooling of the classifier's last feature map.
    pub fn pool(&self) -> &FeaturePool {
        &self.pool
    }

    /// The answers for any number of windows of its own side.
    fn checked_scores(&self, windows: &[RgbImage]) -> Result<Vec<Scores>, ModelError> {
        if windows.is_empty() { Ok(Vec::new()) } else { finite::scores(self.scores(windows)?) }
    }

    /// The answers for a batch of windows of its own side.
    fn scores(&self, windows: &[RgbImage]) -> candle_core::Result<Vec<Scores>> {
        let pictures: Vec<&RgbImage> = windows.iter().collect();
        let features = self.classifier.forward(&batch(&pictures)?)?;
        let pooled = self.pool.forward(&features)?;
        let logits = (self.classes.forward(&pooled)? / f64::from(self.card.calibration.temperature))?;
        let classes = candle_nn::ops::softmax_last_dim(&logits)?.to_vec2::<f32>()?;
        let context = candle_nn::ops::sigmoid(&self.context.forward(&pooled)?)?.flatten_all()?.to_vec1::<f32>()?;
        Ok(classes
            .into_iter()
            .zip(context)
            .map(|(classes, context)| Scores { classes, context, familiar: 1.0 })
            .collect())
    }

    /// The coarse answers for a level image, row by row.
    fn coarse_scores(&self, level: &RgbImage) -> candle_core::Result<Vec<f32>> {
        let features = self.gate.forward(&batch(&[level])?)?;
        let (_, h, w, c) = features.dims4()?;
        let logits = self.gate_classes.forward(&features.reshape((h * w, c))?)?;
        candle_nn::ops::softmax_last_dim(&logits)?.narrow(1, GATE_CLASSES - 1, 1)?.flatten_all()?.to_vec1()
    }
}

impl Model for Network {
    fn classes(&self) -> &[Class] {
        &self.card.classes
    }

    fn input_side(&self) -> u32 {
        self.card.classifier.side as u32
    }

    fn coarse_geometry(&self) -> CoarseGeometry {
        CoarseGeometry { side: self.card.gate.side as u32, stride: self.card.gate.stride() as u32 }
    }

    fn coarse(&mut self, level: &RgbImage) -> Result<Vec<f32>, ModelError> {
        let answers = self.coarse_scores(level)?;
        finite::answer(&answers)?;
        Ok(answers)
    }

    fn classify(&mut self, windows: &[RgbImage]) -> Result<Vec<Scores>, ModelError> {
        self.checked_scores(windows)
    }

    fn namer(&self) -> Option<&dyn Namer> {
        Some(self)
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}

impl Namer for Network {
    fn name(&self) -> &str {
        &self.card.name
    }

    fn checksum(&self) -> &str {
        &self.card.weights.sha256
    }

    fn window_side(&self) -> u32 {
        self.input_side()
    }

    fn named_classes(&self) -> &[Class] {
        &self.card.classes
    }

    fn probabilities(&self, windows: &[RgbImage]) -> Result<Vec<Vec<f32>>, ModelError> {
        Ok(self.checked_scores(windows)?.into_iter().map(|scores| scores.classes).collect())
    }

    fn share(&self) -> Arc<dyn Namer> {
        Arc::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Name and shape of every tensor that the weights of this model must hold, no more and no less.
pub fn expected_shapes(card: &Card) -> BTreeMap<String, Vec<usize>> {
    let mut shapes = shapes_of_chain(&card.classifier_blocks());
    shapes.extend(shapes_of_chain(&card.gate_blocks()));
    for (name, shape) in card.head.shapes(card.classifier.features()) {
        shapes.insert(name.to_owned(), shape.to_vec());
    }
    let heads = [
        ("classes", card.classifier.features(), card.classes.len()),
        ("context", card.classifier.features(), 1),
        ("gate_classes", card.gate.features(), GATE_CLASSES),
    ];
    for (name, inputs, outputs) in heads {
        shapes.insert(format!("{name}.weight"), vec![inputs, outputs]);
        shapes.insert(format!("{name}.bias"), vec![outputs]);
    }
    shapes
}

/// Name and shape of every tensor of a chain of convolutions.
pub(super) fn shapes_of_chain(blocks: &[Block]) -> BTreeMap<String, Vec<usize>> {
    let mut shapes = BTreeMap::new();
    for conv in blocks.iter().flat_map(Block::convolutions) {
        let kernel = conv.geometry.kernel;
        shapes.insert(format!("{}.weight", conv.name), vec![kernel * kernel * conv.input, conv.output]);
        for part in ["gamma", "beta", "mean", "variance"] {
            shapes.insert(format!("{}.{part}", conv.name), vec![conv.output]);
        }
    }
    shapes
}

/// The tensors of a file of weights, as 32-bit floats.
pub(super) fn read_tensors(weights: &[u8], file: &str) -> Result<BTreeMap<String, Tensor>, ModelError> {
    let unusable = |problem: FileProblem| ModelError::of_file(file, problem);
    let parsed = safetensors::SafeTensors::deserialize(weights)
        .map_err(|error| unusable(FileProblem::NotSafetensors(error.to_string())))?;
    let mut tensors = BTreeMap::new();
    for (tensor, view) in parsed.tensors() {
        let dtype = match view.dtype() {
            safetensors::Dtype::F32 => DType::F32,
            safetensors::Dtype::F16 => DType::F16,
            other => return Err(unusable(FileProblem::UnsupportedNumbers { tensor, kind: format!("{other:?}") })),
        };
        let values = Tensor::from_raw_buffer(view.data(), dtype, view.shape(), &Device::Cpu)?.to_dtype(DType::F32)?;
        finite::tensor(&tensor, &values).map_err(|what| unusable(FileProblem::InvalidNumbers(what)))?;
        tensors.insert(tensor, values);
    }
    Ok(tensors)
}

/// Refuses tensors that are not exactly those of these names and shapes.
pub(super) fn check_shapes(
    expected: &BTreeMap<String, Vec<usize>>,
    tensors: &BTreeMap<String, Tensor>,
    file: &str,
) -> Result<(), ModelError> {
    let unusable = |problem: FileProblem| Err(ModelError::of_file(file, problem));
    for (name, shape) in expected {
        let (tensor, expected) = (name.clone(), shape.clone());
        match tensors.get(name) {
            None => return unusable(FileProblem::MissingTensor { tensor, expected }),
            Some(found) if found.dims() != shape.as_slice() => {
                return unusable(FileProblem::WrongShape { tensor, expected, found: found.dims().to_vec() });
            }
            Some(found) if name.ends_with(".variance") && found.min_all()?.to_scalar::<f32>()? < 0.0 => {
                let what = format!("tensor {name} holds a number below 0, which is no variance; the file is damaged");
                return unusable(FileProblem::InvalidNumbers(what));
            }
            Some(_) => {}
        }
    }
    match tensors.keys().find(|name| !expected.contains_key(*name)) {
        Some(tensor) => unusable(FileProblem::UnknownTensor { tensor: tensor.clone() }),
        None => Ok(()),
    }
}
