//! Rules by which relevance goes back through a layer (Montavon et al. 2019, which unites those of Bach et al. 2015 and Montavon
//! et al. 2017). Biases take part in the sums and keep their share.

use candle_core::{Result, Tensor};

use super::inside::{Bounds, LinearLayer, Rule};
use crate::model::ops::pointwise::{each, pairs};

/// What is added to the denominators of the epsilon rule, in units of the mean absolute value of a layer's results.
pub const EPSILON: f64 = 0.01;
/// How much more positive contributions count in the gamma rule.
pub const GAMMA: f64 = 0.25;
/// How often what speaks for a result counts in the alpha-beta rule.
pub const ALPHA: f64 = 2.0;
/// Keeps 0 / 0 from happening in LRP-0.
const TINY: f64 = 1e-9;

/// `R_i = x_i sum_j w_ij R_j / (z_j + eps sign z_j)`; 0: LRP-0.
pub struct Epsilon(pub f64);

impl Rule for Epsilon {
    fn activation(&self, _: &dyn Fn(Tensor) -> Result<Tensor>, signal: Tensor) -> Result<Tensor> {
        Ok(signal)
    }

    fn layer(&self, layer: &dyn LinearLayer, (x, z): (&Tensor, &Tensor), signal: &Tensor, _: bool) -> Result<Tensor> {
        product(x, &layer.back(&per(signal, z, self.0)?, x)?)
    }

    fn sum(&self, (inner, around): (&Tensor, &Tensor), signal: Tensor) -> Result<(Tensor, Tensor)> {
        let part = per(&signal, &sum(inner, around)?, self.0)?;
        Ok((product(inner, &part)?, product(around, &part)?))
    }
}

/// `R_i = sum_j (x_i w_ij - l w+_ij - h w-_ij) R_j / sum_i (..)`: for pixels between `l` and `h`; never negative where `R_j` is
/// not. Montavon et al. 2017.
pub struct ZBox;

impl ZBox {
    /// The relevance of the picture.
    pub fn layer(layer: &dyn LinearLayer, x: &Tensor, signal: &Tensor) -> Result<Tensor> {
        let Bounds { low, high } = layer.bounds(x)?;
        let (up, down) = halves(layer.weight())?;
        let z = ((layer.linear(x, layer.weight())? - layer.linear(&low, &up)?)? - layer.linear(&high, &down)?)?;
        let part = per(signal, &z, TINY)?;
        let of = |x: &Tensor, weight: &Tensor| product(x, &layer.transposed(&part, weight, x)?);
        (of(x, layer.weight())? - of(&low, &up)?)? - of(&high, &down)?
    }
}

/// What speaks for a result counts `1 + gamma` times where it is positive, what speaks against it where it is negative: for inputs
/// of either sign (Andéol et al. 2021); with inputs and results above 0 the rule of Montavon et al. 2019.
pub struct Gamma(pub f64);

impl Rule for Gamma {
    fn activation(&self, _: &dyn Fn(Tensor) -> Result<Tensor>, signal: Tensor) -> Result<Tensor> {
        Ok(signal)
    }

    fn layer(&self, layer: &dyn LinearLayer, (x, z): (&Tensor, &Tensor), signal: &Tensor, _: bool) -> Result<Tensor> {
        let gamma = self.0 as f32;
        let parts = SignedParts::new(layer, x)?;
        let favoured = pairs(z, &parts.up()?, |z, up| z + gamma * if z > 0.0 { up } else { z - up })?;
        let part = per(signal, &favoured, EPSILON)?;
        let up = pairs(&part, z, |part, z| if z > 0.0 { gamma * part } else { 0.0 })?;
        let down = pairs(&part, z, |part, z| if z > 0.0 { 0.0 } else { gamma * part })?;
        sum(&product(x, &layer.back(&part, x)?)?, &parts.back(&up, &down)?)
    }

    fn sum(&self, summands: (&Tensor, &Tensor), signal: Tensor) -> Result<(Tensor, Tensor)> {
        Epsilon(EPSILON).sum(summands, signal)
    }
}

/// What speaks for a result gets `alpha` times its relevance, what speaks against it `1 - alpha` times; where there is only one
/// of them it gets all. Bach et al. 2015.
pub struct AlphaBeta(pub f64);

impl AlphaBeta {
    /// Relevance per unit of what speaks for and of what speaks against results `z`, `up` being the former.
    fn parts(&self, signal: &Tensor, up: &Tensor, z: &Tensor) -> Result<(Tensor, Tensor)> {
        let alpha = self.0 as f32;
        let down = pairs(z, up, |z, up| z - up)?;
        // A difference of sums is never quite 0.
        let nothing = |a: f32, b: f32| a.abs() <= 1e-6 * b.abs() || a == 0.0;
        let for_it = pairs(up, &down, |up, down| match (nothing(up, down), nothing(down, up)) {
            (true, _) => 0.0,
            (_, true) => 1.0 / up,
            _ => alpha / up,
        })?;
        let against = pairs(&down, up, |down, up| match (nothing(down, up), nothing(up, down)) {
            (true, _) => 0.0,
            (_, true) => 1.0 / down,
            _ => (1.0 - alpha) / down,
        })?;
        Ok((product(signal, &for_it)?, product(signal, &against)?))
    }
}

impl Rule for AlphaBeta {
    fn activation(&self, _: &dyn Fn(Tensor) -> Result<Tensor>, signal: Tensor) -> Result<Tensor> {
        Ok(signal)
    }

    fn layer(&self, layer: &dyn LinearLayer, (x, z): (&Tensor, &Tensor), signal: &Tensor, _: bool) -> Result<Tensor> {
        let parts = SignedParts::new(layer, x)?;
        let (up, down) = self.parts(signal, &parts.up()?, z)?;
        parts.back(&up, &down)
    }

    fn sum(&self, (inner, around): (&Tensor, &Tensor), signal: Tensor) -> Result<(Tensor, Tensor)> {
        let up = pairs(inner, around, |a, b| a.max(0.0) + b.max(0.0))?;
        let (up, down) = self.parts(&signal, &up, &sum(inner, around)?)?;
        let of = |x: &Tensor| {
            let (above, below) = halves(x)?;
            sum(&product(&above, &up)?, &product(&below, &down)?)
        };
        Ok((of(inner)?, of(around)?))
    }
}

/// Inputs and weights of a layer, each split into the part above and the part below 0.
struct SignedParts<'a> {
    layer: &'a dyn LinearLayer,
    above: Tensor,
    /// `None` where no input is negative, as after a ReLU.
    below: Option<Tensor>,
    up: Tensor,
    down: Tensor,
}

impl SignedParts<'_> {
    fn new<'a>(layer: &'a dyn LinearLayer, x: &Tensor) -> Result<SignedParts<'a>> {
        let (above, below) = halves(x)?;
        let (up, down) = halves(layer.weight())?;
        let some = below.flatten_all()?.to_vec1::<f32>()?.iter().any(|v| *v < 0.0);
        Ok(SignedParts { layer, above, below: some.then_some(below), up, down })
    }

    /// What speaks for the results, a bias above 0 included.
    fn up(&self) -> Result<Tensor> {
        let up = self.layer.linear(&self.above, &self.up)?.broadcast_add(&self.layer.bias().relu()?)?;
        match &self.below {
            Some(below) => sum(&up, &self.layer.linear(below, &self.down)?),
            None => Ok(up),
        }
    }

    /// What the inputs get, `up` for what they add to the results and `down` for what they take from them.
    fn back(&self, up: &Tensor, down: &Tensor) -> Result<Tensor> {
        let of = |x: &Tensor, (rising, falling): (&Tensor, &Tensor)| {
            let (a, b) = (self.layer.transposed(rising, &self.up, x)?, self.layer.transposed(falling, &self.down, x)?);
            product(x, &sum(&a, &b)?)
        };
        let above = of(&self.above, (up, down))?;
        match &self.below {
            Some(below) => sum(&above, &of(below, (down, up))?),
            None => Ok(above),
        }
    }
}

/// The usual composite: the z-box rule at the picture, gamma on fine maps, epsilon on coarse ones. Montavon et al. 2019.
pub struct Composite {
    /// Maps of at least this many cells a side count as fine.
    pub fine: usize,
}

impl Rule for Composite {
    fn activation(&self, _: &dyn Fn(Tensor) -> Result<Tensor>, signal: Tensor) -> Result<Tensor> {
        Ok(signal)
    }

    fn layer(
        &self,
        layer: &dyn LinearLayer,
        values: (&Tensor, &Tensor),
        signal: &Tensor,
        first: bool,
    ) -> Result<Tensor> {
        match (first, layer.rows(values.0)? < self.fine) {
            (true, _) => ZBox::layer(layer, values.0, signal),
            (false, true) => Epsilon(EPSILON).layer(layer, values, signal, first),
            (false, false) => Gamma(GAMMA).layer(layer, values, signal, first),
        }
    }

    fn sum(&self, summands: (&Tensor, &Tensor), signal: Tensor) -> Result<(Tensor, Tensor)> {
        Epsilon(EPSILON).sum(summands, signal)
    }
}

fn sum(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    pairs(a, b, |a, b| a + b)
}

fn product(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    pairs(a, b, |a, b| a * b)
}

/// What is above and what is below 0.
fn halves(x: &Tensor) -> Result<(Tensor, Tensor)> {
    Ok((each(x, |v| v.max(0.0))?, each(x, |v| v.min(0.0))?))
}

/// The signal divided by `z`, which is moved away from 0 by `epsilon` of its mean absolute value.
fn per(signal: &Tensor, z: &Tensor, epsilon: f64) -> Result<Tensor> {
    let values: Vec<f32> = z.flatten_all()?.to_vec1()?;
    let mean = values.iter().map(|v| f64::from(v.abs())).sum::<f64>() / values.len().max(1) as f64;
    let away = (epsilon * mean).max(TINY) as f32;
    pairs(signal, z, |signal, z| signal / if z >= 0.0 { z + away } else { z - away })
}
