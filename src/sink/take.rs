//! A take: one recording with all that belongs to it, in a folder of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{RenderedFrame, Sink, SinkError};
use crate::frame::Frame;

/// Names of the files that a take may consist of. Nothing else in its folder is ever removed.
pub const TAKE_FILES: [&str; 6] =
    ["annotated.mp4", "clean.mp4", "detections.jsonl", "places.csv", "report.html", "session.json"];

/// What a take consists of.
pub struct Take {
    /// Its folder.
    pub folder: PathBuf,
    /// Videos and list. None of them may keep whoever hands frames over waiting where a search goes on meanwhile.
    pub sinks: Vec<Box<dyn Sink>>,
    /// What keeps its account.
    pub account: Box<dyn TakeAccount>,
}

/// Keeps the account of a take: told its frames, then its end.
pub trait TakeAccount: Send {
    /// A frame, its time counted from the begin of the take. Called between two frames of the search: quick.
    fn put(&mut self, item: &RenderedFrame);

    /// The take has ended, its videos and list are finished: writes the account and what is made from it. Called once, on a thread of which
    /// nobody waits for. Gives sentences for the user.
    ///
    /// # Errors
    /// When the account cannot be written.
    fn end(&mut self, end: TakeEnd) -> Result<Vec<String>, SinkError>;
}

/// How a take ended.
#[derive(Clone, Debug, Default)]
pub struct TakeEnd {
    /// Why it could not go on.
    pub failure: Option<String>,
    /// Sentences of its sinks.
    pub warnings: Vec<String>,
}

/// Times of a take, which begin at zero and never go back, whatever the clock of the source does.
#[derive(Clone, Copy, Debug)]
pub(super) struct TakeClock {
    /// Time of the last frame in the source and in the take.
    source: Duration,
    take: Duration,
    /// Time between the last two frames.
    step: Duration,
}

impl TakeClock {
    /// That of a take whose first frame has this time.
    pub(super) fn new(first: Duration) -> TakeClock {
        TakeClock { source: first, take: Duration::ZERO, step: Duration::ZERO }
    }

    /// Time in the take of the next frame. Where the source's clock went back, the frame follows the last one as that followed the one
    /// before, and time goes on from there.
    pub(super) fn next(&mut self, source: Duration) -> Duration {
        if let Some(step) = source.checked_sub(self.source) {
            self.step = step;
        }
        self.source = source;
        self.take += self.step;
        self.take
    }

    /// What that time would be.
    pub(super) fn after(mut self, source: Duration) -> Duration {
        self.next(source)
    }
}

/// A take that goes on.
pub(super) struct RunningTake {
    pub(super) take: Take,
    clock: TakeClock,
}

/// What came of a take.
pub(super) struct TakeResult {
    pub(super) folder: PathBuf,
    pub(super) result: Result<(), SinkError>,
    pub(super) warnings: Vec<String>,
}

impl RunningTake {
    /// A take that begins with a frame of this time.
    pub(super) fn new(take: Take, first: Duration) -> RunningTake {
        RunningTake { take, clock: TakeClock::new(first) }
    }

    /// Whether a frame of this time comes later than `longest` after its begin.
    pub(super) fn is_over(&self, time: Duration, longest: Option<Duration>) -> bool {
        longest.is_some_and(|longest| self.clock.after(time) >= longest)
    }

    /// Takes a frame.
    pub(super) fn put(&mut self, item: &RenderedFrame) -> Result<(), SinkError> {
        let pts = self.clock.next(item.frame.pts);
        let frame = Arc::new(Frame { pts, ..(*item.frame).clone() });
        let item = RenderedFrame { frame, ..item.clone() };
        self.take.account.put(&item);
        self.take.sinks.iter_mut().try_for_each(|sink| sink.put(&item))
    }

    /// Brings to the disk what has waited for long enough.
    pub(super) fn settle(&mut self) -> Result<(), SinkError> {
        self.take.sinks.iter_mut().try_for_each(|sink| sink.settle())
    }

    /// Finishes all sinks, also after one of them failed, then the account. `failure`: why it does not go on, if that was not wished for.
    pub(super) fn finish(mut self, failure: Option<String>) -> TakeResult {
        let (mut result, mut warnings) = (Ok(()), Vec::new());
        for sink in &mut self.take.sinks {
            let finished = sink.finish();
            warnings.extend(sink.warnings());
            result = result.and(finished);
        }
        // What the others say when they are finished follows from it.
        let result = if failure.is_some() { Ok(()) } else { result };
        let failure = failure.or_else(|| result.as_ref().err().map(SinkError::to_string));
        let end = TakeEnd { failure, warnings: warnings.clone() };
        let written = self.take.account.end(end).map(|more| warnings.extend(more));
        TakeResult { folder: self.take.folder, result: result.and(written), warnings }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn time_goes_on_where_the_clock_of_the_source_goes_back() {
        let ms = Duration::from_millis;
        let mut clock = TakeClock::new(ms(5000));
        let times: Vec<Duration> = [5000, 5040, 5080, 1000, 1030, 1060].map(|time| clock.next(ms(time))).to_vec();
        assert_eq!(times, [0, 40, 80, 120, 150, 180].map(ms));
    }

    proptest! {
        #[test]
        fn times_begin_at_zero_never_go_back_and_keep_every_step_forward(times in proptest::collection::vec(0_u64..100_000, 1..40)) {
            let ms = Duration::from_millis;
            let mut clock = TakeClock::new(ms(times[0]));
            let mut before = (ms(times[0]), clock.next(ms(times[0])));
            prop_assert_eq!(before.1, Duration::ZERO);
            for time in &times[1..] {
                prop_assert_eq!(clock.after(ms(*time)), clock.clone().next(ms(*time)));
                let now = (ms(*time), clock.next(ms(*time)));
                prop_assert!(now.1 >= before.1);
                if let Some(step) = now.0.checked_sub(before.0) {
                    prop_assert_eq!(now.1 - before.1, step);
                }
                before = now;
            }
        }
    }
}
