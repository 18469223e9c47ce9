//! Stages: named threads that end with a result whatever happens in them, and the choice of the result that explains the others.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{Builder, Scope, ScopedJoinHandle};

use crate::model::ModelError;
use crate::sink::SinkError;
use crate::source::SourceError;

/// Why a run ended before its source did, or could not finish its files.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The source failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The classifier failed.
    #[error("frame {frame}: {error}")]
    Model {
        /// Index of the frame.
        frame: u64,
        /// What the classifier said.
        error: ModelError,
    },
    /// A file or window could not be written.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// A stage panicked: an error in this program.
    #[error("the stage '{stage}' panicked, which is an error in lesionscope: {message}")]
    Panicked {
        /// Name of the thread.
        stage: String,
        /// What it said.
        message: String,
    },
    /// A thread could not be started.
    #[error("the thread '{stage}' could not be started: {error}")]
    Thread {
        /// Name of the thread.
        stage: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// A neighbouring stage ended first. Never the cause of anything: what ended the neighbour is.
    #[error("the stage '{0}' lost its neighbour")]
    Disconnected(&'static str),
}

/// How a stage ended.
pub(super) type StageResult = Result<(), PipelineError>;

/// A running stage.
pub(super) type StageHandle<'scope> = ScopedJoinHandle<'scope, StageResult>;

/// Starts a stage on a thread of its own; a panic becomes its result.
pub(super) fn spawn<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    name: &str,
    body: impl FnOnce() -> StageResult + Send + 'scope,
) -> Result<StageHandle<'scope>, PipelineError> {
    let stage = name.to_owned();
    Builder::new()
        .name(stage.clone())
        .spawn_scoped(scope, move || guarded(&stage, body))
        .map_err(|error| PipelineError::Thread { stage: name.to_owned(), error })
}

/// Runs a body that computes in a rayon pool of this thread alone: in the global pool every such thread would use every core, and
/// they would stand in each other's way.
pub(super) fn alone(stage: &str, body: impl FnOnce() + Send) -> StageResult {
    let own = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
    let own = own.map_err(|error| {
        let error = std::io::Error::other(error);
        PipelineError::Thread { stage: stage.to_owned(), error }
    })?;
    own.install(body);
    Ok(())
}

/// Runs the body of a stage; a panic becomes its result.
pub(super) fn guarded(stage: &str, body: impl FnOnce() -> StageResult) -> StageResult {
    // Nothing that a stage owned is looked at after its panic, so no broken invariant can be seen.
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| Err(panicked(stage, &*payload)))
}

/// Waits for stages to end and returns the result that explains the others.
pub(super) fn join_all<'scope>(handles: impl IntoIterator<Item = StageHandle<'scope>>) -> StageResult {
    let ends = handles.into_iter().map(|handle| {
        let stage = handle.thread().name().unwrap_or("unnamed").to_owned();
        handle.join().unwrap_or_else(|payload| Err(panicked(&stage, &*payload)))
    });
    // Every stage has ended before a result is chosen: `root_cause` alone would stop waiting at the first error.
    root_cause(ends.collect::<Vec<_>>())
}

/// The result that explains the others: the first error that is more than the echo of a neighbour's end.
pub(super) fn root_cause(ends: impl IntoIterator<Item = StageResult>) -> StageResult {
    let mut echo = Ok(());
    for end in ends {
        match end {
            Ok(()) => {}
            Err(PipelineError::Disconnected(_)) if echo.is_err() => {}
            Err(error @ PipelineError::Disconnected(_)) => echo = Err(error),
            cause => return cause,
        }
    }
    echo
}

/// The words of a panic.
pub(super) fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

fn panicked(stage: &str, payload: &(dyn Any + Send)) -> PipelineError {
    PipelineError::Panicked { stage: stage.to_owned(), message: panic_message(payload) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_neighbour_never_wins_over_a_cause() {
        let echo = || Err(PipelineError::Disconnected("capture"));
        let cause = || Err(PipelineError::Sink(SinkError::Failed("disk full".into())));
        for order in [vec![echo(), Ok(()), cause()], vec![cause(), echo()], vec![echo(), echo(), cause(), echo()]] {
            assert!(matches!(root_cause(order), Err(PipelineError::Sink(_))));
        }
        assert!(matches!(root_cause([Ok(()), echo()]), Err(PipelineError::Disconnected(_))));
        assert!(root_cause([Ok(()), Ok(())]).is_ok());
    }

    #[test]
    fn a_panic_is_a_result_with_the_name_of_its_thread() {
        let end = std::thread::scope(|scope| {
            let bad = spawn(scope, "render", || panic!("no {}", "brush")).unwrap();
            let good = spawn(scope, "capture", || Ok(())).unwrap();
            join_all([good, bad])
        });
        let text = end.unwrap_err().to_string();
        assert!(text.contains("'render'") && text.contains("no brush"), "{text}");
    }
}
