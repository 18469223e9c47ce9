//! The worker pool: windows of one frame, not frames, are spread over the workers, so latency is one frame and the answers
//! are the same for any number of workers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::Scope;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::stage::{PipelineError, StageHandle, StageResult, alone, panic_message, spawn};
use crate::detect::{Evaluator, Job, JobAnswer, Worker};
use crate::frame::Frame;
use crate::model::{Model, ModelError};
use crate::source::Stop;

/// A job on its way to a worker.
struct Ticket {
    /// Index of the job in its batch.
    index: usize,
    frame: Arc<Frame>,
    job: Job,
}

/// A job's answer on its way back.
struct TicketAnswer {
    /// Index of the job in its batch.
    index: usize,
    answer: Result<JobAnswer, ModelError>,
}

/// An [`Evaluator`] over worker threads. Dropping it ends them.
pub(super) struct Pool {
    tickets: Sender<Ticket>,
    answers: Receiver<TicketAnswer>,
    /// Tickets given out and not yet answered, at most. Both channels hold as many, so no worker ever waits to answer
    /// while the detect thread waits to ask.
    limit: usize,
    stop: Stop,
    /// When it was first seen that the run is to end.
    stopped: Option<Instant>,
}

/// A frame that is under way when the run is to end has this long to be finished; then it is left alone, as a classifier that sees every
/// window may take a minute for it.
const LAST_FRAME: Duration = Duration::from_millis(300);

impl Pool {
    /// Starts `workers` threads (at least one), each with its own fork of the model. `stop`: the wish to end the run.
    pub(super) fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        model: &dyn Model,
        stop: Stop,
        workers: usize,
    ) -> Result<(Pool, Vec<StageHandle<'scope>>), PipelineError> {
        let workers = workers.max(1);
        let limit = 2 * workers;
        let (tickets, inbox) = bounded::<Ticket>(limit);
        let (outbox, answers) = bounded(limit);
        let mut handles = Vec::with_capacity(workers);
        for n in 0..workers {
            let (worker, inbox, outbox) = (Worker::new(model.fork()), inbox.clone(), outbox.clone());
            handles.push(spawn(scope, &format!("worker-{n}"), move || work(worker, &inbox, &outbox))?);
        }
        Ok((Pool { tickets, answers, limit, stop, stopped: None }, handles))
    }
}

impl Evaluator for Pool {
    fn run(&mut self, frame: &Arc<Frame>, jobs: Vec<Job>) -> Result<Vec<JobAnswer>, ModelError> {
        let mut answers: Vec<Option<Result<JobAnswer, ModelError>>> = jobs.iter().map(|_| None).collect();
        let mut jobs = jobs.into_iter().enumerate();
        let (mut in_flight, mut failed) = (0, false);
        loop {
            failed |= self.gives_up();
            while in_flight < self.limit && !failed {
                let Some((index, job)) = jobs.next() else { break };
                self.tickets.send(Ticket { index, frame: frame.clone(), job }).map_err(|_| ModelError::WorkersGone)?;
                in_flight += 1;
            }
            if in_flight == 0 {
                // After a failure the slots behind it are empty; the failure comes first all the same.
                let answered: Result<Vec<JobAnswer>, ModelError> = answers.into_iter().flatten().collect();
                return if jobs.len() > 0 && answered.is_ok() { Err(ModelError::Stopped) } else { answered };
            }
            let TicketAnswer { index, answer } = self.answers.recv().map_err(|_| ModelError::WorkersGone)?;
            in_flight -= 1;
            failed |= answer.is_err();
            answers[index] = Some(answer);
        }
    }
}

impl Pool {
    /// Whether the run is to end, and a frame had its time since.
    fn gives_up(&mut self) -> bool {
        self.stop.requested() && self.stopped.get_or_insert_with(Instant::now).elapsed() > LAST_FRAME
    }
}

/// The life of a worker, which computes on its own thread alone.
fn work(mut worker: Worker, inbox: &Receiver<Ticket>, outbox: &Sender<TicketAnswer>) -> StageResult {
    let stage = std::thread::current().name().unwrap_or("worker").to_owned();
    alone(&stage, || {
        for Ticket { index, frame, job } in inbox {
            // A panic travels as an answer: a ticket without one would leave the detect thread waiting for ever.
            let answer = catch_unwind(AssertUnwindSafe(|| worker.answer(&frame, &job)))
                .unwrap_or_else(|payload| Err(ModelError::Panicked(panic_message(&*payload))));
            drop(frame);
            if outbox.send(TicketAnswer { index, answer }).is_err() {
                break;
            }
        }
    })
}
