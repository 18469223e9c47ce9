//! Recording on demand, in takes: one is opened when recording is switched on and finished when it is switched off. A sink that fails ends
//! the take, not the run.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;

use super::kept::KeptTakes;
use super::take::{RunningTake, Take, TakeResult};
use super::{RenderedFrame, Sink, SinkError};

/// Opens a take, given its number, from 1.
pub type TakeOpener = Box<dyn FnMut(u32) -> Result<Take, SinkError> + Send>;

/// How often the takes are weighed.
const WEIGHING: Duration = Duration::from_secs(1);

/// What takes may be like, and what a failure means.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TakeRules {
    /// The next take begins when this one is so long.
    pub longest: Option<Duration>,
    /// What all takes of the run together may have on the disk, bytes; the oldest that have ended go first.
    pub most_bytes: Option<u64>,
    /// Whether a take that fails ends the run.
    pub strict: bool,
}

/// The switch of a recording; clones share one switch.
#[derive(Clone, Debug, Default)]
pub struct RecordSwitch(Arc<Switch>);

#[derive(Debug, Default)]
struct Switch {
    on: AtomicBool,
    /// Why the recording ended, until somebody has read it.
    failure: Mutex<Option<String>>,
}

impl RecordSwitch {
    /// Switches recording on or off, from the next frame on.
    pub fn set(&self, on: bool) {
        self.0.on.store(on, Ordering::Relaxed);
    }

    /// Whether recording is on.
    pub fn on(&self) -> bool {
        self.0.on.load(Ordering::Relaxed)
    }

    /// Why the recording ended by itself; given once.
    pub fn failure(&self) -> Option<String> {
        self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn fail(&self, sentence: String) {
        self.set(false);
        self.tell(sentence);
    }

    fn tell(&self, sentence: String) {
        *self.0.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(sentence);
    }
}

/// Passes frames on while its switch is on, to one take after the other. Times of a take start at zero.
///
/// A take that fails is finished like others; the switch says why, and so does `finish`. Takes are finished on threads of their own: whoever
/// hands frames over does not wait for it.
pub struct Recorder {
    switch: RecordSwitch,
    open: TakeOpener,
    rules: TakeRules,
    current: Option<RunningTake>,
    takes: u32,
    /// Takes that are being finished, oldest first.
    ending: Vec<EndingTake>,
    kept: KeptTakes,
    weighed: Instant,
    warnings: Vec<String>,
    /// The first failure of a take.
    failure: Option<SinkError>,
}

/// A take that is being finished.
struct EndingTake {
    folder: PathBuf,
    thread: JoinHandle<Option<TakeResult>>,
}

impl Recorder {
    /// A recorder that records nothing yet.
    pub fn new(switch: RecordSwitch, open: TakeOpener, rules: TakeRules) -> Recorder {
        Recorder {
            switch,
            open,
            rules,
            current: None,
            takes: 0,
            ending: Vec::new(),
            kept: KeptTakes::new(rules.most_bytes),
            weighed: Instant::now(),
            warnings: Vec::new(),
            failure: None,
        }
    }

    fn record(&mut self, item: &RenderedFrame) -> Result<(), SinkError> {
        let time = item.frame.pts;
        if self.current.as_ref().is_some_and(|take| take.is_over(time, self.rules.longest)) {
            self.close(None);
        }
        let take = match &mut self.current {
            Some(take) => take,
            none => {
                self.takes += 1;
                none.insert(RunningTake::new((self.open)(self.takes)?, time))
            }
        };
        take.put(item)
    }

    /// Lets the take that goes on be finished, whatever that takes; `failure`: why it cannot go on.
    fn close(&mut self, failure: Option<String>) {
        let Some(take) = self.current.take() else { return };
        let folder = take.take.folder.clone();
        // The take is handed over once there is a thread: without one it is finished here, not lost.
        let (hand_over, handed) = bounded::<(RunningTake, Option<String>)>(1);
        let finish = move || handed.recv().ok().map(|(take, failure)| take.finish(failure));
        match Builder::new().name("take".to_owned()).spawn(finish) {
            Ok(thread) => {
                hand_over.send((take, failure)).ok();
                self.ending.push(EndingTake { folder, thread });
            }
            Err(_) => self.ended(take.finish(failure)),
        }
    }

    /// Takes note of the takes that are finished; `all`: waits for them.
    fn collect(&mut self, all: bool) {
        let done = |ending: &mut EndingTake| all || ending.thread.is_finished();
        let ended: Vec<EndingTake> = self.ending.extract_if(.., done).collect();
        for ending in ended {
            match ending.thread.join() {
                Ok(result) => result.into_iter().for_each(|result| self.ended(result)),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        if all || self.weighed.elapsed() >= WEIGHING {
            self.weighed = Instant::now();
            let running = self.current.iter().map(|take| take.take.folder.as_path());
            let ending = self.ending.iter().map(|ending| ending.folder.as_path());
            self.kept.make_room(&running.chain(ending).collect::<Vec<&Path>>());
        }
    }

    fn ended(&mut self, take: TakeResult) {
        self.warnings.extend(take.warnings);
        self.kept.add(take.folder);
        if let Err(error) = take.result {
            self.switch.tell(error.to_string());
            self.failure.get_or_insert(error);
        }
    }

    /// Ends the take if it cannot go on.
    fn survive(&mut self, result: Result<(), SinkError>) -> Result<(), SinkError> {
        if let Err(error) = result {
            self.switch.fail(error.to_string());
            self.close(Some(error.to_string()));
            self.failure.get_or_insert(error);
        }
        if self.rules.strict { self.failure.take().map_or(Ok(()), Err) } else { Ok(()) }
    }
}

impl Sink for Recorder {
    fn put(&mut self, item: &RenderedFrame) -> Result<(), SinkError> {
        let begins = self.takes == 0;
        self.collect(false);
        let result = if self.switch.on() {
            self.record(item)
        } else {
            self.close(None);
            Ok(())
        };
        match result {
            // Nothing was ever recorded, and what was asked for cannot be.
            Err(error) if error.is_unusable() && begins && item.frame.index == 0 => {
                self.close(Some(error.to_string()));
                Err(error)
            }
            result => self.survive(result),
        }
    }

    fn settle(&mut self) -> Result<(), SinkError> {
        self.collect(false);
        let settled = self.current.as_mut().map_or(Ok(()), RunningTake::settle);
        self.survive(settled)
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        self.close(None);
        self.collect(true);
        self.warnings.extend(self.kept.warning());
        self.failure.take().map_or(Ok(()), Err)
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
