//! The classifier whose answers are explained: a network of lesionscope's own, or a user's ONNX file.

use std::sync::Arc;

use candle_core::Tensor;
use image::RgbImage;

use super::inside::{Depth, ForwardPass, Internals, OpeningError, OwnInternals, ReceptiveGrid, open_onnx};
use super::need::{MapCells, Need};
use super::{Map, Method};
use crate::model::onnx::OnnxClassifier;
use crate::model::own::network::Network;
use crate::model::{Class, Model, ModelError, Namer};

/// A classifier whose answers are explained. Clones share the weights.
#[derive(Clone)]
pub struct Explainer {
    namer: Arc<dyn Namer>,
    /// Its inside, or why it cannot be looked into.
    inside: Result<Arc<dyn Internals>, OpeningError>,
    /// Index among the classes of the model of each of its own; `None`: they are the same.
    model_classes: Option<Arc<[usize]>>,
}

impl Explainer {
    /// Opens the classifier that names what a model finds, as far as it can be opened; `None` for a model that names nothing.
    ///
    /// # Errors
    /// When a tensor of the network cannot be computed with.
    pub fn of(model: &dyn Model) -> Result<Option<Explainer>, ModelError> {
        let Some(namer) = model.namer() else { return Ok(None) };
        let (own, foreign) = (namer.as_any().downcast_ref(), namer.as_any().downcast_ref());
        let explainer = match (own, foreign) {
            (Some(network), _) => Explainer::new(network)?,
            (None, Some(foreign)) => Explainer::foreign(foreign),
            (None, None) => {
                Explainer { namer: namer.share(), inside: Err(OpeningError::UnknownKind), model_classes: None }
            }
        };
        Ok(Some(Explainer { model_classes: model.namer_classes().map(Arc::from), ..explainer }))
    }

    /// Opens a network.
    ///
    /// # Errors
    /// When one of its tensors cannot be computed with.
    pub fn new(network: &Network) -> Result<Explainer, ModelError> {
        Ok(Explainer { namer: network.share(), inside: Ok(Arc::new(OwnInternals::new(network)?)), model_classes: None })
    }

    /// Opens a user's ONNX classifier, as far as it can be opened.
    pub fn foreign(foreign: &OnnxClassifier) -> Explainer {
        Explainer { namer: foreign.share(), inside: open_onnx(foreign), model_classes: None }
    }

    /// The network, if it is one of lesionscope's own.
    pub fn network(&self) -> Option<&Network> {
        self.namer.as_any().downcast_ref()
    }

    /// Its classes.
    pub fn classes(&self) -> &[Class] {
        self.namer.named_classes()
    }

    /// Its own index of a class of the model; `None` for a class that it does not have.
    pub fn own_class(&self, of_model: usize) -> Option<usize> {
        match &self.model_classes {
            Some(classes) => classes.iter().position(|class| *class == of_model),
            None => Some(of_model),
        }
    }

    /// Side of the windows that it takes, px.
    pub fn input_side(&self) -> u32 {
        self.namer.window_side()
    }

    /// Its name, and the SHA-256 of its weights in hexadecimal.
    pub fn stamp(&self) -> (String, String) {
        (self.namer.name().to_owned(), self.namer.checksum().to_owned())
    }

    /// The methods that work with it.
    pub fn methods(&self) -> Vec<Method> {
        Method::ALL.into_iter().filter(|method| self.lacks(*method).is_none()).collect()
    }

    /// What a method needs and the classifier does not offer, as what follows the name of the method; `None` where the method works.
    pub fn lacks(&self, method: Method) -> Option<String> {
        let attends = self.inside.as_ref().is_ok_and(|inside| inside.attends());
        if method == Method::Attention && !attends {
            return Some(
                "needs an attention head, which this classifier does not have (train --head attention)".to_owned(),
            );
        }
        let wanted = match method.needs() {
            Need::Answers => return None,
            Need::Features => Depth::Features,
            Need::Head => Depth::Head,
            Need::Pixels => Depth::Pixels,
        };
        let inside = match &self.inside {
            Ok(inside) => inside,
            Err(why) => return Some(format!("needs feature maps, which this ONNX file does not give: {why}")),
        };
        if wanted > inside.depth() {
            let why = inside.obstacle().map_or_else(String::new, ToString::to_string);
            return Some(format!("needs gradients, which this ONNX file does not give: {why}"));
        }
        let linear = "needs scores that are linear in an average of the last feature map, which those of this classifier are not";
        (method == Method::Cam && !inside.averages()).then(|| linear.to_owned())
    }

    /// Why a method does not work, in one sentence with the methods that do; `None` where it works.
    pub fn refusal(&self, method: Method) -> Option<String> {
        let has: Vec<&str> = self.methods().into_iter().map(Method::name).collect();
        self.lacks(method).map(|lacks| format!("{} {lacks}; has: {}", method.name(), has.join(", ")))
    }

    /// Another method that works with it and rests on another idea, to compare the map of `method` with.
    pub fn counterpart(&self, method: Method) -> Method {
        let others = [method.counterpart(), Method::Occlusion, Method::Rise];
        let able = |other: &Method| *other != method && self.lacks(*other).is_none();
        others.into_iter().find(able).unwrap_or(Method::Rise)
    }

    /// Upsamples a map of [`Explainer::explain`] to the window, aligning its cells with the centres of their receptive fields. Maps that have
    /// a value for each pixel are smoothed, because people look at regions.
    pub fn laid(&self, map: &Map, method: Method) -> Map {
        let side = self.input_side() as usize;
        let [features, finer] = self.receptive_grids();
        let receptive_grid = match method.cells() {
            MapCells::Features => features,
            MapCells::Finer => finer,
            MapCells::Window => None,
        };
        match receptive_grid {
            Some(receptive_grid) => map.laid(&receptive_grid, (side, side)),
            None => map.smoothed().resized(side, side),
        }
    }

    /// One probability a class for each window, which have the classifier's own side.
    pub fn answers(&self, windows: &[RgbImage]) -> Result<Vec<Vec<f32>>, ModelError> {
        self.namer.probabilities(windows)
    }

    /// Probability of a class for each window, which have the classifier's own side.
    pub fn scores(&self, windows: &[RgbImage], class: usize) -> Result<Vec<f32>, ModelError> {
        let answers = self.answers(windows)?;
        Ok(answers.iter().map(|scores| scores.get(class).copied().unwrap_or(0.0)).collect())
    }

    /// The logits of a class for a batch `(n, h, w, 3)` of normalised windows.
    pub(super) fn logits(&self, windows: &Tensor, class: usize) -> candle_core::Result<Vec<f32>> {
        self.trace(windows)?.logits().narrow(1, class, 1)?.flatten_all()?.to_vec1()
    }

    /// See [`Internals::receptive_grids`].
    pub(super) fn receptive_grids(&self) -> [Option<ReceptiveGrid>; 2] {
        self.inside.as_ref().map_or([None, None], |inside| inside.receptive_grids())
    }

    pub(super) fn trace(&self, windows: &Tensor) -> candle_core::Result<Box<dyn ForwardPass + '_>> {
        match &self.inside {
            Ok(inside) => inside.trace(windows),
            Err(why) => candle_core::bail!("{why}"),
        }
    }
}
