//! Ctrl-C and requests of the system to end, from the first moment of the program on. What has nothing to finish ends at once; a run that
//! writes files finishes them at the first request and ends at once at the second.

use std::io::IsTerminal;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::cli::exit::Exit;
use crate::files;
use crate::source::Stop;

/// A second request that comes sooner than this counts as the first: `timeout` and shells send a signal to a program and to its group.
const SAME_REQUEST: Duration = Duration::from_millis(500);

/// Longest wait for a file that is being replaced. Beside it a copy would be left that nobody knows.
const LAST_FILE: Duration = Duration::from_millis(400);

/// Longest wait for the last line to be read.
const LAST_WORD: Duration = Duration::from_millis(100);

/// Signals reach the process, so it has one of these.
static END_REQUESTS: Mutex<EndRequests> = Mutex::new(EndRequests { first: None, stop: None, undo: Vec::new() });

struct EndRequests {
    /// When the first one came.
    first: Option<Instant>,
    /// Who is asked to finish; `None`: there is nothing to finish.
    stop: Option<Stop>,
    /// What would be left behind, and what clears it away.
    undo: Vec<Box<dyn FnOnce() + Send>>,
}

/// Listens from now on. What calls this first can be ended at any time.
pub(super) fn listen() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        let mut requests = requests();
        let first = *requests.first.get_or_insert_with(Instant::now);
        let Some(stop) = requests.stop.clone().filter(|_| first.elapsed() <= SAME_REQUEST) else {
            let undo = std::mem::take(&mut requests.undo);
            drop(requests);
            leave(undo);
        };
        drop(requests);
        if !stop.requested() {
            stop.request();
            crate::cli::say::note("ending: the files are being finished (Ctrl-C again ends at once)");
        }
    })
    .context("cannot listen for Ctrl-C")
}

/// From now on the first request to end asks `stop`, because there are files to finish.
pub(super) fn finishes(stop: &Stop) {
    requests().stop = Some(stop.clone());
}

/// Whether the end was requested.
pub(super) fn happened() -> bool {
    requests().first.is_some()
}

/// What is to be done where the program ends at once: another program ended, a folder on the way removed.
pub(super) fn undo_at_end(undo: impl FnOnce() + Send + 'static) {
    requests().undo.push(Box::new(undo));
}

fn requests() -> MutexGuard<'static, EndRequests> {
    END_REQUESTS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[allow(
    clippy::disallowed_methods,
    reason = "whoever requests this wants out now, whatever a stage or a library waits for"
)]
fn leave(undo: Vec<Box<dyn FnOnce() + Send>>) -> ! {
    let asked = Instant::now();
    // On a thread of its own: whoever reads the standard error may have stopped.
    let said = std::thread::spawn(|| {
        let begin = if std::io::stderr().is_terminal() { "\n" } else { "" };
        crate::cli::say::note(&format!("{begin}interrupted; what was written before stays"));
    });
    undo.into_iter().for_each(|undo| undo());
    while !said.is_finished() && asked.elapsed() < LAST_WORD {
        std::thread::sleep(Duration::from_millis(1));
    }
    // Held until the process is gone: no file is begun any more.
    let still = loop {
        match files::hold() {
            Some(still) => break Some(still),
            None if asked.elapsed() < LAST_FILE => std::thread::sleep(Duration::from_millis(5)),
            None => break None,
        }
    };
    std::mem::forget(still);
    std::process::exit(Exit::Interrupted as i32)
}
