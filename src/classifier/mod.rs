//! The classifier of a run: which files it is loaded from, how it is put together, and what is written about it.

mod bytes;
mod files;
mod foreign;
mod stamp;

use std::path::PathBuf;

pub use self::files::network;
#[cfg(feature = "onnxruntime")]
pub use self::foreign::onnxruntime;
pub use self::foreign::{Gate, OnnxChoice, examples, is_onnx, load as load_onnx};
pub use self::stamp::ModelStamp;

use self::files::{LoadedModel, found, skin_map};
use crate::detect::DetectSettings;
use crate::model::guided::{GuidedClassifier, UnguidedClassifier};
use crate::model::onnx::OnnxClassifier;
use crate::model::own::bundled::{self, bundled};
use crate::model::own::card::Thresholds;
use crate::model::own::network::Network;
use crate::model::own::pair::NetworkPair;
use crate::model::own::skin_network::SkinNetwork;
use crate::model::own::with_skin::WithSkinMap;
use crate::model::{ClassKind, Model, ModelError};
use crate::scan::OperatingPoint;

/// Evidence from which a window counts as a lesion where a classifier of the user's own sees every window.
const ALONE: f32 = 0.5;

/// Which model is used; the default is the one built into the program.
#[derive(Clone, Debug, Default)]
pub struct ModelChoice {
    /// Folder of a trained model, or an ONNX file of the user's own classifier.
    pub model: Option<PathBuf>,
    /// Who is asked about what the model found.
    pub opinion: OpinionChoice,
    /// Who says what the whole picture shows.
    pub skin: SkinChoice,
    /// What is known of a classifier of the user's own.
    pub foreign: OnnxChoice,
}

/// Who is asked about what a model found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OpinionChoice {
    /// The network built into the program, when the model is the built-in one as well.
    #[default]
    Usual,
    /// Nobody.
    Nobody,
    /// The network of this folder.
    Folder(PathBuf),
}

/// Who says of the whole picture what is skin, what a part of a body, and what neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SkinChoice {
    /// The skin map built into the program; nobody where a classifier of the user's own is not guided either.
    #[default]
    Bundled,
    /// Nobody.
    Nobody,
    /// The skin map of this folder.
    Folder(PathBuf),
}

impl SkinChoice {
    /// Loads the skin map.
    fn load(&self, alone: bool) -> Result<Option<SkinNetwork>, ModelError> {
        match self {
            SkinChoice::Bundled if !alone => bundled::skin().map(Some),
            SkinChoice::Bundled | SkinChoice::Nobody => Ok(None),
            SkinChoice::Folder(folder) => skin_map(folder).map(Some),
        }
    }
}

/// A classifier and what is written about it.
pub struct Classifier {
    /// The classifier.
    pub model: Box<dyn Model>,
    /// What is written about it.
    pub stamp: ModelStamp,
    thresholds: Thresholds,
    /// Operating point of the network that names the circles.
    suspicious: f32,
    /// Whether it sees every window.
    alone: bool,
    /// Sentences on what was guessed about it.
    pub notes: Vec<String>,
}

impl Classifier {
    /// Loads the model folders, the ONNX file, or the models built into the program. `wanted` names the classes that are
    /// searched for; none: all lesions.
    ///
    /// # Errors
    /// When a file cannot be used; the sentence names it, what is wrong and what would be right.
    pub fn load(choice: &ModelChoice, wanted: &[String]) -> Result<Classifier, ModelError> {
        let mut classifier = Classifier::of_windows(choice, wanted)?;
        if let Some(skin) = choice.skin.load(classifier.alone)? {
            let card = skin.card();
            classifier.stamp.skin = Some(Box::new(ModelStamp::new(&card.name, &card.weights.sha256)));
            classifier.model = Box::new(WithSkinMap::new(classifier.model, skin));
        }
        Ok(classifier)
    }

    /// The networks that are shown windows.
    fn of_windows(choice: &ModelChoice, wanted: &[String]) -> Result<Classifier, ModelError> {
        let search = match &choice.model {
            Some(place) => match found(place, &choice.foreign)? {
                LoadedModel::Own(network) => *network,
                LoadedModel::Onnx(foreign, notes) => {
                    return Ok(Classifier { notes, ..Classifier::foreign(foreign, choice, wanted)? });
                }
            },
            None => bundled()?,
        };
        let thresholds = search.card().thresholds;
        let mut suspicious = search.card().calibration.suspicious;
        let mut stamp = stamp(&search);
        let opinion = match (&choice.opinion, &choice.model) {
            (OpinionChoice::Nobody, _) => None,
            (OpinionChoice::Folder(folder), _) => Some(network(folder)?),
            // A model of the user's own may have other classes than the bundled second opinion.
            (OpinionChoice::Usual, Some(_)) => None,
            (OpinionChoice::Usual, None) => Some(bundled::opinion()?),
        };
        let model: Box<dyn Model> = match opinion {
            Some(opinion) => {
                suspicious = opinion.card().calibration.suspicious;
                stamp.opinion = Some(Box::new(self::stamp(&opinion)));
                Box::new(NetworkPair::new(search, opinion)?)
            }
            None => Box::new(search),
        };
        Ok(Classifier { model, stamp, thresholds, suspicious, alone: false, notes: Vec::new() })
    }

    /// A classifier of the user's own, guided by the bundled networks or alone.
    fn foreign(foreign: OnnxClassifier, choice: &ModelChoice, wanted: &[String]) -> Result<Classifier, ModelError> {
        if choice.opinion != OpinionChoice::Usual {
            return Err(ModelError::OpinionOnForeign);
        }
        let card = foreign.card();
        let mut stamp = ModelStamp::new(&card.name, &card.weights.sha256);
        let search = bundled()?;
        let thresholds = search.card().thresholds;
        if choice.foreign.gate == Gate::Nobody {
            let model = Box::new(UnguidedClassifier::new(foreign, search.coarse_geometry()));
            let thresholds = Thresholds { conf: ALONE, ..thresholds };
            return Ok(Classifier { model, stamp, thresholds, suspicious: 0.0, alone: true, notes: Vec::new() });
        }
        // The stamp names who searches first, as for the bundled pair.
        let own = std::mem::replace(&mut stamp, self::stamp(&search));
        stamp.opinion = Some(Box::new(own));
        let model = Box::new(GuidedClassifier::new((search, bundled::opinion()?), foreign, wanted));
        Ok(Classifier { model, stamp, thresholds, suspicious: 0.0, alone: false, notes: Vec::new() })
    }

    /// Puts the thresholds of the model where the settings leave them to it. Returns those that are in effect.
    pub fn complete(&self, settings: &mut DetectSettings) -> OperatingPoint {
        let DetectSettings { scan, opinion, .. } = settings;
        if self.alone {
            scan.exhaustive = true;
            let classes = self.model.classes();
            let nothing = classes.iter().any(|class| class.kind != ClassKind::Lesion);
            // A classifier that knows lesions only takes every window for one of them.
            if scan.classes.is_empty() && !nothing {
                let suspicious = classes.iter().filter(|class| class.suspicious);
                scan.classes = suspicious.map(|class| class.name.clone()).collect();
            }
        }
        let asks = self.model.opinion_side().is_some() && opinion.looks > 0;
        let own = if asks { opinion.ask } else { self.thresholds.conf };
        OperatingPoint {
            conf: *scan.conf.get_or_insert(own),
            coarse_conf: *scan.coarse_conf.get_or_insert(self.thresholds.gate),
            suspicious: *opinion.suspicious.get_or_insert(self.suspicious),
        }
    }

    /// Names of the classes, in the order of the scores.
    pub fn class_names(&self) -> Vec<String> {
        self.model.classes().iter().map(|class| class.name.clone()).collect()
    }
}

fn stamp(network: &Network) -> ModelStamp {
    let card = network.card();
    ModelStamp::new(&card.name, &card.weights.sha256)
}
