//! What a window looked like: enough to tell whether it still does.

use crate::cache::CacheSettings;
use crate::geometry::{Similarity, Square};
use crate::pixels::pyramid::{Pyramid, TileColour};

/// Cells across and down a window.
const CELLS: usize = 8;
/// A window has changed when one cell differs by more than this many times the bound: something small came or went.
const SPOT: f32 = 4.0;

/// The mean colours of the 8x8 cells of a window, and of all of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fingerprint {
    cells: Vec<TileColour<f32>>,
    mean: TileColour<f32>,
    /// Standard deviation of the cells, grey levels.
    contrast: f32,
}

impl Fingerprint {
    /// What is seen where `motion` took a square; `None` when that is not in the picture.
    pub fn of(picture: &Pyramid, square: Square, motion: &Similarity) -> Option<Fingerprint> {
        let cells = picture.cells::<CELLS>(square, motion)?;
        let count = cells.len() as f32;
        let mut mean = [0.0; 4];
        cells.iter().for_each(|cell| mean = std::array::from_fn(|c| mean[c] + cell[c]));
        let mean = mean.map(|sum| sum / count);
        let contrast = (cells.iter().map(|cell| distance(cell, &mean)).sum::<f32>() / count).sqrt();
        Some(Fingerprint { cells, mean, contrast })
    }

    /// Whether this, seen later, shows what `earlier` showed, within the bounds of the settings. The difference of the means is the
    /// camera's exposure and is taken off the cells.
    pub fn still_shows(&self, earlier: &Fingerprint, settings: &CacheSettings) -> bool {
        let bound = settings.bound_levels + settings.contrast * earlier.contrast;
        let shift: TileColour<f32> = std::array::from_fn(|c| self.mean[c] - earlier.mean[c]);
        if shift.iter().any(|moved| moved.abs() > settings.exposure_levels) {
            return false;
        }
        let (mut sum, mut most) = (0.0_f32, 0.0_f32);
        for (now, then) in self.cells.iter().zip(&earlier.cells) {
            let cell = distance(now, &shifted(then, &shift));
            sum += cell;
            most = most.max(cell);
        }
        let mean = sum / self.cells.len().max(1) as f32;
        mean.sqrt() <= bound && most.sqrt() <= SPOT * bound
    }

    /// Number of cells that differ from those of `earlier` by more than twice the bound.
    pub fn changed(&self, earlier: &Fingerprint, settings: &CacheSettings) -> usize {
        let bound = 2.0 * (settings.bound_levels + settings.contrast * earlier.contrast);
        let shift: TileColour<f32> = std::array::from_fn(|c| {
            (self.mean[c] - earlier.mean[c]).clamp(-settings.exposure_levels, settings.exposure_levels)
        });
        let differs =
            |(now, then): &(&TileColour<f32>, &TileColour<f32>)| distance(now, &shifted(then, &shift)) > bound * bound;
        self.cells.iter().zip(&earlier.cells).filter(differs).count()
    }
}

fn shifted(colour: &TileColour<f32>, shift: &TileColour<f32>) -> TileColour<f32> {
    std::array::from_fn(|c| colour[c] + shift[c])
}

/// Mean square difference of the three channels of two colours.
fn distance(a: &TileColour<f32>, b: &TileColour<f32>) -> f32 {
    let squares: TileColour<f32> = std::array::from_fn(|c| (a[c] - b[c]) * (a[c] - b[c]));
    squares.iter().sum::<f32>() / 3.0
}
