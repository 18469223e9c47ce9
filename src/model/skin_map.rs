//! What a picture shows, place by place: skin, parts of the body that are no lesion, lesions, anything else.

use crate::geometry::{Circle, Point, Size, Square};

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

    /// The share of bodies: skin, their parts and lesions.
    pub fn on_body(self) -> f32 {
        self.skin + self.part + self.lesion
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

    /// Width of a cell, px of the picture.
    pub fn cell_px(&self) -> f32 {
        self.picture.width as f32 / self.cells.width as f32
    }

    /// A cell of the shares, row by row, as a square of the picture, px: no smaller than the cell.
    pub fn cell_square(&self, cell: usize) -> Square {
        let cols = self.cells.width as usize;
        let (wide, high) = (self.cell_px(), self.picture.height as f32 / self.cells.height as f32);
        Square { x: (cell % cols) as f32 * wide, y: (cell / cols) as f32 * high, side: wide.max(high) }
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
        let (near, far) = (1.3 * circle.r, (2.0 * circle.r).max(1.3 * circle.r + self.cell_px()));
        let rings =
            (0..RINGS).map(|ring| (near + (far - near) * ring as f32 / (RINGS - 1) as f32) / circle.r.max(1e-3));
        self.mean(circle, rings)
    }

    /// The highest share of lesion at a point within a circle, px of the picture.
    pub fn most_lesion(&self, circle: Circle) -> f32 {
        let rings = (0..=RINGS).map(|ring| ring as f32 / RINGS as f32);
        self.probes(circle, rings).fold(self.at(circle.centre()).lesion, |most, place| most.max(place.lesion))
    }

    /// Circles about the lesions, px of the picture: of cells that touch and have at least this share of lesion, the disc of equal area around
    /// their middle. What is narrower than a cell is left to whoever looks closer.
    pub fn lesions(&self, from: f32) -> Vec<Circle> {
        let (cols, count) = (self.cells.width as usize, self.places.len());
        let mut open: Vec<bool> = self.places.iter().map(|place| place.lesion >= from).collect();
        let mut circles = Vec::new();
        for first in 0..count {
            if !std::mem::take(&mut open[first]) {
                continue;
            }
            let (mut waiting, mut lesion) = (vec![first], Spread::default());
            while let Some(cell) = waiting.pop() {
                lesion.add(cell % cols, cell / cols, self.places[cell].lesion);
                let (left, right) = ((cell % cols > 0).then(|| cell - 1), (cell % cols + 1 < cols).then_some(cell + 1));
                let (above, below) = (cell.checked_sub(cols), Some(cell + cols).filter(|below| *below < count));
                let near = [left, right, above, below].into_iter().flatten();
                waiting.extend(near.filter(|near| std::mem::take(&mut open[*near])));
            }
            circles.extend(lesion.circle(self.picture, self.cells));
        }
        circles
    }

    /// The mean at probes on rings of these radii, in radii of the circle; where there are none, what is nearest.
    fn mean(&self, circle: Circle, rings: impl Iterator<Item = f32>) -> PlaceShares {
        let places: Vec<PlaceShares> = self.probes(circle, rings).collect();
        match places.len() {
            0 => self.at(circle.centre()),
            count => places.into_iter().fold(PlaceShares::default(), PlaceShares::plus).scaled(1.0 / count as f32),
        }
    }

    /// What there is at probes on rings of these radii, in radii of the circle; beyond the picture there are none.
    fn probes(&self, circle: Circle, rings: impl Iterator<Item = f32>) -> impl Iterator<Item = PlaceShares> {
        let spokes = (0..SPOKES).map(|spoke| std::f32::consts::TAU * spoke as f32 / SPOKES as f32);
        let inside = |point: &Point| {
            (0.0..=self.picture.width as f32).contains(&point.x)
                && (0.0..=self.picture.height as f32).contains(&point.y)
        };
        let probes = rings.flat_map(move |ring| spokes.clone().map(move |angle| (ring * circle.r, angle)));
        let point =
            move |(r, angle): (f32, f32)| Point { x: circle.x + r * angle.cos(), y: circle.y + r * angle.sin() };
        probes.map(point).filter(inside).map(|point| self.at(point))
    }
}

/// Where a lesion lies on the cells, weighted by its share of them.
#[derive(Default)]
struct Spread {
    shares: f32,
    cols: f32,
    rows: f32,
}

impl Spread {
    fn add(&mut self, col: usize, row: usize, share: f32) {
        self.shares += share;
        self.cols += share * (col as f32 + 0.5);
        self.rows += share * (row as f32 + 0.5);
    }

    /// The disc of equal area, px of the picture; `None` where it is narrower than a cell.
    fn circle(&self, picture: Size, cells: Size) -> Option<Circle> {
        let (wide, high) = (picture.width as f32 / cells.width as f32, picture.height as f32 / cells.height as f32);
        let r = (self.shares * wide * high / std::f32::consts::PI).sqrt();
        let circle = Circle { x: self.cols / self.shares * wide, y: self.rows / self.shares * high, r };
        (2.0 * r >= wide.max(high)).then_some(circle)
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
    fn cells_of_lesion_that_touch_are_one_lesion() {
        let lesion = |col: usize, row: usize| (1..=3).contains(&col) && (1..=3).contains(&row) || (col, row) == (9, 5);
        let place = |i: usize| if lesion(i % 12, i / 12) { [0.0, 0.0, 0.0, 1.0] } else { [0.0, 1.0, 0.0, 0.0] };
        let (picture, cells) = (Size { width: 240, height: 160 }, Size { width: 12, height: 8 });
        let map = SkinMap::new(picture, cells, (0..12 * 8).map(|i| PlaceShares::of(place(i))).collect()).unwrap();
        let found = map.lesions(0.5);
        assert_eq!(found.len(), 2, "{found:?}");
        let Circle { x, y, r } = found[0];
        assert!((x - 50.0).abs() < 1e-3 && (y - 50.0).abs() < 1e-3, "{found:?}");
        assert!((r * r * std::f32::consts::PI - 9.0 * 400.0).abs() < 1.0, "nine cells of 20 px: {r}");
        assert!(halves().lesions(0.5).is_empty());
        let about = |x: f32| map.most_lesion(Circle { x, y: 50.0, r: 30.0 });
        assert_eq!((about(70.0), about(130.0)), (1.0, 0.0), "its middle lies beside the lesion; it does not reach it");
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
