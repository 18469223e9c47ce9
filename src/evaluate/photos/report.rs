//! The outcome on photos: figures for JSON, and tables to print.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{LabelledPhoto, ScannedPhoto};
use crate::evaluate::curve::{Froc, FrocCounts};
use crate::evaluate::matching::{Verdict, match_frame};
use crate::statistics::{Interval, Trial, share_interval, wilson};

/// The figures of the whole evaluation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhotosReport {
    /// Name of the model.
    pub model: String,
    /// Longer side, px, from which a box counts in `boxes` and the curves.
    pub min_box: f32,
    /// Each folder, then, when there are several, all together.
    pub parts: Vec<PhotosPart>,
    /// Photos that were left out, each with its reason.
    pub skipped: Vec<String>,
}

/// The figures of some of the photos. Shares and their 95 % intervals are `0..=1`; without anything to count, `null`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhotosPart {
    /// Which.
    pub name: String,
    /// Photos judged.
    pub photos: usize,
    /// Of them, those that the detector would not judge: too small, too dark. They count as photos without circles.
    pub not_assessable: usize,
    /// Patients or series with a box.
    pub groups: usize,
    /// Boxes that count.
    pub boxes: BoxRecall,
    /// Boxes that are smaller.
    pub small_boxes: BoxRecall,
    /// Photos with a box of whatever size.
    pub with_boxes: FalseCircles,
    /// Photos without any box.
    pub free: LesionFree,
    /// Recall of the boxes that count against false circles a photo, on all photos, with and without boxes; all circles.
    pub froc: Froc,
    /// The same of the alarmed circles alone.
    pub froc_alarmed: Froc,
}

/// How boxes fared. Intervals: bootstrap over groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct BoxRecall {
    /// Boxes.
    pub boxes: usize,
    /// Of them, found by a circle.
    pub found: usize,
    /// Of them, found by an alarmed circle: one not marked as off the skin.
    pub alarmed: usize,
    /// Interval of the share that was found.
    pub interval: Option<Interval>,
    /// Interval of the share that an alarmed circle found.
    pub interval_alarmed: Option<Interval>,
}

/// False circles on photos with boxes. A lesion that nobody boxed counts as false here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct FalseCircles {
    /// Photos.
    pub photos: usize,
    /// Circles that find no box of whatever size.
    pub false_circles: usize,
    /// Of them, alarmed.
    pub false_alarmed: usize,
    /// Second circles on a box: not false.
    pub duplicates: usize,
}

/// Photos without lesions. Intervals: Wilson's, a photo a trial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct LesionFree {
    /// Photos.
    pub photos: usize,
    /// Of them, without any alarmed circle.
    pub without_alarm: usize,
    /// Of them, without any circle at all.
    pub without_circle: usize,
    /// Circles on them.
    pub circles: usize,
    /// Of them, alarmed.
    pub alarmed: usize,
    /// Interval of the share without alarm.
    pub interval_without_alarm: Option<Interval>,
    /// Interval of the share without circle.
    pub interval_without_circle: Option<Interval>,
}

impl PhotosReport {
    /// Judges the photos of folders by name. `min_box`: see the field.
    pub fn new(
        model: &str,
        min_box: f32,
        folders: &[(String, Vec<ScannedPhoto>)],
        skipped: Vec<String>,
    ) -> PhotosReport {
        let mut parts: Vec<PhotosPart> = folders.iter().map(|(name, photos)| part(name, &[photos], min_box)).collect();
        if parts.len() > 1 {
            let all: Vec<&[ScannedPhoto]> = folders.iter().map(|(_, photos)| photos.as_slice()).collect();
            parts.push(part("all", &all, min_box));
        }
        PhotosReport { model: model.to_owned(), min_box, parts, skipped }
    }
}

/// How a box of a photo of one group fared.
struct BoxTrial {
    group: usize,
    /// Found by any circle.
    found: bool,
    /// Found by an alarmed one.
    alarmed: bool,
}

/// The figures of the photos of some folders. Groups of different folders are different.
fn part(name: &str, folders: &[&[ScannedPhoto]], min_box: f32) -> PhotosPart {
    let photos =
        || folders.iter().enumerate().flat_map(|(folder, photos)| photos.iter().map(move |photo| (folder, photo)));
    let boxed = photos().filter(|(_, judged)| !judged.photo.boxes.is_empty());
    let groups: BTreeSet<(usize, &str)> = boxed.map(|(folder, judged)| (folder, judged.photo.group.as_str())).collect();
    let (mut large, mut small): (Vec<BoxTrial>, Vec<BoxTrial>) = Default::default();
    let (mut with_boxes, mut free, mut froc) = (FalseCircles::default(), LesionFree::default(), FrocCounts::default());
    for (folder, judged) in photos() {
        let group = groups.range(..(folder, judged.photo.group.as_str())).count();
        let (boxes_large, boxes_small) = trials(judged, group, min_box);
        large.extend(boxes_large);
        small.extend(boxes_small);
        froc.merge(&judged.froc(min_box));
        count(judged, &mut with_boxes, &mut free);
    }
    free.interval_without_alarm = wilson(free.without_alarm, free.photos);
    free.interval_without_circle = wilson(free.without_circle, free.photos);
    PhotosPart {
        name: name.to_owned(),
        photos: photos().count(),
        not_assessable: photos().filter(|(_, judged)| judged.not_assessable).count(),
        groups: groups.len(),
        boxes: found(&large),
        small_boxes: found(&small),
        with_boxes,
        free,
        froc: froc.all(),
        froc_alarmed: froc.alarmed(),
    }
}

fn found(trials: &[BoxTrial]) -> BoxRecall {
    let side = |pick: fn(&BoxTrial) -> bool| -> Vec<Trial> {
        trials.iter().map(|trial| Trial { group: trial.group, hit: pick(trial) }).collect()
    };
    let (any, alarmed) = (side(|trial| trial.found), side(|trial| trial.alarmed));
    let hits = |trials: &[Trial]| trials.iter().filter(|trial| trial.hit).count();
    BoxRecall {
        boxes: trials.len(),
        found: hits(&any),
        alarmed: hits(&alarmed),
        interval: share_interval(&any),
        interval_alarmed: share_interval(&alarmed),
    }
}

/// Whether each box of a photo counts as large, in the order of its lesions.
fn sizes(photo: &LabelledPhoto, min_box: f32) -> impl Iterator<Item = bool> {
    photo.boxes.iter().map(move |lesion_box| lesion_box.longer_side() >= min_box)
}

/// The boxes of a photo, large ones and small ones.
fn trials(judged: &ScannedPhoto, group: usize, min_box: f32) -> (Vec<BoxTrial>, Vec<BoxTrial>) {
    let (mut large, mut small) = (Vec::new(), Vec::new());
    for (lesion, is_large) in judged.photo.truth().lesions.iter().zip(sizes(&judged.photo, min_box)) {
        let finders = || judged.circles.iter().filter(|seen| seen.circle.finds(&lesion.circle()));
        let (found, alarmed) = (finders().next().is_some(), finders().any(|seen| seen.on_skin));
        let trial = BoxTrial { group, found, alarmed };
        if is_large { large.push(trial) } else { small.push(trial) }
    }
    (large, small)
}

/// Counts the circles of a photo.
fn count(judged: &ScannedPhoto, with_boxes: &mut FalseCircles, free: &mut LesionFree) {
    let (circles, truth) = (&judged.circles, judged.photo.truth());
    let verdicts = match_frame(&truth, circles).verdicts;
    let alarms = circles.iter().filter(|seen| seen.on_skin).count();
    if judged.photo.boxes.is_empty() {
        free.photos += 1;
        free.circles += circles.len();
        free.alarmed += alarms;
        free.without_circle += usize::from(circles.is_empty());
        free.without_alarm += usize::from(alarms == 0);
        return;
    }
    with_boxes.photos += 1;
    for (seen, verdict) in circles.iter().zip(&verdicts) {
        match verdict {
            Verdict::Found => {}
            Verdict::Duplicate => with_boxes.duplicates += 1,
            Verdict::False { .. } | Verdict::Flagged => {
                with_boxes.false_circles += 1;
                with_boxes.false_alarmed += usize::from(seen.on_skin);
            }
        }
    }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
