//! Recording on demand: sinks that are opened when recording is switched on and finished when it is switched off.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{Rendered, Sink, SinkError};
use crate::frame::Frame;

/// Opens the sinks of a recording; told the number of the recording, from 1.
pub type Opener = Box<dyn FnMut(u32) -> Result<Vec<Box<dyn Sink>>, SinkError> + Send>;

/// The switch of a recording; clones share.
#[derive(Clone, Debug, Default)]
pub struct RecordSwitch(Arc<AtomicBool>);

impl RecordSwitch {
    /// Switches recording on or off, from the next frame on.
    pub fn set(&self, on: bool) {
        self.0.store(on, Ordering::Relaxed);
    }

    /// Whether recording is on.
    pub fn on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Passes frames on while its switch is on. Times of a recording start at zero.
pub struct Recorder {
    switch: RecordSwitch,
    open: Opener,
    /// The sinks of the recording that goes on, and the time of its first frame.
    current: Option<(Vec<Box<dyn Sink>>, Duration)>,
    recordings: u32,
    warnings: Vec<String>,
}

impl Recorder {
    /// A recorder that records nothing yet.
    pub fn new(switch: RecordSwitch, open: Opener) -> Recorder {
        Recorder { switch, open, current: None, recordings: 0, warnings: Vec::new() }
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

impl Sink for Recorder {
    fn put(&mut self, item: &Rendered) -> Result<(), SinkError> {
        if !self.switch.on() {
            return self.close();
        }
        if self.current.is_none() {
            self.recordings += 1;
            self.current = Some(((self.open)(self.recordings)?, item.frame.pts));
        }
        let Some((sinks, start)) = &mut self.current else { return Ok(()) };
        let frame = Arc::new(Frame { pts: item.frame.pts.saturating_sub(*start), ..(*item.frame).clone() });
        let item = Rendered { frame, ..item.clone() };
        sinks.iter_mut().try_for_each(|sink| sink.put(&item))
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        self.close()
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
        fn put(&mut self, item: &Rendered) -> Result<(), SinkError> {
            let line = format!("{}: frame {} at {} ms", self.1, item.frame.index, item.frame.pts.as_millis());
            self.0.lock().unwrap().push(line);
            Ok(())
        }

        fn finish(&mut self) -> Result<(), SinkError> {
            self.0.lock().unwrap().push(format!("{}: finished", self.1));
            Ok(())
        }
    }

    fn rendered(index: u64) -> Rendered {
        let frame = Frame { index, pts: Duration::from_millis(100 * index), pixels: RgbImage::new(1, 1), file: None };
        let detection = Detection::default();
        let (frame, detection, annotated) = (Arc::new(frame), Arc::new(detection), Arc::new(RgbImage::new(1, 1)));
        Rendered { frame, annotated, detection, dropped: 0, times: StageTimes::default() }
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
