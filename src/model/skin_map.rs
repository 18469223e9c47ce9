//! What a picture shows, place by place: skin, parts of the body that are no lesion, lesions, anything else.

use crate::geometry::{Circle, Point, Size};

/// What there is at a place, as probabilities that sum to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlaceShares {
    /// Neither skin nor a part of a body: cloth, walls, furniture.
    pub other: f32,
    /// Skin without anything on it.
    pub skin: f32,
    /// A part of a body that is neither bare skin nor a lesion: eyes, nostrils, lips, beards, navels, nails, what is worn on skin.
    pub part: f32,
    /// A lesion.
    pub lesion: f32,
}

/// Number of kinds of places.
pub const KINDS: usize = 4;

/// Probes along a disc's radius and around it.
const RINGS: usize = 3;
/// See [`RINGS`].
const SPOKES: usize = 12;

impl PlaceShares {
    /// From the probabilities in the order of the network's outputs.
    pub fn of([other, skin, part, lesion]: [f32; KINDS]) -> PlaceShares {
        PlaceShares { other, skin, part, lesion }
    }

    fn scaled(self, by: f32) -> PlaceShares {
        let PlaceShares { other, skin, part, lesion } = self;
        PlaceShares::of([other, skin, part, lesion].map(|share| share * by))
    }

    fn plus(self, of: PlaceShares) -> PlaceShares {
        PlaceShares {
            other: self.other + of.other,
            skin: self.skin + of.skin,
            part: self.part + of.part,
            lesion: self.lesion + of.lesion,
        }
    }
}

/// A map over a picture: the shares of square cells, row by row from the top left corner.
#[derive(Clone, Debug, PartialEq)]
pub struct SkinMap {
    /// Size of the picture, px.
    picture: Size,
    /// Cells of a row, and rows.
    cells: Size,
    places: Vec<PlaceShares>,
}

impl SkinMap {
    /// The map of a picture of this size, from the shares of its cells; `None` where there is no cell, or not one share a cell.
    pub fn new(picture: Size, cells: Size, places: Vec<PlaceShares>) -> Option<SkinMap> {
        let count = cells.width as usize * cells.height as usize;
        (count > 0 && places.len() == count).then_some(SkinMap { picture, cells, places })
    }

    /// Cells of a row, and rows.
    pub fn cells(&self) -> Size {
        self.cells
    }

    /// The shares of the cells, row by row.
    pub fn places(&self) -> &[PlaceShares] {
        &self.places
    }

    /// The same map laid over a copy of the picture of another size.
    pub fn over(self, picture: Size) -> SkinMap {
        SkinMap { picture, ..self }
    }

    /// What there is at a point of the picture, px; between the centres of cells a blend, beyond the border what is nearest.
    pub fn at(&self, Point { x, y }: Point) -> PlaceShares {
        let (u, along) = cell(x, self.picture.width, self.cells.width);
        let (v, down) = cell(y, self.picture.height, self.cells.height);
        let of = |col: usize, row: usize| {
            let col = col.min(self.cells.width as usize - 1);
            self.places[row.min(self.cells.height as usize - 1) * self.cells.width as usize + col]
        };
        let row = |row: usize| of(u, row).scaled(1.0 - along).plus(of(u + 1, row).scaled(along));
        row(v).scaled(1.0 - down).plus(row(v + 1).scaled(down))
    }

    /// What there is within a circle, px of the picture: the mean over its disc.
    pub fn within(&self, circle: Circle) -> PlaceShares {
        // Rings of equal area, and the middle.
        let rings = (0..RINGS).map(|ring| ((ring as f32 + 0.5) / RINGS as f32).sqrt());
        self.mean(circle, rings)
    }

    /// What there is around a circle, px of the picture: the mean over the ring from `1.3` to `2` of its radii, and at least one cell wide.
    pub fn around(&self, circle: Circle) -> PlaceShares {
        let cell = self.picture.width as f32 / self.cells.width as f32;
        let (near, far) = (1.3 * circle.r, (2.0 * circle.r).max(1.3 * circle.r + cell));
        let rings =
            (0..RINGS).map(|ring| (near + (far - near) * ring as f32 / (RINGS - 1) as f32) / circle.r.max(1e-3));
        self.mean(circle, rings)
    }

    /// The mean at probes on rings of these radii, in radii of the circle; beyond the picture there are none.
    fn mean(&self, circle: Circle, rings: impl Iterator<Item = f32>) -> PlaceShares {
        let spokes = (0..SPOKES).map(|spoke| std::f32::consts::TAU * spoke as f32 / SPOKES as f32);
        let inside = |point: &Point| {
            (0.0..=self.picture.width as f32).contains(&point.x)
                && (0.0..=self.picture.height as f32).contains(&point.y)
        };
        let probes = rings.flat_map(|ring| spokes.clone().map(move |angle| (ring * circle.r, angle)));
        let points = probes.map(|(r, angle)| Point { x: circle.x + r * angle.cos(), y: circle.y + r * angle.sin() });
        let seen: Vec<PlaceShares> = points.filter(inside).map(|point| self.at(point)).collect();
        match seen.len() {
            0 => self.at(circle.centre()),
            count => seen.into_iter().fold(PlaceShares::default(), PlaceShares::plus).scaled(1.0 / count as f32),
        }
    }
}

/// The cell whose centre lies before a coordinate, and how far the coordinate is on the way to the next, `0..=1`.
fn cell(at: f32, length: u32, cells: u32) -> (usize, f32) {
    let place = (at / length.max(1) as f32 * cells as f32 - 0.5).clamp(0.0, (cells - 1) as f32);
    (place as usize, place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Other on the left half, skin on the right half.
    fn halves() -> SkinMap {
        let places = (0..8 * 4).map(|i| if i % 8 < 4 { [1.0, 0.0, 0.0, 0.0] } else { [0.0, 1.0, 0.0, 0.0] });
        let (picture, cells) = (Size { width: 160, height: 80 }, Size { width: 8, height: 4 });
        SkinMap::new(picture, cells, places.map(PlaceShares::of).collect()).unwrap()
    }

    #[test]
    fn places_are_where_they_were_seen() {
        let map = halves();
        let (left, right) = (Point { x: 30.0, y: 40.0 }, Point { x: 130.0, y: 40.0 });
        assert_eq!((map.at(left).other, map.at(right).skin), (1.0, 1.0));
        assert_eq!(map.at(Point { x: 80.0, y: 40.0 }).skin, 0.5, "between two cells");
        let on_border = Circle { x: 80.0, y: 40.0, r: 20.0 };
        assert!((map.within(on_border).skin - 0.5).abs() < 0.05 && (map.around(on_border).other - 0.5).abs() < 0.05);
        let far = map.over(Size { width: 320, height: 160 });
        assert_eq!(far.at(Point { x: 130.0, y: 40.0 }).other, 1.0, "over a larger copy");
    }

    #[test]
    fn a_map_has_one_share_a_cell() {
        let size = Size { width: 2, height: 2 };
        assert!(SkinMap::new(size, size, vec![PlaceShares::default(); 3]).is_none());
        assert!(SkinMap::new(size, Size { width: 0, height: 2 }, Vec::new()).is_none());
    }

    proptest! {
        #[test]
        fn shares_stay_shares(x in -50.0_f32..250.0, y in -50.0_f32..150.0, r in 0.0_f32..200.0) {
            let (map, circle) = (halves(), Circle { x, y, r });
            for PlaceShares { other, skin, part, lesion } in [map.within(circle), map.around(circle), map.at(circle.centre())] {
                prop_assert!((other + skin + part + lesion - 1.0).abs() < 1e-4);
            }
        }
    }
}
