//! Gated attention pooling (Ilse, Tomczak and Welling 2018, "Attention-based deep multiple instance learning", equations 7 and 9): the
//! attention weight of each cell of the last feature map, the weighted average that the heads see, and the gradients for training and for
//! explanations.
//!
//! From the features `h_k` of cell `k`: `s_k = w . (tanh(h_k V) * sigmoid(h_k U))`, `a = softmax(s)`, `z = sum_k a_k h_k`.
//! Without biases, as in the paper; with `w = 0` it is the plain average.

use candle_core::{Device, Result, Tensor};

/// Hidden units of the attention: outputs of `V` and of `U`. A quarter to a half of the features, as in the paper.
pub const HIDDEN: usize = 64;
/// Names of `V`, `U` and `w` in a weights file.
pub const NAMES: [&str; 3] = ["attention.v.weight", "attention.u.weight", "attention.w.weight"];

/// Shapes of `V`, `U` and `w` for a number of features, in the order of [`NAMES`].
pub fn shapes(features: usize) -> [[usize; 2]; 3] {
    [[features, HIDDEN], [features, HIDDEN], [HIDDEN, 1]]
}

/// The parameters of the attention. Clones share them.
#[derive(Clone)]
pub struct Attention {
    v: Tensor,
    u: Tensor,
    w: Vec<f32>,
}

/// What a forward pass computes, with what the backward pass needs.
pub struct AttentionOutput {
    /// `(n, features)`: the weighted sum over cells.
    pub pooled: Tensor,
    /// `(n, h, w)`: the attention weights, above 0, summing to 1 over each picture.
    pub weights: Tensor,
    /// `tanh(h V)`, [`HIDDEN`] numbers a cell.
    tanh: Vec<f32>,
    /// `sigmoid(h U)`, the gate, [`HIDDEN`] numbers a cell.
    gate: Vec<f32>,
}

/// Gradients of a loss, given its gradient with respect to the pooled features.
pub struct AttentionGradients {
    /// With respect to the feature map, of its shape.
    pub map: Tensor,
    /// With respect to `V`, `U` and `w`, in the order of [`NAMES`].
    pub parameters: [Tensor; 3],
}

impl Attention {
    /// Takes `V`, `U` and `w` by their names.
    ///
    /// # Errors
    /// When `find` lacks one.
    pub fn new<'a>(find: impl Fn(&str) -> Result<&'a Tensor>) -> Result<Attention> {
        let [v, u, w] = NAMES;
        Ok(Attention { v: find(v)?.detach(), u: find(u)?.detach(), w: numbers(find(w)?)? })
    }

    /// Pools feature maps `(n, h, w, features)`, each by itself, so that the answer for a picture does not depend on its batch.
    pub fn forward(&self, map: &Tensor) -> Result<AttentionOutput> {
        let (n, h, w, c) = map.dims4()?;
        let (mut tanh, mut gate) = (Vec::new(), Vec::new());
        let (mut weights, mut pooled) = (Vec::with_capacity(n * h * w), Vec::with_capacity(n * c));
        for picture in 0..n {
            let cells = map.get(picture)?.reshape((h * w, c))?;
            let a: Vec<f32> = numbers(&cells.matmul(&self.v)?)?.into_iter().map(f32::tanh).collect();
            let b: Vec<f32> = numbers(&cells.matmul(&self.u)?)?.into_iter().map(|v| 1.0 / (1.0 + (-v).exp())).collect();
            let hidden = a.chunks_exact(HIDDEN).zip(b.chunks_exact(HIDDEN));
            let scores = hidden.map(|(a, b)| a.iter().zip(b).zip(&self.w).map(|((a, b), w)| a * b * w).sum());
            let shares = softmax(scores.collect());
            let mut sum = vec![0f32; c];
            for (share, cell) in shares.iter().zip(numbers(&cells)?.chunks_exact(c)) {
                add(&mut sum, *share, cell);
            }
            tanh.extend(a);
            gate.extend(b);
            weights.extend(shares);
            pooled.extend(sum);
        }
        Ok(AttentionOutput {
            pooled: Tensor::from_vec(pooled, (n, c), &Device::Cpu)?,
            weights: Tensor::from_vec(weights, (n, h, w), &Device::Cpu)?,
            tanh,
            gate,
        })
    }

    /// The backward pass of [`Attention::forward`]; `by_pooled`, `(n, features)`, is the gradient with respect to the pooled features.
    pub fn backward(&self, map: &Tensor, output: &AttentionOutput, by_pooled: &Tensor) -> Result<AttentionGradients> {
        let (n, h, w, c) = map.dims4()?;
        let cells = map.reshape((n * h * w, c))?;
        let features = numbers(&cells)?;
        let weights = numbers(&output.weights)?;
        let by_pooled = numbers(by_pooled)?;
        // The gradient through the sum with the weights as they are, and the gradient with respect to the scores.
        let (mut through, mut by_scores) = (vec![0f32; features.len()], Vec::with_capacity(weights.len()));
        let pictures = weights.chunks_exact(h * w).zip(by_pooled.chunks_exact(c)).zip(features.chunks_exact(h * w * c));
        for (((weights, pull), features), through) in pictures.zip(through.chunks_exact_mut(h * w * c)) {
            let along: Vec<f32> = features.chunks_exact(c).map(|cell| dot(cell, pull)).collect();
            let mean = dot(weights, &along);
            by_scores.extend(weights.iter().zip(&along).map(|(a, along)| a * (along - mean)));
            weights.iter().zip(through.chunks_exact_mut(c)).for_each(|(a, through)| add(through, *a, pull));
        }
        let (by_a, by_b, by_w) = self.by_hidden(output, &by_scores);
        let table = |values| Tensor::from_vec(values, (n * h * w, HIDDEN), &Device::Cpu);
        let (by_a, by_b) = (table(by_a)?, table(by_b)?);
        let hidden = (by_a.matmul(&self.v.t()?)? + by_b.matmul(&self.u.t()?)?)?;
        let by_map = (Tensor::from_vec(through, (n * h * w, c), &Device::Cpu)? + hidden)?;
        let turned = cells.t()?;
        let w = Tensor::from_vec(by_w, (HIDDEN, 1), &Device::Cpu)?;
        Ok(AttentionGradients {
            map: by_map.reshape(map.dims())?,
            parameters: [turned.matmul(&by_a)?, turned.matmul(&by_b)?, w],
        })
    }

    /// Gradients with respect to `h V`, `h U` and `w`, given those with respect to the scores.
    fn by_hidden(&self, output: &AttentionOutput, by_scores: &[f32]) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let (a, b) = (&output.tanh, &output.gate);
        let (mut by_a, mut by_b, mut by_w) =
            (Vec::with_capacity(a.len()), Vec::with_capacity(b.len()), vec![0f32; HIDDEN]);
        for ((a, b), by_score) in a.chunks_exact(HIDDEN).zip(b.chunks_exact(HIDDEN)).zip(by_scores) {
            for (((a, b), w), by_w) in a.iter().zip(b).zip(&self.w).zip(&mut by_w) {
                by_a.push(by_score * w * b * (1.0 - a * a));
                by_b.push(by_score * w * a * b * (1.0 - b));
                *by_w += by_score * a * b;
            }
        }
        (by_a, by_b, by_w)
    }
}

fn numbers(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1()
}

fn softmax(mut scores: Vec<f32>) -> Vec<f32> {
    let highest = scores.iter().copied().fold(f32::MIN, f32::max);
    scores.iter_mut().for_each(|score| *score = (*score - highest).exp());
    let sum: f32 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= sum);
    scores
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(sum: &mut [f32], times: f32, values: &[f32]) {
    sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += times * value);
}

/// The pooled features in operations that candle can differentiate.
#[cfg(test)]
pub(crate) fn by_candle(map: &Tensor, [v, u, w]: [&Tensor; 3]) -> Tensor {
    let (n, h, wide, c) = map.dims4().unwrap();
    let cells = map.reshape((n * h * wide, c)).unwrap();
    let (a, b) = (cells.matmul(v).unwrap(), cells.matmul(u).unwrap());
    let hidden = (a.tanh().unwrap() * candle_nn::ops::sigmoid(&b).unwrap()).unwrap();
    let scores = hidden.matmul(w).unwrap().reshape((n, h * wide)).unwrap();
    let shares = candle_nn::ops::softmax(&scores, 1).unwrap().reshape((n, h * wide, 1)).unwrap();
    map.reshape((n, h * wide, c)).unwrap().broadcast_mul(&shares).unwrap().sum(1).unwrap()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::frozen::pooled;
    use super::*;
    use crate::model::ops::testing::{close, random};
    use candle_core::{Error, Var};

    const FEATURES: usize = 10;

    fn parameters(scale: f64) -> BTreeMap<&'static str, Var> {
        let named = NAMES.into_iter().zip(shapes(FEATURES)).enumerate();
        let value = |i: usize, shape: [usize; 2]| (random(&shape, i as u32 + 3) * scale).unwrap();
        named.map(|(i, (name, shape))| (name, Var::from_tensor(&value(i, shape)).unwrap())).collect()
    }

    fn attention(parameters: &BTreeMap<&'static str, Var>) -> Attention {
        Attention::new(|name| parameters.get(name).map(|var| var.as_tensor()).ok_or_else(|| Error::msg(name))).unwrap()
    }

    /// The definition, number by number in 64 bits.
    fn naive(parameters: &BTreeMap<&'static str, Var>, map: &Tensor) -> (Vec<f64>, Vec<f64>) {
        let [v, u, w] = NAMES.map(|name| parameters[name].to_vec2::<f32>().unwrap());
        let (n, h, wide, c) = map.dims4().unwrap();
        let (mut all, mut pooled) = (Vec::new(), Vec::new());
        for picture in map.reshape((n, h * wide, c)).unwrap().to_vec3::<f32>().unwrap() {
            let score = |cell: &Vec<f32>| -> f64 {
                let by = |m: &Vec<Vec<f32>>, j: usize| -> f64 {
                    cell.iter().zip(m).map(|(x, row)| f64::from(*x) * f64::from(row[j])).sum()
                };
                (0..HIDDEN).map(|j| by(&v, j).tanh() / (1.0 + (-by(&u, j)).exp()) * f64::from(w[j][0])).sum()
            };
            let raised: Vec<f64> = picture.iter().map(|cell| score(cell).exp()).collect();
            let weights: Vec<f64> = raised.iter().map(|r| r / raised.iter().sum::<f64>()).collect();
            pooled.extend((0..c).map(|i| picture.iter().zip(&weights).map(|(p, a)| f64::from(p[i]) * a).sum::<f64>()));
            all.extend(weights);
        }
        (all, pooled)
    }

    fn same(ours: &Tensor, theirs: &[f64]) {
        for (a, b) in numbers(ours).unwrap().iter().zip(theirs) {
            assert!((f64::from(*a) - b).abs() < 1e-5, "{a} {b}");
        }
    }

    #[test]
    fn it_is_what_its_definition_says_and_weights_sum_to_1() {
        let parameters = parameters(0.7);
        let map = random(&[3, 4, 5, FEATURES], 1);
        let output = attention(&parameters).forward(&map).unwrap();
        let (weights, pooled) = naive(&parameters, &map);
        same(&output.weights, &weights);
        same(&output.pooled, &pooled);
        assert_eq!(output.weights.dims(), [3, 4, 5]);
        for picture in output.weights.flatten_from(1).unwrap().to_vec2::<f32>().unwrap() {
            assert!((picture.iter().sum::<f32>() - 1.0).abs() < 1e-5 && picture.iter().all(|a| *a > 0.0));
        }
        let spread = weights.iter().fold((1.0, 0.0), |(low, high), a| (a.min(low), a.max(high)));
        assert!(spread.1 > 1.5 * spread.0, "the case says something: {spread:?}");
    }

    #[test]
    fn equal_scores_are_the_average() {
        let mut parameters = parameters(0.7);
        parameters.insert(NAMES[2], Var::zeros(&shapes(FEATURES)[2], candle_core::DType::F32, &Device::Cpu).unwrap());
        let map = random(&[2, 3, 3, FEATURES], 1);
        let output = attention(&parameters).forward(&map).unwrap();
        assert!(close(&output.pooled, &pooled(&map).unwrap()));
        assert!(numbers(&output.weights).unwrap().iter().all(|a| (a - 1.0 / 9.0).abs() < 1e-6));
        // And so are places that are all alike, whatever the parameters.
        let alike = random(&[1, 1, 1, FEATURES], 5).broadcast_as((1, 3, 4, FEATURES)).unwrap().contiguous().unwrap();
        let output = attention(&self::parameters(2.0)).forward(&alike).unwrap();
        assert!(close(&output.pooled, &pooled(&alike).unwrap()));
    }

    #[test]
    fn a_picture_gets_the_same_bits_alone_and_in_a_batch() {
        let attention = attention(&parameters(0.7));
        let map = random(&[5, 4, 4, FEATURES], 1);
        let together = attention.forward(&map).unwrap();
        for i in 0..5 {
            let alone = attention.forward(&map.narrow(0, i, 1).unwrap()).unwrap();
            assert_eq!(
                numbers(&alone.pooled).unwrap(),
                numbers(&together.pooled.narrow(0, i, 1).unwrap()).unwrap(),
                "{i}"
            );
        }
    }

    #[test]
    fn gradients_are_those_of_candle_s_graph_and_finite_differences() {
        let parameters = parameters(0.5);
        let map = Var::from_tensor(&random(&[2, 3, 4, FEATURES], 1)).unwrap();
        let pull = random(&[2, FEATURES], 9);
        let attention = attention(&parameters);
        let ours = attention.backward(&map, &attention.forward(&map).unwrap(), &pull).unwrap();

        let pooled = by_candle(&map, NAMES.map(|name| parameters[name].as_tensor()));
        let theirs = (pooled * &pull).unwrap().sum_all().unwrap().backward().unwrap();
        assert!(close(&ours.map, theirs.get(&map).unwrap()));
        for (name, gradient) in NAMES.into_iter().zip(&ours.parameters) {
            assert!(close(gradient, theirs.get(&parameters[name]).unwrap()), "{name}");
        }

        let value = |map: &Tensor| {
            let pooled = attention.forward(map).unwrap().pooled;
            (pooled * &pull).unwrap().sum_all().unwrap().to_scalar::<f32>().unwrap()
        };
        let slopes = numbers(&ours.map).unwrap();
        for at in [0usize, 17, 130, 239] {
            let moved = |by: f32| {
                let mut values = numbers(&map).unwrap();
                values[at] += by;
                value(&Tensor::from_vec(values, map.shape(), &Device::Cpu).unwrap())
            };
            let difference = (moved(0.02) - moved(-0.02)) / 0.04;
            assert!((difference - slopes[at]).abs() < 2e-3, "{difference} {}", slopes[at]);
        }
    }
}
