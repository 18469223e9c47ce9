//! A mining round: what a trained model circles in photographs that hold no lesion, as hard negatives for the next one.

use std::sync::Arc;

use image::RgbImage;
use rand::{Rng, RngExt};
use rayon::prelude::*;

use super::classes::{BACKGROUND, SKIN};
use super::error::TrainError;
use super::photo::TrainingPhoto;
use super::pool::PhotoPool;
use super::view::PhotoView;
use crate::data::Content;
use crate::detect::{Detect, DetectSettings, Detector, Serial};
use crate::frame::Frame;
use crate::geometry::{Circle, Point};
use crate::model::{Model, ModelError};
use crate::scan::OperatingPoint;

/// The model whose false circles are mined, and how it scans.
pub struct Miner {
    /// The model of the last round.
    pub model: Box<dyn Model>,
    /// How it scans.
    pub detect: DetectSettings,
    /// From when on it circles something.
    pub point: OperatingPoint,
}

/// Photographs that one fork of the model scans in a row.
const SHARE: usize = 8;

/// A place that the model circled although nothing is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FalseAlarm {
    /// Number of the photograph in the pool.
    pub photo: usize,
    /// What it circled, px of the photograph.
    pub circle: Circle,
    /// Side of the window that it fills, px.
    side: f32,
    /// Index of the class: background or skin, whichever there is more of.
    pub class: usize,
}

impl FalseAlarm {
    /// A view of about the window that alarmed.
    pub fn view(&self, rng: &mut dyn Rng) -> PhotoView {
        let reach = 0.08 * self.side;
        let mut off = || rng.random_range(-reach..=reach);
        let centre = Point { x: self.circle.x + off(), y: self.circle.y + off() };
        let side = self.side * 2f32.powf(rng.random_range(-0.2..0.2f32));
        PhotoView::random(centre, side, rng)
    }
}

/// Scans every lesion-free photograph of the pool as a still, on all threads of the current rayon pool. `seen` is called after each photograph.
pub fn false_alarms(pool: &PhotoPool, miner: &Miner, seen: &(dyn Fn() + Sync)) -> Result<Vec<FalseAlarm>, TrainError> {
    let Miner { model, detect, point } = miner;
    let photos: Vec<(usize, &TrainingPhoto, &Content)> = pool.lesion_free().collect();
    // One fork of the model and one detector for a share of the photographs.
    let shares: Vec<_> = photos
        .chunks(SHARE)
        .map(|photos| {
            let detector = Detector::new(detect.clone(), *point, &**model);
            (detector, Serial::new(model.fork()), photos)
        })
        .collect();
    let found: Result<Vec<Vec<FalseAlarm>>, ModelError> = shares
        .into_par_iter()
        .map(|(mut detector, mut evaluator, photos)| {
            let mut alarms = Vec::new();
            for &(number, photo, content) in photos {
                for circle in circles(photo.picture(), &mut detector, &mut evaluator)? {
                    let side = circle.r / detect.scan.radius_sides;
                    let class = class_of(photo, content, circle.centre(), side);
                    alarms.push(FalseAlarm { photo: number, circle, side, class });
                }
                seen();
            }
            Ok(alarms)
        })
        .collect();
    Ok(found?.concat())
}

fn circles(picture: &RgbImage, detector: &mut Detector, evaluator: &mut Serial) -> Result<Vec<Circle>, ModelError> {
    let frame = Arc::new(Frame::still(picture.clone()));
    let detection = detector.detect_still(&frame, evaluator)?;
    Ok(detection.circles.into_iter().map(|tracked| tracked.finding.circle).collect())
}

/// What a window of a lesion-free photograph shows most.
fn class_of(photo: &TrainingPhoto, content: &Content, centre: Point, side: f32) -> usize {
    let skin = match content {
        Content::Skin => true,
        Content::SkinScene => photo.coverage(centre, side) > 0.5,
        Content::Background | Content::Lesion(_) => false,
    };
    if skin { SKIN } else { BACKGROUND }
}
