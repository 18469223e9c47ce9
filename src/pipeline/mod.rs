//! The threads of a run and the bounded channels between them:
//!
//! ```text
//! capture --(live: newest frame wins | file: every frame)--> detect --> render --> one thread a sink
//!                                                               |          \-----> the window, on the calling thread
//!                                                        worker-0 .. worker-n    (live: explain, one circle at a time)
//! ```
//!
//! A run ends in one way only: the source ends, its queue closes, and every stage behind it finishes what it has and ends too.
//! Ctrl-C, a closed window and the limit of frames make the source end; a stage that fails closes its queues, so its neighbours
//! end as well, and the run reports the failure that explains the others.

mod budget;
mod capture;
mod controls;
mod detect;
mod explain;
mod latest;
mod link;
mod pool;
mod render;
mod settings;
mod stage;
mod tally;
mod times;
mod writing;

use std::sync::Arc;
use std::thread::{Scope, scope};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded};

use budget::Budget;
pub use controls::Controls;
pub use explain::ExplainSchedule;
pub use latest::{Arrival, ChannelClosed, Delivery, LatestReceiver, LatestSender, latest};
pub use render::Painter;
pub use settings::RunSettings;
pub use stage::PipelineError;
pub use tally::{RunProgress, RunTally};
pub use times::Histogram;
pub use writing::NamedSink;

use crate::detect::Detect;
use crate::frame::Frame;
use crate::model::Model;
use crate::sink::RenderedFrame;
use crate::source::{Source, SourceStats, Stop};
use capture::CaptureStage;
use detect::DetectStage;
use explain::Maps;
use link::link;
use pool::Pool;
use render::RenderStage;
use stage::{StageHandle, guarded, join_all, root_cause, spawn};

/// Frames that may wait between two stages: enough to let them overlap, few enough to keep latency and memory small.
const WAITING: usize = 1;

/// Everything a run is made of.
pub struct Parts {
    /// Where the frames come from.
    pub source: Box<dyn Source>,
    /// Plan, cache and tracks.
    pub detector: Box<dyn Detect>,
    /// What explains the circles, when the controls name a method.
    pub explaining: Option<ExplainSchedule>,
    /// The classifier; every worker gets a fork of it.
    pub model: Box<dyn Model>,
    /// Draws the overlays.
    pub painter: Painter,
    /// Where the frames go, each on a thread of its own.
    pub sinks: Vec<NamedSink>,
    /// Pace and number of workers.
    pub settings: RunSettings,
    /// Shown as it happens: the newest frame wins, and files come at the speed at which they were taken.
    pub live: bool,
    /// Ends the source.
    pub stop: Stop,
    /// What a window may change meanwhile.
    pub controls: Controls,
}

/// What the calling thread gets to see of a run.
pub struct Feed {
    /// The newest frame as captured, before it is scanned.
    pub preview: LatestReceiver<Arc<Frame>>,
    /// The newest frame that went through all stages; ends when the last frame has.
    pub results: LatestReceiver<RenderedFrame>,
    /// Counts so far.
    pub progress: RunProgress,
}

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    /// The failure that explains the end, if it was one.
    pub result: Result<(), PipelineError>,
    /// What was counted.
    pub tally: RunTally,
    /// What went wrong at the source without ending it.
    pub source: SourceStats,
    /// What the sinks had to say, besides errors.
    pub warnings: Vec<String>,
    /// Time from the first to the last thread.
    pub elapsed: Duration,
}

impl Outcome {
    /// That of a run that has only begun: nothing is counted yet.
    pub fn begun() -> Outcome {
        Outcome {
            result: Ok(()),
            tally: RunTally::default(),
            source: SourceStats::default(),
            warnings: Vec::new(),
            elapsed: Duration::ZERO,
        }
    }
}

/// What the stages leave behind, whatever way they end.
#[derive(Default)]
struct Traces {
    tally: RunTally,
    source: SourceStats,
}

/// Runs all stages to their end. `front` runs on the calling thread meanwhile (a window must live on the main thread); when it
/// returns, the source is asked to end. All sinks have been finished when this returns, after a failure as well.
pub fn run(parts: Parts, front: impl FnOnce(Feed)) -> Outcome {
    let started = Instant::now();
    let mut traces = Traces::default();
    let stop = parts.stop.clone();
    let (said, heard) = bounded(parts.sinks.len());
    let result = scope(|scope| {
        let (feed, handles) = start(scope, parts, &mut traces, said)?;
        let shown = guarded("window", || {
            front(feed);
            Ok(())
        });
        stop.request();
        root_cause([join_all(handles), shown])
    });
    let warnings = heard.try_iter().flatten().collect();
    Outcome { result, tally: traces.tally, source: traces.source, warnings, elapsed: started.elapsed() }
}

/// Starts all threads, the last stage first; a failure on the way closes the queues of those already started.
fn start<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    parts: Parts,
    traces: &'env mut Traces,
    said: Sender<Vec<String>>,
) -> Result<(Feed, Vec<StageHandle<'scope>>), PipelineError> {
    let Parts { mut source, mut detector, explaining, model, painter, sinks, settings, live, stop, controls } = parts;
    let (live, stills) = (live || source.info().live, source.info().stills);
    let paced = live && !source.info().live;
    let Traces { tally, source: stats } = traces;
    let mut writers = Vec::with_capacity(sinks.len());
    let mut queues = Vec::with_capacity(sinks.len());
    for sink in sinks {
        let (queue, inbox) = bounded(WAITING);
        let said = said.clone();
        queues.push(queue);
        writers.push(spawn(scope, sink.name, move || writing::write_stage(sink, inbox, &said))?);
    }
    let (result_tx, results) = latest();
    let progress = tally.progress();
    let (detected_tx, detected) = bounded(WAITING);
    let stage = RenderStage { sinks: queues, results: result_tx };
    let render = spawn(scope, "render", move || stage.run(&detected, painter, tally))?;
    let (mut pool, workers) = Pool::start(scope, &*model, stop.clone(), settings.worker_count())?;
    let (out, inlet) = link(live);
    let held = controls.clone();
    let (maps, aside) = match explaining {
        Some(explaining) if live => Maps::aside(scope, explaining).map(|(maps, handle)| (Some(maps), Some(handle)))?,
        explaining => (explaining.map(Maps::here), None),
    };
    let budget = settings.budget_ms.map(Budget::new).filter(|_| !stills);
    let detect = spawn(scope, "detect", move || {
        let stage = DetectStage { inlet, out: detected_tx, controls, stills, budget, maps };
        stage.run(&mut *detector, &mut pool)
    })?;
    let (preview_tx, preview) = latest();
    let stage = CaptureStage { out, preview: preview_tx, stop, controls: held, paced };
    let capture = spawn(scope, "capture", move || {
        let end = guarded("capture", || stage.run(&mut *source, &settings));
        *stats = source.stats();
        end
    })?;
    let mut handles = vec![capture, detect, render];
    handles.extend(workers);
    handles.extend(aside);
    handles.extend(writers);
    Ok((Feed { preview, results, progress }, handles))
}
