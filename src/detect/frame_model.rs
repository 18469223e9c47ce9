//! The model as the steps of a frame ask it: cut into jobs, and with answers that are what was asked for.

use std::sync::Arc;

use super::jobs::{Evaluator, Job, JobAnswer};
use crate::frame::Frame;
use crate::geometry::Square;
use crate::model::skin_map::SkinMap;
use crate::model::{ModelError, Scores, finite};
use crate::scan::plan::{CoarseTile, Plan, TilePart};

/// Windows in a job for the classifier, at most: enough that weights are read once for many.
const MOST: usize = 12;
/// Windows in a job at least, where there are as many: one alone takes nearly twice as long, as the weights come from memory for it alone.
const FEWEST: usize = 4;
/// Windows in a job for the second network, at most: those of a still are many.
const MOST_OPINIONS: usize = 4;
/// Jobs that few windows are spread over, so that no worker waits for another.
const SHARES: usize = 4;

/// The workers, asked about one frame.
pub(super) struct FrameModel<'a> {
    pub(super) frame: &'a Arc<Frame>,
    pub(super) evaluator: &'a mut dyn Evaluator,
}

impl FrameModel<'_> {
    /// Coarse probabilities of some tiles of the plan, those of a tile row by row.
    pub(super) fn coarse(&mut self, plan: &Plan, tiles: &[CoarseTile]) -> Result<Vec<Vec<f32>>, ModelError> {
        let job = |tile: &CoarseTile| {
            let TilePart { part, level } = plan.tile_part(*tile);
            Job::Coarse { part, level }
        };
        let answers = self.run(tiles.iter().map(job).collect())?;
        answers.into_iter().zip(tiles).map(|(answer, tile)| coarse_values(answer, *tile)).collect()
    }

    /// What the classifier says of some windows.
    pub(super) fn classify(&mut self, squares: &[Square]) -> Result<Vec<Scores>, ModelError> {
        let chunk = squares.len().div_ceil(SHARES).clamp(FEWEST, MOST);
        self.scores(squares, chunk, Job::Classify)
    }

    /// What the second network says of some windows.
    pub(super) fn consult(&mut self, squares: &[Square]) -> Result<Vec<Scores>, ModelError> {
        let chunk = squares.len().div_ceil(SHARES).clamp(1, MOST_OPINIONS);
        self.scores(squares, chunk, Job::Consult)
    }

    /// The skin map of the frame, of a model that has one.
    pub(super) fn skin_map(&mut self) -> Result<SkinMap, ModelError> {
        match self.run(vec![Job::SkinMap])?.pop() {
            Some(JobAnswer::SkinMap(Some(map))) => Ok(map),
            _ => Err(wrong("no skin map")),
        }
    }

    /// The scores of some windows, asked for by jobs of at most `chunk` of them.
    fn scores(
        &mut self,
        squares: &[Square],
        chunk: usize,
        job: fn(Vec<Square>) -> Job,
    ) -> Result<Vec<Scores>, ModelError> {
        let answers = self.run(squares.chunks(chunk).map(|chunk| job(chunk.to_vec())).collect())?;
        let mut scores = Vec::with_capacity(squares.len());
        for (answer, chunk) in answers.into_iter().zip(squares.chunks(chunk)) {
            match answer {
                JobAnswer::Scores(some) if some.len() == chunk.len() => scores.extend(finite::scores(some)?),
                _ => return Err(wrong("not one answer a window")),
            }
        }
        Ok(scores)
    }

    /// One answer a job, in order.
    fn run(&mut self, jobs: Vec<Job>) -> Result<Vec<JobAnswer>, ModelError> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let count = jobs.len();
        let answers = self.evaluator.run(self.frame, jobs)?;
        if answers.len() == count { Ok(answers) } else { Err(wrong("not one answer a job")) }
    }
}

fn coarse_values(answer: JobAnswer, tile: CoarseTile) -> Result<Vec<f32>, ModelError> {
    match answer {
        JobAnswer::Coarse(values) if values.len() == tile.windows() => finite::answer(&values).map(|()| values),
        JobAnswer::Coarse(values) => {
            Err(wrong(&format!("{} coarse answers for {}x{} windows", values.len(), tile.cols, tile.rows)))
        }
        _ => Err(wrong("no coarse answers where they were asked for")),
    }
}

/// The error about a model that does not keep to what it promised.
fn wrong(what: &str) -> ModelError {
    ModelError::WrongGeometry(what.to_owned())
}
