//! What a run needs before it starts: the model, the source, the detector, the painter.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::detect::{DetectSettings, Detector};
use crate::draw::{Scene, View, annotate};
use crate::model::bundled::bundled;
use crate::model::card::Thresholds;
use crate::model::network::{LARGEST_WEIGHTS, Network};
use crate::model::{Class, Model, ModelError};
use crate::pipeline::{Controls, NamedSink, Painter, Parts};
use crate::scan::ScanSettings;
use crate::sink::session::ModelStamp;
use crate::source::camera::CameraSource;
use crate::source::open::{Kind, kind};
use crate::source::scene::SceneSource;
use crate::source::stills::StillsSource;
use crate::source::video::VideoSource;
use crate::source::{Source, SourceError, Stop};

use super::exit::Usage;

/// A classifier and what is written about it.
pub(super) struct Classifier {
    pub(super) model: Box<dyn Model>,
    pub(super) stamp: ModelStamp,
    thresholds: Thresholds,
}

impl Classifier {
    /// Loads a model folder, or the model built into the program.
    pub(super) fn load(folder: Option<&Path>) -> Result<Classifier, ModelError> {
        let Some(folder) = folder else { return Ok(Classifier::of(bundled()?)) };
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
        let network = Network::from_parts(&card, &read("weights.safetensors")?, &folder.display().to_string())?;
        Ok(Classifier::of(network))
    }

    fn of(network: Network) -> Classifier {
        let card = network.card();
        let stamp = ModelStamp { name: card.name.clone(), checksum: card.weights.sha256.clone() };
        Classifier { thresholds: card.thresholds, stamp, model: Box::new(network) }
    }

    /// Puts the operating points of the model where the settings ask for them.
    pub(super) fn complete(&self, scan: &mut ScanSettings) {
        for (setting, own) in [(&mut scan.conf, self.thresholds.conf), (&mut scan.gate, self.thresholds.gate)] {
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

/// One line about a model, after it was loaded and has answered for one window.
pub(super) fn model_report(folder: Option<&Path>) -> anyhow::Result<String> {
    let mut classifier = Classifier::load(folder)?;
    let side = classifier.model.input_side();
    classifier.model.classify(&[image::RgbImage::new(side, side)])?;
    Ok(format!(
        "{}, {} classes: {}",
        classifier.stamp.name,
        classifier.class_names().len(),
        classifier.class_names().join(", ")
    ))
}

/// Opens what `--source` names.
pub(super) fn open_source(word: &str, config: &Config) -> Result<Box<dyn Source>, SourceError> {
    Ok(match kind(word)? {
        Kind::Camera(index) => Box::new(CameraSource::open(index, &config.camera)?),
        Kind::Scene(seed) => Box::new(SceneSource::open(seed, config.scene.clone())?),
        Kind::Stills(word) => Box::new(StillsSource::open(&word)?),
        Kind::Video(word) => Box::new(VideoSource::open(&word, &config.video)?),
    })
}

/// The parts of a run, ready to start. `shown`: whether anything is drawn on the copy for the sinks at this moment.
pub(super) struct Preparation {
    pub(super) config: Config,
    pub(super) classifier: Classifier,
    pub(super) source: Box<dyn Source>,
    pub(super) stop: Stop,
}

impl Preparation {
    /// Loads the model, then opens the source.
    pub(super) fn new(
        mut config: Config,
        source: &str,
        model: Option<&PathBuf>,
        stop: Stop,
    ) -> anyhow::Result<Preparation> {
        let classifier = Classifier::load(model.map(PathBuf::as_path))?;
        let unknown = config.scan.unknown_classes(classifier.model.classes());
        if !unknown.is_empty() {
            let known = classifier.class_names().join(", ");
            return Err(
                Usage(format!("the model has no lesion class {}; its classes: {known}", unknown.join(", "))).into()
            );
        }
        classifier.complete(&mut config.scan);
        let source = open_source(source, &config)?;
        Ok(Preparation { config, classifier, source, stop })
    }

    /// The parts of the pipeline.
    pub(super) fn parts(self, sinks: Vec<NamedSink>, painter: Painter, live: bool) -> Parts {
        let config = self.config;
        let settings =
            DetectSettings { scan: config.scan, cache: config.cache, track: config.track, skin: config.skin };
        let model = self.classifier.model;
        let detector = Detector::new(settings, model.classes().to_vec(), model.gate_geometry());
        Parts {
            source: self.source,
            detector: Box::new(detector),
            model,
            painter,
            sinks,
            settings: config.run,
            live,
            stop: self.stop,
            controls: Controls::default(),
        }
    }
}

/// Draws as configured, on every frame.
pub(super) fn painter(config: &Config, classes: Vec<Class>) -> Painter {
    let view = View { draw: config.draw.clone(), help: false, notice: None };
    Box::new(move |frame, detection, recycled| {
        annotate(&Scene { frame, detection, classes: &classes, status: None }, &view, recycled)
    })
}
