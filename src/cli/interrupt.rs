//! Ctrl-C: once, the source ends and all files are finished; twice, the program ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;

use super::exit::Exit;
use crate::source::Stop;

/// A second wish sooner than this is the first one again: `timeout` and shells send theirs to a program and to its group.
const SAME_WISH: Duration = Duration::from_millis(500);

/// Counts the wishes to end, from the keyboard or the system.
#[derive(Clone, Debug)]
pub(super) struct Interrupt(Arc<AtomicU32>);

impl Interrupt {
    /// Listens from now on; the first time asks `stop`.
    pub(super) fn install(stop: &Stop) -> anyhow::Result<Interrupt> {
        let count = Arc::new(AtomicU32::new(0));
        let (counted, stop) = (count.clone(), stop.clone());
        let mut first = None;
        ctrlc::set_handler(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            let asked: Instant = *first.get_or_insert_with(|| {
                stop.request();
                super::say::note("ending: the files are being finished (Ctrl-C again ends at once)");
                Instant::now()
            });
            if asked.elapsed() > SAME_WISH {
                leave();
            }
        })
        .context("cannot listen for Ctrl-C")?;
        Ok(Interrupt(count))
    }

    /// Whether the end was wished for.
    pub(super) fn happened(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }
}

#[allow(clippy::disallowed_methods, reason = "whoever asks twice wants out now, even if a stage hangs")]
fn leave() -> ! {
    std::process::exit(Exit::Interrupted as i32)
}
