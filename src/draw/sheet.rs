//! Maps laid over a window, and contact sheets of them.

use image::{Rgb, RgbImage, imageops};

use super::font::Weight;
use super::settings::ColourMap;
use super::text::{PALE, TextStyle, WHITE};
use super::{contour, heat};
use crate::finding::HeatGrid;
use crate::model::skin_map::{PlaceShares, SkinMap};

/// Ground of a sheet.
const GROUND: Rgb<u8> = Rgb([20, 24, 28]);
/// Room around the tiles, px.
const MARGIN: u32 = 12;
/// Type of the titles, and of the lines below them.
const TITLE: TextStyle = TextStyle { px: 17.0, weight: Weight::Bold };
/// See [`TITLE`].
const LINE: TextStyle = TextStyle { px: 14.0, weight: Weight::Regular };

/// Width of the line around the highest places of a map, px.
const CONTOUR: f32 = 2.0;

/// One picture of a sheet.
#[derive(Clone, Debug)]
pub struct SheetTile {
    /// The picture; all tiles of a sheet have one size.
    pub picture: RgbImage,
    /// Its name.
    pub title: String,
    /// A line about it.
    pub line: String,
}

/// A picture with a map laid over it. A map of values `0..=1` goes from transparent to pale yellow (inferno); a `signed` one, `-1..=1`, is
/// red where it speaks for the class and blue where it speaks against. `opacity`: of the strongest colour, `0..=1`. `contour`: quantile of
/// the values at which a line is drawn, `0..=1`.
pub fn overlay(picture: &RgbImage, grid: &HeatGrid, signed: bool, opacity: f32, contour: Option<f32>) -> RgbImage {
    let mut out = picture.clone();
    heat::lay(&mut out, grid, signed, ColourMap::Inferno, opacity);
    contour::paint(&mut out, grid, contour, CONTOUR);
    out
}

/// A picture with a skin map laid over it: skin green, parts of bodies blue, lesions red, other things as they are. `opacity`: where there is
/// nothing else, `0..=1`.
pub fn tinted(picture: &RgbImage, map: &SkinMap, opacity: f32) -> RgbImage {
    let mut out = picture.clone();
    let mut tint = |colour: [u8; 3], share: fn(&PlaceShares) -> f32| {
        let values = map.places().iter().map(share).collect();
        heat::tint(&mut out, &HeatGrid { cols: map.cells().width, rows: map.cells().height, values }, colour, opacity);
    };
    tint([60, 200, 110], |shares| shares.skin);
    tint([60, 110, 255], |shares| shares.part);
    tint([255, 50, 50], |shares| shares.lesion);
    out
}

/// The tiles row by row, each with its title and line below.
pub fn sheet(tiles: &[SheetTile], columns: u32) -> RgbImage {
    let (w, h) = tiles.first().map_or((1, 1), |tile| tile.picture.dimensions());
    let caption = (TITLE.px + LINE.px) as u32 + MARGIN;
    let columns = columns.clamp(1, tiles.len().max(1) as u32);
    let rows = (tiles.len() as u32).div_ceil(columns).max(1);
    let (step_x, step_y) = (w + MARGIN, h + caption + MARGIN);
    let mut out = RgbImage::from_pixel(columns * step_x + MARGIN, rows * step_y + MARGIN, GROUND);
    for (i, tile) in tiles.iter().enumerate() {
        let (col, row) = (i as u32 % columns, i as u32 / columns);
        let (x, y) = (i64::from(MARGIN + col * step_x), i64::from(MARGIN + row * step_y));
        imageops::replace(&mut out, &tile.picture, x, y);
        let below = y + i64::from(h) + 3;
        TITLE.write(&mut out, (x, below), WHITE, &tile.title);
        LINE.write(&mut out, (x, below + TITLE.px as i64 + 2), PALE, &tile.line);
    }
    out
}
