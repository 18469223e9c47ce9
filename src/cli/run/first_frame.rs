//! A source whose first picture was looked at before anything is written: what cannot be used leaves no folder behind.

use crate::frame::Frame;
use crate::source::{Source, SourceError, SourceInfo, SourceStats, Stop};

/// A source that hands over its first picture, or its first failure, once more.
struct SourceWithFirstFrame {
    source: Box<dyn Source>,
    first: Option<Result<Option<Frame>, SourceError>>,
}

/// Reads the first picture of a source that is not live, so that it is known to have one.
///
/// # Errors
/// When the source turns out to be unusable. What fails otherwise fails again in the run.
pub(crate) fn with_first_frame(mut source: Box<dyn Source>, stop: &Stop) -> Result<Box<dyn Source>, SourceError> {
    if source.info().live {
        return Ok(source);
    }
    match source.next_frame(stop) {
        Err(error) if error.is_unusable() => Err(error),
        first => Ok(Box::new(SourceWithFirstFrame { source, first: Some(first) })),
    }
}

impl Source for SourceWithFirstFrame {
    fn info(&self) -> &SourceInfo {
        self.source.info()
    }

    fn next_frame(&mut self, stop: &Stop) -> Result<Option<Frame>, SourceError> {
        match self.first.take() {
            Some(_) if stop.requested() => Ok(None),
            Some(first) => first,
            None => self.source.next_frame(stop),
        }
    }

    fn stats(&self) -> SourceStats {
        self.source.stats()
    }
}
