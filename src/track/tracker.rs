//! All tracks of a session, moved on from frame to frame.

use super::followed::Track;
use super::matching;
use super::motion::CircleMotion;
use super::naming::NamingRule;
use super::opinion::{MeanOpinion, OpinionSettings, SecondOpinion};
use super::rules::TrackRules;
use super::settings::TrackSettings;
use crate::finding::{Finding, TrackState, TrackedCircle};
use crate::geometry::Circle;

/// A track that the second network should be asked about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackQuestion {
    /// Its id.
    pub track: u64,
    /// Where it is.
    pub circle: Circle,
    /// Times that it was asked about so far.
    pub looks: u32,
    /// What the search says of the skin around it, `0..=1`.
    pub context: f32,
    /// Whether it is on skin, and not known to be nothing.
    pub matters: bool,
}

/// All tracks of a session. Ids count up from 1 and are never given twice, not even across [`Tracker::reset`].
#[derive(Clone, Debug)]
pub struct Tracker {
    settings: TrackSettings,
    /// `None` when there is no second opinion.
    opinions: Option<OpinionSettings>,
    tracks: Vec<Track>,
    last_id: u64,
}

impl Tracker {
    /// A tracker without tracks. With settings for second opinions a track is believed only when they bear it out.
    pub fn new(settings: TrackSettings, opinions: Option<OpinionSettings>) -> Tracker {
        Tracker { settings, opinions, tracks: Vec::new(), last_id: 0 }
    }

    /// Forgets all tracks.
    pub fn reset(&mut self) {
        self.tracks.clear();
    }

    /// Takes in the findings of the next frame.
    pub fn step(&mut self, findings: Vec<Finding>, rules: &TrackRules) {
        let predicted: Vec<matching::ExpectedCircle> = self
            .tracks
            .iter()
            .map(|track| matching::ExpectedCircle { circle: track.motion.predicted(), misses: track.misses })
            .collect();
        let circles: Vec<Circle> = findings.iter().map(|finding| finding.circle).collect();
        let owners = matching::assign(&predicted, &circles, self.settings.max_distance_radii, self.settings.max_ratio);
        let mut seen = vec![false; self.tracks.len()];
        for (finding, owner) in findings.into_iter().zip(owners) {
            match owner {
                Some(index) => {
                    self.tracks[index].hit(finding, &self.settings, rules);
                    seen[index] = true;
                }
                None if finding.evidence >= rules.conf => self.start(finding, rules),
                None => {}
            }
        }
        for (track, _) in self.tracks.iter_mut().zip(&seen).filter(|(_, seen)| !**seen) {
            track.miss();
        }
        for track in &mut self.tracks {
            track.judge(&self.settings, self.opinions.as_ref());
        }
        let settings = &self.settings;
        self.tracks.retain(|track| {
            let limit = if track.confirmed {
                settings.lost_after_frames.max(settings.hold_frames)
            } else {
                settings.tentative_misses
            };
            track.misses <= limit
        });
    }

    /// Tracks of this frame that the second network should be asked about, the most urgent first: those that it has not been
    /// asked about for longest, before them those that it does not know at all, of these the ones on skin. The better it
    /// knows a track, the longer it is left alone. Where it takes more hits to confirm a track, one is waited
    /// for that was seen only once, or off the skin not twice as often as that takes: most of those go as they came.
    pub fn open_questions(&self, confirm_hits: u32) -> Vec<TrackQuestion> {
        let enough = |on_skin: bool| match (confirm_hits, on_skin) {
            (..=1, _) => 1,
            (_, true) => 2,
            (hits, false) => hits.saturating_mul(2),
        };
        let ripe = |track: &Track| track.hits >= enough(track.on_skin);
        let due =
            |track: &&Track| track.misses == 0 && ripe(track) && track.opinion.as_ref().is_none_or(MeanOpinion::due);
        let mut open: Vec<&Track> = self.tracks.iter().filter(due).collect();
        open.sort_by_key(|track| {
            let rest = track.opinion.as_ref().map_or(u32::MAX, |opinion| opinion.rest_frames);
            (std::cmp::Reverse(rest), !track.on_skin, track.id)
        });
        let looks = |track: &Track| track.opinion.as_ref().map_or(0, MeanOpinion::looks);
        let question = |track: &Track| TrackQuestion {
            track: track.id,
            circle: track.motion.circle(),
            looks: looks(track),
            context: track.finding.context,
            matters: track.on_skin && self.state(track) != TrackState::Lost,
        };
        open.into_iter().map(question).collect()
    }

    /// Takes in what the second network says about a track.
    pub fn hear(&mut self, id: u64, heard: SecondOpinion) {
        let Some(settings) = &self.opinions else { return };
        if let Some(track) = self.tracks.iter_mut().find(|track| track.id == id) {
            match &mut track.opinion {
                Some(opinion) => opinion.add(&heard, settings),
                none => *none = Some(MeanOpinion::new(heard, settings)),
            }
            track.judge(&self.settings, Some(settings));
        }
    }

    fn start(&mut self, finding: Finding, rules: &TrackRules) {
        self.last_id += 1;
        self.tracks.push(Track {
            id: self.last_id,
            confirmed: rules.confirm_hits <= 1,
            hits: 1,
            misses: 0,
            on_skin: (rules.on_skin)(None, finding.context),
            motion: CircleMotion::new(finding.circle),
            finding,
            opinion: None,
            believed: false,
        });
    }

    /// The circles to draw, by id: tentative and confirmed tracks seen in this frame, and confirmed ones missed for at most
    /// `hold_frames` frames, marked as reused with their age.
    pub fn listed(&self, naming: &NamingRule) -> Vec<TrackedCircle> {
        let seen: Vec<Circle> = self.tracks.iter().filter(|t| t.misses == 0).map(|t| t.motion.circle()).collect();
        let shown = |track: &&Track| match self.state(track) {
            TrackState::Lost => false,
            // Neither believed nor on skin: patterned cloth gives a flicker of these. Listed once it is confirmed; where a second
            // network is asked, not before it has been.
            TrackState::Tentative => track.on_skin && (self.opinions.is_none() || track.opinion.is_some()),
            TrackState::Confirmed if track.misses == 0 => true,
            // Another track has taken its place: showing both would circle one lesion twice.
            TrackState::Confirmed => seen.iter().all(|c| c.ios(&track.motion.circle()) < 0.5),
        };
        self.tracks.iter().filter(shown).map(|track| track.circle(self.state(track), naming)).collect()
    }

    fn state(&self, track: &Track) -> TrackState {
        let state = track.state(self.settings.hold_frames);
        match (&self.opinions, &track.opinion) {
            (Some(_), Some(_)) if !track.believed => TrackState::Lost,
            // Not yet heard: to be waited for.
            (Some(_), None) if state == TrackState::Confirmed => TrackState::Tentative,
            _ => state,
        }
    }
}

#[cfg(test)]
mod tests;
