//! How far the map of a circle can be believed: does it lie within the circle, does another method agree, and does the score
//! fall when what is circled is painted over?
//!
//! `T(m)` is the fifth of the cells of a map where it is highest, without those that are not above 0. `C` is the disc of the circle in the window.

use super::perturb::{painted, rim};
use super::{Explainer, Map, Question};
use crate::geometry::Circle;
use crate::model::ModelError;

/// Share of the cells that count as what a map points at: less than the 0.3 of the window that a circle covers, so that a map can
/// lie wholly within it.
const TOP: f32 = 0.2;

/// Which cells of a map belong to `T(m)`.
fn top(map: &Map) -> Vec<bool> {
    let most = (TOP * map.values.len() as f32).round() as usize;
    let mut top = vec![false; map.values.len()];
    let value = |at: &usize| map.values.get(*at).copied().unwrap_or(0.0);
    for at in map.order().into_iter().take(most).filter(|at| value(at) > 0.0) {
        top.get_mut(at).into_iter().for_each(|mark| *mark = true);
    }
    top
}

/// `|T(a) and T(b)| / |T(a) or T(b)|` of two maps of one size, `0..=1`; 1 for maps that point at the same cells, 0.11 for two that
/// have nothing to do with each other. Ranks would not do: a map that is 0 in many cells has no order there.
pub fn agreement(a: &Map, b: &Map) -> f32 {
    let (a, b) = (top(a), top(&b.resized(a.cols, a.rows)));
    let count = |test: &dyn Fn(bool, bool) -> bool| a.iter().zip(&b).filter(|(a, b)| test(**a, **b)).count();
    count(&|a, b| a && b) as f32 / count(&|a, b| a || b).max(1) as f32
}

/// Sum of `m` over the cells of `T(m)` in `C`, divided by its sum over `T(m)`, `0..=1`; `None` for a map that is nowhere above 0.
/// `disc` in sides of the window, from its left and upper edge.
pub fn inside(map: &Map, disc: &Circle) -> Option<f32> {
    let (mut within, mut all) = (0f32, 0f32);
    for (at, (value, _)) in map.values.iter().zip(top(map)).enumerate().filter(|(_, (_, top))| *top) {
        all += value;
        if holds(disc, at % map.cols, at / map.cols, (map.cols, map.rows)) {
            within += value;
        }
    }
    (all > 0.0).then(|| within / all)
}

/// `p(x) - p(x')`, `-1..=1`: `p` the score of the class, `x'` the window with `C` in the mean colour of the window's rim.
pub fn drop(explainer: &Explainer, question: Question, disc: &Circle) -> Result<f32, ModelError> {
    let window = question.window;
    let size = (window.width() as usize, window.height() as usize);
    let hidden = painted(window, rim(window), |x, y| holds(disc, x as usize, y as usize, size));
    let scores = explainer.scores(&[window.clone(), hidden], question.class)?;
    Ok(match scores.as_slice() {
        [before, after] => before - after,
        _ => 0.0,
    })
}

/// Whether the middle of a cell of a grid lies in the disc.
fn holds(disc: &Circle, col: usize, row: usize, (cols, rows): (usize, usize)) -> bool {
    let (x, y) = ((col as f32 + 0.5) / cols as f32, (row as f32 + 0.5) / rows as f32);
    (x - disc.x).hypot(y - disc.y) <= disc.r
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 40;
    const DISC: Circle = Circle { x: 0.5, y: 0.5, r: 0.31 };

    fn map(value: impl Fn(f32, f32) -> f32) -> Map {
        let at = |i: usize| (i as f32 + 0.5) / SIDE as f32;
        Map { cols: SIDE, rows: SIDE, values: (0..SIDE * SIDE).map(|i| value(at(i % SIDE), at(i / SIDE))).collect() }
    }

    /// Highest at a place, falling off from it.
    fn hill(x: f32, y: f32) -> Map {
        map(|u, v| 1.0 - (u - x).hypot(v - y))
    }

    /// Something in a corner, nothing elsewhere.
    fn corner() -> Map {
        map(|u, v| (0.3 - u.hypot(v)).max(0.0))
    }

    #[test]
    fn evidence_is_found_where_it_lies() {
        assert_eq!(inside(&hill(0.5, 0.5), &DISC), Some(1.0), "a fifth of the window fits into the circle");
        assert_eq!(inside(&corner(), &DISC), Some(0.0));
        let half = inside(&map(|u, v| f32::from(u8::from((u - 0.5).hypot(v - 0.5) <= 0.31)) * 0.2 + v), &DISC).unwrap();
        assert!(half > 0.0 && half < 1.0, "{half}");
        assert_eq!(inside(&map(|_, _| 0.0), &DISC), None);
        assert_eq!(inside(&map(|u, _| -u), &DISC), None, "what speaks against the class points at nothing");
    }

    #[test]
    fn a_map_that_knows_nothing_has_the_circles_part_of_the_window_inside() {
        // Highest in every fifth place, over the whole window.
        let map = Map { cols: SIDE, rows: SIDE, values: (0..SIDE * SIDE).map(|i| f32::from(i % 5 == 0)).collect() };
        let inside = inside(&map, &DISC).unwrap();
        assert!((inside - 0.302).abs() < 0.03, "{inside}");
    }

    #[test]
    fn maps_agree_with_themselves_and_not_with_others() {
        let middle = hill(0.5, 0.5);
        assert_eq!(agreement(&middle, &middle), 1.0);
        let brighter = map(|u, v| 4.0 * (1.0 - (u - 0.5).hypot(v - 0.5)));
        assert_eq!(agreement(&middle, &brighter), 1.0, "whatever the scale");
        assert_eq!(agreement(&middle, &corner()), 0.0);
        let near = agreement(&middle, &hill(0.6, 0.5));
        assert!(near > 0.3 && near < 0.9, "{near}");
        assert_eq!(agreement(&map(|_, _| 0.0), &middle), 0.0, "a map of nothing agrees with nothing");
    }

    #[test]
    fn the_places_that_count_are_a_fifth_and_never_those_at_nothing() {
        assert_eq!(top(&hill(0.3, 0.3)).iter().filter(|top| **top).count(), SIDE * SIDE / 5);
        let spot = map(|u, v| f32::from(u8::from(u < 0.1 && v < 0.1)));
        assert_eq!(top(&spot).iter().filter(|top| **top).count(), 16);
    }
}
