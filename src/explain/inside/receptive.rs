//! Where the values of a feature map lie on the picture that it was made from.

/// The middles of what the values of a feature map see, as their kernels have it; rows first, then columns.
///
/// A kernel is seldom centred on an equal share of the picture: zeros on both sides of a stride of 2 put its first middle on the first
/// pixel, zeros on the far side alone, as TensorFlow's "same" adds them, put it beyond the share (Araujo et al. 2019, "Computing
/// receptive fields of convolutional neural networks").
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReceptiveGrid {
    /// Middle of the first value, px from the upper and the left edge.
    pub first_px: [f32; 2],
    /// Distance between neighbouring values, px.
    pub step_px: [f32; 2],
}

/// How a kernel goes along one axis of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelSpan {
    /// Places from the first to the last that it sees.
    pub reach_cells: usize,
    /// Places from one result to the next.
    pub stride_cells: usize,
    /// Places that were added before the first.
    pub padding_cells: usize,
}

impl ReceptiveGrid {
    /// The pixels themselves.
    pub const PIXELS: ReceptiveGrid = ReceptiveGrid { first_px: [0.5; 2], step_px: [1.0; 2] };

    /// Of what a kernel makes of a map of this lattice.
    pub fn through(self, along: [KernelSpan; 2]) -> ReceptiveGrid {
        let ahead = |along: KernelSpan| (along.reach_cells as f32 - 1.0) / 2.0 - along.padding_cells as f32;
        ReceptiveGrid {
            first_px: [0, 1].map(|axis| self.first_px[axis] + ahead(along[axis]) * self.step_px[axis]),
            step_px: [0, 1].map(|axis| self.step_px[axis] * along[axis].stride_cells as f32),
        }
    }

    /// Between two, for a map that both were added to or laid side by side in; `None` where their steps differ.
    pub fn between(self, other: ReceptiveGrid) -> Option<ReceptiveGrid> {
        let middle = |axis: usize| f32::midpoint(self.first_px[axis], other.first_px[axis]);
        (self.step_px == other.step_px).then(|| ReceptiveGrid { first_px: [0, 1].map(middle), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(grid: ReceptiveGrid, reach_cells: usize, stride_cells: usize, padding_cells: usize) -> ReceptiveGrid {
        grid.through([KernelSpan { reach_cells, stride_cells, padding_cells }; 2])
    }

    #[test]
    fn zeros_on_both_sides_keep_the_first_middle_and_zeros_behind_push_it_on() {
        let both = (0..4).fold(ReceptiveGrid::PIXELS, |grid, _| through(grid, 3, 2, 1));
        assert_eq!((both.first_px, both.step_px), ([0.5; 2], [16.0; 2]));
        let behind = (0..5).fold(ReceptiveGrid::PIXELS, |grid, _| through(grid, 3, 2, 0));
        assert_eq!((behind.first_px, behind.step_px), ([31.5; 2], [32.0; 2]));
        let pooled = through(ReceptiveGrid::PIXELS, 2, 2, 0);
        assert_eq!(pooled.first_px, [1.0; 2], "two pixels, and the edge between them is their middle");
    }

    #[test]
    fn a_sum_lies_between_its_summands() {
        let (past, through) = (through(ReceptiveGrid::PIXELS, 1, 2, 0), through(ReceptiveGrid::PIXELS, 3, 2, 0));
        assert_eq!(past.between(through).map(|both| both.first_px), Some([1.0; 2]));
        assert_eq!(past.between(ReceptiveGrid::PIXELS), None);
    }
}
