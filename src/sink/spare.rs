//! A sink that takes the time that is left: where pictures come faster than it can write them, some are left out and counted, so that
//! nobody who hands them over ever waits.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use serde::Serialize;

use super::{RenderedFrame, Sink, SinkError, feed};
use crate::counted;

/// Pictures that may wait: a fifth of a second of a webcam, which a key frame or a slow disk takes now and then. At 1280x720 they and their
/// annotated copies are 33 MB.
const WAITING: usize = 6;

/// What became of the pictures of a video.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RecordedPictures {
    /// Pictures that were recorded.
    pub pictures: u64,
    /// Pictures that were left out, as there was no time for them.
    pub dropped: u64,
}

/// Counts them while the recording goes on; clones share.
#[derive(Clone, Debug, Default)]
pub struct PictureCount(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    pictures: AtomicU64,
    dropped: AtomicU64,
}

impl PictureCount {
    /// The counts so far.
    pub fn so_far(&self) -> RecordedPictures {
        let Counts { pictures, dropped } = &*self.0;
        RecordedPictures { pictures: pictures.load(Ordering::Relaxed), dropped: dropped.load(Ordering::Relaxed) }
    }
}

/// A sink on a thread of its own, behind a queue that leaves pictures out when it is full.
pub struct SpareTimeSink {
    /// What it writes, for sentences.
    name: String,
    queue: Option<Sender<RenderedFrame>>,
    thread: Option<JoinHandle<SinkEnd>>,
    count: PictureCount,
    warnings: Vec<String>,
}

/// How a sink ended.
struct SinkEnd {
    result: Result<(), SinkError>,
    warnings: Vec<String>,
}

impl SpareTimeSink {
    /// Starts the thread. `name`: of the file, for sentences; `count` is kept up to date.
    ///
    /// # Errors
    /// When there cannot be another thread.
    pub fn start(name: &str, sink: Box<dyn Sink>, count: PictureCount) -> Result<SpareTimeSink, SinkError> {
        let (queue, inbox) = bounded(WAITING);
        let thread = Builder::new().name(name.to_owned()).spawn(move || write(sink, inbox)).map_err(|error| {
            SinkError::Unusable(format!("{name} cannot be recorded: a thread could not be started: {error}"))
        })?;
        let (queue, thread) = (Some(queue), Some(thread));
        Ok(SpareTimeSink { name: name.to_owned(), queue, thread, count, warnings: Vec::new() })
    }

    /// Waits for what is in the queue to be written and the file to be finished.
    fn join(&mut self) -> Result<(), SinkError> {
        self.queue = None;
        let Some(thread) = self.thread.take() else { return Ok(()) };
        let SinkEnd { result, warnings } = thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        self.warnings.extend(warnings);
        let RecordedPictures { pictures, dropped } = self.count.so_far();
        if dropped > 0 {
            self.warnings.push(format!(
                "{}: {dropped} of {} were left out, as the computer had no time to record them",
                self.name,
                counted(pictures + dropped, "picture")
            ));
        }
        result
    }
}

/// Writes what comes, and finishes the file whatever happened.
fn write(mut sink: Box<dyn Sink>, inbox: Receiver<RenderedFrame>) -> SinkEnd {
    let written = feed(&mut *sink, &inbox);
    // Whoever hands pictures over learns at once that there is nobody to take them.
    drop(inbox);
    let finished = sink.finish();
    SinkEnd { result: written.and(finished), warnings: sink.warnings() }
}

impl Sink for SpareTimeSink {
    fn put(&mut self, item: &RenderedFrame) -> Result<(), SinkError> {
        let Some(queue) = &self.queue else { return Ok(()) };
        let counter = match queue.try_send(item.clone()) {
            Ok(()) => &self.count.0.pictures,
            Err(TrySendError::Full(_)) => &self.count.0.dropped,
            Err(TrySendError::Disconnected(_)) => return self.join(),
        };
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn settle(&mut self) -> Result<(), SinkError> {
        // The thread settles by itself; it ends early only when it has failed.
        if self.thread.as_ref().is_some_and(JoinHandle::is_finished) { self.join() } else { Ok(()) }
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        self.join()
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    use image::RgbImage;

    use super::*;
    use crate::finding::Detection;
    use crate::frame::Frame;
    use crate::sink::StageTimes;

    fn rendered(index: u64) -> RenderedFrame {
        let frame = Frame { index, pts: Duration::from_millis(index), pixels: RgbImage::new(1, 1), file: None };
        let (frame, annotated) = (Arc::new(frame), Arc::new(RgbImage::new(1, 1)));
        let detection = Arc::new(Detection::default());
        RenderedFrame { frame, annotated, detection, dropped: 0, times: StageTimes::default() }
    }

    /// Takes its time, and has room for some pictures.
    struct Slow {
        each: Duration,
        room: usize,
        taken: Arc<Mutex<Vec<u64>>>,
    }

    impl Sink for Slow {
        fn put(&mut self, item: &RenderedFrame) -> Result<(), SinkError> {
            std::thread::sleep(self.each);
            let mut taken = self.taken.lock().unwrap();
            if taken.len() == self.room {
                return Err(SinkError::Failed("disk full".to_owned()));
            }
            taken.push(item.frame.index);
            Ok(())
        }

        fn finish(&mut self) -> Result<(), SinkError> {
            Ok(())
        }
    }

    #[test]
    fn a_slow_sink_holds_nobody_up_and_what_is_left_out_is_counted() {
        let (taken, count) = (Arc::new(Mutex::new(Vec::new())), PictureCount::default());
        let slow = Slow { each: Duration::from_millis(40), room: usize::MAX, taken: taken.clone() };
        let mut sink = SpareTimeSink::start("annotated.mp4", Box::new(slow), count.clone()).unwrap();
        let begun = Instant::now();
        (0..100).for_each(|index| sink.put(&rendered(index)).unwrap());
        assert!(begun.elapsed() < Duration::from_millis(500), "nobody waits: {:?}", begun.elapsed());
        sink.finish().unwrap();
        let RecordedPictures { pictures, dropped } = count.so_far();
        let taken = taken.lock().unwrap();
        assert!(pictures == taken.len() as u64 && pictures + dropped == 100, "{pictures} {dropped}");
        assert!(pictures >= WAITING as u64 && dropped > 50, "{pictures} {dropped}");
        assert!(taken.is_sorted(), "in their order");
        let said = sink.warnings().join("\n");
        assert!(said.contains(&format!("annotated.mp4: {dropped} of 100 pictures were left out")), "{said}");
    }

    #[test]
    fn a_sink_with_time_gets_every_picture_and_says_nothing() {
        let (taken, count) = (Arc::new(Mutex::new(Vec::new())), PictureCount::default());
        let quick = Slow { each: Duration::ZERO, room: usize::MAX, taken: taken.clone() };
        let mut sink = SpareTimeSink::start("clean.mp4", Box::new(quick), count.clone()).unwrap();
        for index in 0..50 {
            sink.put(&rendered(index)).unwrap();
            // However busy the computer is, it has the time.
            while taken.lock().unwrap().len() as u64 <= index {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        sink.finish().unwrap();
        assert!(sink.warnings().is_empty() && count.so_far() == RecordedPictures { pictures: 50, dropped: 0 });
    }

    #[test]
    fn a_failure_is_told_with_the_next_picture_or_without_one() {
        for with_pictures in [true, false] {
            let failing = Slow { each: Duration::ZERO, room: 1, taken: Arc::default() };
            let mut sink = SpareTimeSink::start("clean.mp4", Box::new(failing), PictureCount::default()).unwrap();
            (0..2).for_each(|index| sink.put(&rendered(index)).unwrap());
            let failure = std::iter::repeat_with(|| {
                std::thread::sleep(Duration::from_millis(5));
                if with_pictures { sink.put(&rendered(2)) } else { sink.settle() }
            });
            let said = failure.take(1000).find_map(Result::err).unwrap().to_string();
            assert_eq!(said, "disk full");
            sink.finish().unwrap();
        }
    }
}
