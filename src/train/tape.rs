//! Forward and backward pass of training over a chain of convolutions, layer by layer.
//!
//! Candle's own backward pass adds every gradient to a new tensor of zeros and spreads that over threads which spin at a
//! barrier; for activations of this size both cost as much as the arithmetic. A chain needs neither.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CustomOp2, CustomOp3, Result, Tensor, bail};

use super::parameters::Parameters;
use crate::model::ops::activation::Activation;
use crate::model::ops::add::Add;
use crate::model::ops::batch_norm::BatchNorm;
use crate::model::ops::conv_gradient::TrainConv;
use crate::model::ops::depthwise_gradient::TrainDepthwise;
use crate::model::ops::moments::Moments;
use crate::model::own::architecture::{Block, Convolution};
use crate::model::own::attention::{self, Attention, AttentionOutput};
use crate::model::own::frozen::pooled;
use crate::model::own::pooling::Pooling;

/// Gradients by the name of the parameter.
pub type Gradients = BTreeMap<String, Tensor>;

/// What one forward pass keeps: everything that the backward pass needs, and the batch statistics.
#[derive(Default)]
pub struct Tape {
    entries: Vec<TapeEntry>,
    /// Statistics of the batch, of every normalisation.
    pub statistics: Vec<BatchStatistics>,
}

/// Statistics that a normalisation took of a batch.
pub struct BatchStatistics {
    /// Name of the normalisation.
    pub name: String,
    /// Mean and variance of every channel.
    pub moments: Moments,
    /// Rows over which they were taken.
    pub rows: usize,
}

enum TapeEntry {
    ConvolutionRecord(Box<ConvolutionRecord>),
    /// A shortcut leaves here: its input joins again at the matching [`TapeEntry::Joined`].
    Left,
    Joined {
        add: Add,
        out: Tensor,
    },
    /// The average over the cells of a feature map of this shape.
    Averaged((usize, usize, usize, usize)),
    AttentionRecord(Box<AttentionRecord>),
}

/// Attention over the cells of a feature map.
struct AttentionRecord {
    attention: Attention,
    map: Tensor,
    output: AttentionOutput,
}

/// A convolution and its normalisation: `x` to `y` to `out`.
struct ConvolutionRecord {
    conv: Convolution,
    norm: BatchNorm,
    x: Tensor,
    y: Tensor,
    out: Tensor,
}

impl Tape {
    /// The last feature map `(n, h, w, c)` for a batch `(n, h, w, 3)`, with batch statistics.
    pub fn forward(&mut self, parameters: &Parameters, steps: &[Block], batch: &Tensor) -> Result<Tensor> {
        let mut x = batch.detach();
        for step in steps {
            x = match step {
                Block::Plain(conv) => self.convolve(parameters, conv, &x, conv.activation)?,
                Block::Shortcut(convolutions) => {
                    self.entries.push(TapeEntry::Left);
                    let (mut inner, mut end) = (x.clone(), Activation::Linear);
                    for (i, conv) in convolutions.iter().enumerate() {
                        end = conv.activation;
                        let last = i + 1 == convolutions.len();
                        inner = self.convolve(parameters, conv, &inner, if last { Activation::Linear } else { end })?;
                    }
                    let out = inner.apply_op2_no_bwd(&x, &Add(end))?;
                    self.entries.push(TapeEntry::Joined { add: Add(end), out: out.clone() });
                    out
                }
            };
        }
        Ok(x)
    }

    /// The features `(n, c)` of a map `(n, h, w, c)`, as the heads see them.
    pub fn pool(&mut self, parameters: &Parameters, pooling: Pooling, map: &Tensor) -> Result<Tensor> {
        match pooling {
            Pooling::Average => {
                self.entries.push(TapeEntry::Averaged(map.dims4()?));
                pooled(map)
            }
            Pooling::Attention => {
                let attention = Attention::new(|name| parameters.get(name))?;
                let output = attention.forward(map)?;
                let row = output.pooled.clone();
                self.entries.push(TapeEntry::AttentionRecord(Box::new(AttentionRecord {
                    attention,
                    map: map.clone(),
                    output,
                })));
                Ok(row)
            }
        }
    }

    fn convolve(
        &mut self,
        parameters: &Parameters,
        conv: &Convolution,
        x: &Tensor,
        activation: Activation,
    ) -> Result<Tensor> {
        let part =
            |part: &str| Ok::<Tensor, candle_core::Error>(parameters.get(&format!("{}.{part}", conv.name))?.detach());
        let (x, weight) = (x.contiguous()?, part("weight")?);
        let y = match conv.depthwise {
            true => x.apply_op2_no_bwd(&weight, &TrainDepthwise { geometry: conv.geometry })?,
            false => x.apply_op2_no_bwd(&weight, &dense(conv))?,
        };
        let moments: Arc<Mutex<Moments>> = Arc::default();
        let norm = BatchNorm { activation, moments: moments.clone() };
        let out = y.apply_op3_no_bwd(&part("gamma")?, &part("beta")?, &norm)?;
        let moments = moments.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let rows = out.elem_count() / conv.output;
        self.statistics.push(BatchStatistics { name: conv.name.clone(), moments, rows });
        self.entries.push(TapeEntry::ConvolutionRecord(Box::new(ConvolutionRecord {
            conv: conv.clone(),
            norm,
            x,
            y,
            out: out.clone(),
        })));
        Ok(out)
    }

    /// The gradients with respect to all parameters of the chain, given that with respect to its output. Activations are dropped on the way.
    pub fn backward(mut self, parameters: &Parameters, gradient: Tensor, into: &mut Gradients) -> Result<()> {
        let mut gradient = gradient;
        let mut joined = Vec::new();
        while let Some(entry) = self.entries.pop() {
            match entry {
                TapeEntry::ConvolutionRecord(convolved) => {
                    gradient = convolved.backward(parameters, &gradient, into)?
                }
                TapeEntry::Joined { add, out } => {
                    let (Some(inner), Some(around)) = add.bwd(&out, &out, &out, &gradient)? else {
                        bail!("a sum without gradients")
                    };
                    joined.push(around);
                    gradient = inner;
                }
                TapeEntry::Averaged(shape) => gradient = spread(&gradient, shape)?,
                TapeEntry::AttentionRecord(attended) => {
                    let AttentionRecord { attention, map, output } = *attended;
                    let gradients = attention.backward(&map, &output, &gradient)?;
                    into.extend(attention::NAMES.map(String::from).into_iter().zip(gradients.parameters));
                    gradient = gradients.map;
                }
                TapeEntry::Left => {
                    let Some(around) = joined.pop() else { bail!("a shortcut that does not end") };
                    gradient = gradient.apply_op2_no_bwd(&around, &Add(Activation::Linear))?;
                }
            }
        }
        Ok(())
    }
}

impl ConvolutionRecord {
    /// The gradient with respect to `x`, given that with respect to `out`. It means nothing for the first layer of a network, whose `x` is a
    /// picture.
    fn backward(&self, parameters: &Parameters, gradient: &Tensor, into: &mut Gradients) -> Result<Tensor> {
        let ConvolutionRecord { conv, norm, x, y, out } = self;
        let name = |part: &str| format!("{}.{part}", conv.name);
        let (gamma, weight) = (parameters.get(&name("gamma"))?, parameters.get(&name("weight"))?);
        let (by_y, by_gamma, by_beta) = norm.bwd(y, gamma, gamma, out, gradient)?;
        let Some(by_y) = by_y else { bail!("{}: no gradient by its normalisation", conv.name) };
        let (by_x, by_weight) = match conv.depthwise {
            true => TrainDepthwise { geometry: conv.geometry }.bwd(x, weight, y, &by_y)?,
            false => dense(conv).bwd(x, weight, y, &by_y)?,
        };
        let parts = [("gamma", by_gamma), ("beta", by_beta), ("weight", by_weight)];
        into.extend(parts.into_iter().filter_map(|(part, gradient)| Some((name(part), gradient?))));
        Ok(by_x.unwrap_or(by_y))
    }
}

/// The backward pass of [`pooled`]: every cell of a feature map `(n, h, w, c)` gets its share of the gradient `(n, c)`.
fn spread(gradient: &Tensor, (n, h, w, c): (usize, usize, usize, usize)) -> Result<Tensor> {
    let part = (gradient / (h * w) as f64)?.flatten_all()?.to_vec1::<f32>()?;
    let values = part.chunks_exact(c).flat_map(|row| std::iter::repeat_n(row, h * w)).flatten().copied().collect();
    Tensor::from_vec(values, (n, h, w, c), gradient.device())
}

fn dense(conv: &Convolution) -> TrainConv {
    TrainConv { geometry: conv.geometry, input_gradient: conv.input > 3 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ops::testing::{close, random};
    use crate::model::own::architecture::Architecture;
    use crate::model::own::zoo;
    use candle_core::Var;

    /// The same chain as candle's own graph, each operation with its own backward pass.
    fn graph(parameters: &Parameters, steps: &[Block], batch: &Tensor) -> Tensor {
        let convolve = |conv: &Convolution, x: &Tensor, activation| {
            let part = |part: &str| parameters.get(&format!("{}.{part}", conv.name)).unwrap();
            let y = match conv.depthwise {
                true => x.apply_op2(part("weight"), TrainDepthwise { geometry: conv.geometry }).unwrap(),
                false => x.apply_op2(part("weight"), dense(conv)).unwrap(),
            };
            y.apply_op3(part("gamma"), part("beta"), BatchNorm { activation, moments: Arc::default() }).unwrap()
        };
        steps.iter().fold(batch.clone(), |x, step| match step {
            Block::Plain(conv) => convolve(conv, &x, conv.activation),
            Block::Shortcut(convolutions) => {
                let last = convolutions.len() - 1;
                let inner = convolutions.iter().enumerate().fold(x.clone(), |inner, (i, conv)| {
                    convolve(conv, &inner, if i == last { Activation::Linear } else { conv.activation })
                });
                inner.apply_op2(&x, Add(convolutions[last].activation)).unwrap()
            }
        })
    }

    fn pooled_graph(parameters: &Parameters, pooling: Pooling, map: &Tensor) -> Tensor {
        match pooling {
            Pooling::Average => map.mean((1, 2)).unwrap(),
            Pooling::Attention => attention::by_candle(map, attention::NAMES.map(|name| parameters.get(name).unwrap())),
        }
    }

    /// Random parameters that hide nothing: residual branches and attention start at zero.
    fn parameters(architecture: &Architecture, pooling: Pooling) -> Parameters {
        let mut parameters = Parameters::default();
        let mut state = 7u32;
        let mut normal = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        parameters.add_chain(&architecture.steps("c"), &mut normal).unwrap();
        if pooling == Pooling::Attention {
            parameters.add_attention(architecture.features(), &mut normal).unwrap();
        }
        for (name, var) in &mut parameters.learnt {
            if name.ends_with(".gamma") {
                *var = Var::from_tensor(&(random(var.dims(), name.len() as u32) + 1.5).unwrap()).unwrap();
            } else if name == attention::NAMES[2] {
                *var = Var::from_tensor(&random(var.dims(), 4)).unwrap();
            }
        }
        parameters
    }

    #[test]
    fn the_way_back_agrees_with_candles_graph() {
        let cases = ["small", "lite0-first"].into_iter().flat_map(|name| Pooling::ALL.map(|pooling| (name, pooling)));
        for (name, pooling) in cases {
            let architecture = zoo::classifier(name, 32).unwrap();
            let (steps, parameters) = (architecture.steps("c"), parameters(&architecture, pooling));
            let batch = random(&[3, 32, 32, 3], 1);
            let mut tape = Tape::default();
            let map = tape.forward(&parameters, &steps, &batch).unwrap();
            let ours = tape.pool(&parameters, pooling, &map).unwrap();
            let theirs = pooled_graph(&parameters, pooling, &graph(&parameters, &steps, &batch));
            assert!(close(&ours, &theirs), "{name} {pooling:?}");
            let pull = random(ours.dims(), 2);
            let expected = (theirs * &pull).unwrap().sum_all().unwrap().backward().unwrap();
            let mut gradients = Gradients::new();
            tape.backward(&parameters, pull, &mut gradients).unwrap();
            assert_eq!(gradients.len(), parameters.learnt.len(), "{name} {pooling:?}");
            for (parameter, var) in &parameters.learnt {
                assert!(close(&gradients[parameter], expected.get(var).unwrap()), "{name} {pooling:?} {parameter}");
            }
        }
    }
}
