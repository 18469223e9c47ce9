//! Faults of the program itself: one sentence to the user instead of a panic's report.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Mutex, PoisonError};

/// Where and why the newest panic of any thread happened.
static LAST: Mutex<String> = Mutex::new(String::new());

/// Runs the program; a panic becomes an error that says what happened and asks for a report.
pub(super) fn caught<T>(run: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    std::panic::set_hook(Box::new(noted));
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let what = LAST.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Err(anyhow::anyhow!(
            "lesionscope {} has a fault and had to end: {what}; please report this sentence and the command to its makers \
             (files that were finished before are whole)",
            env!("CARGO_PKG_VERSION")
        ))
    })
}

/// Notes a panic. Stages of the pipeline handle theirs, so it is shown only to whoever asks for details.
fn noted(panic: &PanicHookInfo<'_>) {
    tracing::debug!("{panic}");
    let place = panic.location().map_or(String::new(), |at| format!(" ({}:{})", at.file(), at.line()));
    let why = panic.payload_as_str().unwrap_or("no reason given");
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = format!("{}{place}", why.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_one_sentence_with_its_place() {
        let error = caught::<()>(|| panic!("the sky fell")).unwrap_err().to_string();
        drop(std::panic::take_hook());
        assert!(error.contains("the sky fell (src/cli/fault.rs:") && error.contains("please report"), "{error}");
        assert_eq!(caught(|| Ok(3)).unwrap(), 3);
        drop(std::panic::take_hook());
    }
}
