//! Maps for the circles of a run. Where every frame counts they are made as the frame goes by, so that a run is the same every
//! time. Where the newest frame wins a thread of its own makes one at a time, and nothing ever waits for it.

use std::sync::Arc;
use std::thread::Scope;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};

use super::stage::{PipelineError, StageHandle, StageResult, alone, spawn};
use crate::explain::Method;
use crate::explain::circle::Explain;
use crate::explain::store::ExplanationStore;
use crate::finding::{Detection, Explanation, TrackedCircle};
use crate::frame::Frame;
use crate::model::ModelError;

/// How long the thread rests after a map, as a multiple of the time that it took: a fifth of one core is not missed by the scan,
/// and circles are few.
const REST: u32 = 4;

/// What makes the maps of a run, and how often.
pub struct ExplainSchedule {
    /// Asked about one circle at a time.
    pub explainer: Box<dyn Explain>,
    /// Frames after which a circle's map is made anew.
    pub every_frames: u64,
}

/// A question to the thread: a circle, and the number that the maps gave its frame.
struct MapQuestion {
    frame: Arc<Frame>,
    circle: TrackedCircle,
    method: Method,
    frame_number: u64,
}

/// What came of a question.
struct MapAnswer {
    question: MapQuestion,
    explanation: Result<Explanation, ModelError>,
    took: Duration,
}

/// Who makes the maps.
enum MapMaker {
    /// The stage itself.
    Here(Box<dyn Explain>),
    /// The thread. One question at a time is under way, so neither channel is ever full.
    Aside { questions: Sender<MapQuestion>, answers: Receiver<MapAnswer>, next: NextQuestion },
}

/// When the thread may be asked again.
enum NextQuestion {
    At(Instant),
    AfterAnswer,
}

/// The maps of the circles that are seen. A method that fails is said once and left alone: circles are worth more than their maps.
pub(super) struct Maps {
    maker: MapMaker,
    kept: ExplanationStore,
    method: Option<Method>,
    /// The method that failed.
    failed: Option<Method>,
}

impl Maps {
    /// Maps that are made at once.
    pub(super) fn here(schedule: ExplainSchedule) -> Maps {
        Maps {
            maker: MapMaker::Here(schedule.explainer),
            kept: ExplanationStore::new(schedule.every_frames),
            method: None,
            failed: None,
        }
    }

    /// Maps that a new thread makes.
    pub(super) fn aside<'scope>(
        scope: &'scope Scope<'scope, '_>,
        schedule: ExplainSchedule,
    ) -> Result<(Maps, StageHandle<'scope>), PipelineError> {
        let (questions, inbox) = bounded(1);
        let (outbox, answers) = bounded(1);
        let ExplainSchedule { mut explainer, every_frames } = schedule;
        let handle = spawn(scope, "explain", move || explain_stage(&mut *explainer, &inbox, &outbox))?;
        let maker = MapMaker::Aside { questions, answers, next: NextQuestion::At(Instant::now()) };
        Ok((Maps { maker, kept: ExplanationStore::new(every_frames), method: None, failed: None }, handle))
    }

    /// Hands the circles of a frame their maps by a method, as far as they are known.
    pub(super) fn attach(
        &mut self,
        frame: &Arc<Frame>,
        detection: &mut Detection,
        method: Option<Method>,
    ) -> StageResult {
        if method != self.method {
            self.kept.clear();
            self.method = method;
        }
        let frame_number = self.kept.step();
        self.collect()?;
        let Some(method) = method.filter(|method| self.failed != Some(*method)) else { return Ok(()) };
        let due = self.kept.due(&detection.circles);
        match &mut self.maker {
            MapMaker::Here(explainer) => {
                for circle in due {
                    match explainer.explain(frame, circle, method) {
                        Ok(explanation) => self.kept.put(circle.track, explanation, frame_number),
                        Err(error) => {
                            self.failed = Some(give_up(method, &error));
                            break;
                        }
                    }
                }
            }
            MapMaker::Aside { questions, next, .. } => {
                if let (NextQuestion::At(time), Some(circle)) = (&next, due.first())
                    && *time <= Instant::now()
                {
                    let question =
                        MapQuestion { frame: frame.clone(), circle: (*circle).clone(), method, frame_number };
                    questions.try_send(question).map_err(|_| PipelineError::Disconnected("detect"))?;
                    *next = NextQuestion::AfterAnswer;
                }
            }
        }
        self.kept.attach(&mut detection.circles);
        Ok(())
    }

    /// Takes in what the thread has answered meanwhile; an answer by a method that is no longer asked for is of no use.
    fn collect(&mut self) -> StageResult {
        let MapMaker::Aside { answers, next, .. } = &mut self.maker else { return Ok(()) };
        match answers.try_recv() {
            Ok(MapAnswer { question, explanation, took }) => {
                *next = NextQuestion::At(Instant::now() + took * REST);
                match explanation {
                    Ok(explanation) if self.method == Some(question.method) => {
                        self.kept.put(question.circle.track, explanation, question.frame_number);
                    }
                    Ok(_) => {}
                    Err(error) => self.failed = Some(give_up(question.method, &error)),
                }
                Ok(())
            }
            Err(TryRecvError::Empty) => Ok(()),
            Err(TryRecvError::Disconnected) => Err(PipelineError::Disconnected("detect")),
        }
    }
}

/// Says that a method failed.
fn give_up(method: Method, error: &ModelError) -> Method {
    tracing::warn!("circles are not explained by {} any more: {error}", method.name());
    method
}

/// The life of the thread: until nobody asks any more.
fn explain_stage(
    explainer: &mut dyn Explain,
    inbox: &Receiver<MapQuestion>,
    outbox: &Sender<MapAnswer>,
) -> StageResult {
    alone("explain", || {
        for question in inbox {
            let started = Instant::now();
            let explanation = explainer.explain(&question.frame, &question.circle, question.method);
            if outbox.send(MapAnswer { question, explanation, took: started.elapsed() }).is_err() {
                break;
            }
        }
    })
}
