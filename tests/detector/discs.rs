//! The stand-in for the network, drawn frames, and what the tests of the detector share.

use std::sync::Arc;
use std::time::Duration;

use image::{Rgb, RgbImage};
use lesionscope::detect::{DetectSettings, Detector, Evaluator, Job, JobAnswer, Serial, Worker};
use lesionscope::finding::Detection;
use lesionscope::frame::Frame;
use lesionscope::model::{Class, ClassKind, CoarseGeometry, Model, ModelError, Scores};
use lesionscope::scan::OperatingPoint;

/// Thresholds for the stand-in, whose answers are softer than the network's.
pub(crate) const POINT: OperatingPoint = OperatingPoint { conf: 0.5, coarse_conf: 0.3, suspicious: 0.0 };

/// The default settings, made to fit the stand-in.
pub(crate) fn settings() -> DetectSettings {
    let mut settings = DetectSettings::shipped().unwrap();
    (settings.scan.min_size_px, settings.scan.scale_factor) = (Some(36), 1.5);
    (settings.track.confirm_hits, settings.track.tentative_misses, settings.track.keep) = (3, 1, 0.7);
    (settings.skin.enter, settings.skin.leave) = (0.5, 0.35);
    settings
}

/// Says how much a square of pixels looks like a dark disc on light ground that fills 0.62 of it: by how much the
/// middle is darker than the rim.
pub(crate) struct Discs(Vec<Class>);

impl Discs {
    pub(crate) fn new() -> Discs {
        let class = |name: &str, kind| Class { name: name.into(), kind, suspicious: false };
        Discs(vec![
            class("skin", ClassKind::Skin),
            class("nevus", ClassKind::Lesion),
            class("melanoma", ClassKind::Lesion),
        ])
    }
}

/// Probability of a disc and lightness of the rim, of the square at `(left, top)`.
fn judge(image: &RgbImage, left: u32, top: u32, side: u32) -> (f32, f32) {
    let (mut inner, mut rim) = ((0.0_f32, 0.0_f32), (0.0_f32, 0.0_f32));
    for y in 0..side {
        for x in 0..side {
            let half = side as f32 / 2.0;
            let d = (x as f32 + 0.5 - half).hypot(y as f32 + 0.5 - half) / side as f32;
            let value = f32::from(image.get_pixel(left + x, top + y)[1]);
            let target = if d < 0.26 {
                &mut inner
            } else if d > 0.36 && d < 0.5 {
                &mut rim
            } else {
                continue;
            };
            *target = (target.0 + value, target.1 + 1.0);
        }
    }
    let (inner, rim) = (inner.0 / inner.1, rim.0 / rim.1);
    (1.0 / (1.0 + (-(rim - inner - 70.0) / 8.0).exp()), ((rim - 100.0) / 80.0).clamp(0.0, 1.0))
}

impl Model for Discs {
    fn classes(&self) -> &[Class] {
        &self.0
    }

    fn input_side(&self) -> u32 {
        32
    }

    fn coarse_geometry(&self) -> CoarseGeometry {
        CoarseGeometry { side: 24, stride: 8 }
    }

    fn coarse(&mut self, level: &RgbImage) -> Result<Vec<f32>, ModelError> {
        let (cols, rows) = ((level.width() - 24) / 8 + 1, (level.height() - 24) / 8 + 1);
        Ok((0..rows).flat_map(|row| (0..cols).map(move |col| judge(level, col * 8, row * 8, 24).0)).collect())
    }

    fn classify(&mut self, windows: &[RgbImage]) -> Result<Vec<Scores>, ModelError> {
        let answer = |window: &RgbImage| {
            let (p, context) = judge(window, 0, 0, 32);
            Scores { classes: vec![1.0 - p, 0.8 * p, 0.2 * p], context, familiar: 1.0 }
        };
        Ok(windows.iter().map(answer).collect())
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Discs::new())
    }
}

/// Discs with a second opinion: the same answers at another size, or "no lesion" whatever it sees.
pub(crate) struct OpinionatedModel {
    search: Discs,
    agrees: bool,
}

impl OpinionatedModel {
    pub(crate) fn worker(agrees: bool) -> Serial {
        Serial::new(Box::new(OpinionatedModel { search: Discs::new(), agrees }))
    }
}

impl Model for OpinionatedModel {
    fn classes(&self) -> &[Class] {
        self.search.classes()
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
        self.search.classify(windows)
    }

    fn opinion_side(&self) -> Option<u32> {
        Some(48)
    }

    fn opinions(&mut self, windows: &[RgbImage]) -> Result<Vec<Scores>, ModelError> {
        let answer = |window: &RgbImage| {
            assert_eq!(window.dimensions(), (48, 48));
            let p = if self.agrees { judge(window, 0, 0, 48).0 } else { 0.0 };
            // Another class than the search says.
            Scores { classes: vec![1.0 - p, 0.2 * p, 0.8 * p], context: 1.0, familiar: 1.0 }
        };
        Ok(windows.iter().map(answer).collect())
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(OpinionatedModel { search: Discs::new(), agrees: self.agrees })
    }
}

pub(crate) fn serial() -> Serial {
    Serial::new(Box::new(Discs::new()))
}

/// Runs jobs in another order on several workers, as a pool would.
pub(crate) struct ShuffledEvaluator(Vec<Worker>);

impl ShuffledEvaluator {
    pub(crate) fn new(workers: usize) -> ShuffledEvaluator {
        ShuffledEvaluator((0..workers).map(|_| Worker::new(Box::new(Discs::new()))).collect())
    }
}

impl Evaluator for ShuffledEvaluator {
    fn run(&mut self, frame: &Arc<Frame>, jobs: Vec<Job>) -> Result<Vec<JobAnswer>, ModelError> {
        let mut answers: Vec<Option<JobAnswer>> = vec![None; jobs.len()];
        let mut order: Vec<usize> = (0..jobs.len()).rev().collect();
        order.sort_by_key(|index| index * 7 % 5);
        let workers = self.0.len();
        for (turn, index) in order.into_iter().enumerate() {
            answers[index] = Some(self.0[turn % workers].answer(frame, &jobs[index])?);
        }
        Ok(answers.into_iter().flatten().collect())
    }
}

pub(crate) type Disc = (f32, f32, f32);

pub(crate) fn frame(index: u64, size: (u32, u32), discs: &[Disc]) -> Arc<Frame> {
    let pixels = RgbImage::from_fn(size.0, size.1, |x, y| {
        let nearest = |(cx, cy, r): &Disc| (x as f32 + 0.5 - cx).hypot(y as f32 + 0.5 - cy) - r;
        let edge = discs.iter().map(nearest).fold(f32::MAX, f32::min).clamp(-0.5, 0.5) + 0.5;
        let blend = |dark: f32, light: f32| (dark + edge * (light - dark)) as u8;
        Rgb([blend(90.0, 210.0), blend(50.0, 180.0), blend(40.0, 160.0)])
    });
    Arc::new(Frame { index, pts: Duration::from_millis(index * 33), pixels, file: None })
}

pub(crate) fn detector(settings: DetectSettings) -> Detector {
    Detector::new(settings, POINT, &Discs::new())
}

/// A detector that asks for second opinions.
pub(crate) fn opinionated(settings: DetectSettings) -> Detector {
    Detector::new(settings, POINT, &OpinionatedModel { search: Discs::new(), agrees: true })
}

/// Every disc has exactly one circle, of about its place and size, and there is no other.
pub(crate) fn assert_found(detection: &Detection, discs: &[Disc]) {
    let circles: Vec<_> = detection.circles.iter().map(|circle| circle.finding.circle).collect();
    assert_eq!(circles.len(), discs.len(), "{circles:?} for {discs:?}");
    for (x, y, r) in discs {
        let fits =
            |c: &&lesionscope::geometry::Circle| (c.x - x).hypot(c.y - y) < 0.5 * r && c.r / r < 2.0 && r / c.r < 2.0;
        assert_eq!(circles.iter().filter(fits).count(), 1, "{x} {y} {r} in {circles:?}");
    }
}
