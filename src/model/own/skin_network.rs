//! The network that says what a picture shows, place by place: one chain of convolutions over the whole picture, and a linear head a cell.

use std::collections::BTreeMap;
use std::sync::Arc;

use candle_core::Tensor;
use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::architecture::{Architecture, Block};
use super::card::Training;
use super::frozen::{FrozenNetwork, LinearHead, batch};
use super::network::{check_shapes, read_tensors, shapes_of_chain};
use crate::geometry::Size;
use crate::model::described::described;
use crate::model::skin_map::{KINDS, PlaceShares, SkinMap};
use crate::model::weights::Weights;
use crate::model::{FileProblem, ModelError, finite, names};
use crate::printable;

/// The only schema of its descriptions that this version reads.
pub const SCHEMA: &str = "lesionscope-skin/1";
/// Name of its head in the weights file.
pub const HEAD: &str = "kinds";
/// Name of its chain in the weights file.
const CHAIN: &str = "chain";

/// The contents of its `model.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkinCard {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Name of the model.
    pub name: String,
    /// The weights beside it, in `weights.safetensors`.
    pub weights: Weights,
    /// Longest side of the pictures that it is shown, px.
    pub picture_side: u32,
    /// The chain of convolutions; its `side` is that of the squares that it was trained on.
    pub architecture: Architecture,
    /// How it was trained.
    pub training: Training,
}

impl SkinCard {
    /// The blocks of the chain.
    pub fn blocks(&self) -> Vec<Block> {
        self.architecture.steps(CHAIN)
    }

    /// Reads and checks the text of a `model.toml` found at `place`.
    ///
    /// # Errors
    /// When it is no such description, or describes what cannot be.
    pub fn parse(text: &str, place: &str) -> Result<SkinCard, ModelError> {
        let unusable = |what: String| ModelError::of_file(place, FileProblem::InvalidDescription(what));
        let card: SkinCard = described(text, place)?;
        if card.schema != SCHEMA {
            let schema = printable(&card.schema);
            return Err(unusable(format!("schema is \"{schema}\", this version reads \"{SCHEMA}\" here")));
        }
        if !card.weights.is_checksum() {
            return Err(unusable("weights.sha256 is no SHA-256 checksum; 64 hexadecimal digits would be".into()));
        }
        if let Some(what) = names::one(&card.name) {
            return Err(unusable(format!("the model {what}")));
        }
        if !(64..=1024).contains(&card.picture_side) {
            return Err(unusable(format!("picture_side is {}, allowed: 64 to 1024", card.picture_side)));
        }
        let cell = card.architecture.stride();
        if cell > card.picture_side as usize {
            return Err(unusable(format!(
                "[architecture] has cells of {cell} px, allowed: 1 to {}",
                card.picture_side
            )));
        }
        match card.architecture.problem() {
            Some(problem) => Err(unusable(format!("[architecture] {problem}"))),
            None => Ok(card),
        }
    }

    /// Name and shape of every tensor that the weights must hold.
    fn expected_shapes(&self) -> BTreeMap<String, Vec<usize>> {
        let mut shapes = shapes_of_chain(&self.blocks());
        shapes.insert(format!("{HEAD}.weight"), vec![self.architecture.features(), KINDS]);
        shapes.insert(format!("{HEAD}.bias"), vec![KINDS]);
        shapes
    }
}

/// The network of a model folder. Clones share the weights.
#[derive(Clone)]
pub struct SkinNetwork {
    card: Arc<SkinCard>,
    chain: FrozenNetwork,
    head: LinearHead,
}

impl SkinNetwork {
    /// Builds the network from the text of `model.toml` and the bytes of `weights.safetensors`; `place` names them in errors.
    ///
    /// # Errors
    /// When they are no such network, or do not belong together.
    pub fn from_parts(toml: &str, weights: &[u8], place: &str) -> Result<SkinNetwork, ModelError> {
        let card = SkinCard::parse(toml, &format!("{place}/model.toml"))?;
        let file = format!("{place}/weights.safetensors");
        card.weights.verify(weights, &file)?;
        let tensors = read_tensors(weights, &file)?;
        check_shapes(&card.expected_shapes(), &tensors, &file)?;
        Ok(SkinNetwork::from_tensors(card, &tensors)?)
    }

    /// Builds the network from tensors in memory, as training does to validate.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn from_tensors(card: SkinCard, tensors: &BTreeMap<String, Tensor>) -> candle_core::Result<SkinNetwork> {
        let chain = FrozenNetwork::fold(&card.blocks(), tensors)?;
        Ok(SkinNetwork { chain, head: LinearHead::named(HEAD, tensors)?, card: Arc::new(card) })
    }

    /// The model's description.
    pub fn card(&self) -> &SkinCard {
        &self.card
    }

    /// Size at which a picture is shown to it, px: its longest side is `picture_side`, both sides are whole cells.
    pub fn shown_size(&self, picture: Size) -> Size {
        let (cell, longest) = (self.card.architecture.stride() as u32, self.card.picture_side);
        let scale = longest as f32 / picture.width.max(picture.height).max(1) as f32;
        let side = |side: u32| (((side as f32 * scale / cell as f32).round() as u32).max(1)) * cell;
        Size { width: side(picture.width), height: side(picture.height) }
    }

    /// The map of a picture that was resized to [`SkinNetwork::shown_size`].
    ///
    /// # Errors
    /// When the tensor library fails, or the network answers with what is no number.
    pub fn map(&self, picture: &RgbImage) -> Result<SkinMap, ModelError> {
        let features = self.chain.forward(&batch(&[picture])?)?;
        let (_, h, w, c) = features.dims4()?;
        let logits = self.head.forward(&features.reshape((h * w, c))?)?;
        let shares = candle_nn::ops::softmax_last_dim(&logits)?.flatten_all()?.to_vec1::<f32>()?;
        finite::answer(&shares)?;
        let places = shares.as_chunks::<KINDS>().0.iter().map(|shares| PlaceShares::of(*shares)).collect();
        let cells = Size { width: w as u32, height: h as u32 };
        SkinMap::new(picture.dimensions().into(), cells, places)
            .ok_or_else(|| ModelError::WrongGeometry("the skin map has no cells".to_owned()))
    }
}
