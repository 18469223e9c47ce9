//! Exit codes, and which error leads to which.

use std::io;
use std::process::ExitCode;

use crate::cli::paths::error::PathError;
use crate::config::ConfigError;
use crate::data::DataError;
use crate::evaluate::truth_files::EvaluateError;
use crate::model::ModelError;
use crate::pipeline::PipelineError;
use crate::report::ReportError;
use crate::scanner::ScannerError;
use crate::session::SessionError;
use crate::sink::SinkError;
use crate::source::SourceError;
use crate::train::TrainError;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All done.
    Done = 0,
    /// Something failed on the way.
    Failed = 1,
    /// Unusable input, wrong usage or configuration.
    Usage = 2,
    /// Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Something was asked for that cannot be done.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub(super) String);

/// The exit code of an error. What was wrong before anything ran is usage; what broke on the way is failure.
pub(super) fn exit_of(error: &anyhow::Error) -> Exit {
    let unusable = error.chain().any(|cause| {
        cause.is::<Usage>()
            || cause.is::<PathError>()
            || cause.is::<ConfigError>()
            || cause.is::<EvaluateError>()
            || cause.downcast_ref().is_some_and(SourceError::is_unusable)
            || cause.downcast_ref().is_some_and(SinkError::is_unusable)
            || cause.downcast_ref().is_some_and(ModelError::is_unusable)
            || cause.downcast_ref().is_some_and(TrainError::is_unusable)
            || cause.is::<DataError>()
            || cause.is::<SessionError>()
            || matches!(cause.downcast_ref(), Some(ReportError::Session(_)))
            || matches!(
                cause.downcast_ref(),
                Some(ScannerError::UnknownClasses { .. } | ScannerError::NothingToExplain)
            )
            || matches!(cause.downcast_ref(), Some(PipelineError::Source(error)) if error.is_unusable())
    });
    let nobody_reads = error
        .chain()
        .any(|cause| cause.downcast_ref().is_some_and(|e: &io::Error| e.kind() == io::ErrorKind::BrokenPipe));
    match (unusable, nobody_reads) {
        (true, _) => Exit::Usage,
        // `lesionscope ... | head`: the reader has seen enough.
        (false, true) => Exit::Done,
        (false, false) => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn errors_lead_to_the_documented_codes() {
        let usage: [anyhow::Error; 5] = [
            Usage("x".into()).into(),
            SourceError::Unusable("no such file".into()).into(),
            ModelError::Labels("labels.txt: no such file".into()).into(),
            TrainError::Settings("no such network".into()).into(),
            PipelineError::Source(SourceError::Unusable("no picture could be read".into())).into(),
        ];
        for error in usage {
            assert_eq!(exit_of(&error), Exit::Usage, "{error}");
        }
        let model = ModelError::Labels("in mid-run".into());
        let failures: [anyhow::Error; 3] = [
            SourceError::Failed("gone".into()).into(),
            PipelineError::Model { frame: 3, error: model }.into(),
            anyhow::anyhow!("else"),
        ];
        for error in failures {
            assert_eq!(exit_of(&error), Exit::Failed, "{error}");
        }
        let pipe = Err::<(), _>(io::Error::from(io::ErrorKind::BrokenPipe)).context("writing the summary").unwrap_err();
        assert_eq!(exit_of(&pipe), Exit::Done);
    }
}
