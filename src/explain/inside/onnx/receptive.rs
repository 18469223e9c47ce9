//! Where the results of the steps lie on the picture.

use super::program::Program;
use super::step::{Input, Operator, Step};
use crate::explain::inside::Lattice;
use crate::model::onnx::graph::Layout;

/// A lattice, and which axes of a result are its rows and its columns.
#[derive(Clone, Copy)]
struct Placed {
    lattice: Lattice,
    axes: [usize; 2],
}

impl Program {
    /// Where the result of a slot lies on a picture of a layout; `None` where its numbers have no places.
    pub(super) fn lattice(&self, slot: usize, layout: Layout) -> Option<Lattice> {
        let axes = match layout {
            Layout::Nhwc => [1, 2],
            Layout::Nchw => [2, 3],
        };
        let mut placed = vec![Some(Placed { lattice: Lattice::PIXELS, axes })];
        for step in self.steps.get(..slot)? {
            placed.push(step.placed(&placed));
        }
        placed.get(slot).copied().flatten().map(|placed| placed.lattice)
    }
}

impl Step {
    /// Where its result lies, given where those before it do.
    fn placed(&self, before: &[Option<Placed>]) -> Option<Placed> {
        let mut inputs = self.inputs.iter().filter_map(|input| match input {
            Input::Slot(slot) => before.get(*slot).copied().flatten(),
            Input::Fixed(_) => None,
        });
        let Placed { lattice, axes } = inputs.next()?;
        let by_axis = |shift: &dyn Fn(usize) -> f32| Lattice {
            first: [0, 1].map(|at| lattice.first[at] + shift(axes[at]) * lattice.step[at]),
            ..lattice
        };
        let lattice = match &self.operator {
            Operator::Layer(layer) => layer.lattice(lattice)?,
            Operator::Pool(pool) => pool.going.lattice(lattice),
            Operator::Pad(sides, _) => by_axis(&|axis| -(sides.get(axis).map_or(0, |side| side.0) as f32)),
            Operator::Slice(at, from, _) => by_axis(&|axis| if axis == *at { *from as f32 } else { 0.0 }),
            Operator::Curve(_) | Operator::Sum(_) | Operator::Product | Operator::Concat(_) => {
                inputs.try_fold(lattice, |all, one| all.between(one.lattice))?
            }
            Operator::Transpose(order) => {
                let to = |axis: usize| order.iter().position(|from| *from == axis);
                return Some(Placed { lattice, axes: [to(axes[0])?, to(axes[1])?] });
            }
            Operator::Mean(_) | Operator::Reshape(_) => return None,
        };
        Some(Placed { lattice, axes })
    }
}
