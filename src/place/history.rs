//! What a place was taken for so far, and what it is called by that.

use super::settings::PlaceSettings;
use crate::finding::TrackedCircle;
use crate::track::NamingRule;

/// The means of all that was said of a place, and its name, which does not change with every frame.
#[derive(Clone, Debug, Default)]
pub(super) struct PlaceHistory {
    /// Mean scores, one probability a class.
    pub(super) scores: Vec<f32>,
    /// Mean evidence, `0..=1`.
    pub(super) evidence: f32,
    /// Circles that these are the means of.
    circles: u64,
    /// Those of them that were on skin.
    on_skin: u64,
    name: Option<PlaceName>,
}

/// What a place is called, and since when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PlaceName {
    pub(super) class: usize,
    pub(super) undecided: bool,
    since_s: f64,
}

impl PlaceHistory {
    /// Takes in a circle of the place.
    pub(super) fn add(&mut self, circle: &TrackedCircle) {
        self.circles += 1;
        self.on_skin += u64::from(circle.on_skin);
        let weight = 1.0 / self.circles as f32;
        let finding = &circle.finding;
        self.scores.resize(finding.scores.len().max(self.scores.len()), 0.0);
        for (mean, score) in self.scores.iter_mut().zip(&finding.scores) {
            *mean += weight * (score - *mean);
        }
        self.evidence += weight * (finding.evidence - self.evidence);
    }

    /// Takes in all that was said of a place that turned out to be this one.
    pub(super) fn absorb(&mut self, other: &PlaceHistory) {
        let share = other.circles as f32 / (self.circles + other.circles).max(1) as f32;
        self.scores.resize(other.scores.len().max(self.scores.len()), 0.0);
        for (mean, score) in self.scores.iter_mut().zip(&other.scores) {
            *mean += share * (score - *mean);
        }
        self.evidence += share * (other.evidence - self.evidence);
        self.circles += other.circles;
        self.on_skin += other.on_skin;
    }

    /// Whether it was on skin in most circles.
    pub(super) fn is_on_skin(&self) -> bool {
        2 * self.on_skin >= self.circles
    }

    /// What it is called at this time, s: decided anew when the last decision is old enough.
    pub(super) fn name(&mut self, naming: &NamingRule, settings: &PlaceSettings, now_s: f64) -> PlaceName {
        let holds = |name: &PlaceName| (0.0..settings.rename_s).contains(&(now_s - name.since_s));
        let name = self.name.filter(holds).unwrap_or_else(|| PlaceName {
            class: naming.call(&self.scores),
            undecided: naming.leaves_open(&self.scores, settings.margin),
            since_s: now_s,
        });
        self.name = Some(name);
        name
    }
}
