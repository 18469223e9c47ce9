//! The classifier of a run: which folders it is loaded from, and what is written about it.

use std::path::{Path, PathBuf};

use clap::Args;

use super::foreign::{self, ForeignFlags, Gate, is_onnx};
use super::say::note;
use crate::config::Config;
use crate::files;
use crate::model::bundled::{self, bundled};
use crate::model::card::Thresholds;
use crate::model::guided::{Alone, Guided};
use crate::model::network::{LARGEST_WEIGHTS, Network};
use crate::model::onnx::{Foreign, card};
use crate::model::paired::Paired;
use crate::model::{ClassKind, Exclusivity, Model, ModelError};
use crate::sink::session::ModelStamp;

/// Evidence from which a window counts as a lesion where a classifier of the user's own sees every window.
const ALONE: f32 = 0.5;

/// Largest `model.toml` that is read, bytes: those of a thousand classes are smaller.
const LARGEST_CARD: u64 = 1 << 20;

/// Which model is used.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct ModelFlags {
    /// Folder of a trained model, or an ONNX file of your own classifier; without it, the model built into the program.
    #[arg(long, value_name = "DIR|FILE.onnx")]
    pub(super) model: Option<PathBuf>,
    /// Folder of a larger model that is asked about what the first one found; "none": nobody is asked. Without it, the one
    /// built into the program when --model is not given either.
    #[arg(long, value_name = "DIR|none")]
    pub(super) opinion: Option<PathBuf>,
    /// A classifier of the user's own.
    #[command(flatten)]
    pub(super) foreign: ForeignFlags,
}

/// A classifier and what is written about it.
pub(super) struct Classifier {
    pub(super) model: Box<dyn Model>,
    pub(super) stamp: ModelStamp,
    thresholds: Thresholds,
    /// Operating point of the network that names the circles.
    suspicious: f32,
    /// Whether it sees every window.
    alone: bool,
}

/// What stands in a place that `--model` or `--opinion` names.
enum Found {
    Own(Box<Network>),
    Foreign(Foreign),
}

impl Classifier {
    /// Loads the model folders, the ONNX file, or the models built into the program. `wanted` names the classes that are
    /// searched for; none: all lesions.
    pub(super) fn load(flags: &ModelFlags, wanted: &[String]) -> Result<Classifier, ModelError> {
        let search = match &flags.model {
            Some(place) => match found(place, &flags.foreign)? {
                Found::Own(network) => *network,
                Found::Foreign(foreign) => return Classifier::foreign(foreign, flags, wanted),
            },
            None => bundled()?,
        };
        let thresholds = search.card().thresholds;
        let mut suspicious = search.card().calibration.suspicious;
        let mut stamp = stamp(&search);
        let opinion = match (&flags.opinion, &flags.model) {
            (Some(folder), _) if folder == Path::new("none") => None,
            (Some(folder), _) => Some(network(folder)?),
            // A model of the user's own may have other classes than the bundled second opinion.
            (None, Some(_)) => None,
            (None, None) => Some(bundled::opinion()?),
        };
        let model: Box<dyn Model> = match opinion {
            Some(opinion) => {
                suspicious = opinion.card().calibration.suspicious;
                stamp.opinion = Some(Box::new(self::stamp(&opinion)));
                Box::new(Paired::new(search, opinion)?)
            }
            None => Box::new(search),
        };
        Ok(Classifier { model, stamp, thresholds, suspicious, alone: false })
    }

    /// A classifier of the user's own, guided by the bundled networks or alone.
    fn foreign(foreign: Foreign, flags: &ModelFlags, wanted: &[String]) -> Result<Classifier, ModelError> {
        if flags.opinion.is_some() {
            return Err(ModelError::Unusable("--opinion: an ONNX classifier names its circles by itself".to_owned()));
        }
        let card = foreign.card();
        let mut stamp = ModelStamp { name: card.name.clone(), checksum: card.weights.sha256.clone(), opinion: None };
        let search = bundled()?;
        let thresholds = search.card().thresholds;
        if flags.foreign.gate == Gate::None {
            let model = Box::new(Alone::new(foreign, search.gate_geometry()));
            let thresholds = Thresholds { conf: ALONE, ..thresholds };
            return Ok(Classifier { model, stamp, thresholds, suspicious: 0.0, alone: true });
        }
        // The stamp names who searches first, as for the bundled pair.
        let own = std::mem::replace(&mut stamp, self::stamp(&search));
        stamp.opinion = Some(Box::new(own));
        let model = Box::new(Guided::new((search, bundled::opinion()?), foreign, wanted));
        Ok(Classifier { model, stamp, thresholds, suspicious: 0.0, alone: false })
    }

    /// Puts the operating points of the model where the settings ask for them.
    pub(super) fn complete(&self, config: &mut Config) {
        if self.alone {
            config.scan.exhaustive = true;
            let classes = self.model.classes();
            let nothing = classes.iter().any(|class| class.kind != ClassKind::Lesion);
            // A classifier that knows lesions only takes every window for one of them.
            if config.scan.classes.is_empty() && !nothing {
                let suspicious = classes.iter().filter(|class| class.suspicious);
                config.scan.classes = suspicious.map(|class| class.name.clone()).collect();
            }
        }
        let asks = self.model.opinion_side().is_some() && config.opinion.looks > 0;
        let own = [
            (&mut config.scan.conf, if asks { config.opinion.ask } else { self.thresholds.conf }),
            (&mut config.scan.gate, self.thresholds.gate),
            (&mut config.opinion.suspicious, self.suspicious),
        ];
        for (setting, own) in own {
            if *setting == 0.0 {
                *setting = own;
            }
        }
    }

    /// Names of the classes, in the order of the scores.
    pub(super) fn class_names(&self) -> Vec<String> {
        self.model.classes().iter().map(|class| class.name.clone()).collect()
    }
}

fn stamp(network: &Network) -> ModelStamp {
    let card = network.card();
    ModelStamp { name: card.name.clone(), checksum: card.weights.sha256.clone(), opinion: None }
}

/// The network of a model folder.
pub(super) fn network(folder: &Path) -> Result<Network, ModelError> {
    match found(folder, &ForeignFlags::default())? {
        Found::Own(network) => Ok(*network),
        Found::Foreign(_) => Err(ModelError::Unusable(format!(
            "{}: an ONNX classifier; a folder that lesionscope train made is needed here",
            folder.display()
        ))),
    }
}

fn found(place: &Path, flags: &ForeignFlags) -> Result<Found, ModelError> {
    if is_onnx(place) {
        let (foreign, guesses) = foreign::load(place, flags)?;
        guesses.iter().for_each(|guess| note(guess));
        return Ok(Found::Foreign(foreign));
    }
    let file = place.join("model.toml");
    let text = files::text_of(&bounded(&file, LARGEST_CARD)?)
        .map_err(|what| ModelError::Unusable(format!("{}: not a model description: {what}", file.display())))?;
    if text.contains(card::SCHEMA) {
        let foreign = foreign::load_folder(place, &text)?;
        if foreign.exclusivity() == Exclusivity::Independent {
            note(&format!("{}: answers for each class by itself: scores need not sum to 1", place.display()));
        }
        return Ok(Found::Foreign(foreign));
    }
    let weights = read(&place.join("weights.safetensors"))?;
    Ok(Found::Own(Box::new(Network::from_parts(&text, &weights, &place.display().to_string())?)))
}

/// The bytes of a file of a model.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
    bounded(path, LARGEST_WEIGHTS)
}

/// The bytes of a file of a model, at most so many.
fn bounded(path: &Path, most: u64) -> Result<Vec<u8>, ModelError> {
    files::bytes(path, most).map_err(|error| {
        ModelError::Unusable(format!(
            "{} cannot be read: {error}; a model is an ONNX file, or a folder with model.toml and weights.safetensors",
            path.display()
        ))
    })
}

/// One line about a model, after it was loaded and has answered for one window.
pub(super) fn model_report(flags: &ModelFlags) -> anyhow::Result<String> {
    let mut classifier = Classifier::load(flags, &[])?;
    let side = classifier.model.input_side();
    classifier.model.classify(&[image::RgbImage::new(side, side)])?;
    let opinion = match classifier.model.opinion_side() {
        Some(side) => {
            classifier.model.opinions(&[image::RgbImage::new(side, side)])?;
            format!(" with {} for a second opinion", classifier.stamp.opinion.as_ref().map_or("", |stamp| &stamp.name))
        }
        None => String::new(),
    };
    let names = classifier.class_names();
    let said = format!("{}{opinion}, {} classes: {}", classifier.stamp.name, names.len(), names.join(", "));
    Ok(crate::printable(&said).into_owned())
}
