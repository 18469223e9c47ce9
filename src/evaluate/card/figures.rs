//! Figures with intervals.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::evaluate::closeups::ClassifiedCloseup;
use crate::evaluate::closeups::figures::{Confidence, Separation, calibration, calibration_error};
use crate::evaluate::closeups::report::confidence;
use crate::evaluate::curve::FrocCounts;
use crate::evaluate::photos::ScannedPhoto;
use crate::statistics::{Interval, RatioPart, bootstrap, ratio, ratio_interval};

/// A figure with its interval, and what it was measured on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CardFigure {
    /// The figure.
    pub value: f64,
    /// Its 95 % interval: bootstrap over clips, patients or series.
    pub interval: Option<Interval>,
    /// How many clips, photographs or close-ups it was measured on.
    pub count: usize,
    /// What one of these is called.
    pub unit: &'static str,
}

/// Whether a ratio is a share, or may be above 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RatioKind {
    /// `0..=1`.
    Share,
    /// 0 and above.
    Rate,
}

/// A ratio of sums over clips, each a group of its own; `None` where there is nothing to divide by.
pub(super) fn over_clips<T>(clips: &[T], kind: RatioKind, part: impl Fn(&T) -> (f64, f64)) -> Option<CardFigure> {
    let parts: Vec<RatioPart> = clips
        .iter()
        .enumerate()
        .map(|(group, clip)| {
            let (hits, of) = part(clip);
            RatioPart { group, hits, of }
        })
        .collect();
    Some(CardFigure {
        value: ratio(&parts)?,
        interval: ratio_interval(&parts, kind == RatioKind::Share),
        count: parts.iter().filter(|part| part.of > 0.0).count(),
        unit: "clip",
    })
}

/// Share of the photographs without any circle.
pub(super) fn without_circle(photos: &[ScannedPhoto]) -> Option<CardFigure> {
    let groups = numbered(photos.iter().map(|scanned| scanned.photo.group.as_str()));
    let parts: Vec<RatioPart> = photos
        .iter()
        .zip(groups)
        .map(|(scanned, group)| RatioPart { group, hits: f64::from(u8::from(scanned.circles.is_empty())), of: 1.0 })
        .collect();
    Some(CardFigure {
        value: ratio(&parts)?,
        interval: ratio_interval(&parts, true),
        count: photos.len(),
        unit: "photo",
    })
}

/// Highest recall of boxes of `min_box` px and more with no more than so many false circles a photograph.
pub(super) fn recall_at(photos: &[ScannedPhoto], min_box: f32, false_a_photo: f64) -> Option<CardFigure> {
    let groups = numbered(photos.iter().map(|scanned| scanned.photo.group.as_str()));
    let counted: Vec<(usize, FrocCounts)> =
        photos.iter().zip(groups).map(|(p, group)| (group, p.froc(min_box))).collect();
    let recall = |drawn: &[&(usize, FrocCounts)]| {
        let mut all = FrocCounts::default();
        drawn.iter().for_each(|(_, counts)| all.merge(counts));
        all.all().recall_at(false_a_photo)
    };
    Some(CardFigure {
        value: recall(&counted.iter().collect::<Vec<_>>())?,
        interval: bootstrap(&counted, |one| one.0, recall),
        count: photos.len(),
        unit: "photo",
    })
}

/// An area under the ROC curve.
pub(super) fn area(separation: Option<&Separation>) -> Option<CardFigure> {
    separation.map(|found| CardFigure {
        value: f64::from(found.auc),
        interval: Some(found.interval),
        count: found.positives + found.negatives,
        unit: "close-up",
    })
}

/// Expected calibration error of the highest score.
pub(super) fn calibration_gap(closeups: &[&ClassifiedCloseup]) -> Option<CardFigure> {
    let groups = numbered(closeups.iter().map(|closeup| closeup.group.as_str()));
    let answers: Vec<(usize, Confidence)> =
        closeups.iter().zip(groups).filter_map(|(closeup, group)| Some((group, confidence(closeup)?))).collect();
    let gap = |drawn: &[&(usize, Confidence)]| {
        let answers: Vec<Confidence> = drawn.iter().map(|one| one.1).collect();
        (!answers.is_empty()).then(|| f64::from(calibration_error(&calibration(&answers))))
    };
    Some(CardFigure {
        value: gap(&answers.iter().collect::<Vec<_>>())?,
        interval: bootstrap(&answers, |one| one.0, gap),
        count: answers.len(),
        unit: "close-up",
    })
}

/// Numbers for names, the same for the same name.
fn numbered<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Vec<usize> {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names.clone() {
        let next = numbers.len();
        numbers.entry(name).or_insert(next);
    }
    names.filter_map(|name| numbers.get(name).copied()).collect()
}
