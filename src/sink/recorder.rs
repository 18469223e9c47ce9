//! Recording on demand: sinks that are opened when recording is switched on and finished when it is switched off. A
//! sink that fails ends the recording, not the run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{RenderedFrame, Sink, SinkError};
use crate::frame::Frame;

/// Opens the sinks of a recording, given its number, from 1.
pub type RecordingOpener = Box<dyn FnMut(u32) -> Result<Vec<Box<dyn Sink>>, SinkError> + Send>;

/// The switch of a recording; clones share one switch.
#[derive(Clone, Debug, Default)]
pub struct RecordSwitch(Arc<Switch>);

#[derive(Debug, Default)]
struct Switch {
    on: AtomicBool,
    /// Why the recording ended, until somebody has read it.
    failure: Mutex<Option<String>>,
}

impl RecordSwitch {
    /// Switches recording on or off, from the next frame on.
    pub fn set(&self, on: bool) {
        self.0.on.store(on, Ordering::Relaxed);
    }

    /// Whether recording is on.
    pub fn on(&self) -> bool {
        self.0.on.load(Ordering::Relaxed)
    }

    /// Why the recording ended by itself; given once.
    pub fn failure(&self) -> Option<String> {
        self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn fail(&self, sentence: String) {
        self.set(false);
        *self.0.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(sentence);
    }
}

/// Passes frames on while its switch is on. Times of a recording start at zero.
///
/// A sink that fails ends the recording, whose files are finished; the switch says why, and so does `finish`.
pub struct Recorder {
    switch: RecordSwitch,
    open: RecordingOpener,
    /// The sinks of the recording that goes on, and the time of its first frame.
    current: Option<(Vec<Box<dyn Sink>>, Duration)>,
    recordings: u32,
    warnings: Vec<String>,
    /// The first failure of a recording.
    failure: Option<SinkError>,
}

impl Recorder {
    /// A recorder that records nothing yet.
    pub fn new(switch: RecordSwitch, open: RecordingOpener) -> Recorder {
        Recorder { switch, open, current: None, recordings: 0, warnings: Vec::new(), failure: None }
    }

    /// Finishes all sinks of the recording, also after one of them failed; the first failure is returned.
    fn close(&mut self) -> Result<(), SinkError> {
        let Some((mut sinks, _)) = self.current.take() else { return Ok(()) };
        let mut result = Ok(());
        for sink in &mut sinks {
            let finished = sink.finish();
            self.warnings.extend(sink.warnings());
            result = result.and(finished);
        }
        result
    }
}

impl Recorder {
    fn record(&mut self, item: &RenderedFrame) -> Result<(), SinkError> {
        if self.current.is_none() {
            self.recordings += 1;
            self.current = Some(((self.open)(self.recordings)?, item.frame.pts));
        }
        let Some((sinks, start)) = &mut self.current else { return Ok(()) };
        let frame = Arc::new(Frame { pts: item.frame.pts.saturating_sub(*start), ..(*item.frame).clone() });
        let item = RenderedFrame { frame, ..item.clone() };
        sinks.iter_mut().try_for_each(|sink| sink.put(&item))
    }

    /// Ends the recording if it cannot go on.
    fn survive(&mut self, result: Result<(), SinkError>) {
        if let Err(error) = result {
            self.switch.fail(error.to_string());
            // What the others say when they are finished follows from it.
            self.close().ok();
            self.failure.get_or_insert(error);
        }
    }
}

impl Sink for Recorder {
    fn put(&mut self, item: &RenderedFrame) -> Result<(), SinkError> {
        let begins = self.recordings == 0;
        let result = if self.switch.on() { self.record(item) } else { self.close() };
        match result {
            // Nothing was ever recorded, and what was asked for cannot be.
            Err(error) if error.is_unusable() && begins && item.frame.index == 0 => Err(error),
            result => {
                self.survive(result);
                Ok(())
            }
        }
    }

    fn settle(&mut self) -> Result<(), SinkError> {
        let Some((sinks, _)) = &mut self.current else { return Ok(()) };
        let settled = sinks.iter_mut().try_for_each(|sink| sink.settle());
        self.survive(settled);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        let closed = self.close();
        self.failure.take().map_or(closed, Err)
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::finding::Detection;
    use crate::sink::StageTimes;
    use image::RgbImage;

    /// Writes down what happens to it.
    struct Diary(Arc<Mutex<Vec<String>>>, u32);

    impl Sink for Diary {
        fn put(&mut self, item: &RenderedFrame) -> Result<(), SinkError> {
            let line = format!("{}: frame {} at {} ms", self.1, item.frame.index, item.frame.pts.as_millis());
            self.0.lock().unwrap().push(line);
            Ok(())
        }

        fn finish(&mut self) -> Result<(), SinkError> {
            self.0.lock().unwrap().push(format!("{}: finished", self.1));
            Ok(())
        }
    }

    fn rendered(index: u64) -> RenderedFrame {
        let frame = Frame { index, pts: Duration::from_millis(100 * index), pixels: RgbImage::new(1, 1), file: None };
        let detection = Detection::default();
        let (frame, detection, annotated) = (Arc::new(frame), Arc::new(detection), Arc::new(RgbImage::new(1, 1)));
        RenderedFrame { frame, annotated, detection, dropped: 0, times: StageTimes::default() }
    }

    /// Has room for some frames.
    struct Disk(u64);

    impl Sink for Disk {
        fn put(&mut self, _: &RenderedFrame) -> Result<(), SinkError> {
            self.0 = self.0.checked_sub(1).ok_or_else(|| SinkError::Failed("disk full".to_owned()))?;
            Ok(())
        }

        fn finish(&mut self) -> Result<(), SinkError> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_ends_the_recording_and_nothing_else() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (switch, diary) = (RecordSwitch::default(), lines.clone());
        let open = move |n| {
            let sinks: [Box<dyn Sink>; 2] = [Box::new(Diary(diary.clone(), n)), Box::new(Disk(u64::from(n)))];
            Ok(sinks.into())
        };
        let mut recorder = Recorder::new(switch.clone(), Box::new(open));
        switch.set(true);
        (0..5).for_each(|index| recorder.put(&rendered(index)).unwrap());
        assert!(!switch.on());
        assert_eq!((switch.failure().as_deref(), switch.failure()), (Some("disk full"), None), "it is told once");
        switch.set(true);
        recorder.put(&rendered(5)).unwrap();
        assert!(
            matches!(recorder.finish(), Err(SinkError::Failed(text)) if text == "disk full"),
            "the end says so too"
        );
        let expected =
            ["1: frame 0 at 0 ms", "1: frame 1 at 100 ms", "1: finished", "2: frame 5 at 0 ms", "2: finished"];
        assert_eq!(*lines.lock().unwrap(), expected);
    }

    #[test]
    fn a_recording_that_cannot_begin_ends_the_run_only_if_it_was_to_begin_with_it() {
        for (first, ends) in [(0, true), (7, false)] {
            let switch = RecordSwitch::default();
            let open = |_| Err(SinkError::Unusable("no such encoder".to_owned()));
            let mut recorder = Recorder::new(switch.clone(), Box::new(open));
            switch.set(true);
            assert_eq!(recorder.put(&rendered(first)).is_err(), ends);
            assert_eq!(switch.failure().is_some(), !ends);
        }
    }

    #[test]
    fn every_switching_on_makes_a_recording_that_starts_at_zero_and_is_finished() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (switch, diary) = (RecordSwitch::default(), lines.clone());
        let open = move |n| Ok(vec![Box::new(Diary(diary.clone(), n)) as Box<dyn Sink>]);
        let mut recorder = Recorder::new(switch.clone(), Box::new(open));
        for (index, on) in [(0, false), (1, true), (2, true), (3, false), (4, true)] {
            switch.set(on);
            recorder.put(&rendered(index)).unwrap();
        }
        recorder.finish().unwrap();
        let expected =
            ["1: frame 1 at 0 ms", "1: frame 2 at 100 ms", "1: finished", "2: frame 4 at 0 ms", "2: finished"];
        assert_eq!(*lines.lock().unwrap(), expected);
    }
}
