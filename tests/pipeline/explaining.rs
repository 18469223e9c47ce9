//! Maps for circles: at once where every frame counts, from a thread that nobody waits for where the newest frame wins.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use lesionscope::detect::{Detect, Evaluator};
use lesionscope::explain::Method;
use lesionscope::explain::circle::Explain;
use lesionscope::finding::{Detection, Explanation, HeatGrid, TrackedCircle, Trust};
use lesionscope::frame::Frame;
use lesionscope::geometry::Square;
use lesionscope::model::ModelError;
use lesionscope::pipeline::{ExplainSchedule, Outcome, Parts, run};

use super::stubs::{SinkLog, StubDetector, StubSink, StubSource, parts, watch};
use super::within;

/// Time that the stand-in takes for a map.
const SLOW: Duration = Duration::from_millis(30);

/// The stub detector with a track of its own for every circle.
#[derive(Default)]
struct Steady(StubDetector);

impl Detect for Steady {
    fn detect(&mut self, frame: &Arc<Frame>, evaluator: &mut dyn Evaluator) -> Result<Detection, ModelError> {
        let mut detection = self.0.detect(frame, evaluator)?;
        detection.circles.truncate(3);
        (1..).zip(&mut detection.circles).for_each(|(track, circle)| circle.track = track);
        Ok(detection)
    }

    fn detect_still(&mut self, frame: &Arc<Frame>, evaluator: &mut dyn Evaluator) -> Result<Detection, ModelError> {
        self.detect(frame, evaluator)
    }

    fn set_conf(&mut self, conf: f32) {
        self.0.set_conf(conf);
    }

    fn set_effort(&mut self, _: f32) {}
}

/// Takes its time, counts, and says which frame it saw; may fail or panic at a frame.
#[derive(Clone, Default)]
struct StubExplainer {
    asked: Arc<AtomicU32>,
    time: Duration,
    fail_at: Option<u64>,
    panic_at: Option<u64>,
}

impl Explain for StubExplainer {
    fn explain(&mut self, frame: &Frame, circle: &TrackedCircle, method: Method) -> Result<Explanation, ModelError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(self.time);
        assert!(self.panic_at.is_none_or(|at| frame.index < at), "planted in the explainer");
        if self.fail_at.is_some_and(|at| frame.index >= at) {
            return Err(ModelError::Unexplainable("planted in the explainer".to_owned()));
        }
        let map = HeatGrid { cols: 1, rows: 1, values: vec![frame.index as f32] };
        let window = Square { x: -1.0, y: -1.0, side: 2.0 };
        let trust = Trust::default();
        Ok(Explanation { method: method.name(), class: circle.class, signed: false, map, window, trust })
    }
}

/// A run whose circles are explained by a stand-in, every third frame.
fn explained(explainer: &StubExplainer, source: StubSource, live: bool) -> (Parts, SinkLog) {
    let (sink, seen) = StubSink::good();
    let explaining = Some(ExplainSchedule { explainer: Box::new(explainer.clone()), every_frames: 3 });
    let parts = Parts { detector: Box::<Steady>::default(), explaining, live, ..parts(source, vec![sink]) };
    parts.controls.set_method(Some(Method::Cam));
    (parts, seen)
}

fn ended(parts: Parts) -> Outcome {
    within(Duration::from_secs(20), || run(parts, watch))
}

/// Age and frame of the map of every circle of every frame.
fn ages(seen: &SinkLog) -> Vec<Vec<Option<(u64, f32)>>> {
    let of = |circle: &TrackedCircle| circle.explained.as_ref().map(|e| (e.age_frames, e.explanation.map.values[0]));
    seen.detections().iter().map(|detection| detection.circles.iter().map(of).collect()).collect()
}

#[test]
fn where_every_frame_counts_maps_are_made_anew_every_few_frames() {
    for workers in [1, 3] {
        let explainer = StubExplainer::default();
        let (mut parts, seen) = explained(&explainer, StubSource::of(8), false);
        parts.settings.workers = Some(workers);
        assert!(ended(parts).result.is_ok());
        let expected: Vec<_> = (0..8).map(|i: u64| vec![Some((i % 3, (i - i % 3) as f32)); 3]).collect();
        assert_eq!(ages(&seen), expected);
        assert_eq!(explainer.asked.load(Ordering::SeqCst), 9, "three circles, three times");
    }
}

#[test]
fn nobody_asked_for_maps_and_there_are_none() {
    for live in [false, true] {
        let explainer = StubExplainer::default();
        let (parts, seen) = explained(&explainer, StubSource::of(5), live);
        parts.controls.set_method(None);
        assert!(ended(parts).result.is_ok());
        assert!(ages(&seen).iter().flatten().all(Option::is_none));
        assert_eq!(explainer.asked.load(Ordering::SeqCst), 0);
    }
}

#[test]
fn where_the_newest_frame_wins_nothing_waits_for_a_map() {
    let explainer = StubExplainer { time: SLOW, ..StubExplainer::default() };
    let mut source = StubSource::of(200);
    source.live = true;
    source.pause = Duration::from_millis(5);
    let (parts, seen) = explained(&explainer, source, true);
    let outcome = ended(parts);
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    let asked = explainer.asked.load(Ordering::SeqCst);
    // A map and the rest after it take five times as long as the map.
    let most = outcome.elapsed.as_millis() / (5 * SLOW).as_millis() + 1;
    assert!(asked > 0 && u128::from(asked) <= most, "{asked} questions in {:?}", outcome.elapsed);
    let frames: Vec<f32> = ages(&seen).into_iter().flatten().flatten().map(|(_, frame)| frame).collect();
    assert!(!frames.is_empty(), "no map came back");
    let ages = ages(&seen);
    assert!(ages[0].iter().all(Option::is_none), "a map is never there before it could be made");
}

#[test]
fn an_explanation_that_fails_ends_nothing_and_a_panic_ends_the_run_as_itself() {
    for live in [false, true] {
        let source = || {
            let mut source = StubSource::of(400);
            source.pause = Duration::from_millis(5);
            source.live = live;
            source
        };
        let failing = StubExplainer { fail_at: Some(1), ..StubExplainer::default() };
        let (parts, seen) = explained(&failing, source(), live);
        let outcome = ended(parts);
        assert!(outcome.result.is_ok(), "{:?}", outcome.result);
        assert_eq!(seen.finished(), 1);
        // The first frame is explained where it is asked about in time: one circle of it live, all three else.
        let (asked, most) = (failing.asked.load(Ordering::SeqCst), if live { 2 } else { 4 });
        assert!((1..=most).contains(&asked), "asked {asked} times: what failed is not asked again");
        let panicking = StubExplainer { panic_at: Some(1), ..StubExplainer::default() };
        let (parts, seen) = explained(&panicking, source(), live);
        let text = ended(parts).result.unwrap_err().to_string();
        assert!(text.contains("planted in the explainer"), "{text}");
        assert_eq!(seen.finished(), 1);
    }
}
