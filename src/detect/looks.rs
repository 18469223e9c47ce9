//! Asks for coarse answers and for the classifier's, from the cache where it has them.

use std::sync::Arc;

use crate::cache::{Area, Changes, Store};
use crate::detect::jobs::{Answer, Evaluator, Job};
use crate::frame::Frame;
use crate::geometry::Square;
use crate::model::{ModelError, Scores};
use crate::scan::map::Look;
use crate::scan::plan::{Band, Plan};
use crate::scan::refine::{LookId, place};

/// Rows of a band of the coarse level: the pieces of it that are shared out and reused. Fewer rows reuse more of a
/// picture that changed in one place, and read more pixels twice.
const BAND_ROWS: u32 = 24;

/// Windows in a job for the classifier, at most: enough that weights are read once for many.
const CHUNK: usize = 12;
/// Jobs that few windows are spread over, so that no worker waits for another.
const SHARES: usize = 4;

/// Answers kept between frames.
#[derive(Default)]
pub(super) struct Memory {
    /// Where the picture changed.
    pub(super) changes: Changes,
    bands: Store<Band, Vec<f32>>,
    looks: Store<LookId, Scores>,
}

/// What the answers of one frame are asked from, and their count.
pub(super) struct Asking<'a> {
    pub(super) frame: &'a Arc<Frame>,
    pub(super) evaluator: &'a mut dyn Evaluator,
    pub(super) plan: &'a Plan,
    /// `None` when nothing may be reused.
    pub(super) memory: Option<&'a mut Memory>,
    /// Indices of the classes whose probabilities are the evidence.
    pub(super) searched: &'a [usize],
    /// Frames that coarse answers may be old where the picture moved.
    pub(super) coarse_age: u32,
    /// Coarse windows computed.
    pub(super) coarse: u64,
    /// Classifier windows computed.
    pub(super) fine: u64,
    /// Classifier windows taken from the cache.
    pub(super) reused: u64,
}

impl Asking<'_> {
    /// The coarse probabilities of each level, row by row.
    pub(super) fn gate(&mut self) -> Result<Vec<Vec<f32>>, ModelError> {
        let bands = self.plan.bands(BAND_ROWS);
        let mut answers: Vec<Option<Vec<f32>>> =
            bands.iter().enumerate().map(|(i, band)| self.known_band(i, band)).collect();
        let missing: Vec<usize> = (0..bands.len()).filter(|&i| answers.get(i).is_some_and(Option::is_none)).collect();
        let parts: Vec<_> = missing.iter().filter_map(|&i| Some((i, self.plan.band_part(*bands.get(i)?)?))).collect();
        let jobs = parts.iter().map(|(_, (part, level))| Job::Gate { part: *part, level: *level }).collect();
        let found = run(self.evaluator, self.frame, jobs)?;
        for ((index, (part, _)), answer) in parts.into_iter().zip(found) {
            let (Some(&band), Some(slot)) = (bands.get(index), answers.get_mut(index)) else { continue };
            let values = gate_values(answer, self.plan, band)?;
            self.coarse += values.len() as u64;
            if let Some(memory) = self.memory.as_deref_mut() {
                let scale =
                    self.plan.levels.get(band.level).map_or(1.0, |grid| grid.gate.scale_x.max(grid.gate.scale_y));
                let area = grown((part.0 as f32, part.1 as f32, part.2 as f32, part.3 as f32), scale as f32);
                memory.bands.put(band, area, values.clone(), &memory.changes);
            }
            *slot = Some(values);
        }
        let mut levels = vec![Vec::new(); self.plan.levels.len()];
        for (band, values) in bands.iter().zip(answers) {
            if let Some(level) = levels.get_mut(band.level) {
                level.extend(values.unwrap_or_default());
            }
        }
        Ok(levels)
    }

    /// The answers of a band of the coarse level from the cache: of an unchanged picture, or recent ones when it is not this
    /// band's turn.
    fn known_band(&self, index: usize, band: &Band) -> Option<Vec<f32>> {
        let Memory { changes, bands, .. } = self.memory.as_deref()?;
        let turn = (changes.now() + index as u64).is_multiple_of(u64::from(self.coarse_age) + 1);
        let recent = || if turn { None } else { bands.recent(band, self.coarse_age, changes) };
        bands.get(band, changes).map(|(values, _)| values).or_else(recent).cloned()
    }

    /// What the classifier says of some windows; those that are not in the plan, or that the border of the frame
    /// pushes back onto the planned window, are left out.
    pub(super) fn classify(&mut self, ids: Vec<LookId>) -> Result<Vec<(LookId, Look)>, ModelError> {
        let place = |id: LookId| place(self.plan, id).map(|square| (id, square));
        let placed: Vec<(LookId, Square)> = ids.into_iter().filter_map(place).collect();
        let known: Vec<Option<(Scores, u32)>> = placed.iter().map(|(id, _)| self.known(id)).collect();
        let unknown = placed.iter().zip(&known).filter(|(_, known)| known.is_none());
        let missing: Vec<Square> = unknown.map(|((_, square), _)| *square).collect();
        self.fine += missing.len() as u64;
        self.reused += (placed.len() - missing.len()) as u64;
        let mut fresh = self.fresh(&missing)?.into_iter();
        let mut out = Vec::with_capacity(placed.len());
        for ((id, square), known) in placed.into_iter().zip(known) {
            let (scores, age) = match known {
                Some(known) => known,
                None => (fresh.next().ok_or_else(|| wrong("fewer answers than windows"))?, 0),
            };
            if let (0, Some(memory)) = (age, self.memory.as_deref_mut()) {
                let area = grown((square.x, square.y, square.side, square.side), square.side / 48.0);
                memory.looks.put(id, area, scores.clone(), &memory.changes);
            }
            let evidence = evidence(self.searched, &scores);
            out.push((id, Look { square, scores, evidence, age }));
        }
        Ok(out)
    }

    /// The cached scores of a look and their age, when they are valid.
    fn known(&self, id: &LookId) -> Option<(Scores, u32)> {
        let memory = self.memory.as_deref()?;
        memory.looks.get(id, &memory.changes).map(|(scores, age)| (scores.clone(), age))
    }

    fn fresh(&mut self, squares: &[Square]) -> Result<Vec<Scores>, ModelError> {
        let chunk = squares.len().div_ceil(SHARES).clamp(1, CHUNK);
        let jobs = squares.chunks(chunk).map(|chunk| Job::Classify(chunk.to_vec())).collect();
        let mut scores = Vec::with_capacity(squares.len());
        for (answer, chunk) in run(self.evaluator, self.frame, jobs)?.into_iter().zip(squares.chunks(chunk)) {
            match answer {
                Answer::Scores(some) if some.len() == chunk.len() => scores.extend(some),
                _ => return Err(wrong("not one answer a window")),
            }
        }
        Ok(scores)
    }
}

impl Memory {
    /// Forgets what has expired.
    pub(super) fn sweep(&mut self) {
        self.bands.sweep(&self.changes);
        self.looks.sweep(&self.changes);
    }
}

/// Sum of the probabilities of the classes searched for; 0 when the model did not answer with numbers.
pub(super) fn evidence(searched: &[usize], scores: &Scores) -> f32 {
    let probability = |index: &usize| scores.classes.get(*index).copied().unwrap_or(0.0);
    let sum: f32 = searched.iter().map(probability).sum();
    if sum.is_finite() { sum.clamp(0.0, 1.0) } else { 0.0 }
}

/// One answer a job, in order.
pub(super) fn run(
    evaluator: &mut dyn Evaluator,
    frame: &Arc<Frame>,
    jobs: Vec<Job>,
) -> Result<Vec<Answer>, ModelError> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let count = jobs.len();
    let answers = evaluator.run(frame, jobs)?;
    if answers.len() == count { Ok(answers) } else { Err(wrong("not one answer a job")) }
}

fn gate_values(answer: Answer, plan: &Plan, band: Band) -> Result<Vec<f32>, ModelError> {
    let cols = plan.levels.get(band.level).map_or(0, |grid| u64::from(grid.gate.cols));
    match answer {
        Answer::Gate(values) if values.len() as u64 == cols * u64::from(band.rows) => Ok(values),
        Answer::Gate(values) => {
            Err(wrong(&format!("{} coarse answers for {cols}x{} windows", values.len(), band.rows)))
        }
        Answer::Scores(_) => Err(wrong("window scores where coarse answers were asked for")),
    }
}

/// The error about a model that does not keep to what it promised.
pub(super) fn wrong(what: &str) -> ModelError {
    ModelError::Unusable(format!("the model does not keep to its geometry: {what}"))
}

/// The area whose pixels an answer rests on: the resizing filter reads up to half an output pixel beyond the edges.
fn grown(area: Area, reach: f32) -> Area {
    let reach = 0.5 * reach + 0.5;
    (area.0 - reach, area.1 - reach, area.2 + 2.0 * reach, area.3 + 2.0 * reach)
}
