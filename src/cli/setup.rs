//! What a run needs before it starts: the classifier, the source, the detector, what explains, the painter.

use crate::config::Config;
use crate::detect::DetectSettings;
use crate::draw::{Scene, View, annotate};
use crate::explain::circle::CircleExplainer;
use crate::explain::{MapChoice, Method};
use crate::geometry::Size;
use crate::model::Class;
use crate::pipeline::{Controls, ExplainSchedule, NamedSink, Painter, Parts};
use crate::source::camera::CameraSource;
use crate::source::video::VideoSource;
use crate::source::{SceneSource, Source, SourceError, SourceKind, StillsSource, Stop};

use crate::cli::exit::Usage;
use crate::cli::models::flags::ModelFlags;
use crate::scanner::{Scanner, ScannerError};

/// Opens what `--source` names.
pub(super) fn open_source(word: &str, config: &Config) -> Result<Box<dyn Source>, SourceError> {
    Ok(match SourceKind::of(word)? {
        SourceKind::Camera(index) => Box::new(CameraSource::open(index, &config.camera)?),
        SourceKind::Scene(seed) => Box::new(SceneSource::open(seed, config.scene.clone())?),
        SourceKind::Stills(word) => Box::new(StillsSource::open(&word)?),
        SourceKind::Video(word) => Box::new(VideoSource::open(&word, &config.video)?),
    })
}

/// The parts of a run, ready to start.
pub(super) struct Preparation {
    pub(super) config: Config,
    pub(super) scanner: Scanner,
    pub(super) source: Box<dyn Source>,
    pub(super) stop: Stop,
    /// What explains the circles: only where [`Preparation::explained`] was asked for it.
    pub(super) explaining: Option<ExplainSchedule>,
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
        let classifier = model.load(&config.scan.classes)?;
        let scanner = Scanner::new(classifier, detect_settings(&config))?;
        (config.scan, config.opinion) = (scanner.settings().scan.clone(), scanner.settings().opinion.clone());
        let looked_at = scanner.classifier().model.skin_map_size(Size::square(64));
        if config.output.blur_faces && looked_at.is_none() {
            let said = "--blur-faces needs the skin map, which says where faces are: leave --skin none out";
            return Err(Usage(said.to_owned()).into());
        }
        let source = open(&config)?;
        Ok(Preparation { config, scanner, source, stop, explaining: None, methods: Vec::new() })
    }

    /// Gets ready to explain circles, as the settings ask for it; `later`: also when the viewer may ask for it.
    pub(super) fn explained(mut self, later: bool) -> anyhow::Result<Preparation> {
        let Config { explain, scan, .. } = &self.config;
        let asked = explain.method.method();
        let explainer = match self.scanner.explainer() {
            Err(ScannerError::NothingToExplain) => return Ok(self),
            _ if !later && asked.is_none() => return Ok(self),
            explainer => explainer?,
        };
        if let Some(refusal) = asked.and_then(|method| explainer.refusal(method)) {
            return Err(Usage(format!("--explain {refusal}, {}", MapChoice::WindowMap.name())).into());
        }
        self.methods = explainer.methods();
        let explainer = Box::new(CircleExplainer::new(explainer, scan.radius_sides));
        self.explaining = Some(ExplainSchedule { explainer, every_frames: explain.every_frames });
        Ok(self)
    }

    /// The parts of the pipeline.
    pub(super) fn parts(self, sinks: Vec<NamedSink>, painter: Painter, live: bool) -> Parts {
        let config = self.config;
        let controls = Controls::default();
        controls.set_method(config.explain.method.method());
        let (detector, model) = self.scanner.into_parts();
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

/// Draws as configured, on every frame.
pub(super) fn painter(config: &Config, classes: Vec<Class>) -> Painter {
    let mut view = View { draw: config.draw.clone(), contour: config.explain.contour, help: false, notice: None };
    view.draw.heat |= config.explain.method == MapChoice::WindowMap;
    Box::new(move |frame, detection, recycled| {
        annotate(&Scene { frame, detection, classes: &classes, status: None }, &view, recycled)
    })
}

/// The settings of all that turns a frame into findings.
pub(super) fn detect_settings(config: &Config) -> DetectSettings {
    let Config { scan, cache, track, place, skin, opinion, quality, coach, .. } = config.clone();
    let cover_faces = config.output.blur_faces;
    DetectSettings { scan, cache, track, place, skin, opinion, quality, coach, cover_faces }
}
