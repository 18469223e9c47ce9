//! A user's ONNX classifier with the bundled networks as its guides: they know skin and cloth, which a classifier that was trained on
//! close-ups alone does not.

use image::RgbImage;

use super::class::{Class, ClassKind};
use super::error::ModelError;
use super::interface::{CoarseGeometry, Model};
use super::namer::Namer;
use super::onnx::{OnnxAnswer, OnnxClassifier};
use super::own::network::Network;
use super::scores::{Exclusivity, Scores};
use crate::geometry::Size;
use crate::pixels::resize::Cutter;

/// The bundled networks search and say how likely something is a lesion at all; the ONNX classifier says which.
///
/// Its classes are background, skin, and those of the ONNX classifier. The probability of the guides for "some lesion" is distributed over the
/// latter in proportion to the answers of the ONNX classifier; in the search, where that is not asked, equally over the wanted classes. For a
/// classifier that answers for each class by itself, each class gets that probability times its own.
pub struct GuidedClassifier {
    search: Network,
    judge: Network,
    foreign: OnnxClassifier,
    classes: Vec<Class>,
    /// Index in `classes` of each class of the ONNX classifier.
    places: Vec<usize>,
    wanted: Vec<usize>,
    cutter: Cutter,
}

impl GuidedClassifier {
    /// `search` and `judge` are bundled networks; `wanted` names the classes that are searched for; without a name all lesions are.
    pub fn new((search, judge): (Network, Network), foreign: OnnxClassifier, wanted: &[String]) -> GuidedClassifier {
        let class = |name: &str, kind| Class { name: name.to_owned(), kind, suspicious: false };
        let mut classes = vec![class("background", ClassKind::Background), class("skin", ClassKind::Skin)];
        let mut places = Vec::new();
        for own in foreign.classes() {
            let known = classes.iter().position(|class| class.name == own.name);
            places.push(known.unwrap_or(classes.len()));
            if known.is_none() {
                classes.push(own.clone());
            }
        }
        let is_wanted =
            |class: &Class| class.kind == ClassKind::Lesion && (wanted.is_empty() || wanted.contains(&class.name));
        let wanted = (0..classes.len()).filter(|&at| is_wanted(&classes[at])).collect();
        GuidedClassifier { search, judge, foreign, classes, places, wanted, cutter: Cutter::new() }
    }

    /// Scores over all classes, from those of a guide. `share` has pairs of a class and its share of the probability of lesions.
    fn shared(&self, guide: &Network, answer: &Scores, share: impl Iterator<Item = (usize, f32)>) -> Scores {
        let mut classes = vec![0.0; self.classes.len()];
        let mut lesion = 0.0;
        for (class, score) in guide.classes().iter().zip(&answer.classes) {
            match class.kind {
                ClassKind::Background => classes[BACKGROUND] += score,
                ClassKind::Skin => classes[SKIN] += score,
                ClassKind::Lesion => lesion += score,
            }
        }
        share.for_each(|(class, part)| classes[class] += lesion * part);
        Scores { classes, context: answer.context, familiar: 1.0 }
    }
}

/// Index of the guides' class of background.
const BACKGROUND: usize = 0;
/// Index of the guides' class of skin.
const SKIN: usize = 1;

impl Model for GuidedClassifier {
    fn classes(&self) -> &[Class] {
        &self.classes
    }

    fn exclusivity(&self) -> Exclusivity {
        self.foreign.exclusivity()
    }

    fn input_side(&self) -> u32 {
        self.search.input_side()
    }

    fn coarse_geometry(&self) -> CoarseGeometry {
        self.search.coarse_geometry()
    }

    fn coarse(&mut self, level: &RgbImage) -> Result<Vec<f32>, ModelError> {
        self.search.coarse(level)
    }

    fn classify(&mut self, windows: &[RgbImage]) -> Result<Vec<Scores>, ModelError> {
        let answers = self.search.classify(windows)?;
        let part = match self.foreign.exclusivity() {
            Exclusivity::Exclusive => 1.0 / self.wanted.len().max(1) as f32,
            Exclusivity::Independent => 1.0,
        };
        let share = || self.wanted.iter().map(|&class| (class, part));
        Ok(answers.iter().map(|answer| self.shared(&self.search, answer, share())).collect())
    }

    fn opinion_side(&self) -> Option<u32> {
        Some(self.judge.input_side().max(self.foreign.card().picture.side as u32))
    }

    fn opinions(&mut self, windows: &[RgbImage]) -> Result<Vec<Scores>, ModelError> {
        let (judged, own) = (self.judge.input_side(), self.foreign.card().picture.side as u32);
        let judged = resized(&mut self.cutter, windows, judged)?;
        let answers = self.judge.classify(&judged)?;
        let windows = resized(&mut self.cutter, windows, own)?;
        let opinion = |(answer, window): (&Scores, &RgbImage)| {
            let OnnxAnswer { probabilities, familiar } = self.foreign.answer(window)?;
            let shared = self.shared(&self.judge, answer, self.places.iter().copied().zip(probabilities));
            Ok(Scores { familiar, ..shared })
        };
        answers.iter().zip(&windows).map(opinion).collect()
    }

    fn namer(&self) -> Option<&dyn Namer> {
        Some(&self.foreign)
    }

    fn namer_classes(&self) -> Option<&[usize]> {
        Some(&self.places)
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(GuidedClassifier {
            search: self.search.clone(),
            judge: self.judge.clone(),
            foreign: self.foreign.clone(),
            classes: self.classes.clone(),
            places: self.places.clone(),
            wanted: self.wanted.clone(),
            cutter: Cutter::new(),
        })
    }
}

fn resized(cutter: &mut Cutter, windows: &[RgbImage], side: u32) -> Result<Vec<RgbImage>, ModelError> {
    windows.iter().map(|window| Ok(cutter.whole(window, Size::square(side))?)).collect()
}

/// An ONNX classifier by itself: it is asked about every window, and nobody says whether skin surrounds it.
#[derive(Clone)]
pub struct UnguidedClassifier {
    foreign: OnnxClassifier,
    geometry: CoarseGeometry,
}

impl UnguidedClassifier {
    /// `geometry`: of the coarse level that would plan the windows.
    pub fn new(foreign: OnnxClassifier, geometry: CoarseGeometry) -> UnguidedClassifier {
        UnguidedClassifier { foreign, geometry }
    }
}

impl Model for UnguidedClassifier {
    fn classes(&self) -> &[Class] {
        self.foreign.classes()
    }

    fn exclusivity(&self) -> Exclusivity {
        self.foreign.exclusivity()
    }

    fn input_side(&self) -> u32 {
        self.foreign.card().picture.side as u32
    }

    fn coarse_geometry(&self) -> CoarseGeometry {
        self.geometry
    }

    fn coarse(&mut self, level: &RgbImage) -> Result<Vec<f32>, ModelError> {
        let CoarseGeometry { side, stride } = self.geometry;
        let along = |px: u32| (px.saturating_sub(side) / stride.max(1) + 1) as usize;
        Ok(vec![1.0; along(level.width()) * along(level.height())])
    }

    fn classify(&mut self, windows: &[RgbImage]) -> Result<Vec<Scores>, ModelError> {
        let answer = |window: &RgbImage| {
            let OnnxAnswer { probabilities, familiar } = self.foreign.answer(window)?;
            Ok(Scores { classes: probabilities, context: 1.0, familiar })
        };
        windows.iter().map(answer).collect()
    }

    fn namer(&self) -> Option<&dyn Namer> {
        Some(&self.foreign)
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}
