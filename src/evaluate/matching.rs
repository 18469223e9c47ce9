//! Which circles find which lesions of one frame, and what the others are.

use crate::finding::TrackState;
use crate::geometry::Circle;
use crate::truth::{TruthFrame, TruthLesion};

/// A circle as the detector wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenCircle {
    /// Id of its track.
    pub track: u64,
    /// Number of its place, of a confirmed circle on skin.
    pub place: Option<u64>,
    /// The circle, px of the frame.
    pub circle: Circle,
    /// Name of its class.
    pub class: String,
    /// Score of that class, `0..=1`.
    pub score: f32,
    /// Evidence for any lesion, `0..=1`: what the threshold of the run is laid on.
    pub evidence: f32,
    /// Whether the detector says that skin surrounds it.
    pub on_skin: bool,
    /// State of its track.
    pub state: TrackState,
}

/// What a circle turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The best circle of at least one lesion.
    Found,
    /// It finds a lesion that another circle finds better.
    Duplicate,
    /// It finds nothing and lies on the skin, or outside of it but marked as on it.
    False {
        /// Whether its centre lies within the outline of the skin.
        on_skin: bool,
    },
    /// It finds nothing, lies outside of the skin and says so: neither alarm nor false.
    Flagged,
}

/// The matching of one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameMatch {
    /// One verdict a circle, in order.
    pub verdicts: Vec<Verdict>,
    /// For every lesion of the truth, in order: the circle that finds it best, if any does.
    pub best: Vec<Option<usize>>,
}

/// Matches the circles of a frame with its lesions. One circle may find several lesions; the best of several circles on one
/// lesion is the one with the nearest centre, then the one with the more similar radius, then the first.
pub fn match_frame(truth: &TruthFrame, circles: &[SeenCircle]) -> FrameMatch {
    let best: Vec<Option<usize>> = truth.lesions.iter().map(|lesion| best_circle(lesion, circles)).collect();
    let verdicts = circles
        .iter()
        .enumerate()
        .map(|(n, seen)| {
            if best.contains(&Some(n)) {
                return Verdict::Found;
            }
            if truth.lesions.iter().any(|lesion| seen.circle.finds(&lesion.circle())) {
                return Verdict::Duplicate;
            }
            let on_skin = truth.on_skin(seen.circle.x, seen.circle.y);
            if !on_skin && !seen.on_skin { Verdict::Flagged } else { Verdict::False { on_skin } }
        })
        .collect();
    FrameMatch { verdicts, best }
}

/// The circle that finds a lesion best.
fn best_circle(lesion: &TruthLesion, circles: &[SeenCircle]) -> Option<usize> {
    let target = lesion.circle();
    let finders = circles.iter().enumerate().filter(|(_, seen)| seen.circle.finds(&target));
    let order = |c: &Circle| (c.distance(&target), ratio(c.r, target.r));
    finders
        .min_by(|(_, a), (_, b)| {
            let ((da, ra), (db, rb)) = (order(&a.circle), order(&b.circle));
            da.total_cmp(&db).then(ra.total_cmp(&rb))
        })
        .map(|(n, _)| n)
}

/// The larger of two radii over the smaller, 1 and above.
pub(super) fn ratio(a: f32, b: f32) -> f32 {
    if a > b { a / b } else { b / a }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn circle(x: f32, y: f32, r: f32) -> Circle {
        Circle { x, y, r }
    }

    fn seen(x: f32, y: f32, r: f32, on_skin: bool) -> SeenCircle {
        let class = "nevus".to_owned();
        SeenCircle {
            track: 1,
            place: None,
            circle: circle(x, y, r),
            class,
            score: 0.9,
            evidence: 0.9,
            on_skin,
            state: TrackState::Confirmed,
        }
    }

    fn truth(lesions: &[(f32, f32, f32)]) -> TruthFrame {
        let lesions =
            lesions.iter().zip(0..).map(|(&(x, y, r), id)| TruthLesion { id, class: "nevus".into(), x, y, r });
        let skin = vec![[0.0, 100.0], [400.0, 100.0], [400.0, 300.0], [0.0, 300.0]];
        TruthFrame { frame: 0, time_s: 0.0, lesions: lesions.collect(), skin }
    }

    #[test]
    fn the_borders_of_the_definition_belong_to_it() {
        let lesion = circle(100.0, 200.0, 20.0);
        assert!(circle(130.0, 200.0, 20.0).finds(&lesion), "centre on the grown circle");
        assert!(!circle(130.1, 200.0, 20.0).finds(&lesion));
        assert!(circle(118.0, 224.0, 20.0).finds(&lesion), "3-4-5 triangle: distance 30");
        assert!(!circle(118.1, 224.0, 20.0).finds(&lesion));
        assert!(circle(100.0, 200.0, 60.0).finds(&lesion), "three times as large");
        assert!(!circle(100.0, 200.0, 60.1).finds(&lesion));
        let lesion = circle(100.0, 200.0, 30.0);
        assert!(circle(100.0, 200.0, 10.0).finds(&lesion), "a third as large");
        assert!(!circle(100.0, 200.0, 9.9).finds(&lesion));
    }

    #[test]
    fn what_finds_nothing_is_sorted_by_place_and_flag() {
        let circles = [
            seen(300.0, 200.0, 20.0, true),
            seen(300.0, 200.0, 20.0, false),
            seen(300.0, 50.0, 20.0, true),
            seen(300.0, 50.0, 20.0, false),
        ];
        let matched = match_frame(&truth(&[(100.0, 200.0, 20.0)]), &circles);
        let expected = [
            Verdict::False { on_skin: true },
            Verdict::False { on_skin: true },
            Verdict::False { on_skin: false },
            Verdict::Flagged,
        ];
        assert_eq!(matched.verdicts, expected);
        assert_eq!(matched.best, [None]);
    }

    #[test]
    fn the_second_circle_on_a_lesion_is_a_duplicate() {
        let circles = [seen(112.0, 200.0, 20.0, true), seen(101.0, 200.0, 50.0, true), seen(101.0, 200.0, 22.0, true)];
        let matched = match_frame(&truth(&[(100.0, 200.0, 20.0)]), &circles);
        assert_eq!(matched.verdicts, [Verdict::Duplicate, Verdict::Duplicate, Verdict::Found]);
        assert_eq!(matched.best, [Some(2)]);
    }

    #[test]
    fn one_circle_may_find_two_lesions() {
        let matched =
            match_frame(&truth(&[(100.0, 200.0, 20.0), (130.0, 200.0, 18.0)]), &[seen(115.0, 200.0, 30.0, true)]);
        assert_eq!(matched.best, [Some(0), Some(0)]);
        assert_eq!(matched.verdicts, [Verdict::Found]);
    }

    fn places() -> impl Strategy<Value = Vec<(f32, f32, f32)>> {
        prop::collection::vec((0.0f32..400.0, 0.0f32..400.0, 5.0f32..60.0), 0..8)
    }

    proptest! {
        /// The definitions once more, word by word, with distances and quotients.
        #[test]
        fn agrees_with_a_naive_version(lesions in places(), circles in places(), flags in prop::collection::vec(any::<bool>(), 8)) {
            let truth = truth(&lesions);
            let circles: Vec<_> = circles.iter().zip(&flags).map(|(&(x, y, r), &on)| seen(x, y, r, on)).collect();
            let naive = |c: &Circle, l: &(f32, f32, f32)| {
                let distance = f64::from(c.x - l.0).hypot(f64::from(c.y - l.1));
                let quotient = f64::from(c.r) / f64::from(l.2);
                let certain = (distance - 1.5 * f64::from(l.2)).abs() > 1e-3;
                (distance <= 1.5 * f64::from(l.2) && (1.0 / 3.0..=3.0).contains(&quotient), certain)
            };
            // Rounding may decide the border cases either way.
            prop_assume!(circles.iter().all(|c| lesions.iter().all(|l| naive(&c.circle, l).1)));
            let matched = match_frame(&truth, &circles);
            for (lesion, best) in lesions.iter().zip(&matched.best) {
                let finders: Vec<usize> = (0..circles.len()).filter(|&n| naive(&circles[n].circle, lesion).0).collect();
                prop_assert_eq!(best.is_some(), !finders.is_empty());
                if let Some(best) = best {
                    let d = |n: usize| (circles[n].circle.x - lesion.0).hypot(circles[n].circle.y - lesion.1);
                    prop_assert!(finders.iter().all(|&n| d(*best) <= d(n)));
                }
            }
            for (seen, verdict) in circles.iter().zip(&matched.verdicts) {
                let finding = lesions.iter().any(|l| naive(&seen.circle, l).0);
                prop_assert_eq!(finding, matches!(verdict, Verdict::Found | Verdict::Duplicate));
                let inside = (100.0..300.0).contains(&seen.circle.y) && seen.circle.x > 0.0;
                match verdict {
                    Verdict::False { on_skin } => prop_assert_eq!(*on_skin, inside),
                    Verdict::Flagged => prop_assert!(!inside && !seen.on_skin),
                    _ => {}
                }
            }
            let bests: std::collections::BTreeSet<_> = matched.best.iter().flatten().collect();
            let found = matched.verdicts.iter().filter(|v| **v == Verdict::Found).count();
            prop_assert_eq!(bests.len(), found);
        }
    }
}
