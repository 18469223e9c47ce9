//! What a window looked like: enough to tell whether it still does.

use crate::cache::CacheSettings;
use crate::geometry::{Similarity, Square};
use crate::pixels::pyramid::Pyramid;

/// Cells across and down a window.
const CELLS: usize = 8;
/// A window has changed when one cell differs by more than this many times the bound: something small came or went.
const SPOT: f32 = 4.0;

/// The mean colours of the 8x8 cells of a window, and of all of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Print {
    cells: Vec<[f32; 3]>,
    mean: [f32; 3],
    /// Standard deviation of the cells, grey levels.
    contrast: f32,
}

impl Print {
    /// What is seen where `motion` took a square; `None` when that is not in the picture.
    pub fn of(picture: &Pyramid, square: Square, motion: &Similarity) -> Option<Print> {
        let cells = picture.cells::<CELLS>(square, motion)?;
        let count = cells.len() as f32;
        let mean = std::array::from_fn(|c| cells.iter().map(|cell| cell[c]).sum::<f32>() / count);
        let square = |cell: &[f32; 3]| cell.iter().zip(&mean).map(|(v, m): (&f32, &f32)| (v - m).powi(2)).sum::<f32>();
        let contrast = (cells.iter().map(square).sum::<f32>() / (3.0 * count)).sqrt();
        Some(Print { cells, mean, contrast })
    }

    /// Whether this, seen later, shows what `earlier` showed, within the bounds of the settings. The difference of the means is the
    /// camera's exposure and is taken off the cells.
    pub fn still_shows(&self, earlier: &Print, settings: &CacheSettings) -> bool {
        let bound = settings.bound + settings.contrast * earlier.contrast;
        let shift: [f32; 3] = std::array::from_fn(|c| self.mean[c] - earlier.mean[c]);
        if shift.iter().any(|moved| moved.abs() > settings.exposure) {
            return false;
        }
        let (mut sum, mut most) = (0.0_f32, 0.0_f32);
        for (now, then) in self.cells.iter().zip(&earlier.cells) {
            let cell: f32 = (0..3).map(|c| (now[c] - then[c] - shift[c]).powi(2)).sum::<f32>() / 3.0;
            sum += cell;
            most = most.max(cell);
        }
        let mean = sum / self.cells.len().max(1) as f32;
        mean.sqrt() <= bound && most.sqrt() <= SPOT * bound
    }

    /// Number of cells that differ from those of `earlier` by more than twice the bound.
    pub fn changed(&self, earlier: &Print, settings: &CacheSettings) -> usize {
        let bound = 2.0 * (settings.bound + settings.contrast * earlier.contrast);
        let shift: [f32; 3] =
            std::array::from_fn(|c| (self.mean[c] - earlier.mean[c]).clamp(-settings.exposure, settings.exposure));
        let differs = |(now, then): &(&[f32; 3], &[f32; 3])| {
            let square: f32 = (0..3).map(|c| (now[c] - then[c] - shift[c]).powi(2)).sum::<f32>() / 3.0;
            square.sqrt() > bound
        };
        self.cells.iter().zip(&earlier.cells).filter(differs).count()
    }
}
