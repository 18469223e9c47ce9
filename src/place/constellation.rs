//! How a constellation of places lies in the present frame, when the camera's way there is not known: two lesions that were circled again fix
//! turn, zoom and shift, and the others show whether that is right (Fischler and Bolles 1981, with all pairs in place of random ones).

use crate::geometry::{Circle, Point, Similarity};

/// Zooms that are believed, as a factor or its inverse: a camera that comes back is held about as far away.
const ZOOM: f64 = 2.0;
/// Turns that are believed, radians, a third of half a turn: two lesions would fit any two others otherwise.
const TURN: f64 = std::f64::consts::FRAC_PI_3;

/// A place that may be seen again: where it lay, and where something lies now that may be it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SeenAgain {
    pub(super) before: Circle,
    pub(super) now: Circle,
}

/// The motion of the picture plane that takes two places to where they were seen again; `None` where it is not believed.
pub(super) fn motion_of_two(one: SeenAgain, other: SeenAgain) -> Option<Similarity> {
    // Places that touch say little of turn and zoom.
    let apart = |one: &Circle, other: &Circle| one.distance(other) > one.r.max(other.r);
    let motion = apart(&one.before, &other.before).then(|| fitted(&[one, other]))?;
    is_believed(&motion).then_some(motion)
}

/// The motion that takes places to where they were seen again with the least squared distances (Umeyama 1991, for the plane). A shift where that
/// is not believed, or there is one place only; none at all for none.
pub(super) fn motion_of(seen: &[SeenAgain]) -> Similarity {
    let motion = fitted(seen);
    if seen.len() >= 2 && is_believed(&motion) {
        return motion;
    }
    let (from, to) = (mean(seen.iter().map(|seen| seen.before)), mean(seen.iter().map(|seen| seen.now)));
    Similarity { dx: f64::from(to.x - from.x), dy: f64::from(to.y - from.y), ..Similarity::IDENTITY }
}

/// How unusual a motion is, `0..=2`: 0 for a shift, 1 for the farthest turn or zoom that is believed.
pub(super) fn unusual(motion: &Similarity) -> f32 {
    (motion.scale().ln().abs() / ZOOM.ln() + motion.b.atan2(motion.a).abs() / TURN) as f32
}

fn is_believed(motion: &Similarity) -> bool {
    let scale = motion.scale();
    scale.is_finite() && (1.0 / ZOOM..=ZOOM).contains(&scale) && motion.b.atan2(motion.a).abs() <= TURN
}

fn fitted(seen: &[SeenAgain]) -> Similarity {
    let (from, to) = (mean(seen.iter().map(|seen| seen.before)), mean(seen.iter().map(|seen| seen.now)));
    let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
    for SeenAgain { before, now } in seen {
        let [px, py] = [before.x - from.x, before.y - from.y].map(f64::from);
        let [qx, qy] = [now.x - to.x, now.y - to.y].map(f64::from);
        along += px * qx + py * qy;
        across += px * qy - py * qx;
        spread += px * px + py * py;
    }
    let (a, b) = (along / spread, across / spread);
    let [fx, fy, tx, ty] = [from.x, from.y, to.x, to.y].map(f64::from);
    Similarity { a, b, dx: tx - (a * fx - b * fy), dy: ty - (b * fx + a * fy) }
}

fn mean(circles: impl ExactSizeIterator<Item = Circle>) -> Point {
    let count = circles.len().max(1) as f32;
    let sum = circles.fold(Point::default(), |sum, circle| Point { x: sum.x + circle.x, y: sum.y + circle.y });
    Point { x: sum.x / count, y: sum.y / count }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::kept::moved;
    use proptest::prelude::*;

    fn circle() -> impl Strategy<Value = Circle> {
        (0.0_f32..1000.0, 0.0_f32..700.0, 8.0_f32..40.0).prop_map(|(x, y, r)| Circle { x, y, r })
    }

    proptest! {
        #[test]
        fn a_motion_is_found_from_what_it_moved(
            circles in prop::collection::vec(circle(), 2..6),
            scale in 0.6_f64..1.6, angle in -0.9_f64..0.9, dx in -200.0_f64..200.0, dy in -200.0_f64..200.0,
        ) {
            prop_assume!(circles[0].distance(&circles[1]) > 90.0);
            let motion = Similarity { a: scale * angle.cos(), b: scale * angle.sin(), dx, dy };
            let again: Vec<SeenAgain> =
                circles.iter().map(|before| SeenAgain { before: *before, now: moved(*before, &motion) }).collect();
            for found in [motion_of_two(again[0], again[1]).unwrap(), motion_of(&again)] {
                for SeenAgain { before, now } in &again {
                    prop_assert!(moved(*before, &found).distance(now) < 1.0, "{found:?} for {motion:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_believed_is_a_shift_and_one_place_is_one_too() {
        let circle = |x: f32, y: f32| Circle { x, y, r: 10.0 };
        let again = |before: Circle, now: Circle| SeenAgain { before, now };
        let turned = [again(circle(0.0, 0.0), circle(100.0, 0.0)), again(circle(100.0, 0.0), circle(0.0, 0.0))];
        assert_eq!(motion_of_two(turned[0], turned[1]), None, "half a turn");
        assert_eq!(motion_of(&turned), Similarity::IDENTITY, "their middle stays");
        let shift = motion_of(&[again(circle(5.0, 5.0), circle(25.0, 1.0))]);
        assert_eq!(shift, Similarity { dx: 20.0, dy: -4.0, ..Similarity::IDENTITY });
        assert_eq!(motion_of(&[]), Similarity::IDENTITY);
        assert_eq!((unusual(&shift), unusual(&Similarity { a: 2.0, ..Similarity::IDENTITY })), (0.0, 1.0));
    }
}
