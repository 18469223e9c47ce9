use image::RgbImage;

use super::super::take::{TakeAccount, TakeEnd};
use super::*;
use crate::finding::Detection;
use crate::frame::Frame;
use crate::sink::StageTimes;

type Lines = Arc<Mutex<Vec<String>>>;

/// Writes down what happens to it.
struct Diary(Lines, u32);

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

/// Counts frames, and writes down what it is told at the end.
struct Account(Lines, u32, u32);

impl TakeAccount for Account {
    fn put(&mut self, _: &RenderedFrame) {
        self.2 += 1;
    }

    fn end(&mut self, end: TakeEnd) -> Result<Vec<String>, SinkError> {
        let failure = end.failure.map_or(String::new(), |why| format!(", {why}"));
        self.0.lock().unwrap().push(format!("{}: {} frames{failure}", self.1, self.2));
        Ok(vec![format!("take {} is over", self.1)])
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

/// Opens takes of a diary and, where there is one, a disk of so many frames a number of the take.
fn opener(lines: &Lines, room: Option<u64>) -> TakeOpener {
    let diary = lines.clone();
    Box::new(move |n| {
        let mut sinks: Vec<Box<dyn Sink>> = vec![Box::new(Diary(diary.clone(), n))];
        sinks.extend(room.map(|room| Box::new(Disk(room * u64::from(n))) as Box<dyn Sink>));
        let folder = PathBuf::from(format!("no/such/take-{n}"));
        Ok(Take { folder, sinks, account: Box::new(Account(diary.clone(), n, 0)) })
    })
}

/// The lines of a take.
fn of(lines: &Lines, take: u32) -> Vec<String> {
    let begin = format!("{take}: ");
    lines.lock().unwrap().iter().filter_map(|line| line.strip_prefix(&begin)).map(str::to_owned).collect()
}

#[test]
fn a_full_disk_ends_the_take_and_nothing_else() {
    let (lines, switch) = (Lines::default(), RecordSwitch::default());
    let mut recorder = Recorder::new(switch.clone(), opener(&lines, Some(1)), TakeRules::default());
    switch.set(true);
    (0..5).for_each(|index| recorder.put(&rendered(index)).unwrap());
    assert!(!switch.on());
    assert_eq!((switch.failure().as_deref(), switch.failure()), (Some("disk full"), None), "it is told once");
    switch.set(true);
    recorder.put(&rendered(5)).unwrap();
    assert!(matches!(recorder.finish(), Err(SinkError::Failed(text)) if text == "disk full"), "the end says so too");
    let first = ["frame 0 at 0 ms", "frame 1 at 100 ms", "finished", "2 frames, disk full"];
    assert_eq!(of(&lines, 1), first);
    assert_eq!(of(&lines, 2), ["frame 5 at 0 ms", "finished", "1 frames"]);
    assert_eq!(recorder.warnings(), ["take 1 is over", "take 2 is over"]);
}

#[test]
fn where_takes_may_not_fail_the_run_ends_with_the_first_that_does() {
    let (lines, switch) = (Lines::default(), RecordSwitch::default());
    let rules = TakeRules { strict: true, ..TakeRules::default() };
    let mut recorder = Recorder::new(switch.clone(), opener(&lines, Some(1)), rules);
    switch.set(true);
    recorder.put(&rendered(0)).unwrap();
    assert!(matches!(recorder.put(&rendered(1)), Err(SinkError::Failed(text)) if text == "disk full"));
    recorder.finish().unwrap();
    assert_eq!(of(&lines, 1).last().unwrap(), "2 frames, disk full", "its account was written");
}

#[test]
fn a_recording_that_cannot_begin_ends_the_run_only_if_it_was_to_begin_with_it() {
    for (first, ends) in [(0, true), (7, false)] {
        let switch = RecordSwitch::default();
        let open = |_| Err(SinkError::Unusable("no such encoder".to_owned()));
        let mut recorder = Recorder::new(switch.clone(), Box::new(open), TakeRules::default());
        switch.set(true);
        assert_eq!(recorder.put(&rendered(first)).is_err(), ends);
        assert_eq!(switch.failure().is_some(), !ends);
    }
}

#[test]
fn every_switching_on_makes_a_take_that_starts_at_zero_and_is_finished() {
    let (lines, switch) = (Lines::default(), RecordSwitch::default());
    let mut recorder = Recorder::new(switch.clone(), opener(&lines, None), TakeRules::default());
    for (index, on) in [(0, false), (1, true), (2, true), (3, false), (4, true)] {
        switch.set(on);
        recorder.put(&rendered(index)).unwrap();
    }
    recorder.finish().unwrap();
    assert_eq!(of(&lines, 1), ["frame 1 at 0 ms", "frame 2 at 100 ms", "finished", "2 frames"]);
    assert_eq!(of(&lines, 2), ["frame 4 at 0 ms", "finished", "1 frames"]);
}

#[test]
fn a_take_that_is_long_enough_is_followed_by_the_next_without_losing_a_frame() {
    let (lines, switch) = (Lines::default(), RecordSwitch::default());
    let rules = TakeRules { longest: Some(Duration::from_millis(300)), ..TakeRules::default() };
    let mut recorder = Recorder::new(switch.clone(), opener(&lines, None), rules);
    switch.set(true);
    (0..8).for_each(|index| recorder.put(&rendered(index)).unwrap());
    recorder.finish().unwrap();
    let three = |first: u64| {
        (0..3)
            .map(move |n| format!("frame {} at {} ms", first + n, 100 * n))
            .chain(["finished".to_owned(), "3 frames".to_owned()])
    };
    assert!(of(&lines, 1).into_iter().eq(three(0)) && of(&lines, 2).into_iter().eq(three(3)), "{lines:?}");
    assert_eq!(of(&lines, 3), ["frame 6 at 0 ms", "frame 7 at 100 ms", "finished", "2 frames"]);
}

/// Takes a second to be finished.
struct Tardy;

impl Sink for Tardy {
    fn put(&mut self, _: &RenderedFrame) -> Result<(), SinkError> {
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        std::thread::sleep(Duration::from_secs(1));
        Ok(())
    }
}

#[test]
fn nobody_waits_for_a_take_to_be_finished_but_the_end() {
    let (lines, switch) = (Lines::default(), RecordSwitch::default());
    let diary = lines.clone();
    let open = move |n| {
        let account = Box::new(Account(diary.clone(), n, 0));
        Ok(Take { folder: PathBuf::from("no/such/take"), sinks: vec![Box::new(Tardy)], account })
    };
    let mut recorder = Recorder::new(switch.clone(), Box::new(open), TakeRules::default());
    let begun = Instant::now();
    for index in 0..6 {
        switch.set(index % 2 == 0);
        recorder.put(&rendered(index)).unwrap();
    }
    assert!(begun.elapsed() < Duration::from_millis(700), "{:?}", begun.elapsed());
    recorder.finish().unwrap();
    assert_eq!(lines.lock().unwrap().len(), 3, "all were finished");
}
