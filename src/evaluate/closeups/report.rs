//! The outcome of an evaluation on close-ups: figures for JSON, a table to print, a CSV of all answers.

use crate::counted;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::figures::{CalibrationBin, Confidence, Decision, Separation, calibration, calibration_error, separation};
use super::{ClassifiedCloseup, Task};
use crate::evaluate::table::{aligned, figure};
use crate::model::{Class, ClassKind};

/// The figures of the whole evaluation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CloseupsReport {
    /// Name of the model.
    pub model: String,
    /// Names of its classes.
    pub classes: Vec<String>,
    /// All close-ups together, then each source, then each range of skin types that the data names.
    pub parts: Vec<CloseupsPart>,
    /// Rows: lesion class of the truth; columns: the model's lesion class with the highest score.
    pub confusion: BTreeMap<String, BTreeMap<String, usize>>,
    /// Confidence of the highest score against how often it was right, all close-ups.
    pub calibration: Vec<CalibrationBin>,
    /// Images whose class the model does not have; they stand in the predictions and count nowhere else.
    pub without_class: usize,
    /// Images that could not be read, each with its reason.
    pub skipped: Vec<String>,
    /// Which close-ups of the data were judged, and what they are to the model; empty when nobody said.
    pub judged_on: String,
    /// Sentences on what else of the data was left out.
    pub left_out: Vec<String>,
}

/// The figures of some of the close-ups. A figure without anything to count is `null`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CloseupsPart {
    /// Which.
    pub name: String,
    /// Close-ups.
    pub images: usize,
    /// Patients or lesions.
    pub groups: usize,
    /// Melanoma against nevus.
    pub melanoma: Option<Separation>,
    /// Suspicious against benign lesions.
    pub suspicious: Option<Separation>,
    /// Mean recall over the lesion classes, `0..=1`; the highest score among the lesion classes counts.
    pub balanced_accuracy: Option<f32>,
    /// Expected calibration error of the highest score, `0..=1`.
    pub calibration_error: Option<f32>,
}

/// Ranges of Fitzpatrick skin types that are judged apart.
const SKIN_TYPES: [(&str, std::ops::RangeInclusive<u8>); 3] =
    [("skin type I-II", 1..=2), ("skin type III-IV", 3..=4), ("skin type V-VI", 5..=6)];

impl CloseupsReport {
    /// Judges the answers of a model with these classes.
    pub fn new(model: &str, classes: &[Class], judged: &[ClassifiedCloseup], skipped: Vec<String>) -> CloseupsReport {
        let known: Vec<&ClassifiedCloseup> = judged.iter().filter(|closeup| closeup.truth.is_some()).collect();
        let mut parts = vec![part("all", &known, classes)];
        let sources: BTreeSet<&str> = known.iter().map(|closeup| closeup.source.as_str()).collect();
        for source in sources {
            let of: Vec<&ClassifiedCloseup> =
                known.iter().copied().filter(|closeup| closeup.source == source).collect();
            parts.push(part(source, &of, classes));
        }
        for (name, range) in SKIN_TYPES {
            let within = |closeup: &&ClassifiedCloseup| closeup.skin_type.is_some_and(|skin| range.contains(&skin));
            let of: Vec<&ClassifiedCloseup> = known.iter().copied().filter(within).collect();
            if !of.is_empty() {
                parts.push(part(name, &of, classes));
            }
        }
        let mut confusion: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for closeup in &known {
            let name =
                |class: Option<usize>| class.and_then(|class| classes.get(class)).map(|class| class.name.clone());
            if let (Some(truth), Some(called)) = (name(closeup.truth), name(called(closeup, classes))) {
                *confusion.entry(truth).or_default().entry(called).or_default() += 1;
            }
        }
        CloseupsReport {
            model: model.to_owned(),
            classes: classes.iter().map(|class| class.name.clone()).collect(),
            parts,
            confusion,
            calibration: calibration(&confidences(&known)),
            without_class: judged.len() - known.len(),
            skipped,
            judged_on: String::new(),
            left_out: Vec::new(),
        }
    }

    /// The report as text.
    pub fn table(&self) -> String {
        let heads = ["", "images", "groups", "melanoma / nevus", "AUC (95 %)", "suspicious / benign", "AUC (95 %)"];
        let more = ["sens. at 90 % spec.", "spec. at 90 % sens.", "balanced acc.", "calib. error"];
        let mut rows = vec![heads.into_iter().chain(more).map(str::to_owned).collect()];
        rows.extend(self.parts.iter().map(row));
        let mut text = aligned(&rows);
        text.push_str("\ntrue class (rows) and the lesion class called (columns)\n");
        text.push_str(&aligned(&self.confusion_rows()));
        text.push_str("\nsens., spec.: of suspicious against benign. Intervals: bootstrap over patients or lesions.\n");
        text.push_str("calib. error: mean gap between the highest score and how often it is right.\n");
        if self.without_class > 0 {
            let images = counted(self.without_class, "image");
            text.push_str(&format!("\nNot judged: {images} whose class the model does not have.\n"));
        }
        if !self.skipped.is_empty() {
            let images = counted(self.skipped.len(), "image");
            text.push_str(&format!("\nNot judged: {images} that could not be read.\n"));
        }
        if !self.judged_on.is_empty() {
            text.push_str(&format!("\nclose-ups: {}\n", self.judged_on));
        }
        self.left_out.iter().for_each(|sentence| text.push_str(&format!("{sentence}\n")));
        text
    }

    /// The confusion matrix with headings.
    pub(super) fn confusion_rows(&self) -> Vec<Vec<String>> {
        let called: BTreeSet<&String> = self.confusion.values().flat_map(BTreeMap::keys).collect();
        let mut rows = vec![std::iter::once(String::new()).chain(called.iter().map(|name| (*name).clone())).collect()];
        for (truth, counts) in &self.confusion {
            let cells = called.iter().map(|name| counts.get(*name).copied().unwrap_or(0).to_string());
            rows.push(std::iter::once(truth.clone()).chain(cells).collect());
        }
        rows
    }
}

/// All answers as CSV: path, true class (as the data names it), one column a class of the model.
pub fn predictions(judged: &[ClassifiedCloseup], classes: &[Class]) -> String {
    let mut text = String::from("path,class");
    for class in classes {
        text.push_str(&format!(",{}", cell(&class.name)));
    }
    for closeup in judged {
        text.push_str(&format!("\n{},{}", cell(&closeup.path.to_string_lossy()), cell(&closeup.class)));
        closeup.scores.iter().for_each(|score| text.push_str(&format!(",{score:.6}")));
    }
    text.push('\n');
    text
}

/// A cell of text. Spreadsheets take what begins like a formula for one; an apostrophe keeps it text.
fn cell(text: &str) -> String {
    let mark = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{mark}{}\"", text.replace('"', "\"\"")),
        false => format!("{mark}{text}"),
    }
}

fn part(name: &str, closeups: &[&ClassifiedCloseup], classes: &[Class]) -> CloseupsPart {
    let groups: BTreeSet<&str> = closeups.iter().map(|closeup| closeup.group.as_str()).collect();
    let number = |group: &str| groups.range(..group).count();
    let task = |task: Task| {
        let scored = closeups.iter().filter_map(|closeup| {
            let (score, group) = (task.score(closeup, classes), number(&closeup.group));
            task.side(closeup).map(|positive| Decision { score, positive, group })
        });
        separation(&scored.collect::<Vec<Decision>>())
    };
    CloseupsPart {
        name: name.to_owned(),
        images: closeups.len(),
        groups: groups.len(),
        melanoma: task(Task::Melanoma),
        suspicious: task(Task::Suspicious),
        balanced_accuracy: balanced_accuracy(closeups, classes),
        calibration_error: (!closeups.is_empty()).then(|| calibration_error(&calibration(&confidences(closeups)))),
    }
}

/// The lesion class with the highest score.
fn called(closeup: &ClassifiedCloseup, classes: &[Class]) -> Option<usize> {
    let lesions = closeup
        .scores
        .iter()
        .enumerate()
        .filter(|(i, _)| classes.get(*i).is_some_and(|class| class.kind == ClassKind::Lesion));
    lesions.max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0))).map(|(class, _)| class)
}

fn balanced_accuracy(closeups: &[&ClassifiedCloseup], classes: &[Class]) -> Option<f32> {
    let mut recalls: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for closeup in closeups {
        let Some(truth) = closeup.truth else { continue };
        let (right, all) = recalls.entry(truth).or_default();
        *right += usize::from(called(closeup, classes) == Some(truth));
        *all += 1;
    }
    let sum: f32 = recalls.values().map(|(right, all)| *right as f32 / (*all).max(1) as f32).sum();
    (!recalls.is_empty()).then(|| sum / recalls.len() as f32)
}

/// Highest score of a close-up, and whether it belongs to the true class.
pub fn confidence(closeup: &ClassifiedCloseup) -> Option<Confidence> {
    let best = closeup.scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    Some(Confidence { score: *best.1, right: Some(best.0) == closeup.truth })
}

fn confidences(closeups: &[&ClassifiedCloseup]) -> Vec<Confidence> {
    closeups.iter().filter_map(|closeup| confidence(closeup)).collect()
}

fn row(part: &CloseupsPart) -> Vec<String> {
    let mut row = vec![part.name.clone(), part.images.to_string(), part.groups.to_string()];
    for found in [&part.melanoma, &part.suspicious] {
        row.push(found.as_ref().map_or("-".to_owned(), |s| format!("{} / {}", s.positives, s.negatives)));
        row.push(
            found
                .as_ref()
                .map_or("-".to_owned(), |s| format!("{:.3} ({:.3}-{:.3})", s.auc, s.interval.low, s.interval.high)),
        );
    }
    let suspicious = part.suspicious.as_ref();
    let more = [
        suspicious.map(|s| s.sensitivity_at_90_specificity),
        suspicious.map(|s| s.specificity_at_90_sensitivity),
        part.balanced_accuracy,
        part.calibration_error,
    ];
    row.extend(more.map(|value| figure(value.map(f64::from), 3)));
    row
}

impl CloseupsPart {
    /// The figures of a task.
    pub fn of(&self, task: Task) -> Option<&Separation> {
        match task {
            Task::Melanoma => self.melanoma.as_ref(),
            Task::Suspicious => self.suspicious.as_ref(),
        }
    }

    /// The cells of its row in the table.
    pub(super) fn cells(&self) -> Vec<String> {
        row(self)
    }
}
