//! Stand-ins for source, classifier, detector and sink, with faults that can be planted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use image::RgbImage;
use lesionscope::detect::{Detect, Evaluator, Job, JobAnswer};
use lesionscope::finding::{Detection, Finding, HeatGrid, ScoreOrigin, TrackState, TrackedCircle, WindowCounts};
use lesionscope::frame::Frame;
use lesionscope::geometry::{Circle, Point, Size, Square};
use lesionscope::model::{Class, CoarseGeometry, Model, ModelError, Scores};
use lesionscope::pipeline::{Controls, Delivery, Feed, NamedSink, Parts, RunSettings};
use lesionscope::sink::{RenderedFrame, Sink, SinkError};
use lesionscope::source::{Source, SourceError, SourceInfo, SourceStats, Stop};

/// Side of the generated frames, px.
const SIDE: u32 = 48;

/// A run over stubs, two workers, no limits.
pub(crate) fn parts(source: StubSource, sinks: Vec<NamedSink>) -> Parts {
    Parts {
        source: Box::new(source),
        detector: Box::new(StubDetector::default()),
        explaining: None,
        model: Box::new(StubModel::default()),
        painter: Box::new(|frame, _, recycled| {
            recycled.map_or_else(
                || frame.pixels.clone(),
                |mut old| {
                    old.copy_from_slice(&frame.pixels);
                    old
                },
            )
        }),
        sinks,
        settings: RunSettings { workers: Some(2), vid_stride: 1, max_fps: None, frames: None, budget_ms: None },
        live: false,
        stop: Stop::default(),
        controls: Controls::default(),
    }
}

/// A front that waits for the end.
pub(crate) fn watch(feed: Feed) {
    while !matches!(feed.results.take(None), Delivery::Ended) {}
}

/// Thirty generated frames a second; the first pixel holds the index, modulo 256.
pub(crate) struct StubSource {
    info: SourceInfo,
    next: u64,
    frames: u64,
    pub(crate) live: bool,
    pub(crate) stills: bool,
    pub(crate) fail_at: Option<u64>,
    pub(crate) panic_at: Option<u64>,
    pub(crate) pause: Duration,
    /// Frames handed out.
    pub(crate) held: Arc<AtomicU64>,
}

impl StubSource {
    pub(crate) fn of(frames: u64) -> StubSource {
        let info = SourceInfo {
            label: "stub".into(),
            stem: "stub".into(),
            live: false,
            size: Some(Size { width: SIDE, height: SIDE }),
            frames: Some(frames),
            fps: Some(30.0),
            sound: None,
            stills: false,
        };
        let held = Arc::default();
        let (live, stills, pause) = (false, false, Duration::ZERO);
        StubSource { info, next: 0, frames, live, stills, fail_at: None, panic_at: None, pause, held }
    }
}

impl Source for StubSource {
    fn info(&self) -> &SourceInfo {
        // The flags are set after construction and before the run.
        match (self.live, self.stills) {
            (false, false) => &self.info,
            (live, stills) => Box::leak(Box::new(SourceInfo { live, stills, ..self.info.clone() })),
        }
    }

    fn next_frame(&mut self, stop: &Stop) -> Result<Option<Frame>, SourceError> {
        let index = self.next;
        if stop.requested() || index >= self.frames {
            return Ok(None);
        }
        if self.fail_at == Some(index) {
            return Err(SourceError::Failed("planted in the source".into()));
        }
        assert_ne!(self.panic_at, Some(index), "planted in the source");
        self.next += 1;
        self.held.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(self.pause);
        let shade = |x: u32, y: u32| (u64::from(x * 7 + y * 13) * (index + 1) % 251) as u8;
        let mut pixels = RgbImage::from_fn(SIDE, SIDE, |x, y| image::Rgb([shade(x, y), shade(y, x), 90]));
        pixels.put_pixel(0, 0, image::Rgb([(index % 256) as u8, 0, 0]));
        Ok(Some(Frame { index, pts: Duration::from_micros(index * 33_333), pixels, file: None }))
    }

    fn stats(&self) -> SourceStats {
        SourceStats { unreadable: 3, ..SourceStats::default() }
    }
}

/// Scores are means of pixels.
#[derive(Clone, Default)]
pub(crate) struct StubModel {
    /// Panics at the window whose first pixel has this red.
    pub(crate) panic_at: Option<u8>,
    /// Time that it takes for some windows at once.
    pub(crate) time: Duration,
}

impl Model for StubModel {
    fn classes(&self) -> &[Class] {
        &[]
    }

    fn input_side(&self) -> u32 {
        8
    }

    fn coarse_geometry(&self) -> CoarseGeometry {
        CoarseGeometry { side: 8, stride: 8 }
    }

    fn coarse(&mut self, level: &RgbImage) -> Result<Vec<f32>, ModelError> {
        let red = f32::from(level.get_pixel(0, 0)[0]) / 255.0;
        Ok(vec![red])
    }

    fn classify(&mut self, windows: &[RgbImage]) -> Result<Vec<Scores>, ModelError> {
        let score = |window: &RgbImage| {
            let first = window.get_pixel(0, 0);
            assert!(first[1] != 0 || self.panic_at != Some(first[0]), "planted in the model");
            let mean = window.as_raw().iter().map(|&value| f32::from(value)).sum::<f32>() / window.len() as f32 / 255.0;
            Scores { classes: vec![mean, 1.0 - mean], context: 1.0, familiar: 1.0 }
        };
        std::thread::sleep(self.time);
        Ok(windows.iter().map(score).collect())
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}

/// Circles every window of a grid, several windows a job, and carries the evidence of the frames before along, so that a frame
/// out of order would show. The track is the number of frames since the last reset.
#[derive(Default)]
pub(crate) struct StubDetector {
    panic_at: Option<u64>,
    seen: u64,
    evidence: f32,
    threshold: f32,
}

impl StubDetector {
    /// Panics at the frame of this index.
    pub(crate) fn panicking(panic_at: Option<u64>) -> StubDetector {
        StubDetector { panic_at, ..StubDetector::default() }
    }
}

impl Detect for StubDetector {
    fn detect(&mut self, frame: &Arc<Frame>, evaluator: &mut dyn Evaluator) -> Result<Detection, ModelError> {
        assert_ne!(self.panic_at, Some(frame.index), "planted in the detector");
        self.seen += 1;
        let places = |n: u32| Square { x: (n % 6 * 8) as f32, y: (n / 6 * 8) as f32, side: 8.0 };
        let squares: Vec<Square> = (0..36).map(places).collect();
        let jobs = squares.chunks(3).map(|chunk| Job::Classify(chunk.to_vec())).collect();
        let mut circles = Vec::new();
        for answer in evaluator.run(frame, jobs)? {
            let JobAnswer::Scores(scores) = answer else { panic!("a classify job is answered with scores") };
            for scores in scores {
                self.evidence = 0.9 * self.evidence + scores.classes[0];
                let place = squares[circles.len()];
                let Point { x, y } = place.centre();
                let finding = Finding {
                    circle: Circle { x, y, r: 4.0 },
                    scores: scores.classes,
                    evidence: self.evidence,
                    context: 1.0,
                    familiar: 1.0,
                    origin: ScoreOrigin::Fresh,
                    age_frames: 0,
                };
                let (track, state) = (self.seen, TrackState::Confirmed);
                circles.push(TrackedCircle {
                    track,
                    state,
                    place: None,
                    class: 0,
                    undecided: false,
                    on_skin: true,
                    finding,
                    explained: None,
                    assessment: None,
                });
            }
        }
        let windows = WindowCounts { planned: 36, fine: 36, ..WindowCounts::default() };
        let heat = HeatGrid { cols: 1, rows: 1, values: vec![self.threshold] };
        Ok(Detection { circles, windows, heat, mask: vec![false], ..Detection::default() })
    }

    fn detect_still(&mut self, frame: &Arc<Frame>, evaluator: &mut dyn Evaluator) -> Result<Detection, ModelError> {
        self.seen = 0;
        self.evidence = 0.0;
        self.detect(frame, evaluator)
    }

    fn set_conf(&mut self, conf: f32) {
        self.threshold = conf;
    }

    fn set_effort(&mut self, _: f32) {}
}

/// What a sink does wrong.
#[derive(Clone)]
pub(crate) enum Fault {
    None,
    /// Takes nothing before a source has given so many frames.
    Until(Arc<AtomicU64>, u64),
    FailAt(u64),
    PanicAt(u64),
    FailAtFinish,
}

#[derive(Default)]
struct Log {
    detections: Vec<Detection>,
    indices: Vec<u64>,
    dropped: u64,
    finished: u32,
    frames: Vec<Weak<Frame>>,
    most_alive: usize,
}

/// What a sink has seen.
#[derive(Clone, Default)]
pub(crate) struct SinkLog(Arc<Mutex<Log>>);

impl SinkLog {
    fn get<T>(&self, read: impl FnOnce(&mut Log) -> T) -> T {
        read(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    pub(crate) fn detections(&self) -> Vec<Detection> {
        self.get(|log| log.detections.clone())
    }

    pub(crate) fn indices(&self) -> Vec<u64> {
        self.get(|log| log.indices.clone())
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.get(|log| log.dropped)
    }

    /// How often `finish` was called.
    pub(crate) fn finished(&self) -> u32 {
        self.get(|log| log.finished)
    }

    /// The most frames, of those that reached this sink, that were in memory at once.
    pub(crate) fn most_alive(&self) -> usize {
        self.get(|log| log.most_alive)
    }
}

/// Keeps what it is given.
pub(crate) struct StubSink {
    fault: Fault,
    seen: SinkLog,
}

impl StubSink {
    pub(crate) fn good() -> (NamedSink, SinkLog) {
        StubSink::with(Fault::None)
    }

    pub(crate) fn with(fault: Fault) -> (NamedSink, SinkLog) {
        let seen = SinkLog::default();
        (NamedSink { name: "stub-sink", sink: Box::new(StubSink { fault, seen: seen.clone() }) }, seen)
    }
}

impl Sink for StubSink {
    fn put(&mut self, item: &RenderedFrame) -> Result<(), SinkError> {
        assert_eq!(item.annotated.as_raw(), item.frame.pixels.as_raw(), "the stub painter copies");
        match &self.fault {
            Fault::Until(given, count) => {
                while given.load(Ordering::SeqCst) < *count {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            Fault::FailAt(index) if item.frame.index == *index => return Err(SinkError::Failed("disk full".into())),
            Fault::PanicAt(index) => assert_ne!(item.frame.index, *index, "planted in the sink"),
            _ => {}
        }
        self.seen.get(|log| {
            log.frames.retain(|frame| frame.strong_count() > 0);
            log.frames.push(Arc::downgrade(&item.frame));
            log.most_alive = log.most_alive.max(log.frames.len());
            log.detections.push((*item.detection).clone());
            log.indices.push(item.frame.index);
            log.dropped += item.dropped;
        });
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        self.seen.get(|log| log.finished += 1);
        match self.fault {
            Fault::FailAtFinish => Err(SinkError::Failed("no trailer".into())),
            _ => Ok(()),
        }
    }
}
