//! The viewer: shows the newest picture at the source's rate with the newest circles over it, and does what the keys ask for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use image::RgbImage;

use crate::cli::paths::earlier::SNAPSHOTS;
use crate::cli::paths::folder::LazyFolder;
use crate::cli::run::delays::{Delays, PendingPicture};
use crate::cli::say::note;
use crate::draw::{Scene, Status, View, annotate};
use crate::finding::Detection;
use crate::frame::Frame;
use crate::model::Class;
use crate::pipeline::{Controls, Delivery, Feed};
use crate::sink::window::{Action, Request, ViewState, WindowApart};
use crate::sink::{RecordSwitch, RenderedFrame, ShownAfter, Snapshots, StageTimes};

/// Longest wait for a picture before the keys are read again.
const PATIENCE: Duration = Duration::from_millis(15);

/// A picture waits this long for its own circles, while the scan keeps up: circles that lie on the picture they were found on are worth
/// a delay that nobody sees.
const HOLD: Duration = Duration::from_millis(25);

/// A picture that stands still is shown again after this long: the window may have been uncovered, or a setting changed.
const REFRESH: Duration = Duration::from_millis(100);

/// How long a notice is shown, and one that something could not be written.
const NOTICE_TIME: Duration = Duration::from_millis(2500);
const FAILURE_TIME: Duration = Duration::from_secs(15);

/// Longest wait for the window to show a picture, before there is another look.
const WINDOW_PATIENCE: Duration = Duration::from_millis(2);

/// Weight of the newest interval in the rate that is shown.
const RATE_WEIGHT: f32 = 0.1;

/// Where recordings and snapshots go.
pub(crate) struct RecordingTarget {
    /// Whether it is recorded.
    pub(crate) switch: RecordSwitch,
    /// The folder of the run.
    pub(crate) folder: Arc<LazyFolder>,
}

/// The window with all that is shown in it.
pub(crate) struct Viewer {
    window: WindowApart,
    state: ViewState,
    classes: Vec<Class>,
    controls: Controls,
    target: RecordingTarget,
    /// Pictures are shown once they were searched, not before: faces are covered then.
    pub(crate) searched_alone: bool,
    /// The newest picture and when it came.
    frame: Option<(Arc<Frame>, Instant)>,
    /// When the newest picture is to be shown, until it was.
    due: Option<Instant>,
    /// Whether the newest circles came before their picture was due.
    keeps_up: bool,
    /// Whether the newest circles were not shown yet.
    unseen: bool,
    /// How late pictures and circles were shown.
    delays: Delays,
    /// The newest picture that went through the scan.
    result: Option<RenderedFrame>,
    nothing: Arc<Detection>,
    notice_until: Option<Instant>,
    /// The first snapshot that could not be written.
    failure: Option<anyhow::Error>,
    shown: Instant,
    interval: Option<f32>,
    recycled: Option<RgbImage>,
}

impl Viewer {
    /// A viewer that has seen nothing yet.
    pub(crate) fn new(
        window: WindowApart,
        state: ViewState,
        classes: Vec<Class>,
        controls: Controls,
        target: RecordingTarget,
    ) -> Viewer {
        Viewer {
            window,
            state,
            classes,
            controls,
            target,
            searched_alone: false,
            frame: None,
            due: None,
            keeps_up: false,
            unseen: false,
            delays: Delays::default(),
            result: None,
            nothing: Arc::default(),
            notice_until: None,
            failure: None,
            shown: Instant::now(),
            interval: None,
            recycled: None,
        }
    }

    /// Shows pictures until the last one, or until the viewer wants to leave.
    pub(crate) fn run(&mut self, feed: &Feed) -> anyhow::Result<()> {
        loop {
            let patience = if self.due.is_some() { Duration::ZERO } else { PATIENCE };
            match feed.preview.take(Some(patience)) {
                Delivery::Item(arrival) if !self.searched_alone => self.arrived(arrival.item),
                Delivery::Item(_) | Delivery::Nothing => {}
                // The source has ended; what is on its way through the scan is still shown.
                Delivery::Ended => std::thread::sleep(PATIENCE),
            }
            let patience = self.due.map_or(Duration::ZERO, |due| due.saturating_duration_since(Instant::now()));
            let patience = if self.window.is_ready() { patience } else { patience.max(WINDOW_PATIENCE) };
            match feed.results.take(Some(patience.min(PATIENCE))) {
                Delivery::Item(arrival) => self.found(arrival.item),
                Delivery::Nothing => {}
                Delivery::Ended => return self.failure.take().map_or(Ok(()), Err),
            }
            for action in self.window.events()? {
                match self.state.apply(action) {
                    None => self.pass_on(action),
                    Some(Request::Quit) => return self.failure.take().map_or(Ok(()), Err),
                    Some(Request::Snapshot) => {
                        if let Err(error) = self.snapshot() {
                            self.say_failure(format!("{error:#}"));
                            self.failure.get_or_insert(error);
                        }
                    }
                    Some(Request::Record) => self.record(),
                }
            }
            if let Some(sentence) = self.target.switch.failure() {
                self.say_failure(format!("the recording has ended: {sentence}"));
            }
            if let Some(at) = self.window.shown() {
                self.delays.shown(at);
            }
            let due = self.due.is_some_and(|due| due <= Instant::now());
            if (due || self.shown.elapsed() >= REFRESH) && self.window.is_ready() {
                self.show(feed)?;
            }
        }
    }

    /// Takes in a new picture.
    fn arrived(&mut self, frame: Arc<Frame>) {
        let now = Instant::now();
        if let Some((_, before)) = &self.frame {
            let passed = now.duration_since(*before).as_secs_f32();
            let smooth = self.interval.map_or(passed, |old| old + RATE_WEIGHT * (passed - old));
            self.interval = Some(smooth);
        }
        self.frame = Some((frame, now));
        self.due = Some(if self.keeps_up { now + HOLD } else { now });
    }

    /// Takes in new circles; their picture is shown with them, if it is still the newest.
    fn found(&mut self, result: RenderedFrame) {
        if self.searched_alone {
            self.arrived(result.frame.clone());
        }
        let own = self.frame.as_ref().is_some_and(|(frame, _)| frame.index == result.frame.index);
        self.result = Some(result);
        self.unseen = true;
        self.keeps_up = self.age().is_some_and(|age| age <= HOLD);
        if own && self.due.is_some() {
            self.due = Some(Instant::now());
        }
    }

    /// How late pictures and circles were shown; `None` when none were.
    pub(crate) fn shown_after(&self) -> Option<ShownAfter> {
        self.delays.percentiles()
    }

    /// Tells the threads what the keys changed, and the viewer what there is to see by now.
    fn pass_on(&mut self, action: Action) {
        self.controls.set_paused(self.state.paused);
        self.controls.set_threshold(self.state.conf);
        let shown = self.state.explanation();
        self.controls.set_method(shown.method());
        if action == Action::NextExplanation {
            let closed =
                if self.state.looks_inside() { "" } else { " (this model only answers: its inside shows nothing)" };
            self.say(format!("{}: {}{closed}", shown.name(), shown.about()));
        }
        if self.state.paused {
            self.interval = None;
        }
    }

    fn show(&mut self, feed: &Feed) -> anyhow::Result<()> {
        if self.notice_until.is_some_and(|until| until <= Instant::now()) {
            self.notice_until = None;
            self.state.view.notice = None;
        }
        let status = self.status(feed);
        let Some((frame, _)) = &self.frame else { return Ok(()) };
        let detection = self.result.as_ref().map_or(&self.nothing, |result| &result.detection);
        let scene = Scene { frame, detection, classes: &self.classes, status: Some(&status) };
        let picture = annotate(&scene, &self.state.shown(), self.recycled.take());
        self.window.show(&picture)?;
        self.recycled = Some(picture);
        self.shown = Instant::now();
        let came = self.frame.as_ref().map(|(_, came)| *came);
        let came = came.filter(|_| self.due.take().is_some());
        let behind = self.age().filter(|_| std::mem::take(&mut self.unseen));
        let circles_came = behind.and_then(|behind| self.shown.checked_sub(behind));
        self.delays.handed(PendingPicture { came, circles_came });
        Ok(())
    }

    fn status(&self, feed: &Feed) -> Status {
        let windows = self.result.as_ref().map(|result| result.detection.windows).unwrap_or_default();
        let shortfall = self.result.as_ref().map(|result| result.detection.shortfall).unwrap_or_default();
        Status {
            fps: self.interval.filter(|interval| *interval > 0.0).map(|interval| 1.0 / interval),
            age: self.age(),
            dropped: feed.progress.dropped(),
            computed: windows.coarse + windows.fine,
            reused: windows.reused,
            circles: self.result.as_ref().map_or(0, |result| result.detection.circles.len()),
            threshold: self.state.conf,
            shortfall,
            hint: self.result.as_ref().and_then(|result| result.detection.hint),
            recording: self.target.switch.on(),
            paused: self.state.paused,
        }
    }

    /// How far the circles are behind: from the time of the picture they were found on to now.
    fn age(&self) -> Option<Duration> {
        let ((frame, came), result) = (self.frame.as_ref()?, self.result.as_ref()?);
        let behind = frame.pts.saturating_sub(result.frame.pts);
        (!self.state.paused).then(|| behind + came.elapsed())
    }

    /// Writes the picture that the newest circles were found on, clean and annotated.
    fn snapshot(&mut self) -> anyhow::Result<()> {
        let Some(result) = &self.result else {
            self.say("nothing was scanned yet".to_owned());
            return Ok(());
        };
        let view = View { help: false, notice: None, ..self.state.shown() };
        let scene = Scene { frame: &result.frame, detection: &result.detection, classes: &self.classes, status: None };
        let annotated = Arc::new(annotate(&scene, &view, None));
        let item = RenderedFrame { annotated, times: StageTimes::default(), ..result.clone() };
        let folder = self.target.folder.path().context("no snapshot")?.join(SNAPSHOTS);
        let path = Snapshots::new(folder).take(&item)?.annotated;
        self.say(format!("snapshot: {}", path.display()));
        Ok(())
    }

    fn record(&mut self) {
        let on = !self.target.switch.on();
        self.target.switch.set(on);
        self.say(if on { "recording".to_owned() } else { "recording ended".to_owned() });
    }

    fn say(&mut self, notice: String) {
        self.state.view.notice = Some(notice);
        self.notice_until = Some(Instant::now() + NOTICE_TIME);
    }

    /// Says in the window, and on the terminal for who comes back later, what could not be written.
    fn say_failure(&mut self, sentence: String) {
        note(&sentence);
        self.say(sentence);
        self.notice_until = Some(Instant::now() + FAILURE_TIME);
    }
}
