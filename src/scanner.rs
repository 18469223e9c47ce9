//! The front door for other programs: a model and settings in, circles out.

use std::sync::Arc;

use image::RgbImage;

use crate::classifier::{Classifier, ModelChoice};
use crate::detect::{Detect, DetectSettings, Detector, Serial};
use crate::explain::{Explainer, Map, Method, Question};
use crate::finding::TrackedCircle;
use crate::frame::Frame;
use crate::geometry::Square;
use crate::model::{Class, Model, ModelError};
use crate::pixels::resize::Cutter;
use crate::scan::OperatingPoint;

/// Why a scanner cannot be made or cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum ScannerError {
    /// The settings as shipped cannot be read.
    #[error("the settings as shipped cannot be read: {0}")]
    Settings(#[from] toml::de::Error),
    /// The settings search for classes that the model does not have.
    #[error("the model has no lesion class {}; its classes: {}", .unknown.join(", "), .known.join(", "))]
    UnknownClasses {
        /// Those that the model does not have.
        unknown: Vec<String>,
        /// Those that it has.
        known: Vec<String>,
    },
    /// The model names nothing that could be explained.
    #[error("this model names nothing that could be explained")]
    NothingToExplain,
    /// The model cannot be loaded, or failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A window could not be cut out of a picture.
    #[error("a window could not be cut out of the picture: {0}")]
    Cut(#[from] crate::pixels::resize::ResizeError),
}

/// What a class rests on: a map over a window.
#[derive(Clone, Debug)]
pub struct WindowMap {
    /// The window, px of the picture: the circle fills it as lesions fill the windows that the classifier was taught.
    pub square: Square,
    /// The map over it.
    pub map: Map,
}

/// Finds in pictures what a classifier takes for a lesion, on the calling thread.
///
/// ```
/// use lesionscope::scanner::Scanner;
///
/// let mut scanner = Scanner::bundled()?;
/// let picture = image::RgbImage::from_pixel(320, 240, image::Rgb([224, 172, 144]));
/// for circle in scanner.scan(&picture)? {
///     let lesion = &circle.finding;
///     println!("{} at {}, {}: {:.2}", scanner.class(&circle).name, lesion.circle.x, lesion.circle.y, lesion.evidence);
/// }
/// # Ok::<(), lesionscope::scanner::ScannerError>(())
/// ```
pub struct Scanner {
    classifier: Classifier,
    settings: DetectSettings,
    point: OperatingPoint,
    detector: Detector,
    evaluator: Option<Serial>,
    explainer: Option<Explainer>,
}

impl Scanner {
    /// A scanner with the models built into the program and the settings as shipped.
    ///
    /// # Errors
    /// Never in a program that passed its tests, which load what is built in.
    pub fn bundled() -> Result<Scanner, ScannerError> {
        Scanner::open(&ModelChoice::default(), DetectSettings::shipped()?)
    }

    /// Loads a model: the one built in, a folder, or an ONNX file.
    ///
    /// # Errors
    /// When the model cannot be used, or does not have a class that is searched for; the sentence says what would be right.
    pub fn open(choice: &ModelChoice, settings: DetectSettings) -> Result<Scanner, ScannerError> {
        Scanner::new(Classifier::load(choice, &settings.scan.classes)?, settings)
    }

    /// A scanner for a classifier that was loaded. Settings that are left to the model become those of the model.
    ///
    /// # Errors
    /// When the settings search for a class that the model does not have.
    pub fn new(classifier: Classifier, mut settings: DetectSettings) -> Result<Scanner, ScannerError> {
        let unknown = settings.scan.unknown_classes(classifier.model.classes());
        if !unknown.is_empty() {
            return Err(ScannerError::UnknownClasses { unknown, known: classifier.class_names() });
        }
        let point = classifier.complete(&mut settings);
        let detector = Detector::new(settings.clone(), point, &*classifier.model);
        Ok(Scanner { classifier, settings, point, detector, evaluator: None, explainer: None })
    }

    /// What a still picture shows: 8-bit sRGB, upright, of any size. Circles are px of the picture.
    ///
    /// # Errors
    /// When the model fails.
    pub fn scan(&mut self, picture: &RgbImage) -> Result<Vec<TrackedCircle>, ScannerError> {
        let frame = Arc::new(Frame::still(picture.clone()));
        let evaluator = self.evaluator.get_or_insert_with(|| Serial::new(self.classifier.model.fork()));
        Ok(self.detector.detect_still(&frame, evaluator)?.circles)
    }

    /// What the next frame of a film shows: circles keep the id of their track from frame to frame, and what is known of windows that show
    /// what they showed is not asked again.
    ///
    /// # Errors
    /// When the model fails.
    pub fn track(&mut self, frame: &Arc<Frame>) -> Result<Vec<TrackedCircle>, ScannerError> {
        let evaluator = self.evaluator.get_or_insert_with(|| Serial::new(self.classifier.model.fork()));
        Ok(self.detector.detect(frame, evaluator)?.circles)
    }

    /// Forgets the film: the next picture has nothing to do with the last.
    pub fn reset(&mut self) {
        self.detector.reset();
    }

    /// What the class of a circle rests on.
    ///
    /// # Errors
    /// When the model names nothing, or cannot be explained by this method; the sentence names those that it can be explained by.
    pub fn explain(
        &mut self,
        picture: &RgbImage,
        circle: &TrackedCircle,
        method: Method,
    ) -> Result<WindowMap, ScannerError> {
        let explainer = match self.explainer.take() {
            Some(explainer) => explainer,
            None => self.explainer()?,
        };
        let explainer = self.explainer.insert(explainer);
        let lesion = circle.finding.circle;
        let side = lesion.r / self.settings.scan.radius_sides;
        let square = Square::around(lesion.centre(), side, picture.dimensions().into());
        let window = Cutter::new().square(picture, square, explainer.input_side())?;
        let class = explainer.own_class(circle.class).unwrap_or(circle.class);
        let map = explainer.explain(Question { window: &window, class }, method)?;
        Ok(WindowMap { square, map: explainer.laid(&map, method) })
    }

    /// What explains the classifier that names the circles.
    ///
    /// # Errors
    /// When the model names nothing.
    pub fn explainer(&self) -> Result<Explainer, ScannerError> {
        Explainer::of(&*self.classifier.model)?.ok_or(ScannerError::NothingToExplain)
    }

    /// The classes of the model, in the order of the scores.
    pub fn classes(&self) -> &[Class] {
        self.classifier.model.classes()
    }

    /// The class that a circle of this scanner is called.
    pub fn class(&self, circle: &TrackedCircle) -> &Class {
        &self.classes()[circle.class]
    }

    /// The settings in effect.
    pub fn settings(&self) -> &DetectSettings {
        &self.settings
    }

    /// The thresholds in effect.
    pub fn operating_point(&self) -> OperatingPoint {
        self.point
    }

    /// The classifier.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// Detector and model, for a pipeline that has its windows looked at by several threads.
    pub fn into_parts(self) -> (Detector, Box<dyn Model>) {
        (self.detector, self.classifier.model)
    }
}
