//! From what was recorded of a frame back to what is drawn over it.

use std::sync::Arc;

use super::frames::{RecordedCircle, RecordedExplanation, RecordedFrame};
use super::{RecordedClass, RecordedSession};
use crate::finding::{AgedExplanation, Detection, Explanation, Finding, HeatGrid, TrackState, TrackedCircle, Trust};
use crate::geometry::Square;
use crate::model::classes::suspicious;
use crate::model::{Class, ClassKind};

/// Which circles are drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CircleFilter {
    /// Those with at least this evidence, `0..=1`; `None`: all.
    pub least_evidence: Option<f32>,
    /// Those that are called so; empty: all.
    pub classes: Vec<String>,
}

impl CircleFilter {
    fn takes(&self, circle: &RecordedCircle) -> bool {
        circle.state != TrackState::Lost
            && self.least_evidence.is_none_or(|least| circle.evidence >= least)
            && (self.classes.is_empty() || self.classes.contains(&circle.class))
    }
}

/// Makes detections of recorded frames. Nothing is asked of a network: numbers are those of the list, maps are not in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Redrawing {
    classes: Vec<Class>,
    filter: CircleFilter,
}

impl Redrawing {
    /// For the frames of a session.
    pub fn new(session: &RecordedSession, filter: CircleFilter) -> Redrawing {
        let told: Vec<Class> = session.account.classes.iter().map(class).collect();
        let guessed =
            |name: &String| Class { name: name.clone(), kind: ClassKind::Lesion, suspicious: suspicious(name) };
        let classes = if told.is_empty() { session.classes.iter().map(guessed).collect() } else { told };
        Redrawing { classes, filter }
    }

    /// The classes, in the order of the scores.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// What was found on a frame, as far as it was recorded and the filter takes it.
    pub fn detection(&self, frame: &RecordedFrame) -> Detection {
        let circles = frame.circles.iter().filter(|circle| self.filter.takes(circle));
        Detection {
            circles: circles.map(|circle| self.circle(circle)).collect(),
            not_assessable: frame.not_assessable.clone(),
            ..Detection::default()
        }
    }

    fn circle(&self, recorded: &RecordedCircle) -> TrackedCircle {
        let class = self.classes.iter().position(|class| class.name == recorded.class);
        // Of no class that is known: it is drawn without a name.
        let class = class.unwrap_or(usize::MAX);
        TrackedCircle {
            track: recorded.track,
            state: recorded.state,
            place: recorded.place,
            class,
            undecided: recorded.undecided,
            on_skin: recorded.on_skin,
            finding: Finding {
                circle: recorded.circle,
                scores: recorded.scores.clone(),
                evidence: recorded.evidence,
                context: if recorded.on_skin { 1.0 } else { 0.0 },
                familiar: recorded.familiar,
                origin: recorded.origin,
                age_frames: recorded.age_frames,
            },
            explained: recorded.explanation.as_ref().map(|explanation| explained(explanation, class)),
            assessment: None,
        }
    }
}

fn class(recorded: &RecordedClass) -> Class {
    let kind = match recorded.kind.as_str() {
        "background" => ClassKind::Background,
        "skin" => ClassKind::Skin,
        _ => ClassKind::Lesion,
    };
    Class { name: recorded.name.clone(), kind, suspicious: recorded.suspicious }
}

/// How far a score can be believed was recorded; the map was not, so it covers nothing.
fn explained(recorded: &RecordedExplanation, class: usize) -> AgedExplanation {
    let explanation = Explanation {
        method: "recorded",
        class,
        signed: false,
        map: HeatGrid::default(),
        window: Square { x: 0.0, y: 0.0, side: 0.0 },
        trust: Trust { agreement: recorded.agreement, drop: recorded.drop, inside: recorded.inside },
    };
    AgedExplanation { explanation: Arc::new(explanation), age_frames: recorded.age_frames }
}
