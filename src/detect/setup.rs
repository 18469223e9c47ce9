//! What the search goes by: nothing in it changes while a frame is on its way.

use super::effort::Effort;
use super::settings::DetectSettings;
use crate::geometry::Size;
use crate::model::{Class, ClassKind, CoarseGeometry, Exclusivity, Model, Scores};
use crate::scan::plan::Plan;
use crate::scan::{OperatingPoint, indices};
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
    exclusivity: Exclusivity,
    pub(super) naming: NamingRule,
    /// Indices of the classes whose circles are wanted.
    pub(super) wanted_classes: Vec<usize>,
    /// Whether the second network is asked.
    pub(super) opinions: bool,
    /// Whether the model has a skin map.
    pub(super) skin_map: bool,
    pub(super) effort: Effort,
}

impl Setup {
    /// For a search with a model, before the first frame.
    pub(super) fn new(settings: DetectSettings, point: OperatingPoint, model: &dyn Model) -> Setup {
        let (classes, geometry) = (model.classes(), model.coarse_geometry());
        let suspicious = |class: &Class| class.kind == ClassKind::Lesion && class.suspicious;
        Setup {
            evidence_classes: settings.scan.evidence_classes(classes),
            exclusivity: model.exclusivity(),
            wanted_classes: settings.scan.wanted_classes(classes),
            naming: NamingRule {
                lesions: indices(classes, |class| class.kind == ClassKind::Lesion),
                suspicious: indices(classes, suspicious),
                share: point.suspicious,
            },
            plan: Plan::new(Size::default(), &settings.scan, geometry),
            opinions: model.opinion_side().is_some() && settings.opinion.looks > 0,
            skin_map: model.skin_map_size(Size::square(1)).is_some(),
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
