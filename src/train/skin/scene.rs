//! A picture in which every pixel is of a known kind, or of none that anybody knows.

use image::RgbImage;

use crate::model::skin_map::KINDS;
use crate::train::photo::TrainingPhoto;
use crate::train::photometric::Patch;
use crate::train::view::{PhotoView, cut, grid};

/// What a pixel shows; the numbers are the order of the network's outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Other = 0,
    Skin = 1,
    Part = 2,
    Lesion = 3,
    Unknown = 4,
}

/// A square picture and the kinds of its pixels.
pub(super) struct KindPatch {
    pub(super) patch: Patch,
    /// One a pixel, row by row.
    pub(super) kinds: Vec<Kind>,
}

impl KindPatch {
    /// A view of a photograph at `n` x `n` px, the kinds of whose points `kind` knows; beyond its border nothing is known.
    pub(super) fn of(
        photo: &TrainingPhoto,
        view: &PhotoView,
        n: usize,
        kind: impl Fn(&TrainingPhoto, f32, f32) -> Kind,
    ) -> KindPatch {
        let (w, h) = (photo.size().width as f32, photo.size().height as f32);
        let kinds = grid(n).map(|(u, v)| {
            let place = view.place(u, v);
            let inside = (0.0..w).contains(&place.x) && (0.0..h).contains(&place.y);
            if inside { kind(photo, place.x, place.y) } else { Kind::Unknown }
        });
        KindPatch { kinds: kinds.collect(), patch: cut(photo, view, n) }
    }

    /// Side, px.
    pub(super) fn side(&self) -> usize {
        self.patch.side
    }

    /// What the pixel at a point shows; `None` beyond the border.
    pub(super) fn kind(&self, x: f32, y: f32) -> Option<Kind> {
        let inside = |at: f32| at >= 0.0 && (at as usize) < self.side();
        (inside(x) && inside(y)).then(|| self.kinds[y as usize * self.side() + x as usize])
    }
}

/// Kinds of a mask of a `skin-scene`: white is skin, grey a part, black something else.
pub(super) fn of_mask(photo: &TrainingPhoto, x: f32, y: f32) -> Kind {
    match photo.mask_at(x, y) {
        0.75.. => Kind::Skin,
        0.25.. => Kind::Part,
        _ => Kind::Other,
    }
}

/// Kinds of a close-up with a mask of its lesion. Dark corners of a dermatoscope are of no kind.
pub(super) fn of_closeup(photo: &TrainingPhoto, x: f32, y: f32) -> Kind {
    if photo.mask_at(x, y) >= 0.5 {
        Kind::Lesion
    } else if photo.sample(x, y, 8.0).iter().sum::<f32>() < 3.0 * 45.0 {
        Kind::Unknown
    } else {
        Kind::Skin
    }
}

/// A training example.
pub(super) struct SceneExample {
    pub(super) picture: RgbImage,
    /// Shares of the kinds in each cell, row by row; what is unknown has no share, so they sum to 1 at most.
    pub(super) cells: Vec<[f32; KINDS]>,
}

/// The shares of the kinds in the cells, of `cell` x `cell` px each, row by row.
pub(super) fn cells(kinds: &[Kind], side: usize, cell: usize) -> Vec<[f32; KINDS]> {
    let count = side / cell;
    let mut cells = vec![[0f32; KINDS]; count * count];
    let one = 1.0 / (cell * cell) as f32;
    for (i, kind) in kinds.iter().enumerate() {
        let (col, row) = (i % side / cell, i / side / cell);
        if *kind != Kind::Unknown && col < count && row < count {
            cells[row * count + col][*kind as usize] += one;
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_share_their_pixels_and_leave_out_what_is_unknown() {
        let mut kinds = vec![Kind::Skin; 16 * 16];
        kinds[..8].fill(Kind::Lesion);
        kinds[16 * 8..].fill(Kind::Unknown);
        let cells = cells(&kinds, 16, 8);
        assert_eq!(cells[0], [0.0, 0.875, 0.0, 0.125]);
        assert_eq!((cells[1], cells[2]), ([0.0, 1.0, 0.0, 0.0], [0.0; 4]));
    }
}
