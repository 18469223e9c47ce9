//! A forward pass through an ONNX classifier, with its activations.

use candle_core::{Device, Result, Tensor, bail};

use super::internals::OnnxInternals;
use super::program::Values;
use super::scaling::given;
use crate::explain::inside::{Depth, ForwardPass, Gradient, Internals, MapGradient, OpeningError, ReceptiveGrid, Rule};

/// A batch whose pictures were run forward one by one.
pub(super) struct OnnxPass<'a> {
    of: &'a OnnxInternals,
    runs: Vec<Values>,
    logits: Tensor,
    features: Tensor,
}

impl OnnxPass<'_> {
    /// Runs a batch `(n, h, w, 3)` forward.
    pub(super) fn new<'a>(of: &'a OnnxInternals, batch: &Tensor) -> Result<OnnxPass<'a>> {
        let pictures = 0..batch.dim(0)?;
        let runs: Vec<Values> = pictures.map(|at| of.run(&batch.narrow(0, at, 1)?)).collect::<Result<_>>()?;
        let (mut logits, mut features) = (Vec::new(), Vec::new());
        for values in &runs {
            logits.extend(of.logits(values)?);
            features.push(of.cells(at(values, of.features)?, 0)?);
        }
        let logits = Tensor::from_vec(logits, (runs.len(), of.classes), &Device::Cpu)?;
        Ok(OnnxPass { of, logits, features: Tensor::cat(&features, 0)?, runs })
    }

    /// Calls `signal` for every picture and joins the results to a batch.
    fn each(&self, signal: impl Fn(usize, &Values) -> Result<Tensor>) -> Result<Tensor> {
        let signals: Vec<Tensor> =
            self.runs.iter().enumerate().map(|(at, values)| signal(at, values)).collect::<Result<_>>()?;
        Tensor::cat(&signals, 0)?.contiguous()
    }
}

fn at(values: &Values, slot: usize) -> Result<&Tensor> {
    values.get(slot).ok_or_else(|| candle_core::Error::msg("a slot past the end"))
}

impl OnnxInternals {
    /// A feature map with its channels last, `(1, h, w, c)`; `which`: the last, or the finer one.
    fn cells(&self, map: &Tensor, which: usize) -> Result<Tensor> {
        if self.turned[which] { map.contiguous() } else { map.permute((0, 2, 3, 1))?.contiguous() }
    }

    /// One logit a class: a single number speaks for the second of two classes.
    fn logits(&self, values: &Values) -> Result<Vec<f32>> {
        if self.depth < Depth::Head {
            return Ok(vec![0.0; self.classes]);
        }
        let numbers: Vec<f32> = at(values, self.program.end)?.flatten_all()?.to_vec1()?;
        match (numbers.as_slice(), self.classes) {
            ([one], 2) => Ok(vec![-one, *one]),
            (many, classes) if many.len() == classes => Ok(numbers),
            (many, classes) => bail!("{} numbers for {classes} classes", many.len()),
        }
    }

    /// 1 at the logit of a class, as the end of the steps has it, or its value.
    fn one_hot(&self, values: &Values, class: usize, value: bool) -> Result<Tensor> {
        let end = at(values, self.program.end)?;
        let numbers: Vec<f32> = end.flatten_all()?.to_vec1()?;
        let mut signal = vec![0f32; numbers.len()];
        let (place, sign) = if numbers.len() == 1 { (0, if class == 0 { -1.0 } else { 1.0 }) } else { (class, 1.0) };
        if let (Some(signal), Some(number)) = (signal.get_mut(place), numbers.get(place)) {
            *signal = sign * if value { *number } else { 1.0 };
        }
        Tensor::from_vec(signal, end.dims(), &Device::Cpu)
    }

    fn slope(&self, values: &Values, class: usize, slot: usize) -> Result<Tensor> {
        if self.depth < Depth::Head {
            bail!("the gradient of a network whose end is not known")
        }
        self.program.back(values, (self.program.end, slot), self.one_hot(values, class, false)?, &Gradient)
    }
}

impl ForwardPass for OnnxPass<'_> {
    fn logits(&self) -> &Tensor {
        &self.logits
    }

    fn features(&self) -> &Tensor {
        &self.features
    }

    fn logit_gradient(&self, class: usize) -> Result<Tensor> {
        self.each(|_, values| self.of.cells(&self.of.slope(values, class, self.of.features)?, 0))
    }

    fn finer(&self, class: usize) -> Result<MapGradient> {
        let map = self.each(|_, values| self.of.cells(at(values, self.of.finer)?, 1))?;
        let gradient = self.each(|_, values| self.of.cells(&self.of.slope(values, class, self.of.finer)?, 1))?;
        Ok(MapGradient { map, gradient })
    }

    /// Through an averaging head every rule gives each cell its own contribution; through other heads the rule itself is applied.
    fn relevance(&self, rule: &dyn Rule, class: usize) -> Result<Tensor> {
        if self.of.averages {
            return &self.features * self.logit_gradient(class)?;
        }
        let OnnxInternals { program, features, .. } = self.of;
        self.each(|_, values| {
            let signal = self.of.one_hot(values, class, true)?;
            self.of.cells(&program.back(values, (program.end, *features), signal, rule)?, 0)
        })
    }

    fn back(&self, rule: &dyn Rule, signal: Tensor) -> Result<Tensor> {
        if self.of.depth < Depth::Pixels {
            bail!("the way back of a network whose beginning is not known")
        }
        self.each(|at, values| {
            let signal = signal.narrow(0, at, 1)?;
            let signal = if self.of.turned[0] { signal } else { signal.permute((0, 3, 1, 2))? };
            let at_input = self.of.program.back(values, (self.of.features, 0), signal.contiguous()?, rule)?;
            given(&self.of.picture, &at_input, !rule.shares())
        })
    }
}

impl Internals for OnnxInternals {
    fn trace(&self, batch: &Tensor) -> Result<Box<dyn ForwardPass + '_>> {
        Ok(Box::new(OnnxPass::new(self, batch)?))
    }

    fn averages(&self) -> bool {
        self.averages
    }

    fn depth(&self) -> Depth {
        self.depth
    }

    fn obstacle(&self) -> Option<&OpeningError> {
        self.obstacle.as_ref()
    }

    fn receptive_grids(&self) -> [Option<ReceptiveGrid>; 2] {
        // Where the steps begin at the last feature map, nothing is known of the kernels before it.
        let of = |slot| self.program.receptive_grid(slot, self.picture.layout).filter(|_| self.body.is_none());
        [of(self.features), of(self.finer)]
    }
}
