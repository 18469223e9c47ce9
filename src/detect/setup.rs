//! What the search goes by: nothing in it changes while a frame is on its way.

use super::effort::Effort;
use super::settings::DetectSettings;
use crate::geometry::Size;
use crate::model::{Class, ClassKind, CoarseGeometry, Exclusivity, Scores};
use crate::scan::OperatingPoint;
use crate::scan::plan::Plan;
use crate::track::NamingRule;

/// Settings, thresholds, classes, and the plan for the size of the present frame.
pub(super) struct Setup {
    pub(super) settings: DetectSettings,
    pub(super) point: OperatingPoint,
    geometry: CoarseGeometry,
    pub(super) plan: Plan,
    /// Indices of the classes whose probabilities are the evidence.
    evidence_classes: Vec<usize>,
    /// How the probabilities of the classes belong together.
    pub(super) exclusivity: Exclusivity,
    pub(super) naming: NamingRule,
    /// Indices of the classes whose circles are wanted.
    pub(super) wanted_classes: Vec<usize>,
    /// Whether the second network is asked.
    pub(super) opinions: bool,
    pub(super) effort: Effort,
}

impl Setup {
    /// For a model with these classes, which exclude each other, and this coarse level; without a second network.
    pub(super) fn new(
        settings: DetectSettings,
        point: OperatingPoint,
        classes: &[Class],
        geometry: CoarseGeometry,
    ) -> Setup {
        let indices = |test: &dyn Fn(&Class) -> bool| {
            classes.iter().enumerate().filter(|(_, class)| test(class)).map(|(index, _)| index).collect()
        };
        Setup {
            evidence_classes: settings.scan.searched(classes),
            exclusivity: Exclusivity::default(),
            wanted_classes: settings.scan.wanted(classes),
            naming: NamingRule {
                lesions: indices(&|class| class.kind == ClassKind::Lesion),
                suspicious: indices(&|class| class.kind == ClassKind::Lesion && class.suspicious),
                share: point.suspicious,
            },
            plan: Plan::new(Size::default(), &settings.scan, geometry),
            opinions: false,
            effort: Effort::WHOLE,
            geometry,
            settings,
            point,
        }
    }

    /// Makes the plan for frames of this size. Returns whether the last one had another.
    pub(super) fn fit(&mut self, frame: Size) -> bool {
        let other = frame != self.plan.frame;
        if other {
            self.plan = Plan::new(frame, &self.settings.scan, self.geometry);
        }
        other
    }

    /// The evidence, `0..=1`: how likely a window is of a class that is searched for. One that the model did not answer for counts as 0.
    pub(super) fn evidence(&self, scores: &Scores) -> f32 {
        let probability = |index: &usize| scores.classes.get(*index).copied().unwrap_or(0.0);
        self.exclusivity.any(self.evidence_classes.iter().map(probability))
    }
}
