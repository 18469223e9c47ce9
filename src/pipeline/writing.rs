//! The stage around a sink: takes frames until they end, and finishes the file whatever happened.

use crossbeam_channel::{Receiver, Sender};

use super::stage::{StageResult, guarded, root_cause};
use crate::sink::{RenderedFrame, Sink, feed};

/// A sink and the name of its thread.
pub struct NamedSink {
    /// Short name, such as `video`.
    pub name: &'static str,
    /// The sink.
    pub sink: Box<dyn Sink>,
}

/// Feeds a sink until the frames end or it fails; finishes it in any case.
/// `said` takes what the sink has to say at its end.
pub(super) fn write_stage(
    mut named: NamedSink,
    inbox: Receiver<RenderedFrame>,
    said: &Sender<Vec<String>>,
) -> StageResult {
    let written = guarded(named.name, || Ok(feed(&mut *named.sink, &inbox)?));
    // The queue closes before the file is finished: the run learns at once that this sink has failed.
    drop(inbox);
    let finished = guarded(named.name, || {
        named.sink.finish()?;
        // There is room for every sink, and the run listens until all have ended.
        said.try_send(named.sink.warnings()).ok();
        Ok(())
    });
    root_cause([written, finished])
}
