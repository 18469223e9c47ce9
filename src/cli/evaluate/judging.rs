//! Runs a prepared scan and hands what it circled to the calling thread, frame by frame.

use std::path::PathBuf;

use crossbeam_channel::{Sender, bounded};

use crate::cli::setup::Preparation;
use crate::evaluate::detections::SeenFrame;
use crate::evaluate::matching::SeenCircle;
use crate::geometry::Size;
use crate::pipeline::{Feed, NamedSink, Outcome, run as run_pipeline};
use crate::sink::{RenderedFrame, Sink, SinkError};

/// Frames that may wait to be judged.
const WAITING: usize = 8;

/// A frame with its circles.
pub(crate) struct ScannedFrame {
    /// Its circles.
    pub(crate) seen: SeenFrame,
    /// Its size.
    pub(crate) size: Size,
    /// The picture file that it is.
    pub(crate) file: Option<PathBuf>,
    /// Whether the detector would not judge it.
    pub(crate) not_assessable: bool,
}

/// Runs a scan to its end; `take` gets every frame in order.
pub(crate) fn scan(preparation: Preparation, take: &mut dyn FnMut(ScannedFrame)) -> Outcome {
    let (frames, seen) = bounded(WAITING);
    let sink = Box::new(JudgeSink { classes: preparation.scanner.classifier().class_names(), frames });
    let parts = preparation.parts(
        vec![NamedSink { name: "judge", sink }],
        Box::new(|_, _, recycled| recycled.unwrap_or_else(|| image::RgbImage::new(1, 1))),
        false,
    );
    run_pipeline(parts, |feed: Feed| {
        drop(feed);
        seen.iter().for_each(take);
    })
}

/// Hands the circles to the thread that judges.
struct JudgeSink {
    classes: Vec<String>,
    frames: Sender<ScannedFrame>,
}

impl Sink for JudgeSink {
    fn put(&mut self, item: &RenderedFrame) -> Result<(), SinkError> {
        let circles = item.detection.circles.iter().map(|tracked| SeenCircle {
            track: tracked.track,
            place: tracked.place,
            circle: tracked.finding.circle,
            class: self.classes.get(tracked.class).cloned().unwrap_or_default(),
            score: tracked.finding.scores.get(tracked.class).copied().unwrap_or_default(),
            evidence: tracked.finding.evidence,
            on_skin: tracked.on_skin,
            state: tracked.state,
        });
        let size = item.frame.size();
        let seen = SeenFrame {
            frame: item.frame.index,
            size: Some(size),
            circles: circles.collect(),
            picture: Some(item.frame.clone()),
        };
        let not_assessable = item.detection.not_assessable.is_some();
        let scanned = ScannedFrame { seen, size, file: item.frame.file.clone(), not_assessable };
        self.frames.send(scanned).map_err(|_| SinkError::Failed("the judge ended before the source".to_owned()))
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}
