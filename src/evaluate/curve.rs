//! Free-response ROC: recall against false circles a picture, as the threshold on the evidence of the circles varies.

use serde::Serialize;

use super::matching::{SeenCircle, Verdict};
use crate::geometry::Circle;

/// Points of a curve that are kept: more show nothing more.
const MOST: usize = 400;

/// Rates of false circles a picture at which tables name the recall.
pub const RATES: [f64; 5] = [0.1, 0.25, 0.5, 1.0, 2.0];

/// A free-response ROC curve (Bunch et al. 1978). It ends at the threshold of the run: what the run did not circle is not
/// known. Without pictures or without lesions it has no points.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Froc {
    /// Lesions that could be found.
    pub lesions: u64,
    /// Pictures, or frames, looked at.
    pub pictures: u64,
    /// From the highest threshold to the lowest; recall and false circles never fall. At most 401, the ends among them.
    pub points: Vec<FrocPoint>,
}

/// What is found when only circles with so much evidence count.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FrocPoint {
    /// Least evidence of a circle, `0..=1`.
    pub threshold: f32,
    /// Share of the lesions that a circle finds, `0..=1`.
    pub recall: f64,
    /// False circles a picture, 0 and above.
    pub false_a_picture: f64,
}

impl Froc {
    /// The highest recall with no more false circles a picture than this; `None` without pictures or without lesions.
    pub fn recall_at(&self, false_a_picture: f64) -> Option<f64> {
        let within = self.points.iter().filter(|point| point.false_a_picture <= false_a_picture + 1e-9);
        (self.lesions > 0 && self.pictures > 0).then(|| within.map(|point| point.recall).fold(0.0, f64::max))
    }
}

/// The evidence of circles right and wrong, collected picture by picture.
#[derive(Clone, Debug, Default, PartialEq)]
struct Responses {
    lesions: u64,
    pictures: u64,
    /// For each lesion that a circle finds, the strongest such circle's evidence.
    right: Vec<f32>,
    /// Evidence of each false circle.
    wrong: Vec<f32>,
}

impl Responses {
    fn merge(&mut self, other: &Responses) {
        self.lesions += other.lesions;
        self.pictures += other.pictures;
        self.right.extend(&other.right);
        self.wrong.extend(&other.wrong);
    }

    fn curve(&self) -> Froc {
        let Responses { lesions, pictures, .. } = *self;
        let mut points = Vec::new();
        if lesions > 0 && pictures > 0 {
            let mut all: Vec<(f32, bool)> = self.right.iter().map(|&score| (score, true)).collect();
            all.extend(self.wrong.iter().map(|&score| (score, false)));
            all.sort_by(|a, b| b.0.total_cmp(&a.0));
            let mut right = 0;
            for (n, &(threshold, is_right)) in all.iter().enumerate() {
                right += usize::from(is_right);
                // Equal scores cannot be told apart: they make one point.
                if all.get(n + 1).is_none_or(|next| next.0 < threshold) {
                    let (recall, wrong) = (right as f64 / lesions as f64, (n + 1 - right) as f64);
                    points.push(FrocPoint { threshold, recall, false_a_picture: wrong / pictures as f64 });
                }
            }
        }
        Froc { lesions, pictures, points: thinned(points) }
    }
}

/// At most [`MOST`] points and the last, evenly spread by rank: dense where the scores are.
fn thinned(points: Vec<FrocPoint>) -> Vec<FrocPoint> {
    let (count, last) = (points.len(), points.last().copied());
    let step = count.div_ceil(MOST).max(1);
    let mut kept: Vec<FrocPoint> = points.into_iter().step_by(step).collect();
    if kept.last() != last.as_ref() {
        kept.extend(last);
    }
    kept
}

/// Collects for two curves: of all circles, and of those alone that are alarmed, not marked as off the skin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrocCounts {
    all: Responses,
    alarmed: Responses,
}

impl FrocCounts {
    /// Adds a picture: the lesions that count, its circles, and one verdict a circle. A circle is false when its verdict is.
    pub fn add(&mut self, lesions: &[Circle], circles: &[SeenCircle], verdicts: &[Verdict]) {
        for (responses, any) in [(&mut self.all, true), (&mut self.alarmed, false)] {
            let counted = |seen: &SeenCircle| any || seen.on_skin;
            responses.pictures += 1;
            responses.lesions += lesions.len() as u64;
            responses.right.extend(lesions.iter().filter_map(|lesion| {
                let finders = circles.iter().filter(|seen| counted(seen) && seen.circle.finds(lesion));
                finders.map(|seen| seen.evidence).max_by(f32::total_cmp)
            }));
            let judged = circles.iter().zip(verdicts).filter(|(seen, _)| counted(seen));
            let wrong = judged.filter(|(_, verdict)| matches!(verdict, Verdict::False { .. }));
            responses.wrong.extend(wrong.map(|(seen, _)| seen.evidence));
        }
    }

    /// Adds what another one collected.
    pub fn merge(&mut self, other: &FrocCounts) {
        self.all.merge(&other.all);
        self.alarmed.merge(&other.alarmed);
    }

    /// The curve of all circles.
    pub fn all(&self) -> Froc {
        self.all.curve()
    }

    /// The curve of the alarmed circles.
    pub fn alarmed(&self) -> Froc {
        self.alarmed.curve()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::TrackState;
    use proptest::prelude::*;

    fn seen(x: f32, evidence: u8, on_skin: bool) -> SeenCircle {
        SeenCircle {
            track: 1,
            place: None,
            circle: Circle { x, y: 50.0, r: 10.0 },
            class: "nevus".to_owned(),
            score: 0.5,
            evidence: f32::from(evidence) / 20.0,
            on_skin,
            state: TrackState::Confirmed,
        }
    }

    /// Lesions lie at 100, 200 ...: a circle at a hundred finds one, between them it is false.
    fn verdicts(lesions: &[Circle], circles: &[SeenCircle]) -> Vec<Verdict> {
        let right = |seen: &SeenCircle| lesions.iter().any(|lesion| seen.circle.finds(lesion));
        circles.iter().map(|c| if right(c) { Verdict::Found } else { Verdict::False { on_skin: true } }).collect()
    }

    type Picture = (usize, Vec<(usize, u8, bool)>);

    fn pictures() -> impl Strategy<Value = Vec<Picture>> {
        let circle = (1usize..10, 0u8..=20, any::<bool>());
        prop::collection::vec((0usize..4, prop::collection::vec(circle, 0..8)), 1..8)
    }

    fn built(picture: &Picture) -> (Vec<Circle>, Vec<SeenCircle>) {
        let lesions = (1..=picture.0).map(|n| Circle { x: 100.0 * n as f32, y: 50.0, r: 10.0 }).collect();
        (lesions, picture.1.iter().map(|&(at, score, on_skin)| seen(50.0 * at as f32, score, on_skin)).collect())
    }

    proptest! {
        #[test]
        fn the_curve_is_monotone_ends_at_all_circles_and_agrees_with_counting(pictures in pictures()) {
            let mut counts = FrocCounts::default();
            let built: Vec<_> = pictures.iter().map(built).collect();
            for (lesions, circles) in &built {
                counts.add(lesions, circles, &verdicts(lesions, circles));
            }
            for (curve, any) in [(counts.all(), true), (counts.alarmed(), false)] {
                // Once more, picture by picture, with the weaker circles taken away.
                let naive = |threshold: f32| {
                    let (mut found, mut wrong, mut all) = (0, 0, 0);
                    for (lesions, circles) in &built {
                        let left: Vec<_> = circles.iter().filter(|c| c.evidence >= threshold && (any || c.on_skin)).collect();
                        all += lesions.len();
                        found += lesions.iter().filter(|l| left.iter().any(|c| c.circle.finds(l))).count();
                        wrong += left.iter().filter(|c| !lesions.iter().any(|l| c.circle.finds(l))).count();
                    }
                    (found as f64 / all as f64, wrong as f64 / built.len() as f64)
                };
                if curve.lesions == 0 {
                    prop_assert!(curve.points.is_empty() && curve.recall_at(1.0).is_none());
                    continue;
                }
                for pair in curve.points.windows(2) {
                    prop_assert!(pair[0].threshold > pair[1].threshold);
                    prop_assert!(pair[0].recall <= pair[1].recall);
                    prop_assert!(pair[0].false_a_picture <= pair[1].false_a_picture);
                    prop_assert!(pair[0] != pair[1]);
                }
                for point in &curve.points {
                    prop_assert_eq!((point.recall, point.false_a_picture), naive(point.threshold));
                }
                // The end is the run itself.
                let last = curve.points.last().map_or((0.0, 0.0), |point| (point.recall, point.false_a_picture));
                prop_assert_eq!(last, naive(0.0));
                for rate in RATES {
                    let best = (0..=20).map(|n| naive(n as f32 / 20.0)).filter(|(_, wrong)| *wrong <= rate + 1e-9);
                    prop_assert_eq!(curve.recall_at(rate), Some(best.map(|(recall, _)| recall).fold(0.0, f64::max)));
                }
            }
        }

        #[test]
        fn counting_in_parts_is_counting_the_whole(pictures in pictures(), cut in 0usize..8) {
            let (mut whole, mut parts) = (FrocCounts::default(), [FrocCounts::default(), FrocCounts::default()]);
            for (n, picture) in pictures.iter().enumerate() {
                let (lesions, circles) = built(picture);
                let judged = verdicts(&lesions, &circles);
                whole.add(&lesions, &circles, &judged);
                parts[usize::from(n >= cut)].add(&lesions, &circles, &judged);
            }
            let [mut first, second] = parts;
            first.merge(&second);
            prop_assert_eq!(first, whole);
        }
    }

    #[test]
    fn a_long_curve_keeps_its_ends() {
        let right: Vec<f32> = (0..5000).map(|n| n as f32 / 5000.0).collect();
        let long = Responses { lesions: 5000, pictures: 10, wrong: right.iter().map(|s| s + 1e-4).collect(), right };
        let curve = long.curve();
        assert!(curve.points.len() <= MOST + 1, "{}", curve.points.len());
        let (first, last) = (curve.points[0], curve.points[curve.points.len() - 1]);
        assert!(first.recall <= 1.0 / 5000.0 && (last.recall, last.false_a_picture) == (1.0, 500.0));
    }
}
