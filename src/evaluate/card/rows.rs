//! What the lines of a card are.

use super::figures::{CardFigure, RatioKind, area, calibration_gap, over_clips, recall_at, without_circle};
use super::material::SideMaterial;
use crate::evaluate::closeups::report::CloseupsReport;
use crate::evaluate::closeups::{ClassifiedCloseup, Task};
use crate::evaluate::report::ClipReport;
use crate::evaluate::tally::Recall;
use crate::evaluate::videos::VideoCounts;
use crate::model::Class;

/// The source of close-ups that were taken with smartphones: the only ones that are like a webcam's.
const SMARTPHONE: &str = "pad_ufes_20";

/// Boxes whose longer side is smaller do not count, px.
const MIN_BOX_PX: f32 = 16.0;

/// False circles a photograph at which recall is read.
const FALSE_A_PHOTO: f64 = 2.0;

/// A line, on one side.
pub(super) struct LineFigure {
    pub(super) name: &'static str,
    pub(super) figure: Option<CardFigure>,
}

/// The lines of one side: the same for every side.
pub(super) fn lines(material: &SideMaterial, classes: &[Class]) -> Vec<LineFigure> {
    let videos = |kind, part: fn(&VideoCounts) -> u64| {
        over_clips(&material.videos, kind, |clip| (part(clip) as f64, clip.frames as f64))
    };
    let share = |part: fn(&ClipReport) -> (u64, u64)| {
        over_clips(&material.clips, RatioKind::Share, |clip| {
            let (hits, of) = part(clip);
            (hits as f64, of as f64)
        })
    };
    let a_frame = |part: fn(&ClipReport) -> u64| {
        over_clips(&material.clips, RatioKind::Rate, |clip| (part(clip) as f64, clip.frames as f64))
    };
    let names = over_clips(&material.clips, RatioKind::Rate, |clip| (clip.trails.name_changes as f64, 1.0));
    let faces =
        over_clips(&material.faces, RatioKind::Share, |clip| (clip.lesions.found as f64, clip.lesions.lesions as f64));
    let known: Vec<&ClassifiedCloseup> = material.closeups.iter().filter(|closeup| closeup.truth.is_some()).collect();
    let lines = [
        ("clips without lesions: circles a frame on skin", videos(RatioKind::Rate, |clip| clip.on_skin)),
        ("clips without lesions: circles a frame off skin", videos(RatioKind::Rate, |clip| clip.off_skin)),
        ("clips: lesions found", share(|clip| found(&clip.lesions))),
        ("clips: lesions of contrast 5 and more found", share(|clip| found(&clip.high_contrast))),
        ("clips: lesions of radius 54 px and more found", share(|clip| found(&clip.large))),
        (
            "clips: suspicious lesions called suspicious",
            share(|clip| (clip.suspicious.called_suspicious, clip.suspicious.lesions)),
        ),
        (
            "clips: benign lesions found that are called suspicious",
            share(|clip| (clip.benign.called_suspicious, clip.benign.found)),
        ),
        ("clips: false circles a frame on skin", a_frame(|clip| clip.false_circles_on_skin)),
        ("clips: false circles a frame off skin", a_frame(|clip| clip.false_circles_off_skin)),
        ("clips: second circles on a lesion, a frame", a_frame(|clip| clip.second_circles)),
        ("clips: changes of name while in view, a clip", names),
        ("clips: IDF1", share(|clip| (2 * clip.trails.identified, clip.trails.lesions + clip.trails.circles))),
        ("faces and hands with lesions: found", faces),
        (
            "photos: boxes of 16 px found, at 2 false circles a photo",
            recall_at(&material.skin, MIN_BOX_PX, FALSE_A_PHOTO),
        ),
        ("photos of hands without any circle", without_circle(&material.hands)),
        ("photos at a webcam without any circle", without_circle(&material.webcam)),
        ("close-ups, smartphone: suspicious / benign, AUC", closeups(&known, classes, true, Task::Suspicious)),
        ("close-ups, dermoscopic: melanoma / nevus, AUC", closeups(&known, classes, false, Task::Melanoma)),
        ("close-ups: calibration error, pooled", calibration_gap(&known)),
    ];
    lines.into_iter().map(|(name, figure)| LineFigure { name, figure }).collect()
}

fn found(recall: &Recall) -> (u64, u64) {
    (recall.found, recall.lesions)
}

fn closeups(known: &[&ClassifiedCloseup], classes: &[Class], smartphone: bool, task: Task) -> Option<CardFigure> {
    let of = known.iter().filter(|closeup| (closeup.source == SMARTPHONE) == smartphone);
    let closeups: Vec<ClassifiedCloseup> = of.map(|closeup| (*closeup).clone()).collect();
    let report = CloseupsReport::new("", classes, &closeups, Vec::new());
    area(report.parts.first().and_then(|all| all.of(task)))
}
