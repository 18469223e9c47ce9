//! What a run needs before it starts: the classifier, the source, the detector, what explains, the painter.

use crate::config::Config;
use crate::detect::{DetectSettings, Detector};
use crate::draw::{Scene, View, annotate};
use crate::explain::circle::CircleExplainer;
use crate::explain::{Explainer, Method, Shown};
use crate::model::{Class, Model};
use crate::pipeline::{Controls, Explaining, NamedSink, Painter, Parts};
use crate::source::camera::CameraSource;
use crate::source::open::{Kind, kind};
use crate::source::scene::SceneSource;
use crate::source::stills::StillsSource;
use crate::source::video::VideoSource;
use crate::source::{Source, SourceError, Stop};

use super::classifier::{Classifier, ModelFlags};
use super::exit::Usage;

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
    /// What explains the circles: only where [`Preparation::explained`] was asked for it.
    pub(super) explaining: Option<Explaining>,
    /// The methods that circles can be explained by, likewise.
    pub(super) methods: Vec<Method>,
}

impl Preparation {
    /// Loads the model, then opens the source that a word names.
    pub(super) fn new(config: Config, source: &str, model: &ModelFlags, stop: Stop) -> anyhow::Result<Preparation> {
        Preparation::with(config, model, stop, |config| open_source(source, config))
    }

    /// Loads the model, then opens the source with the settings in effect.
    pub(super) fn with(
        mut config: Config,
        model: &ModelFlags,
        stop: Stop,
        open: impl FnOnce(&Config) -> Result<Box<dyn Source>, SourceError>,
    ) -> anyhow::Result<Preparation> {
        let classifier = Classifier::load(model, &config.scan.classes)?;
        let unknown = config.scan.unknown_classes(classifier.model.classes());
        if !unknown.is_empty() {
            let known = classifier.class_names().join(", ");
            return Err(
                Usage(format!("the model has no lesion class {}; its classes: {known}", unknown.join(", "))).into()
            );
        }
        classifier.complete(&mut config);
        let source = open(&config)?;
        Ok(Preparation { config, classifier, source, stop, explaining: None, methods: Vec::new() })
    }

    /// Gets ready to explain circles, as the settings ask for it; `later`: also when the viewer may ask for it.
    pub(super) fn explained(mut self, later: bool) -> anyhow::Result<Preparation> {
        let Config { explain, scan, .. } = &self.config;
        let asked = explain.method.method();
        let Some(namer) = self.classifier.model.namer().filter(|_| later || asked.is_some()) else { return Ok(self) };
        let explainer = Explainer::of(namer)?;
        if let Some(refusal) = asked.and_then(|method| explainer.refusal(method)) {
            return Err(Usage(format!("--explain {refusal}, {}", Shown::WindowMap.name())).into());
        }
        self.methods = explainer.methods();
        let explainer = Box::new(CircleExplainer::new(explainer, scan.fill));
        self.explaining = Some(Explaining { explainer, every: explain.every });
        Ok(self)
    }

    /// The parts of the pipeline.
    pub(super) fn parts(self, sinks: Vec<NamedSink>, painter: Painter, live: bool) -> Parts {
        let config = self.config;
        let model = self.classifier.model;
        let controls = Controls::default();
        controls.set_method(config.explain.method.method());
        let detector = detector(&config, &*model);
        Parts {
            detector: Box::new(if live || self.source.info().live { detector.spread() } else { detector }),
            source: self.source,
            explaining: self.explaining,
            model,
            painter,
            sinks,
            settings: config.run,
            live,
            stop: self.stop,
            controls,
        }
    }
}

/// The detector for a model, which asks its second network when there is one.
pub(super) fn detector(config: &Config, model: &dyn Model) -> Detector {
    let detector = Detector::new(detect_settings(config), model.classes().to_vec(), model.gate_geometry())
        .with_exclusivity(model.exclusivity());
    if model.opinion_side().is_some() { detector.with_opinions() } else { detector }
}

/// Draws as configured, on every frame.
pub(super) fn painter(config: &Config, classes: Vec<Class>) -> Painter {
    let mut view = View { draw: config.draw.clone(), contour: config.explain.contour, help: false, notice: None };
    view.draw.heat |= config.explain.method == Shown::WindowMap;
    Box::new(move |frame, detection, recycled| {
        annotate(&Scene { frame, detection, classes: &classes, status: None }, &view, recycled)
    })
}

/// The settings of all that turns a frame into findings.
pub(super) fn detect_settings(config: &Config) -> DetectSettings {
    let Config { scan, cache, track, skin, opinion, .. } = config.clone();
    DetectSettings { scan, cache, track, skin, opinion }
}
