//! The classifier on close-ups: one lesion a picture, its class known.

pub mod calibrate;
pub mod figures;
mod html;
pub mod look;
pub mod networks;
pub mod report;

use std::path::PathBuf;

use image::RgbImage;
use rayon::prelude::*;

use self::look::{LookSettings, answers, asked_side, windows};
use crate::data::Row;
use crate::model::classes::{index_of, merged, suspicious};
use crate::model::{Class, Model, ModelError};

/// A close-up with what the classifier said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassifiedCloseup {
    /// The image file.
    pub path: PathBuf,
    /// The class as the data names it; empty when it does not say.
    pub class: String,
    /// Index of the model's class that it belongs to, when there is one.
    pub truth: Option<usize>,
    /// Patient or lesion.
    pub group: String,
    /// Clinic, camera or collection.
    pub source: String,
    /// Fitzpatrick skin type, `1..=6`, when the data says.
    pub skin_type: Option<u8>,
    /// One probability a class of the model.
    pub scores: Vec<f32>,
}

impl ClassifiedCloseup {
    /// A row of the data with its scores. A class of the data belongs to the model's class that means the same lesion.
    pub fn new(row: &Row, classes: &[Class], scores: Vec<f32>) -> ClassifiedCloseup {
        ClassifiedCloseup {
            path: row.path.clone(),
            class: row.class.clone(),
            truth: index_of(classes, &row.class),
            group: format!("{}/{}", row.source, row.group),
            source: row.source.clone(),
            skin_type: row.skin_type,
            scores,
        }
    }
}

/// The comparisons that the figures are about: who are the positives, who the negatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Melanoma against nevus.
    Melanoma,
    /// Melanoma, basal and squamous cell carcinoma and actinic keratosis against all benign lesions.
    Suspicious,
}

impl Task {
    /// Both.
    pub const ALL: [Task; 2] = [Task::Melanoma, Task::Suspicious];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Task::Melanoma => "melanoma / nevus",
            Task::Suspicious => "suspicious / benign",
        }
    }

    /// Whether a close-up is a positive; `None` when it takes no part.
    fn side(self, closeup: &ClassifiedCloseup) -> Option<bool> {
        let class = merged(&closeup.class)?;
        match self {
            Task::Melanoma if class == "melanoma" => Some(true),
            Task::Melanoma => (class == "nevus").then_some(false),
            Task::Suspicious => Some(suspicious(class)),
        }
    }

    /// The model's score for being a positive: the sum of the probabilities of the classes that are.
    fn score(self, closeup: &ClassifiedCloseup, classes: &[Class]) -> f32 {
        let counts = |class: &Class| match self {
            Task::Melanoma => merged(&class.name) == Some("melanoma"),
            Task::Suspicious => class.suspicious,
        };
        closeup.scores.iter().zip(classes).filter(|(_, class)| counts(class)).map(|(score, _)| score).sum()
    }
}

/// Close-ups that one fork of the model looks at in a row.
const SHARE: usize = 16;

/// What the model says of every row, in order, on all threads of the current rayon pool, and why some could not be read.
/// `seen` is called after each.
///
/// # Errors
/// When the model fails or answers with what is no number.
pub fn judge(
    rows: &[Row],
    model: &dyn Model,
    looking: LookSettings,
    seen: &(dyn Fn() + Sync),
) -> Result<(Vec<ClassifiedCloseup>, Vec<String>), ModelError> {
    let shares: Vec<(Box<dyn Model>, &[Row])> = rows.chunks(SHARE).map(|rows| (model.fork(), rows)).collect();
    let looked = shares.into_par_iter().flat_map_iter(|(mut model, rows)| {
        rows.iter().map(move |row| {
            let windows = windows(&row.path, asked_side(&*model), looking);
            let judge = |windows: Vec<RgbImage>| -> Result<ClassifiedCloseup, ModelError> {
                let answers = answers(&windows, &mut *model)?;
                Ok(ClassifiedCloseup::new(row, model.classes(), mean(&answers)))
            };
            let judged = windows.map(judge);
            seen();
            judged
        })
    });
    let (mut judged, mut skipped) = (Vec::new(), Vec::new());
    for outcome in looked.collect::<Vec<_>>() {
        match outcome {
            Ok(closeup) => judged.push(closeup?),
            Err(why) => skipped.push(why),
        }
    }
    Ok((judged, skipped))
}

/// The mean of rows of scores, class by class.
fn mean(rows: &[Vec<f32>]) -> Vec<f32> {
    let count = rows.len().max(1) as f32;
    let classes = rows.first().map_or(0, Vec::len);
    (0..classes).map(|class| rows.iter().filter_map(|scores| scores.get(class)).sum::<f32>() / count).collect()
}
