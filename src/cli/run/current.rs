//! The account of what goes on, current to the second: `session.json` is written anew beside its place, and renamed, by a thread that nobody
//! waits for.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded};

use crate::cli::run::account::RunAccount;
use crate::pipeline::{Outcome, RunTally};
use crate::sink::{PictureCount, RecordedPictures, RenderedFrame, RunEnd, Session, Sink, SinkError};

/// How often the account is written while something goes on.
const EVERY: Duration = Duration::from_secs(1);

/// Counts of the pictures of videos, by the names of their files.
pub(crate) type PictureCounts = Vec<(String, PictureCount)>;

/// The account of a run or take that goes on.
pub(crate) struct CurrentAccount {
    account: RunAccount,
    tally: RunTally,
    pictures: PictureCounts,
    begun: Instant,
    written: Instant,
    writer: Option<Writer>,
}

/// The thread that writes, and what it is to write next.
struct Writer {
    queue: Sender<Session>,
    thread: JoinHandle<()>,
}

impl CurrentAccount {
    /// Writes the first account into `file`; it says that the run goes on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn begin(account: RunAccount, file: PathBuf, pictures: PictureCounts) -> Result<Self, SinkError> {
        account.opening().write_running(&file)?;
        let (queue, sessions) = bounded::<Session>(1);
        let write = move || {
            for session in sessions {
                // What was written before stays, and the end of the run says what is wrong.
                session.write_running(&file).ok();
            }
        };
        let thread = Builder::new().name("account".to_owned()).spawn(write);
        // Without a thread there are the first account and the last.
        let writer = thread.ok().map(|thread| Writer { queue, thread });
        let now = Instant::now();
        Ok(CurrentAccount { account, tally: RunTally::default(), pictures, begun: now, written: now, writer })
    }

    /// Counts a frame.
    pub(crate) fn count(&mut self, item: &RenderedFrame) {
        self.tally.count(item);
        if self.written.elapsed() >= EVERY {
            self.written = Instant::now();
            let session = Session { end: RunEnd::Running, ..self.session(Outcome::begun(), false) };
            // One that waits is a second old at most.
            self.writer.as_ref().map(|writer| writer.queue.try_send(session).ok());
        }
    }

    /// Waits for the last account to be written: from here on the file is left alone.
    pub(crate) fn stop(&mut self) {
        if let Some(Writer { queue, thread }) = self.writer.take() {
            drop(queue);
            thread.join().ok();
        }
    }

    /// `session.json` of what has ended as `outcome` says; counts and times are those of this account.
    pub(crate) fn session(&mut self, outcome: Outcome, interrupted: bool) -> Session {
        let outcome = Outcome { tally: std::mem::take(&mut self.tally), elapsed: self.begun.elapsed(), ..outcome };
        let session = self.account.session(&outcome, interrupted);
        self.tally = outcome.tally;
        Session { recording: recording(&self.pictures), ..session }
    }
}

/// The counts as `session.json` has them.
pub(crate) fn recording(pictures: &PictureCounts) -> BTreeMap<String, RecordedPictures> {
    pictures.iter().map(|(name, count)| (name.clone(), count.so_far())).collect()
}

/// As a sink of the run that it is the account of; what it says at the end is written by who knows how the run ended.
impl Sink for CurrentAccount {
    fn put(&mut self, item: &RenderedFrame) -> Result<(), SinkError> {
        self.count(item);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        self.stop();
        Ok(())
    }
}
