//! Pauses between attempts to open a lost stream again: none where it had run for a while, growing ones where it is lost at once again, so
//! that no server is flooded.

use std::time::{Duration, Instant};

/// The first pause and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));

/// A stream that ran for this long was no failed attempt.
const STEADY: Duration = Duration::from_secs(10);

/// Counts attempts.
#[derive(Debug)]
pub(super) struct Retry {
    next: Duration,
    opened: Instant,
}

impl Retry {
    /// For a stream that was just opened for the first time.
    pub(super) fn new() -> Retry {
        Retry { next: Duration::ZERO, opened: Instant::now() }
    }

    /// The stream is open again.
    pub(super) fn opened(&mut self) {
        self.opened = Instant::now();
    }

    /// The stream was lost.
    pub(super) fn lost(&mut self) {
        self.lost_after(self.opened.elapsed());
    }

    /// The pause before the next attempt.
    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).clamp(PAUSE.0, PAUSE.1);
        pause
    }

    fn lost_after(&mut self, ran: Duration) {
        if ran >= STEADY {
            self.next = Duration::ZERO;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_until_a_stream_has_run_for_a_while() {
        let mut retry = Retry::new();
        let mut pauses = |ran_s: u64| {
            retry.lost_after(Duration::from_secs(ran_s));
            retry.pause().as_millis()
        };
        assert_eq!([0; 8].map(&mut pauses), [0, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
        assert_eq!([9, 60, 0, 0].map(&mut pauses), [10_000, 0, 500, 1000]);
    }
}
