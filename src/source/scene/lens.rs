//! The lens and the sensor: from the painted world to a frame. This is the part that runs for every frame, so it works on
//! whole pixels packed into one integer.

use image::RgbImage;

use super::camera::Pose;
use crate::pixels::paint::noise::hash;

/// Bits of a packed pixel that hold its three channels, 16 bits apart.
const LANES: u64 = 0x0000_00FF_00FF_00FF;
/// Entries of the noise table; a power of two.
const NOISE: usize = 1 << 14;
/// What is added to a channel with the noise, so that it stays positive; taken away by the curve.
const BIAS: i32 = 32;

/// What a lens and a sensor do to a picture.
pub(super) struct Optics {
    /// Blur: how often neighbouring pixels are averaged with weights 1, 2, 1.
    pub(super) blur: u32,
    /// Loss of light in the corners, `0.0..0.5`.
    pub(super) vignette: f32,
    /// Standard deviation of the noise, grey levels.
    pub(super) noise: f32,
}

/// The world as the sensor reads it.
pub(super) struct Lens {
    seed: u32,
    width: usize,
    height: usize,
    /// World pixels, red in the lowest 16 bits, then green, then blue.
    world: Vec<u64>,
    /// Noise to add, packed the same way.
    noise: Vec<u64>,
    /// Loss of light by column and by row of the frame, 256ths.
    across: Vec<u32>,
    down: Vec<u32>,
}

impl Lens {
    /// A lens and a sensor before the world, for frames of `size` px.
    pub(super) fn new(world: &RgbImage, size: (u32, u32), optics: Optics, seed: u32) -> Lens {
        let Optics { blur, vignette, noise } = optics;
        let mut packed: Vec<u64> = world.pixels().map(|p| pack(p.0.map(i32::from))).collect();
        for _ in 0..blur {
            soften(&mut packed, 1);
            soften(&mut packed, world.width() as usize);
        }
        let grain = |n: usize| {
            let h = |channel: i32| {
                (hash(seed, n as i32, channel) & 0x00FF_00FF, hash(seed ^ 1, n as i32, channel) & 0x00FF_00FF)
            };
            // The sum of four even variables is close enough to a normal one; 148 is its standard deviation.
            let level = |channel: i32| {
                let (a, b) = h(channel);
                let sum = (a & 0xFFFF) + (a >> 16) + (b & 0xFFFF) + (b >> 16);
                let grey = (hash(seed ^ 2, n as i32, 0) & 255) as f32 - 127.5;
                let value = noise * (0.8 * (sum as f32 - 510.0) / 148.0 + 0.6 * grey / 74.0);
                (value.round() as i32 + BIAS).clamp(0, 2 * BIAS)
            };
            pack([level(0), level(1), level(2)])
        };
        let loss = |n: u32, of: u32| {
            let d = (n as f32 + 0.5) / of as f32 * 2.0 - 1.0;
            (128.0 * vignette * d * d) as u32
        };
        Lens {
            seed,
            width: world.width() as usize,
            height: world.height() as usize,
            world: packed,
            noise: (0..NOISE).map(grain).collect(),
            across: (0..size.0).map(|x| loss(x, size.0)).collect(),
            down: (0..size.1).map(|y| loss(y, size.1)).collect(),
        }
    }

    /// Frame `n` as seen from `pose`: bilinear samples, vignetting, brightness, noise.
    pub(super) fn frame(&self, n: u64, pose: &Pose) -> RgbImage {
        let (width, height) = (self.across.len(), self.down.len());
        let mut bytes = vec![0u8; width * height * 3];
        let curve = curve(pose.gain);
        let (mid_x, mid_y) = (self.width as f32 / 2.0, self.height as f32 / 2.0);
        for (y, (row, &down)) in bytes.chunks_exact_mut(width * 3).zip(&self.down).enumerate() {
            // The middle of the first pixel of the row, in the world; half a pixel back to the middles of world pixels.
            let (fx, fy) = (0.5 - width as f32 / 2.0, y as f32 + 0.5 - height as f32 / 2.0);
            let u = mid_x + pose.x + pose.a * fx - pose.b * fy - 0.5;
            let v = mid_y + pose.y + pose.b * fx + pose.a * fy - 0.5;
            let line = Line { u: fixed(u), v: fixed(v), du: fixed(pose.a), dv: fixed(pose.b) };
            let shift = hash(self.seed ^ (n >> 32) as u32, n as i32, y as i32) as usize;
            self.line(row, line, (down, shift), &curve);
        }
        RgbImage::from_raw(width as u32, height as u32, bytes).unwrap_or_default()
    }

    /// One row of a frame.
    fn line(&self, row: &mut [u8], line: Line, (down, shift): (u32, usize), curve: &[u8; 512]) {
        let (last_x, last_y) = (self.width as i64 - 2, self.height as i64 - 2);
        let (mut u, mut v) = (line.u, line.v);
        for ((out, &across), n) in row.as_chunks_mut::<3>().0.iter_mut().zip(&self.across).zip(shift..) {
            let x = (u >> 16).clamp(0, last_x) as usize;
            let y = (v >> 16).clamp(0, last_y) as usize;
            let (s, t) = (((u >> 8) & 255) as u64, ((v >> 8) & 255) as u64);
            let at = y * self.width + x;
            let (top, bottom) = (&self.world[at..at + 2], &self.world[at + self.width..at + self.width + 2]);
            let left = (top[0] * (256 - t) + bottom[0] * t) >> 8 & LANES;
            let right = (top[1] * (256 - t) + bottom[1] * t) >> 8 & LANES;
            let mixed = (left * (256 - s) + right * s) >> 8 & LANES;
            let lit = (mixed * u64::from(256 - across - down)) >> 8 & LANES;
            let grainy = lit + self.noise[n % NOISE];
            *out = [
                curve[(grainy & 511) as usize],
                curve[(grainy >> 16 & 511) as usize],
                curve[(grainy >> 32 & 511) as usize],
            ];
            u += line.du;
            v += line.dv;
        }
    }
}

/// A row of samples: the first place and the step, 65536ths of a world pixel.
struct Line {
    u: i64,
    v: i64,
    du: i64,
    dv: i64,
}

/// A number in 65536ths.
fn fixed(value: f32) -> i64 {
    (f64::from(value) * 65_536.0) as i64
}

/// Averages every pixel with its neighbours `step` before and after, weights 1, 2, 1; the ends stay as they are.
fn soften(pixels: &mut [u64], step: usize) {
    let mut before: Vec<u64> = pixels.iter().take(step).copied().collect();
    for n in step..pixels.len().saturating_sub(step) {
        let here = pixels[n];
        pixels[n] = (before[n % step] + 2 * here + pixels[n + step]) >> 2 & LANES;
        before[n % step] = here;
    }
}

/// Three channels in one integer.
fn pack([r, g, b]: [i32; 3]) -> u64 {
    r as u64 | (g as u64) << 16 | (b as u64) << 32
}

/// From a channel with biased noise to a byte: brightness, and both ends cut off.
fn curve(gain: f32) -> [u8; 512] {
    std::array::from_fn(|n| ((n as i32 - BIAS) as f32 * gain + 0.5).clamp(0.0, 255.0) as u8)
}
