//! Where faces may be, by the parts of bodies that the skin map shows: eyes, nostrils and mouths, but also nails and navels.

use crate::geometry::{Size, Square};
use crate::model::skin_map::{PlaceShares, SkinMap};

/// A cell may be of a face from this share of parts on: less than what a circle is dropped by, as an eye that is missed is worse than a nail that is
/// covered, and a face far away is much cloth and hair.
const PART: f32 = 0.25;
/// And from so many times as much of a part as of skin: hands at their borders are a little of everything.
const OVER_SKIN: f32 = 1.5;
/// Faces are covered so many cells around what shows: an eye may be where only the brow or the mouth was seen.
const GROWN_CELLS: i64 = 2;

/// The regions of a picture in which a face may be: each as the squares of its cells, px of the picture.
pub fn faces(map: &SkinMap) -> Vec<Vec<Square>> {
    let Size { width, height } = map.cells();
    let (cols, rows) = (i64::from(width), i64::from(height));
    let shown = |place: &PlaceShares| place.part >= PART && place.part >= OVER_SKIN * (place.skin + place.lesion);
    let mut near = vec![false; map.places().len()];
    for (at, _) in map.places().iter().enumerate().filter(|(_, place)| shown(place)) {
        let (x, y) = (at as i64 % cols, at as i64 / cols);
        for row in (y - GROWN_CELLS).max(0)..(y + GROWN_CELLS + 1).min(rows) {
            for col in (x - GROWN_CELLS).max(0)..(x + GROWN_CELLS + 1).min(cols) {
                let (dx, dy) = (col - x, row - y);
                near[(row * cols + col) as usize] |= dx * dx + dy * dy <= GROWN_CELLS * GROWN_CELLS + 1;
            }
        }
    }
    let square = |cell: usize| map.cell_square(cell);
    connected(near, cols as usize).into_iter().map(|region| region.into_iter().map(square).collect()).collect()
}

/// The cells that are set, in groups that touch at their sides or corners; `cols` cells a row.
fn connected(mut open: Vec<bool>, cols: usize) -> Vec<Vec<usize>> {
    let rows = open.len() / cols.max(1);
    let mut groups = Vec::new();
    for first in 0..open.len() {
        if !std::mem::take(&mut open[first]) {
            continue;
        }
        let (mut group, mut next) = (vec![first], 0);
        while let Some(cell) = group.get(next).copied() {
            next += 1;
            let (col, row) = (cell % cols, cell / cols);
            for row in row.saturating_sub(1)..(row + 2).min(rows) {
                for near in (col.saturating_sub(1)..(col + 2).min(cols)).map(|col| row * cols + col) {
                    if std::mem::take(&mut open[near]) {
                        group.push(near);
                    }
                }
            }
        }
        groups.push(group);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn map(parts: &[(usize, usize)], cols: usize, rows: usize) -> SkinMap {
        let shares = |at: usize| {
            let part = if parts.contains(&(at % cols, at / cols)) { 0.7 } else { 0.1 };
            PlaceShares::of([0.0, 1.0 - part, part, 0.0])
        };
        let (picture, cells) = (
            Size { width: 10 * cols as u32, height: 10 * rows as u32 },
            Size { width: cols as u32, height: rows as u32 },
        );
        SkinMap::new(picture, cells, (0..cols * rows).map(shares).collect()).unwrap()
    }

    #[test]
    fn two_eyes_are_one_region_that_covers_them_with_their_surroundings() {
        let found = faces(&map(&[(10, 10), (15, 10)], 40, 30));
        assert_eq!(found.len(), 1);
        let covers = |x: f32, y: f32| {
            found[0].iter().any(|s| (s.x..s.x + s.side).contains(&x) && (s.y..s.y + s.side).contains(&y))
        };
        assert!(covers(105.0, 105.0) && covers(155.0, 105.0) && covers(130.0, 105.0), "the nose between them");
        assert!(covers(85.0, 105.0) && covers(105.0, 125.0) && !covers(75.0, 105.0) && !covers(105.0, 135.0));
    }

    #[test]
    fn what_lies_apart_is_apart_and_bare_skin_is_left_alone() {
        assert_eq!(faces(&map(&[(3, 3), (30, 20)], 40, 30)).len(), 2);
        assert!(faces(&map(&[], 40, 30)).is_empty());
    }

    proptest! {
        #[test]
        fn every_part_is_covered_once(parts in prop::collection::vec((0usize..13, 0usize..9), 0..20)) {
            let map = map(&parts, 13, 9);
            let squares: Vec<Square> = faces(&map).concat();
            for (x, y) in parts {
                let (x, y) = (10.0 * x as f32 + 5.0, 10.0 * y as f32 + 5.0);
                let covering = squares.iter().filter(|s| (s.x..s.x + s.side).contains(&x) && (s.y..s.y + s.side).contains(&y));
                prop_assert_eq!(covering.count(), 1);
            }
        }
    }
}
