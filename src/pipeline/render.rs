//! The render stage: draws on a copy of every frame and hands it to the sinks and the window.

use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender};
use image::RgbImage;

use super::detect::DetectedFrame;
use super::latest::LatestSender;
use super::stage::{PipelineError, StageResult};
use super::tally::RunTally;
use crate::finding::Detection;
use crate::frame::Frame;
use crate::sink::{RenderedFrame, StageTimes};

/// Makes the copy of a frame with its overlays; the picture handed in, if any, is no longer needed and its memory used again.
pub type Painter = Box<dyn FnMut(&Frame, &Detection, Option<RgbImage>) -> RgbImage + Send>;

/// Copies kept for the next frames: as many as sinks with full queues can hold.
const SPARE_COPIES: usize = 8;

/// Finds copies that no one looks at any more, so that their memory can be used again.
#[derive(Default)]
struct Copies(Vec<Arc<RgbImage>>);

impl Copies {
    /// A picture that nobody else holds.
    fn spare(&mut self) -> Option<RgbImage> {
        let index = self.0.iter().position(|copy| Arc::strong_count(copy) == 1)?;
        Arc::try_unwrap(self.0.swap_remove(index)).ok()
    }

    fn keep(&mut self, copy: Arc<RgbImage>) {
        if self.0.len() < SPARE_COPIES {
            self.0.push(copy);
        }
    }
}

/// Where the drawn frames go.
pub(super) struct RenderStage {
    /// One queue a sink.
    pub(super) sinks: Vec<Sender<RenderedFrame>>,
    /// To the window or the progress bar.
    pub(super) results: LatestSender<RenderedFrame>,
}

impl RenderStage {
    /// Draws every frame that arrives, and counts it.
    pub(super) fn run(self, inbox: &Receiver<DetectedFrame>, mut paint: Painter, tally: &mut RunTally) -> StageResult {
        let mut copies = Copies::default();
        for item in inbox {
            let started = Instant::now();
            let annotated = Arc::new(paint(&item.frame, &item.detection, copies.spare()));
            copies.keep(annotated.clone());
            let DetectedFrame { frame, detection, dropped, decode, detect } = item;
            let times = StageTimes { decode, detect, render: started.elapsed() };
            let rendered = RenderedFrame { frame, annotated, detection, dropped, times };
            tally.count(&rendered);
            // Every sink gets the frame before one that ended is noticed, so that the files of a failed run agree.
            let sent = self.sinks.iter().map(|sink| sink.send(rendered.clone()).is_ok()).collect::<Vec<_>>();
            self.results.put(rendered).ok();
            if sent.contains(&false) {
                return Err(PipelineError::Disconnected("render"));
            }
        }
        Ok(())
    }
}
