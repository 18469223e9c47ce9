//! Asks for coarse answers and for the classifier's, from the cache where it has them.

use std::sync::Arc;

use crate::cache::{CacheSettings, Known, Present, Store};
use crate::detect::coarse::CoarseMemory;
use crate::detect::effort::Effort;
use crate::detect::jobs::{Answer, Evaluator, Job};
use crate::frame::Frame;
use crate::geometry::Square;
use crate::model::{Exclusivity, ModelError, Scores, finite};
use crate::pixels::pyramid::Pyramid;
use crate::scan::gate::{Candidate, Coarse};
use crate::scan::map::Look;
use crate::scan::plan::{Plan, Tile, WindowId};
use crate::scan::refine::{View, place};

/// Windows in a job for the classifier, at most: enough that weights are read once for many.
const CHUNK: usize = 12;
/// Windows in a job at least, where there are as many: one alone takes nearly twice as long, as the weights come from memory for it alone.
const FEWEST: usize = 4;
/// Jobs that few windows are spread over, so that no worker waits for another.
const SHARES: usize = 4;

/// Answers kept between frames.
#[derive(Default)]
pub(super) struct Memory {
    /// The present frame, and how the camera moved.
    pub(super) present: Present,
    pub(super) coarse: CoarseMemory,
    /// By level and view.
    pub(super) looks: Store<(usize, View), Scores>,
    /// What the second network was asked about, by track.
    pub(super) asked: Store<u64, ()>,
}

/// What the answers of one frame are asked from, and their count.
pub(super) struct Asking<'a> {
    pub(super) frame: &'a Arc<Frame>,
    pub(super) evaluator: &'a mut dyn Evaluator,
    pub(super) plan: &'a Plan,
    /// `None` when nothing may be reused.
    pub(super) memory: Option<&'a mut Memory>,
    pub(super) settings: &'a CacheSettings,
    /// The classes whose probabilities are the evidence.
    pub(super) searched: &'a Searched,
    /// Of the coarse level's due answers the oldest are computed first.
    pub(super) effort: Effort,
    pub(super) count: Count,
}

/// Windows asked for in a frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    /// Coarse windows computed.
    pub(super) coarse: u64,
    /// Classifier windows computed.
    pub(super) fine: u64,
    /// Classifier windows taken from the cache.
    pub(super) reused: u64,
    /// Whether anything was left out for want of effort.
    pub(super) cut: bool,
}

/// A window that the classifier is to look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// The planned window that it belongs to.
    window: WindowId,
    view: View,
    /// Where it is, if it must be looked at anew.
    square: Square,
    /// Where a known window must be near to stand for it, px.
    aim: (f32, f32),
}

impl Wanted {
    /// A window of the plan; `None` when there is none of this name.
    pub(super) fn planned(plan: &Plan, candidate: Candidate) -> Option<Wanted> {
        let square = plan.square(candidate.window)?;
        Some(Wanted { window: candidate.window, view: View::Planned, square, aim: candidate.centre })
    }

    /// A view of a window that was looked at; `None` where the border pushes it back onto the window.
    pub(super) fn view(plan: &Plan, (window, base): (WindowId, Square), view: View) -> Option<Wanted> {
        let square = place(plan, window.level, base, view)?;
        Some(Wanted { window, view, square, aim: square.centre() })
    }
}

impl Asking<'_> {
    /// The coarse answers of each level.
    pub(super) fn gate(&mut self) -> Result<Vec<Coarse>, ModelError> {
        let Some(memory) = self.memory.as_deref() else { return Ok(Vec::new()) };
        let mut map = memory.coarse.map(self.plan, &memory.present, self.settings);
        let (due, cut) = self.effort.tiles(self.plan, std::mem::take(&mut map.due));
        self.count.cut |= cut;
        let jobs = due.iter().filter_map(|tile| self.plan.tile_part(*tile));
        let jobs = jobs.map(|(part, level)| Job::Gate { part, level }).collect();
        let answers = run(self.evaluator, self.frame, jobs)?;
        for (tile, answer) in due.into_iter().zip(answers) {
            let values = gate_values(answer, tile)?;
            self.count.coarse += values.len() as u64;
            map.lay(self.plan, tile, &values);
            if let Some(memory) = self.memory.as_deref_mut() {
                memory.coarse.put(tile, values, (self.plan, &memory.present, self.settings));
            }
        }
        Ok(map.levels)
    }

    /// What the classifier says of some windows, each with the planned window that it belongs to.
    pub(super) fn classify(&mut self, wanted: Vec<Wanted>) -> Result<Vec<(WindowId, Look)>, ModelError> {
        let known: Vec<Option<Known<Scores>>> = wanted.iter().map(|wanted| self.known(wanted)).collect();
        let unknown = wanted.iter().zip(&known).filter(|(_, known)| known.is_none());
        let missing: Vec<Square> = unknown.map(|(wanted, _)| wanted.square).collect();
        self.count.fine += missing.len() as u64;
        self.count.reused += (wanted.len() - missing.len()) as u64;
        let mut fresh = self.fresh(&missing)?.into_iter();
        let mut out = Vec::with_capacity(wanted.len());
        for (wanted, known) in wanted.into_iter().zip(known) {
            let Known { square, value: scores, age } = match known {
                Some(known) => known,
                None => {
                    let scores = fresh.next().ok_or_else(|| wrong("fewer answers than windows"))?;
                    if let Some(memory) = self.memory.as_deref_mut() {
                        let kind = (wanted.window.level, wanted.view);
                        let limits = self.settings.limits();
                        memory.looks.put(kind, (wanted.square, scores.clone()), limits, &memory.present);
                    }
                    Known { square: wanted.square, value: scores, age: 0 }
                }
            };
            let evidence = self.searched.evidence(&scores);
            out.push((wanted.window, Look { square, scores, evidence, age }));
        }
        Ok(out)
    }

    /// Whether scores of a candidate's window, or of one near enough, are kept; they may not hold any more.
    pub(super) fn kept(&self, candidate: &Candidate) -> bool {
        let (Some(memory), Some(wanted)) = (self.memory.as_deref(), Wanted::planned(self.plan, *candidate)) else {
            return false;
        };
        memory.looks.keeps(&(wanted.window.level, wanted.view), (wanted.aim, self.reach(&wanted)))
    }

    /// How far from where it is wanted a known window may be, px.
    fn reach(&self, wanted: &Wanted) -> f32 {
        self.settings.reach * wanted.square.side
    }

    /// The cached scores of a window, or of one near enough, when they still hold.
    fn known(&mut self, wanted: &Wanted) -> Option<Known<Scores>> {
        let reach = self.reach(wanted);
        let memory = self.memory.as_deref_mut()?;
        memory.looks.get(&(wanted.window.level, wanted.view), (wanted.aim, reach), &memory.present, self.settings)
    }

    fn fresh(&mut self, squares: &[Square]) -> Result<Vec<Scores>, ModelError> {
        let chunk = squares.len().div_ceil(SHARES).clamp(FEWEST, CHUNK);
        scores(self.evaluator, self.frame, (squares, chunk), Job::Classify)
    }
}

impl Memory {
    /// Takes in the next frame and carries along what is known.
    /// Returns whether the camera's motion was found.
    pub(super) fn observe(&mut self, picture: Pyramid) -> bool {
        let found = self.present.observe(picture);
        self.looks.carry(&self.present);
        self.asked.carry(&self.present);
        found
    }
}

/// The classes that are searched for.
#[derive(Clone, Debug, Default)]
pub(super) struct Searched {
    /// Their indices.
    pub(super) classes: Vec<usize>,
    /// How their probabilities belong together.
    pub(super) exclusivity: Exclusivity,
}

impl Searched {
    /// The evidence, `0..=1`: how likely a window is of one of them. A class that the model did not answer for counts as 0.
    pub(super) fn evidence(&self, scores: &Scores) -> f32 {
        self.exclusivity.any(self.classes.iter().map(|index| scores.classes.get(*index).copied().unwrap_or(0.0)))
    }
}

/// The scores of some windows, asked for by jobs of at most `chunk` of them.
pub(super) fn scores(
    evaluator: &mut dyn Evaluator,
    frame: &Arc<Frame>,
    (squares, chunk): (&[Square], usize),
    job: fn(Vec<Square>) -> Job,
) -> Result<Vec<Scores>, ModelError> {
    let jobs = squares.chunks(chunk).map(|chunk| job(chunk.to_vec())).collect();
    let mut scores = Vec::with_capacity(squares.len());
    for (answer, chunk) in run(evaluator, frame, jobs)?.into_iter().zip(squares.chunks(chunk)) {
        match answer {
            Answer::Scores(some) if some.len() == chunk.len() => scores.extend(finite::scores(some)?),
            _ => return Err(wrong("not one answer a window")),
        }
    }
    Ok(scores)
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

fn gate_values(answer: Answer, tile: Tile) -> Result<Vec<f32>, ModelError> {
    match answer {
        Answer::Gate(values) if values.len() == tile.len() => finite::answer(&values).map(|()| values),
        Answer::Gate(values) => {
            Err(wrong(&format!("{} coarse answers for {}x{} windows", values.len(), tile.cols, tile.rows)))
        }
        Answer::Scores(_) => Err(wrong("window scores where coarse answers were asked for")),
    }
}

/// The error about a model that does not keep to what it promised.
pub(super) fn wrong(what: &str) -> ModelError {
    ModelError::Unusable(format!("the model does not keep to its geometry: {what}"))
}
