//! One finding followed through time: its position, its smoothed scores, what was heard about it, and its state.

use super::motion::CircleMotion;
use super::naming::NamingRule;
use super::opinion::{MeanOpinion, OpinionSettings};
use super::rules::TrackRules;
use super::settings::TrackSettings;
use crate::finding::{Finding, ScoreOrigin, TrackState, TrackedCircle};

/// A finding followed through time.
#[derive(Clone, Debug)]
pub(super) struct Track {
    pub(super) id: u64,
    pub(super) confirmed: bool,
    pub(super) hits: u32,
    pub(super) misses: u32,
    pub(super) on_skin: bool,
    pub(super) motion: CircleMotion,
    pub(super) finding: Finding,
    pub(super) opinion: Option<MeanOpinion>,
    /// Whether both networks together take it for a lesion: from `opinion.conf` on, until it falls well below.
    pub(super) believed: bool,
}

impl Track {
    pub(super) fn hit(&mut self, finding: Finding, settings: &TrackSettings, rules: &TrackRules) {
        self.hits = self.hits.saturating_add(1);
        self.misses = 0;
        self.confirmed |= self.hits >= rules.confirm_hits;
        self.motion.update(finding.circle, settings.position_weight, settings.velocity_weight);
        let weight = settings.score_weight.clamp(0.01, 1.0);
        let blend = |old: f32, new: f32| old + weight * (new - old);
        let old = &self.finding;
        let scores = old.scores.iter().zip(&finding.scores).map(|(a, b)| blend(*a, *b)).collect();
        let (evidence, context) = (blend(old.evidence, finding.evidence), blend(old.context, finding.context));
        let familiar = blend(old.familiar, finding.familiar);
        if let Some(opinion) = &mut self.opinion {
            opinion.rest_frames = opinion.rest_frames.saturating_add(1);
        }
        self.on_skin = (rules.on_skin)(Some(self.on_skin), self.context(context));
        self.finding = Finding { scores, evidence, context, familiar, circle: self.motion.circle(), ..finding };
    }

    pub(super) fn miss(&mut self) {
        self.misses = self.misses.saturating_add(1);
        self.motion.coast();
        self.finding.circle = self.motion.circle();
        self.finding.origin = ScoreOrigin::Reused;
        self.finding.age_frames = self.finding.age_frames.saturating_add(1);
    }

    pub(super) fn state(&self, hold: u32) -> TrackState {
        match (self.confirmed, self.misses <= hold) {
            (true, true) => TrackState::Confirmed,
            (true, false) => TrackState::Lost,
            // A tentative track that is not seen is waited for, but there is nothing to show.
            (false, _) if self.misses == 0 => TrackState::Tentative,
            (false, _) => TrackState::Lost,
        }
    }

    /// Decides anew whether it is believed.
    pub(super) fn judge(&mut self, settings: &TrackSettings, opinions: Option<&OpinionSettings>) {
        let Some(opinions) = opinions.filter(|_| self.opinion.is_some()) else { return };
        let keep = if self.believed { settings.keep.clamp(0.0, 1.0) } else { 1.0 };
        self.believed = self.evidence() >= keep * opinions.conf;
    }

    /// Evidence of all networks that were asked.
    fn evidence(&self) -> f32 {
        let search = self.finding.evidence;
        self.opinion.as_ref().map_or(search, |opinion| opinion.with(search))
    }

    /// Skin context of all networks that were asked, given that of the search.
    fn context(&self, search: f32) -> f32 {
        let heard = self.opinion.as_ref().and_then(|opinion| opinion.mean.context);
        heard.map_or(search, |heard| (search + heard) / 2.0)
    }

    pub(super) fn circle(&self, state: TrackState, naming: &NamingRule) -> TrackedCircle {
        let heard = self.opinion.as_ref().map(|opinion| &opinion.mean);
        let scores = heard.map_or(&self.finding.scores, |heard| &heard.scores);
        TrackedCircle {
            track: self.id,
            state,
            place: None,
            class: naming.call(scores),
            undecided: false,
            on_skin: self.on_skin,
            finding: Finding {
                scores: scores.clone(),
                evidence: self.evidence(),
                context: self.context(self.finding.context),
                familiar: heard.map_or(self.finding.familiar, |heard| heard.familiar),
                ..self.finding.clone()
            },
            explained: None,
            assessment: None,
        }
    }
}
