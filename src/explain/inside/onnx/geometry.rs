//! Which cells of a feature map a kernel covers.

use std::ops::Range;

use tract_onnx::pb::NodeProto;

use super::attributes::{sizes, word};
use crate::explain::inside::{KernelSpan, OpeningError, ReceptiveGrid};

/// How a kernel moves over a feature map, along rows and along columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KernelGeometry {
    pub(super) kernel: [usize; 2],
    pub(super) stride: [usize; 2],
    pub(super) dilation: [usize; 2],
    /// Cells of padding before and after.
    pub(super) before: [usize; 2],
    pub(super) after: [usize; 2],
    /// Whether a kernel that sticks out at the end gives an output.
    pub(super) ceil: bool,
}

impl KernelGeometry {
    /// Reads it from an operator, for a feature map of that many rows and columns.
    pub(super) fn read(node: &NodeProto, kernel: [usize; 2], map: [usize; 2]) -> Result<KernelGeometry, OpeningError> {
        let two = |name: &str| sizes(node, name, (2, 1)).map(|sizes| [sizes[0], sizes[1]]);
        let (stride, dilation) = (two("strides")?, two("dilations")?);
        let pads = sizes(node, "pads", (4, 0))?;
        let ceil = super::attributes::integer(node, "ceil_mode", 0) != 0;
        if kernel.iter().chain(&stride).chain(&dilation).any(|size| *size == 0) {
            return Err(OpeningError::unsupported(format!("{} without size", node.op_type)));
        }
        let mut geometry =
            KernelGeometry { kernel, stride, dilation, before: [pads[0], pads[1]], after: [pads[2], pads[3]], ceil };
        let upper = match word(node, "auto_pad").as_str() {
            "SAME_UPPER" => true,
            "SAME_LOWER" => false,
            _ => return Ok(geometry),
        };
        for axis in 0..2 {
            let out = map[axis].div_ceil(stride[axis]);
            let spare = ((out - 1) * stride[axis] + geometry.reach(axis)).saturating_sub(map[axis]);
            let (less, more) = (spare / 2, spare - spare / 2);
            (geometry.before[axis], geometry.after[axis]) = if upper { (less, more) } else { (more, less) };
        }
        Ok(geometry)
    }

    /// Cells from the first to the last that a kernel covers.
    fn reach(&self, axis: usize) -> usize {
        (self.kernel[axis] - 1) * self.dilation[axis] + 1
    }

    /// The receptive fields of the output, given those of the input.
    pub(super) fn receptive_grid(&self, of: ReceptiveGrid) -> ReceptiveGrid {
        of.through([0, 1].map(|axis| KernelSpan {
            reach_cells: self.reach(axis),
            stride_cells: self.stride[axis],
            padding_cells: self.before[axis],
        }))
    }

    /// Rows and columns of the output.
    pub(super) fn size(&self, map: [usize; 2]) -> candle_core::Result<[usize; 2]> {
        let mut size = [0; 2];
        for (axis, size) in size.iter_mut().enumerate() {
            let wide = map[axis] + self.before[axis] + self.after[axis];
            let room = wide
                .checked_sub(self.reach(axis))
                .ok_or_else(|| candle_core::Error::msg("a kernel larger than its map"))?;
            let steps = if self.ceil { room.div_ceil(self.stride[axis]) } else { room / self.stride[axis] };
            // A kernel that begins in what was added at the end does not count.
            let past = self.ceil && steps * self.stride[axis] >= map[axis] + self.before[axis];
            *size = steps + usize::from(!past);
        }
        Ok(size)
    }

    /// Along an axis, the output cells (of `out`) for which the kernel's cell of that number lies on the input (of `side` cells).
    pub(super) fn span(&self, axis: usize, cell: usize, (side, out): (usize, usize)) -> Range<usize> {
        let (shift, stride) = (cell * self.dilation[axis], self.stride[axis]);
        let from = self.before[axis].saturating_sub(shift).div_ceil(stride);
        let until = (side + self.before[axis]).saturating_sub(shift).div_ceil(stride).min(out);
        from.min(until)..until
    }

    /// The input cell under a cell of the kernel, for an output cell of [`KernelGeometry::span`].
    pub(super) fn place(&self, axis: usize, cell: usize, at: usize) -> usize {
        at * self.stride[axis] + cell * self.dilation[axis] - self.before[axis]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn geometry(kernel: usize, stride: usize, before: usize) -> KernelGeometry {
        let twice = |v| [v; 2];
        KernelGeometry {
            kernel: twice(kernel),
            stride: twice(stride),
            dilation: twice(1),
            before: twice(before),
            after: twice(before),
            ceil: false,
        }
    }

    #[test]
    fn a_span_holds_the_places_whose_cell_lies_on_the_map_and_no_others() {
        for (kernel, stride, before, dilation, side) in
            [(3, 1, 1, 1, 5), (3, 2, 1, 1, 6), (7, 2, 3, 1, 9), (2, 2, 0, 1, 5), (3, 1, 2, 2, 4)]
        {
            let geometry = KernelGeometry { dilation: [dilation; 2], ..geometry(kernel, stride, before) };
            let out = geometry.size([side; 2]).unwrap()[0];
            for cell in 0..kernel {
                let on = |at: &usize| (before..before + side).contains(&(at * stride + cell * dilation));
                let all: Vec<usize> = (0..out).filter(on).collect();
                assert_eq!(geometry.span(0, cell, (side, out)).collect::<Vec<_>>(), all, "{geometry:?} {cell}");
            }
        }
    }

    #[test]
    fn a_kernel_that_sticks_out_counts_where_that_is_asked_for() {
        assert_eq!(geometry(2, 2, 0).size([5, 5]).unwrap(), [2, 2]);
        assert_eq!(KernelGeometry { ceil: true, ..geometry(2, 2, 0) }.size([5, 5]).unwrap(), [3, 3]);
        assert!(geometry(7, 1, 0).size([5, 5]).is_err());
    }
}
