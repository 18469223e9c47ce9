//! The threads of a run, with a stub classifier and generated frames: same results for any number of workers; every fault ends the
//! run in time, is reported as itself, and leaves all sinks finished.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "pipeline/explaining.rs"]
mod explaining;
#[path = "pipeline/stubs.rs"]
mod stubs;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use lesionscope::detect::{Detect, Serial};
use lesionscope::pipeline::{Controls, Delivery, Feed, Outcome, Parts, PipelineError, run};
use lesionscope::sink::SinkError;
use lesionscope::source::{Source, SourceError, Stop};
use proptest::prelude::*;
use stubs::{Fault, SinkLog, StubDetector, StubModel, StubSink, StubSource, parts, watch};

/// Runs in a thread of its own and fails if that takes longer than a fault may take to end a run.
fn within<T: Send + 'static>(limit: Duration, body: impl FnOnce() -> T + Send + 'static) -> T {
    let (tx, rx) = crossbeam_channel::bounded(1);
    let thread = std::thread::spawn(move || tx.send(body()).is_ok());
    match rx.recv_timeout(limit) {
        Ok(value) => value,
        Err(crossbeam_channel::RecvTimeoutError::Timeout) => panic!("the run did not end within {limit:?}"),
        Err(crossbeam_channel::RecvTimeoutError::Disconnected) => match thread.join() {
            Err(payload) => std::panic::resume_unwind(payload),
            Ok(_) => unreachable!("a body that returned has sent"),
        },
    }
}

fn ended(parts: Parts) -> Outcome {
    within(Duration::from_secs(20), || run(parts, watch))
}

fn error(outcome: &Outcome) -> String {
    outcome.result.as_ref().unwrap_err().to_string()
}

#[test]
fn results_are_those_of_one_thread_for_any_number_of_workers() {
    let frames = 24;
    let mut serial = Serial::new(Box::new(StubModel::default()));
    let (mut detector, mut source) = (StubDetector::default(), StubSource::of(frames));
    let mut expected = Vec::new();
    while let Some(frame) = source.next_frame(&Stop::default()).unwrap() {
        expected.push(detector.detect(&std::sync::Arc::new(frame), &mut serial).unwrap());
    }
    assert!(expected.windows(2).any(|pair| pair[0].circles != pair[1].circles), "the stub sees the pixels");
    for workers in [1, 2, 4] {
        let (sink, seen) = StubSink::good();
        let mut parts = parts(StubSource::of(frames), vec![sink]);
        parts.settings.workers = Some(workers);
        let outcome = ended(parts);
        assert!(outcome.result.is_ok(), "{:?}", outcome.result);
        assert_eq!((outcome.tally.frames, outcome.tally.dropped), (frames, 0));
        assert_eq!(seen.detections(), expected, "{workers} workers");
        assert_eq!(seen.finished(), 1);
    }
}

#[test]
fn a_slow_sink_on_a_live_source_drops_and_counts_frames_and_holds_few() {
    let mut source = StubSource::of(300);
    source.live = true;
    let held = source.held.clone();
    let (sink, seen) = StubSink::with(Fault::Until(held.clone(), 300));
    let outcome = ended(parts(source, vec![sink]));
    assert!(outcome.result.is_ok());
    assert!(outcome.tally.dropped >= 300 - 12, "{}", outcome.tally.dropped);
    let listed: u64 = seen.dropped() + seen.indices().len() as u64;
    assert_eq!(listed, 300, "every frame is either seen or counted");
    assert_eq!(seen.indices().last(), Some(&299), "the newest frame wins");
    assert_eq!(held.load(Ordering::SeqCst), 300);
    assert!(seen.most_alive() <= 12, "{} frames alive at once", seen.most_alive());
}

/// A classifier that sees every window may take minutes for a frame: whoever ends the run does not wait for it.
#[test]
fn a_frame_that_takes_long_is_left_alone_when_the_run_is_to_end() {
    let (sink, seen) = StubSink::good();
    let mut parts = parts(StubSource::of(3), vec![sink]);
    // 12 jobs a frame.
    parts.model = Box::new(StubModel { time: Duration::from_secs(1), ..StubModel::default() });
    parts.settings.workers = Some(1);
    let stop = parts.stop.clone();
    let asked = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(500));
        stop.request();
        Instant::now()
    });
    let outcome = ended(parts);
    let took = asked.join().unwrap().elapsed();
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    assert_eq!((seen.indices().len(), seen.finished()), (0, 1));
    assert!(took < Duration::from_secs(6), "it took {took:?}, less than half of a frame");
}

#[test]
fn a_source_error_ends_the_run_after_all_frames_before_it() {
    let (sink, seen) = StubSink::good();
    let mut source = StubSource::of(50);
    source.fail_at = Some(17);
    let outcome = ended(parts(source, vec![sink]));
    assert!(matches!(outcome.result, Err(PipelineError::Source(SourceError::Failed(_)))), "{:?}", outcome.result);
    assert_eq!((seen.indices().len(), seen.finished()), (17, 1));
    assert_eq!(outcome.source.unreadable, 3, "what the source counted is kept");
}

#[test]
fn a_panic_in_a_worker_is_reported_as_such() {
    for workers in [1, 4] {
        let (sink, seen) = StubSink::good();
        let mut parts = parts(StubSource::of(50), vec![sink]);
        parts.settings.workers = Some(workers);
        parts.model = Box::new(StubModel { panic_at: Some(9), ..StubModel::default() });
        let outcome = ended(parts);
        assert!(matches!(outcome.result, Err(PipelineError::Model { frame: 9, .. })), "{:?}", outcome.result);
        assert!(error(&outcome).contains("planted in the model"));
        assert_eq!((seen.indices().len(), seen.finished()), (9, 1));
    }
}

#[test]
fn a_panic_in_the_source_the_detector_the_painter_or_a_sink_is_reported_as_such() {
    for stage in ["capture", "detect", "render", "bad-sink"] {
        let (good, seen) = StubSink::good();
        let (mut bad, bad_seen) = StubSink::with(if stage == "bad-sink" { Fault::PanicAt(5) } else { Fault::None });
        bad.name = "bad-sink";
        let mut source = StubSource::of(50);
        source.panic_at = (stage == "capture").then_some(5);
        let mut parts = parts(source, vec![good, bad]);
        parts.detector = Box::new(StubDetector::panicking((stage == "detect").then_some(5)));
        if stage == "render" {
            parts.painter = Box::new(|frame, _, _| match frame.index {
                5 => panic!("planted in the painter"),
                _ => frame.pixels.clone(),
            });
        }
        let outcome = ended(parts);
        let expected = format!("'{stage}' panicked");
        assert!(error(&outcome).contains(&expected) && error(&outcome).contains("planted"), "{}", error(&outcome));
        assert_eq!((seen.finished(), bad_seen.finished()), (1, 1), "{stage}: both sinks are finished");
        assert!(seen.indices().len() >= 5, "{stage}");
    }
}

#[test]
fn a_sink_that_fails_ends_the_run_with_its_own_error_and_the_others_are_finished() {
    let (bad, bad_seen) = StubSink::with(Fault::FailAt(3));
    let (good, seen) = StubSink::good();
    let outcome = ended(parts(StubSource::of(10_000), vec![bad, good]));
    assert!(matches!(&outcome.result, Err(PipelineError::Sink(SinkError::Failed(text))) if text == "disk full"));
    assert_eq!((bad_seen.finished(), seen.finished()), (1, 1));
    assert!(seen.indices().len() < 100, "the run ends soon after");
}

#[test]
fn a_sink_that_cannot_finish_is_reported() {
    let (sink, seen) = StubSink::with(Fault::FailAtFinish);
    let outcome = ended(parts(StubSource::of(5), vec![sink]));
    assert!(error(&outcome).contains("no trailer"));
    assert_eq!(seen.indices().len(), 5);
}

#[test]
fn the_limit_of_frames_and_the_stride_are_kept() {
    let (sink, seen) = StubSink::good();
    let mut parts = parts(StubSource::of(100), vec![sink]);
    parts.settings.frames = Some(4);
    parts.settings.vid_stride = 7;
    assert!(ended(parts).result.is_ok());
    assert_eq!(seen.indices(), [0, 7, 14, 21]);
}

#[test]
fn stills_are_forgotten_between_pictures() {
    let (sink, seen) = StubSink::good();
    let mut source = StubSource::of(4);
    source.stills = true;
    assert!(ended(parts(source, vec![sink])).result.is_ok());
    let tracks: Vec<u64> = seen.detections().iter().map(|detection| detection.circles[0].track).collect();
    assert_eq!(tracks, [1, 1, 1, 1], "the stub numbers frames since its last reset");
}

#[test]
fn a_threshold_from_the_window_reaches_the_detector() {
    let (sink, seen) = StubSink::good();
    let parts = parts(StubSource::of(5), vec![sink]);
    parts.controls.set_threshold(0.25);
    assert!(ended(parts).result.is_ok());
    assert!(seen.detections().iter().all(|detection| detection.heat.values == [0.25]));
}

#[test]
fn a_paused_file_waits_and_a_closed_window_ends_the_run() {
    let (sink, seen) = StubSink::good();
    let parts = parts(StubSource::of(1_000_000), vec![sink]);
    let controls: Controls = parts.controls.clone();
    let outcome = within(Duration::from_secs(20), move || {
        run(parts, |feed: Feed| {
            assert!(matches!(feed.results.take(Some(Duration::from_secs(5))), Delivery::Item(..)));
            controls.set_paused(true);
            std::thread::sleep(Duration::from_millis(300));
            let paused_at = feed.progress.frames();
            std::thread::sleep(Duration::from_millis(200));
            assert_eq!(feed.progress.frames(), paused_at);
        })
    });
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    assert_eq!(seen.finished(), 1);
}

#[test]
fn a_file_shown_live_comes_at_its_own_speed() {
    let (sink, _) = StubSink::good();
    let mut parts = parts(StubSource::of(11), vec![sink]);
    parts.live = true;
    let started = Instant::now();
    assert!(ended(parts).result.is_ok());
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(330), "ten steps of a thirtieth of a second took {took:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whenever Stop comes, the run ends in time without an error, every frame that went in comes out, and all sinks are finished.
    #[test]
    fn a_stop_at_any_time_finishes_everything(after_us in 0_u64..30_000, workers in 1_usize..4, live in any::<bool>()) {
        let (sinks, seen): (Vec<_>, Vec<SinkLog>) = [StubSink::good(), StubSink::good()].into_iter().unzip();
        let mut source = StubSource::of(1_000_000);
        source.live = live;
        let mut parts = parts(source, sinks);
        parts.settings.workers = Some(workers);
        let stop = parts.stop.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_micros(after_us));
            stop.request();
        });
        let outcome = ended(parts);
        prop_assert!(outcome.result.is_ok(), "{:?}", outcome.result);
        for seen in seen {
            prop_assert_eq!((seen.finished(), seen.indices().len() as u64), (1, outcome.tally.frames));
        }
    }
}
