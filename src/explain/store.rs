//! The newest explanation of every track, and which tracks need one most.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::{AgedExplanation, Explanation, TrackState, TrackedCircle};

/// Frames after which an explanation is forgotten: a track that comes back later may be in another light. Ten seconds at thirty
/// frames a second; longer where explanations are made more seldom.
const FORGOTTEN: u64 = 300;

/// Explanations by track. Frames are counted, not time, so that a run over a file is the same every time.
#[derive(Debug)]
pub struct ExplanationStore {
    /// Frames after which an explanation is made anew.
    every: u64,
    /// Frames so far.
    now: u64,
    /// Each with the frame that it was made from.
    known: BTreeMap<u64, (Arc<Explanation>, u64)>,
}

impl ExplanationStore {
    /// Nothing explained yet; explanations are made anew after `every` frames.
    pub fn new(every: u64) -> ExplanationStore {
        ExplanationStore { every: every.max(1), now: 0, known: BTreeMap::new() }
    }

    /// Forgets all, as another method is asked for.
    pub fn clear(&mut self) {
        self.known.clear();
    }

    /// Goes on to the next frame; its number, for [`ExplanationStore::put`].
    pub fn step(&mut self) -> u64 {
        self.now += 1;
        let (now, most) = (self.now, self.every.max(FORGOTTEN));
        self.known.retain(|_, (_, at)| now - *at <= most);
        now
    }

    /// Keeps the explanation of a track, made from the frame of number `at`.
    pub fn put(&mut self, track: u64, explanation: Explanation, at: u64) {
        self.known.insert(track, (Arc::new(explanation), at));
    }

    /// The confirmed circles whose explanation is missing, about another class, or old: the most urgent first, that is those
    /// without any, of these the ones on skin, then the oldest.
    pub fn due<'a>(&self, circles: &'a [TrackedCircle]) -> Vec<&'a TrackedCircle> {
        let mut due: Vec<(Option<u64>, &TrackedCircle)> = circles
            .iter()
            .filter(|circle| circle.state == TrackState::Confirmed)
            .map(|circle| (self.of(circle).map(|explained| explained.age_frames), circle))
            .filter(|(age, _)| age.is_none_or(|age| age >= self.every))
            .collect();
        due.sort_by_key(|(age, circle)| (Reverse(age.unwrap_or(u64::MAX)), !circle.on_skin, circle.track));
        due.into_iter().map(|(_, circle)| circle).collect()
    }

    /// Hands every confirmed circle what is known of it.
    pub fn attach(&self, circles: &mut [TrackedCircle]) {
        for circle in circles.iter_mut().filter(|circle| circle.state == TrackState::Confirmed) {
            circle.explained = self.of(circle);
        }
    }

    /// What is known of a circle and the class that it is called by now.
    fn of(&self, circle: &TrackedCircle) -> Option<AgedExplanation> {
        let (explanation, at) = self.known.get(&circle.track)?;
        (explanation.class == circle.class)
            .then(|| AgedExplanation { explanation: explanation.clone(), age_frames: self.now.saturating_sub(*at) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Finding, HeatGrid, ScoreOrigin, Trust};
    use crate::geometry::{Circle, Square};

    fn circle(track: u64, on_skin: bool) -> TrackedCircle {
        let circle = Circle { x: 9.0, y: 9.0, r: 5.0 };
        let finding = Finding {
            circle,
            scores: vec![],
            evidence: 1.0,
            context: 1.0,
            familiar: 1.0,
            origin: ScoreOrigin::Fresh,
            age_frames: 0,
        };
        TrackedCircle {
            track,
            state: TrackState::Confirmed,
            place: None,
            class: 2,
            undecided: false,
            on_skin,
            finding,
            explained: None,
            assessment: None,
        }
    }

    fn explanation(class: usize) -> Explanation {
        let map = HeatGrid { cols: 1, rows: 1, values: vec![1.0] };
        let window = Square { x: -1.6, y: -1.6, side: 3.2 };
        Explanation { method: "cam", class, signed: false, map, window, trust: Trust::default() }
    }

    fn tracks(circles: &[&TrackedCircle]) -> Vec<u64> {
        circles.iter().map(|circle| circle.track).collect()
    }

    #[test]
    fn what_was_never_explained_comes_first_then_the_oldest() {
        let circles: Vec<TrackedCircle> = (1..=4).map(|track| circle(track, track != 1)).collect();
        let mut kept = ExplanationStore::new(2);
        let first = kept.step();
        assert_eq!(tracks(&kept.due(&circles)), [2, 3, 4, 1], "those on skin before those that are not");
        kept.put(3, explanation(2), first);
        let second = kept.step();
        kept.put(4, explanation(2), second);
        kept.step();
        assert_eq!(tracks(&kept.due(&circles)), [2, 1, 3], "4 is one frame old");
        kept.step();
        assert_eq!(tracks(&kept.due(&circles)), [2, 1, 3, 4]);
    }

    #[test]
    fn circles_are_handed_what_is_known_of_the_class_they_are_called_by() {
        let mut kept = ExplanationStore::new(10);
        let at = kept.step();
        kept.put(1, explanation(2), at);
        kept.put(2, explanation(1), at);
        kept.step();
        let mut circles = vec![circle(1, true), circle(2, true), circle(3, true)];
        kept.attach(&mut circles);
        let ages: Vec<Option<u64>> =
            circles.iter().map(|c| c.explained.as_ref().map(|known| known.age_frames)).collect();
        assert_eq!(ages, [Some(1), None, None]);
        assert_eq!(tracks(&kept.due(&circles)), [2, 3]);
        circles[2].state = TrackState::Tentative;
        assert_eq!(tracks(&kept.due(&circles)), [2], "a circle that is not believed yet is not explained");
    }

    #[test]
    fn what_is_old_is_forgotten_and_what_is_cleared_too() {
        let mut kept = ExplanationStore::new(1);
        let at = kept.step();
        kept.put(1, explanation(2), at);
        for _ in 0..FORGOTTEN {
            kept.step();
        }
        assert_eq!(kept.known.len(), 1);
        kept.step();
        assert!(kept.known.is_empty());
        kept.put(1, explanation(2), at);
        kept.clear();
        assert!(kept.known.is_empty());
    }
}
