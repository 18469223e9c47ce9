//! The classifier of a run: which folders it is loaded from, and what is written about it.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::config::Config;
use crate::model::bundled::{self, bundled};
use crate::model::card::Thresholds;
use crate::model::network::{LARGEST_WEIGHTS, Network};
use crate::model::paired::Paired;
use crate::model::{Model, ModelError};
use crate::sink::session::ModelStamp;

/// Which model is used.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct ModelFlags {
    /// Folder of a trained model; without it, the model built into the program.
    #[arg(long, value_name = "DIR")]
    pub(super) model: Option<PathBuf>,
    /// Folder of a larger model that is asked about what the first one found; "none": nobody is asked. Without it, the one
    /// built into the program when --model is not given either.
    #[arg(long, value_name = "DIR|none")]
    pub(super) opinion: Option<PathBuf>,
}

/// A classifier and what is written about it.
pub(super) struct Classifier {
    pub(super) model: Box<dyn Model>,
    pub(super) stamp: ModelStamp,
    thresholds: Thresholds,
    /// Operating point of the network that names the circles.
    suspicious: f32,
}

impl Classifier {
    /// Loads the model folders, or the models built into the program.
    pub(super) fn load(flags: &ModelFlags) -> Result<Classifier, ModelError> {
        let search = match &flags.model {
            Some(folder) => network(folder)?,
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
        Ok(Classifier { model, stamp, thresholds, suspicious })
    }

    /// Puts the operating points of the model where the settings ask for them.
    pub(super) fn complete(&self, config: &mut Config) {
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
    let read = |name: &str| {
        let path = folder.join(name);
        let unusable = |what: String| ModelError::Unusable(format!("{} {what}", path.display()));
        let cannot = |error| {
            unusable(format!("cannot be read: {error}; a model folder holds model.toml and weights.safetensors"))
        };
        let size = std::fs::metadata(&path).map_err(cannot)?.len();
        if size > LARGEST_WEIGHTS {
            return Err(unusable(format!("has {size} bytes; at most {LARGEST_WEIGHTS} are read")));
        }
        std::fs::read(&path).map_err(cannot)
    };
    let card = String::from_utf8_lossy(&read("model.toml")?).into_owned();
    Network::from_parts(&card, &read("weights.safetensors")?, &folder.display().to_string())
}

/// One line about a model, after it was loaded and has answered for one window.
pub(super) fn model_report(flags: &ModelFlags) -> anyhow::Result<String> {
    let mut classifier = Classifier::load(flags)?;
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
    Ok(format!("{}{opinion}, {} classes: {}", classifier.stamp.name, names.len(), names.join(", ")))
}
