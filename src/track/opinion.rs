//! What the second, larger network has said about a track so far.

use serde::{Deserialize, Serialize};

/// Settings of the second opinion; `config/default.toml` says what is allowed, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpinionSettings {
    /// Circles of a film's frame that the second network is asked about, at most; 0 asks about none.
    pub looks: u32,
    /// Evidence of the search from which a window counts as a lesion when there is a second opinion and `scan.conf` is `None`.
    pub ask: f32,
    /// A circle is shown from this evidence of both networks together.
    pub conf: f32,
    /// What the second network counts for in it: the exponent of its evidence, that of the search has the rest.
    pub trust: f32,
    /// Share of the suspicious classes in the lesion classes from which a circle is called suspicious; `None`: the model's own.
    pub suspicious: Option<f32>,
    /// Weight of a new look in the mean of many; the first looks weigh the same.
    pub weight: f32,
}

/// One answer of the second network.
#[derive(Clone, Debug, PartialEq)]
pub struct SecondOpinion {
    /// One probability a class.
    pub scores: Vec<f32>,
    /// The evidence for the classes that are searched for, `0..=1`.
    pub evidence: f32,
    /// Probability of skin around it, `0..=1`; `None` when it did not look there.
    pub context: Option<f32>,
    /// How familiar it is to that network, `0..=1`.
    pub familiar: f32,
}

/// Frames between two looks at a track that is well known: half a second at 30 frames a second.
const LONGEST_REST_FRAMES: u32 = 15;

/// The mean of the answers about one track.
#[derive(Clone, Debug)]
pub(super) struct MeanOpinion {
    pub(super) mean: SecondOpinion,
    looks: u32,
    /// Frames since the last look.
    pub(super) rest_frames: u32,
    /// See [`OpinionSettings::trust`].
    trust: f32,
}

impl MeanOpinion {
    pub(super) fn new(first: SecondOpinion, settings: &OpinionSettings) -> MeanOpinion {
        MeanOpinion { mean: first, looks: 1, rest_frames: 0, trust: settings.trust.clamp(0.0, 1.0) }
    }

    /// Evidence of both networks together, given that of the search: the weighted geometric mean, so that neither carries a
    /// circle alone.
    pub(super) fn with(&self, search: f32) -> f32 {
        search.max(0.0).powf(1.0 - self.trust) * self.mean.evidence.max(0.0).powf(self.trust)
    }

    /// Number of answers so far.
    pub(super) fn looks(&self) -> u32 {
        self.looks
    }

    /// Whether it is time for another look: after as many frames as there were looks, and at least twice a second.
    pub(super) fn due(&self) -> bool {
        self.rest_frames >= self.looks.min(LONGEST_REST_FRAMES)
    }

    /// Takes in another answer.
    pub(super) fn add(&mut self, heard: &SecondOpinion, settings: &OpinionSettings) {
        self.looks = self.looks.saturating_add(1);
        self.rest_frames = 0;
        let weight = (1.0 / self.looks as f32).max(settings.weight.clamp(0.0, 1.0));
        let blend = |old: &mut f32, new: f32| *old += weight * (new - *old);
        self.mean.scores.iter_mut().zip(&heard.scores).for_each(|(old, new)| blend(old, *new));
        blend(&mut self.mean.evidence, heard.evidence);
        blend(&mut self.mean.familiar, heard.familiar);
        match (&mut self.mean.context, heard.context) {
            (Some(old), Some(new)) => blend(old, new),
            (_, None) => {}
            (none, some) => *none = some,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_looks_weigh_the_same_and_later_ones_fade() {
        let heard = |p: f32| SecondOpinion { scores: vec![1.0 - p, p], evidence: p, context: Some(p), familiar: p };
        let settings = OpinionSettings { looks: 1, ask: 0.4, conf: 0.5, trust: 0.5, suspicious: None, weight: 0.1 };
        let mut opinion = MeanOpinion::new(heard(1.0), &settings);
        opinion.add(&heard(0.0), &settings);
        opinion.add(&heard(0.5), &settings);
        assert!((opinion.mean.evidence - 0.5).abs() < 1e-6 && (opinion.mean.familiar - 0.5).abs() < 1e-6);
        assert!(!opinion.due(), "heard three times, the last time just now");
        opinion.rest_frames = 3;
        assert!(opinion.due());
        for _ in 0..100 {
            opinion.add(&heard(0.2), &settings);
        }
        assert!((opinion.mean.scores[1] - 0.2).abs() < 1e-3 && (opinion.mean.scores[0] - 0.8).abs() < 1e-3);
    }

    #[test]
    fn one_network_alone_carries_nothing() {
        let with = |trust: f32, search: f32, second: f32| {
            let settings = OpinionSettings { looks: 1, ask: 0.4, conf: 0.5, trust, suspicious: None, weight: 0.1 };
            let heard = SecondOpinion { scores: Vec::new(), evidence: second, context: None, familiar: 1.0 };
            MeanOpinion::new(heard, &settings).with(search)
        };
        assert_eq!((with(0.5, 1.0, 0.0), with(0.8, 0.0, 1.0)), (0.0, 0.0));
        assert!((with(0.3, 0.81, 0.81) - 0.81).abs() < 1e-6 && (with(0.5, 0.25, 1.0) - 0.5).abs() < 1e-6);
        assert!(with(0.8, 0.2, 0.9) > with(0.2, 0.2, 0.9), "the one that is trusted more decides");
    }
}
