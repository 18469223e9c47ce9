//! Ends waits on the network: after a time without data, or when the run is to stop.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::source::Stop;

/// Shared with libav, which asks it about every 100 ms of a wait whether to give up.
#[derive(Debug)]
pub(super) struct Watch {
    patience: Duration,
    state: Mutex<(Instant, Option<Stop>)>,
}

impl Watch {
    /// Gives up after `patience` without a sign of life.
    pub(super) fn new(patience: Duration) -> Watch {
        Watch { patience, state: Mutex::new((Instant::now(), None)) }
    }

    /// A sign of life: the time without data begins anew.
    pub(super) fn alive(&self) {
        self.lock().0 = Instant::now();
    }

    /// Listens to this request to stop from now on.
    pub(super) fn listen(&self, stop: &Stop) {
        let mut state = self.lock();
        if state.1.is_none() {
            state.1 = Some(stop.clone());
        }
    }

    /// Whether the patience is at its end.
    pub(super) fn timed_out(&self) -> bool {
        self.lock().0.elapsed() >= self.patience
    }

    /// Whether a wait should end.
    pub(super) fn ends_wait(&self) -> bool {
        self.timed_out() || self.lock().1.as_ref().is_some_and(Stop::requested)
    }

    /// Whether it is `more` past the end of the patience, when whoever should have noticed hangs.
    pub(super) fn hangs(&self, more: Duration) -> bool {
        self.lock().0.elapsed() >= self.patience.saturating_add(more)
    }

    /// Time without data after which it gives up.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    fn lock(&self) -> MutexGuard<'_, (Instant, Option<Stop>)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
