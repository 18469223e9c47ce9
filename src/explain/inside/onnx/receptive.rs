//! The receptive fields of the results of the steps.

use super::program::Program;
use super::step::{Operator, ProgramStep, StepInput};
use crate::explain::inside::ReceptiveGrid;
use crate::model::onnx::graph::AxisOrder;

/// Receptive fields, and which axes of a result are its rows and its columns.
#[derive(Clone, Copy)]
struct GridOnAxes {
    receptive_grid: ReceptiveGrid,
    axes: [usize; 2],
}

impl Program {
    /// The receptive fields of the result of a slot; `None` for a result that is no feature map.
    pub(super) fn receptive_grid(&self, slot: usize, layout: AxisOrder) -> Option<ReceptiveGrid> {
        let axes = match layout {
            AxisOrder::Nhwc => [1, 2],
            AxisOrder::Nchw => [2, 3],
        };
        let mut placed = vec![Some(GridOnAxes { receptive_grid: ReceptiveGrid::PIXELS, axes })];
        for step in self.steps.get(..slot)? {
            placed.push(step.placed(&placed));
        }
        placed.get(slot).copied().flatten().map(|placed| placed.receptive_grid)
    }
}

impl ProgramStep {
    /// The receptive fields of its result, given those of the slots before it.
    fn placed(&self, before: &[Option<GridOnAxes>]) -> Option<GridOnAxes> {
        let mut inputs = self.inputs.iter().filter_map(|input| match input {
            StepInput::Slot(slot) => before.get(*slot).copied().flatten(),
            StepInput::Constant(_) => None,
        });
        let GridOnAxes { receptive_grid, axes } = inputs.next()?;
        let by_axis = |shift: &dyn Fn(usize) -> f32| ReceptiveGrid {
            first_px: [0, 1].map(|at| receptive_grid.first_px[at] + shift(axes[at]) * receptive_grid.step_px[at]),
            ..receptive_grid
        };
        let receptive_grid = match &self.operator {
            Operator::Layer(layer) => layer.receptive_grid(receptive_grid)?,
            Operator::PoolOperator(pool) => pool.geometry.receptive_grid(receptive_grid),
            Operator::Pad(sides, _) => by_axis(&|axis| -(sides.get(axis).map_or(0, |side| side.0) as f32)),
            Operator::Slice(at, from, _) => by_axis(&|axis| if axis == *at { *from as f32 } else { 0.0 }),
            Operator::Elementwise(_) | Operator::Sum(_) | Operator::Product | Operator::Concat(_) => {
                inputs.try_fold(receptive_grid, |all, one| all.between(one.receptive_grid))?
            }
            Operator::Transpose(order) => {
                let to = |axis: usize| order.iter().position(|from| *from == axis);
                return Some(GridOnAxes { receptive_grid, axes: [to(axes[0])?, to(axes[1])?] });
            }
            Operator::Mean(_) | Operator::Reshape(_) => return None,
        };
        Some(GridOnAxes { receptive_grid, axes })
    }
}
