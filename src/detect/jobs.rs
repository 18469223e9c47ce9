//! The work that a frame is cut into, and who does it.

use std::sync::Arc;

use image::RgbImage;

use crate::frame::Frame;
use crate::geometry::{Region, Size, Square};
use crate::model::skin_map::SkinMap;
use crate::model::{Model, ModelError, Scores};
use crate::pixels::resize::Cutter;

/// A piece of work for a classifier. Which pieces a frame is cut into depends on the frame and the settings alone,
/// never on the number of workers, so that findings are the same bit for bit for any number.
#[derive(Clone, Debug)]
pub enum Job {
    /// The coarse level over a part of the frame, resized to a level image.
    Coarse {
        /// The part of the frame.
        part: Region,
        /// Size of the level image.
        level: Size,
    },
    /// The classifier on windows of the frame.
    Classify(Vec<Square>),
    /// The second opinion on windows of the frame.
    Consult(Vec<Square>),
    /// The skin map of the whole frame.
    SkinMap,
}

/// The answer to a [`Job`] of the same kind.
#[derive(Clone, Debug)]
pub enum JobAnswer {
    /// Row-major coarse probabilities.
    Coarse(Vec<f32>),
    /// One score a window, in order.
    Scores(Vec<Scores>),
    /// The skin map in px of the frame, of a model that has one.
    SkinMap(Option<SkinMap>),
}

/// Runs jobs on a frame: serially here, over a worker pool in `pipeline`.
pub trait Evaluator {
    /// The answers, in the order of the jobs.
    ///
    /// # Errors
    /// When the model fails, or [`ModelError::Stopped`] when the run ends before all are answered.
    fn run(&mut self, frame: &Arc<Frame>, jobs: Vec<Job>) -> Result<Vec<JobAnswer>, ModelError>;
}

/// A classifier with the scratch memory to cut windows: what one worker owns.
pub struct Worker {
    model: Box<dyn Model>,
    cutter: Cutter,
}

impl Worker {
    /// A worker around its own instance of the model.
    pub fn new(model: Box<dyn Model>) -> Worker {
        Worker { model, cutter: Cutter::new() }
    }

    /// Cuts the windows of a job out of the frame and asks the model.
    ///
    /// # Errors
    /// When the model fails, or a window lies outside of the frame.
    pub fn answer(&mut self, frame: &Frame, job: &Job) -> Result<JobAnswer, ModelError> {
        match job {
            Job::Coarse { part, level } => {
                let image = self.cutter.cut(&frame.pixels, *part, *level)?;
                Ok(JobAnswer::Coarse(self.model.coarse(&image)?))
            }
            Job::Classify(squares) => {
                let windows = self.windows(frame, squares, self.model.input_side())?;
                Ok(JobAnswer::Scores(self.model.classify(&windows)?))
            }
            Job::Consult(squares) => {
                let Some(side) = self.model.opinion_side() else { return Ok(JobAnswer::Scores(Vec::new())) };
                let windows = self.windows(frame, squares, side)?;
                Ok(JobAnswer::Scores(self.model.opinions(&windows)?))
            }
            Job::SkinMap => {
                let Some(size) = self.model.skin_map_size(frame.size()) else { return Ok(JobAnswer::SkinMap(None)) };
                let map = self.model.skin_map(&self.cutter.whole(&frame.pixels, size)?)?;
                Ok(JobAnswer::SkinMap(map.map(|map| map.over(frame.size()))))
            }
        }
    }

    fn windows(&mut self, frame: &Frame, squares: &[Square], side: u32) -> Result<Vec<RgbImage>, ModelError> {
        squares.iter().map(|square| Ok(self.cutter.square(&frame.pixels, *square, side)?)).collect()
    }
}

/// The evaluator of one thread.
pub struct Serial(Worker);

impl Serial {
    /// An evaluator around its own instance of the model.
    pub fn new(model: Box<dyn Model>) -> Serial {
        Serial(Worker::new(model))
    }
}

impl Evaluator for Serial {
    fn run(&mut self, frame: &Arc<Frame>, jobs: Vec<Job>) -> Result<Vec<JobAnswer>, ModelError> {
        jobs.iter().map(|job| self.0.answer(frame, job)).collect()
    }
}
