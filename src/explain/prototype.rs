//! Activation maximisation: a picture of what a class looks like to the network, by gradient ascent on its logit. Without a prior
//! the result is grain that no camera would see (Montavon et al. 2018, section 3); here it is jitter, blur and decay towards the
//! start (Simonyan et al. 2013, Yosinski et al. 2015, Mordvintsev et al. 2015).

use candle_core::{Device, Result, Tensor};
use image::{Rgb, RgbImage};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Explainer;
use super::gradient::gradient;
use crate::model::own::frozen::{DEVIATION, MEAN, PIXELS, batch};

/// Steps uphill.
const STEPS: usize = 160;
/// Length of a step: root mean square of what it adds to a pixel, of 255.
const STEP: f32 = 5.0;
/// Part of the way back to the start that every step takes (L2 decay).
const DECAY: f32 = 0.01;
/// The picture is smoothed every so many steps, but not in the last of them.
const BLUR_EVERY: usize = 4;
/// Largest jitter, px, either way: what only holds at one offset from the grid of the strides is averaged out.
const JITTER: usize = 6;
/// Noise of the start, of 255.
const NOISE: f32 = 4.0;

/// What a class looks like, starting from a colour such as that of skin. The same every time.
pub fn prototype(explainer: &Explainer, class: usize, start: Rgb<u8>) -> Result<RgbImage> {
    let side = explainer.input_side() as usize;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let base = RgbImage::from_pixel(side as u32, side as u32, start);
    let base: Vec<f32> = batch(&[&base])?.flatten_all()?.to_vec1()?;
    let unit = 1.0 / (255.0 * DEVIATION);
    let mut x: Vec<f32> = base.iter().map(|v| v + unit * rng.random_range(-NOISE..=NOISE)).collect();
    for step in 0..STEPS {
        let shift = (rng.random_range(0..=2 * JITTER), rng.random_range(0..=2 * JITTER));
        let slope = slope(explainer, (&x, side), class, shift)?;
        let power = slope.iter().map(|g| g * g).sum::<f32>() / slope.len().max(1) as f32;
        let rate = STEP * unit / power.sqrt().max(1e-20);
        for ((x, slope), base) in x.iter_mut().zip(&slope).zip(&base) {
            *x = (*x + rate * slope + DECAY * (base - *x)).clamp(PIXELS.0, PIXELS.1);
        }
        if step % BLUR_EVERY == 0 && step + BLUR_EVERY < STEPS {
            x = blurred(&x, side);
        }
    }
    let byte = |v: f32| ((v * DEVIATION + MEAN) * 255.0).round().clamp(0.0, 255.0) as u8;
    let pixel = |px: u32, py: u32| {
        let at = (py as usize * side + px as usize) * 3;
        Rgb(std::array::from_fn(|c| byte(x[at + c])))
    };
    Ok(RgbImage::from_fn(side as u32, side as u32, pixel))
}

/// The gradient of the logit with respect to a picture, computed on the picture rolled by `shift` minus [`JITTER`] and rolled back.
fn slope(explainer: &Explainer, (x, side): (&[f32], usize), class: usize, shift: (usize, usize)) -> Result<Vec<f32>> {
    let room = side - JITTER.min(side);
    let there = rolled(x, side, (shift.0 + room, shift.1 + room));
    let slope = gradient(explainer, &Tensor::from_vec(there, (1, side, side, 3), &Device::Cpu)?, class)?;
    let back = |by: usize| 2 * side - (by + room) % side;
    Ok(rolled(&slope.flatten_all()?.to_vec1::<f32>()?, side, (back(shift.0), back(shift.1))))
}

/// A picture rolled right and down, px: what leaves it on one side comes in on the other.
fn rolled(x: &[f32], side: usize, (right, down): (usize, usize)) -> Vec<f32> {
    let mut out = vec![0f32; x.len()];
    for (at, pixel) in x.chunks_exact(3).enumerate() {
        let (px, py) = ((at % side + right) % side, (at / side + down) % side);
        out[(py * side + px) * 3..][..3].copy_from_slice(pixel);
    }
    out
}

/// Averaged with its neighbours, weights 1 2 1 along either axis.
fn blurred(x: &[f32], side: usize) -> Vec<f32> {
    let along = |x: &[f32], step: (usize, usize)| -> Vec<f32> {
        (0..x.len())
            .map(|i| {
                let (px, py, c) = (i / 3 % side, i / 3 / side, i % 3);
                let at = |px: usize, py: usize| x[(py.min(side - 1) * side + px.min(side - 1)) * 3 + c];
                let (before, after) =
                    (at(px.saturating_sub(step.0), py.saturating_sub(step.1)), at(px + step.0, py + step.1));
                (before + 2.0 * x[i] + after) / 4.0
            })
            .collect()
    };
    along(&along(x, (1, 0)), (0, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_moved_round_comes_back_and_blur_keeps_a_plain_picture() {
        let x: Vec<f32> = (0..5 * 5 * 3).map(|v| v as f32).collect();
        let there = rolled(&x, 5, (2, 4));
        assert_eq!(there[(4 * 5 + 2) * 3], x[0]);
        assert_eq!(rolled(&there, 5, (3, 1)), x);
        assert_eq!(blurred(&[3.0; 75], 5), [3.0; 75]);
        let mut dot = [0f32; 75];
        dot[36] = 16.0;
        let soft = blurred(&dot, 5);
        assert_eq!((soft[36], soft[39], soft[37], soft.iter().sum::<f32>()), (4.0, 2.0, 0.0, 16.0));
    }
}
