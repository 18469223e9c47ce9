//! What feeds a sink from its queue.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::{RenderedFrame, Sink, SinkError};

/// Time without a frame after which a sink looks at what it has not written yet.
const QUIET: Duration = Duration::from_millis(150);

/// Feeds a sink until its queue ends or it fails. It is not finished here.
///
/// # Errors
/// The first failure of the sink.
pub fn feed(sink: &mut dyn Sink, inbox: &Receiver<RenderedFrame>) -> Result<(), SinkError> {
    loop {
        match inbox.recv_timeout(QUIET) {
            Ok(item) => sink.put(&item)?,
            Err(RecvTimeoutError::Timeout) => sink.settle()?,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}
