//! What becomes of lesions through a clip: whether a lesion keeps its circle, its track and its name while it stays in view.

use std::collections::BTreeMap;

use serde::Serialize;

use super::assignment::greatest;

/// A gap of so many frames and more is a lesion that was lost, not one that flickers.
pub(super) const FLICKER_FRAMES: u64 = 5;

/// The circle that finds a lesion best on a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Id of its track.
    pub track: u64,
    /// Name of its class.
    pub class: String,
}

/// What is counted of the lesions of a clip through time, or of those of several clips.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TrailCounts {
    /// Times that the track of a lesion was another than on the last frame on which it was found, while it stayed in view.
    pub id_switches: u64,
    /// Times that a lesion in view was not found for less than five frames, between frames on which it was.
    pub flicker: u64,
    /// Times that the name of a lesion was another than on the last frame on which it was found, while it stayed in view.
    pub name_changes: u64,
    /// Circles that agree with one track a lesion and one lesion a track, where these are chosen for the clip as a whole so that most agree: IDTP.
    pub identified: u64,
    /// Lesions on all frames.
    pub lesions: u64,
    /// Circles on all frames, but for those that say that they lie off the skin, and those on lesions whose centre is out of view.
    pub circles: u64,
}

impl TrailCounts {
    /// IDF1, `0..=1` (Ristani et al. 2016): 2 IDTP over lesions and circles; `None` without either.
    pub fn idf1(&self) -> Option<f64> {
        let all = self.lesions + self.circles;
        (all > 0).then(|| 2.0 * self.identified as f64 / all as f64)
    }

    /// Adds the counts of other clips.
    pub fn add(&mut self, other: &TrailCounts) {
        self.id_switches += other.id_switches;
        self.flicker += other.flicker;
        self.name_changes += other.name_changes;
        self.identified += other.identified;
        self.lesions += other.lesions;
        self.circles += other.circles;
    }
}

/// A lesion in view.
struct InView {
    last: Option<Sighting>,
    /// Frames since.
    gap: u64,
}

/// Follows the lesions of one clip, frame by frame.
#[derive(Default)]
pub struct Trails {
    counts: TrailCounts,
    in_view: BTreeMap<u32, InView>,
    /// Frames on which a track finds a lesion, by lesion and track.
    shared: BTreeMap<u32, BTreeMap<u64, u64>>,
}

impl Trails {
    /// Adds the next frame. `lesions`: those in view, each with the circle that finds it best. `finders`: for each of them, the tracks that find
    /// it. `circles`: how many circles count.
    pub fn add(&mut self, lesions: &[(u32, Option<Sighting>)], finders: &[Vec<u64>], circles: u64) {
        self.counts.lesions += lesions.len() as u64;
        self.counts.circles += circles;
        self.in_view.retain(|id, _| lesions.iter().any(|(there, _)| there == id));
        for ((id, best), finders) in lesions.iter().zip(finders) {
            let shared = self.shared.entry(*id).or_default();
            finders.iter().for_each(|track| *shared.entry(*track).or_default() += 1);
            let state = self.in_view.entry(*id).or_insert(InView { last: None, gap: 0 });
            let Some(best) = best else {
                state.gap += 1;
                continue;
            };
            if let Some(last) = &state.last {
                self.counts.id_switches += u64::from(last.track != best.track);
                self.counts.name_changes += u64::from(last.class != best.class);
                self.counts.flicker += u64::from((1..FLICKER_FRAMES).contains(&state.gap));
            }
            *state = InView { last: Some(best.clone()), gap: 0 };
        }
    }

    /// The counts of the clip.
    pub fn finish(self) -> TrailCounts {
        let mut tracks: Vec<u64> = self.shared.values().flat_map(|shared| shared.keys().copied()).collect();
        tracks.sort_unstable();
        tracks.dedup();
        let row = |shared: &BTreeMap<u64, u64>| -> Vec<u64> {
            tracks.iter().map(|track| shared.get(track).copied().unwrap_or(0)).collect()
        };
        let weights: Vec<Vec<u64>> = self.shared.values().map(row).collect();
        TrailCounts { identified: greatest(&weights), ..self.counts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One lesion through frames: a track and the first letter of a name, nothing, or out of view (`None`).
    fn followed(frames: &[Option<(u64, &str)>]) -> TrailCounts {
        let mut trails = Trails::default();
        for frame in frames {
            match frame {
                None => trails.add(&[], &[], 0),
                Some((0, _)) => trails.add(&[(7, None)], &[vec![]], 0),
                Some((track, class)) => {
                    let sighting = Sighting { track: *track, class: (*class).to_owned() };
                    trails.add(&[(7, Some(sighting))], &[vec![*track]], 1);
                }
            }
        }
        trails.finish()
    }

    const MISSED: Option<(u64, &str)> = Some((0, ""));

    #[test]
    fn switches_and_names_count_while_the_lesion_stays_in_view() {
        let counts = followed(&[Some((1, "a")), Some((1, "b")), MISSED, Some((2, "b")), Some((2, "a"))]);
        assert_eq!((counts.id_switches, counts.name_changes, counts.flicker), (1, 2, 1));
        let counts = followed(&[Some((1, "a")), None, Some((2, "b"))]);
        assert_eq!((counts.id_switches, counts.name_changes, counts.flicker), (0, 0, 0), "it was away");
    }

    #[test]
    fn short_gaps_flicker_and_long_ones_do_not() {
        for (gap, flicker) in [(0, 0), (1, 1), (4, 1), (5, 0), (9, 0)] {
            let frames = [vec![Some((1, "a"))], vec![MISSED; gap], vec![Some((1, "a"))]].concat();
            assert_eq!(followed(&frames).flicker, flicker, "{gap}");
        }
        assert_eq!(
            followed(&[MISSED, Some((1, "a")), MISSED]).flicker,
            0,
            "before the first circle and after the last"
        );
    }

    /// Ten frames: a track for six of them, another for three, none on one: one track alone may stand for the lesion.
    #[test]
    fn idf1_by_hand() {
        let frames = [vec![Some((1, "a")); 6], vec![Some((2, "a")); 3], vec![MISSED]].concat();
        let counts = followed(&frames);
        assert_eq!((counts.identified, counts.lesions, counts.circles), (6, 10, 9));
        assert!((counts.idf1().unwrap() - 12.0 / 19.0).abs() < 1e-12);
        assert_eq!(TrailCounts::default().idf1(), None);
    }

    #[test]
    fn a_track_stands_for_one_lesion() {
        let mut trails = Trails::default();
        let both = |track| (0..2).map(|id| (id, Some(Sighting { track, class: "a".to_owned() }))).collect::<Vec<_>>();
        for _ in 0..4 {
            trails.add(&both(5), &[vec![5], vec![5]], 1);
        }
        assert_eq!(trails.finish().identified, 4, "one circle on two lesions");
    }
}
