//! Where the receptive fields of the cells of a feature map lie on the picture.

/// The centres of the receptive fields of a feature map, as they follow from its kernels; of each pair the first is for rows, the second
/// for columns.
///
/// They seldom lie in the middle of equal shares of the picture. With zero padding on both sides of every stride of 2 the first centre lies
/// on the first pixel; with padding on the far side alone, as TensorFlow's "same" has it, beyond the middle of the first share (Araujo et al.
/// 2019, "Computing receptive fields of convolutional neural networks").
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReceptiveGrid {
    /// Centre of the first cell, px from the upper and the left edge.
    pub first_px: [f32; 2],
    /// Distance between the centres of neighbouring cells, px.
    pub step_px: [f32; 2],
}

/// How a kernel moves along one axis of a feature map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelSpan {
    /// Cells from the first to the last that it covers.
    pub reach_cells: usize,
    /// Cells from one output to the next.
    pub stride_cells: usize,
    /// Cells of padding before the first.
    pub padding_cells: usize,
}

impl ReceptiveGrid {
    /// The pixels themselves.
    pub const PIXELS: ReceptiveGrid = ReceptiveGrid { first_px: [0.5; 2], step_px: [1.0; 2] };

    /// The receptive fields of the output of a kernel, given these of its input.
    pub fn through(self, along: [KernelSpan; 2]) -> ReceptiveGrid {
        let ahead = |along: KernelSpan| (along.reach_cells as f32 - 1.0) / 2.0 - along.padding_cells as f32;
        ReceptiveGrid {
            first_px: [0, 1].map(|axis| self.first_px[axis] + ahead(along[axis]) * self.step_px[axis]),
            step_px: [0, 1].map(|axis| self.step_px[axis] * along[axis].stride_cells as f32),
        }
    }

    /// The middle between two grids, for the sum or the concatenation of their maps; `None` where their distances differ.
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
