//! The lens and the sensor: from the painted world to a frame. This is the part that runs for every frame, so it works on
//! whole pixels packed into one integer.

use image::RgbImage;

use super::camera::CameraPose;
use crate::geometry::Size;
use crate::pixels::paint::noise::hash;

/// Bits of a packed pixel that hold its three channels, 16 bits apart.
const LANES: u64 = 0x0000_00FF_00FF_00FF;
/// Entries of the noise table before it repeats itself.
const NOISE: usize = 1 << 14;
/// What is added to a channel with the noise, so that it stays positive; [`cut`] takes it away.
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
    /// Noise to add, packed the same way: `NOISE` entries, and as many of them again as a row is long.
    noise: Vec<u64>,
    /// Loss of light by column and by row of the frame, 256ths.
    across: Vec<u32>,
    down: Vec<u32>,
}

impl Lens {
    /// A lens and a sensor before the world, for frames of this size.
    pub(super) fn new(world: &RgbImage, size: Size, optics: Optics, seed: u32) -> Lens {
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
            noise: (0..NOISE + size.width as usize).map(|n| grain(n % NOISE)).collect(),
            across: (0..size.width).map(|x| loss(x, size.width)).collect(),
            down: (0..size.height).map(|y| loss(y, size.height)).collect(),
        }
    }

    /// Frame `n` as seen from `pose`: bilinear samples, vignetting, brightness, noise. Black where the world ends.
    pub(super) fn frame(&self, n: u64, pose: &CameraPose) -> RgbImage {
        let (width, height) = (self.across.len(), self.down.len());
        let mut bytes = vec![0u8; width * height * 3];
        let (mid_x, mid_y) = (self.width as f32 / 2.0, self.height as f32 / 2.0);
        let gain = (256.0 * pose.gain.clamp(0.0, 1.0)) as u32;
        for (y, (row, &down)) in bytes.chunks_exact_mut(width * 3).zip(&self.down).enumerate() {
            // The middle of the first pixel of the row, in the world; half a pixel back to the middles of world pixels.
            let (fx, fy) = (0.5 - width as f32 / 2.0, y as f32 + 0.5 - height as f32 / 2.0);
            let u = mid_x + pose.x + pose.a * fx - pose.b * fy - 0.5;
            let v = mid_y + pose.y + pose.b * fx + pose.a * fy - 0.5;
            let line = SampleLine { u: fixed(u), v: fixed(v), du: fixed(pose.a), dv: fixed(pose.b) };
            let shift = hash(self.seed ^ (n >> 32) as u32, n as i32, y as i32) as usize % NOISE;
            let noise = self.noise.get(shift..).unwrap_or_default();
            self.line(row, line, gain.saturating_sub(down), noise);
        }
        RgbImage::from_raw(width as u32, height as u32, bytes).unwrap_or_default()
    }

    /// One row of a frame; `light` is its brightness before the loss by column, 256ths.
    fn line(&self, row: &mut [u8], line: SampleLine, light: u32, noise: &[u64]) {
        let (mut u, mut v) = (line.u, line.v);
        let (world, width) = (self.world.as_slice(), self.width);
        for ((out, &across), &grain) in row.as_chunks_mut::<3>().0.iter_mut().zip(&self.across).zip(noise) {
            // A place outside of the world makes an index outside of the slice (or a neighbouring row): no pixel, no panic.
            let at = ((v >> 16) as usize).wrapping_mul(width).wrapping_add((u >> 16) as usize);
            let (s, t) = (((u >> 8) & 255) as u64, ((v >> 8) & 255) as u64);
            u = u.wrapping_add(line.du);
            v = v.wrapping_add(line.dv);
            let below = at.wrapping_add(width);
            if let (Some(&[a, b]), Some(&[c, d])) = (pair(world, at), pair(world, below)) {
                let mixed = blend([a, b, c, d], s, t);
                let lit = mixed.wrapping_mul(u64::from(light.saturating_sub(across))) >> 8 & LANES;
                *out = cut(lit.wrapping_add(grain));
            }
        }
    }
}

/// Two neighbouring pixels.
fn pair(world: &[u64], at: usize) -> Option<&[u64; 2]> {
    world.get(at..)?.first_chunk()
}

/// Four neighbouring pixels weighed by the place between them, `s` and `t` in 256ths. The weights add up to 256, so no
/// channel leaves its 16 bits; wrapping only spares the checks of overflow in the innermost loop.
fn blend([a, b, c, d]: [u64; 4], s: u64, t: u64) -> u64 {
    let both = s.wrapping_mul(t) >> 8;
    let top = a
        .wrapping_mul(256u64.wrapping_add(both).wrapping_sub(s).wrapping_sub(t))
        .wrapping_add(b.wrapping_mul(s.wrapping_sub(both)));
    let bottom = c.wrapping_mul(t.wrapping_sub(both)).wrapping_add(d.wrapping_mul(both));
    top.wrapping_add(bottom) >> 8 & LANES
}

/// The three channels of a packed pixel without the bias of the noise, cut off at 0 and 255. Channels are at most
/// 255 + 2 * BIAS, so bit 15 of each is free to show a value below 0.
fn cut(pixel: u64) -> [u8; 3] {
    const ONES: u64 = 0x0000_0001_0001_0001;
    let moved = (pixel | ONES << 15).wrapping_sub(BIAS as u64 * ONES);
    let kept = moved & ((moved >> 15 & ONES) * 0x7FFF);
    let bytes = kept | ((kept >> 8 & ONES) * 0xFF);
    [bytes as u8, (bytes >> 16) as u8, (bytes >> 32) as u8]
}

/// A row of samples: the first place and the step, 65536ths of a world pixel.
struct SampleLine {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cutting_off_agrees_with_each_channel_alone(channels in prop::array::uniform3(0i32..=255 + 2 * BIAS)) {
            prop_assert_eq!(cut(pack(channels)), channels.map(|c| (c - BIAS).clamp(0, 255) as u8));
        }
    }

    proptest! {
        #[test]
        fn blending_is_bilinear_in_every_channel(
            corners in prop::array::uniform4(prop::array::uniform3(0i32..=255)),
            s in 0u64..256,
            t in 0u64..256,
        ) {
            let mixed = blend(corners.map(pack), s, t);
            let (x, y) = (s as f32 / 256.0, t as f32 / 256.0);
            for channel in 0..3 {
                let [a, b, c, d] = corners.map(|corner| corner[channel] as f32);
                let exact = (a + (b - a) * x) * (1.0 - y) + (c + (d - c) * x) * y;
                let got = (mixed >> (16 * channel) & 0xFFFF) as f32;
                prop_assert!((got - exact).abs() <= 3.0, "channel {}: {} for {}", channel, got, exact);
            }
        }
    }

    #[test]
    fn a_plain_world_stays_plain_and_its_end_is_black() {
        let world = RgbImage::from_pixel(40, 30, image::Rgb([200, 120, 40]));
        let lens = Lens::new(&world, Size { width: 20, height: 16 }, Optics { blur: 2, vignette: 0.0, noise: 0.0 }, 1);
        let pose = CameraPose { a: 1.0, b: 0.1, x: 0.0, y: 0.0, gain: 1.0 };
        assert!(lens.frame(0, &pose).pixels().all(|p| p.0 == [200, 120, 40]));
        let dimmed = lens.frame(0, &CameraPose { gain: 0.5, ..pose });
        assert!(dimmed.pixels().all(|p| p.0 == [100, 60, 20]));
        let away = lens.frame(0, &CameraPose { x: 1e4, y: -1e5, ..pose });
        assert!(away.pixels().all(|p| p.0 == [0, 0, 0]));
    }
}
