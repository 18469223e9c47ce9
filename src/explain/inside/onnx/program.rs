//! The steps of a network in order, forward and back.

use candle_core::{Result, Tensor, bail};

use super::step::{Operator, ProgramStep, StepInput};
use crate::explain::inside::Rule;

/// A network, or its end, as steps.
pub(super) struct Program {
    pub(super) steps: Vec<ProgramStep>,
    /// Slot of the logits.
    pub(super) end: usize,
}

/// The result of every step for one picture; the picture comes first.
pub(super) type Values = Vec<Tensor>;

fn inputs<'a>(step: &'a ProgramStep, values: &'a [Tensor]) -> Result<Vec<&'a Tensor>> {
    let input = |input: &'a StepInput| match input {
        StepInput::Constant(tensor) => Ok(tensor),
        StepInput::Slot(slot) => values.get(*slot).ok_or_else(|| candle_core::Error::msg("a step before its inputs")),
    };
    step.inputs.iter().map(input).collect()
}

impl Program {
    /// Runs all steps forward.
    pub(super) fn run(&self, picture: Tensor) -> Result<Values> {
        let mut values = vec![picture];
        for step in &self.steps {
            let result = step.operator.forward(&inputs(step, &values)?)?;
            values.push(result);
        }
        Ok(values)
    }

    /// Propagates a signal at the slot `from` back to an earlier slot `to`, which lies on every path.
    pub(super) fn back(
        &self,
        values: &[Tensor],
        (from, to): (usize, usize),
        signal: Tensor,
        rule: &dyn Rule,
    ) -> Result<Tensor> {
        let mut signals: Vec<Option<Tensor>> = vec![None; from + 1];
        signals[from] = Some(signal);
        for slot in (to + 1..=from).rev() {
            let (Some(signal), Some(step)) = (signals[slot].take(), self.steps.get(slot - 1)) else { continue };
            let Some(z) = values.get(slot) else { bail!("a step without result") };
            let parts = step.back(&inputs(step, values)?, z, signal, rule)?;
            for (input, part) in step.inputs.iter().zip(parts) {
                let StepInput::Slot(at) = input else { continue };
                let Some(sum) = signals.get_mut(*at) else { bail!("a step before its inputs") };
                *sum = Some(match sum.take() {
                    Some(sum) => (sum + part)?,
                    None => part,
                });
            }
        }
        match signals.get_mut(to).and_then(Option::take) {
            Some(signal) => Ok(signal),
            None => values[to].zeros_like(),
        }
    }

    /// Whether the steps after a slot average its cells and are linear from there on.
    pub(super) fn averages(&self, slot: usize) -> bool {
        let head = self.steps.get(slot..).unwrap_or(&[]);
        let mut averaged = false;
        for step in head {
            averaged |= matches!(&step.operator, Operator::Mean(axes) if axes.len() > 1);
            let sums = matches!(step.operator, Operator::Layer(_));
            if !step.operator.linear(&step.inputs) || (sums && !averaged) {
                return false;
            }
        }
        averaged
    }
}
