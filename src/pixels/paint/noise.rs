//! Noise from integer hashes: value noise, its fractal sum, and cellular noise. Every function is pure in its seed.

/// A hash of a lattice point; all 32 bits are usable (multiply-xorshift finaliser, as in MurmurHash3).
pub fn hash(seed: u32, x: i32, y: i32) -> u32 {
    let mut h = seed ^ (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77).rotate_left(13);
    h ^= h >> 15;
    h = h.wrapping_mul(0x2C1B_3C6D);
    h ^= h >> 12;
    h = h.wrapping_mul(0x297A_2D39);
    h ^ (h >> 15)
}

/// The hash of a lattice point as a number in `0.0..1.0`.
pub fn unit(seed: u32, x: i32, y: i32) -> f32 {
    (hash(seed, x, y) >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// The largest whole number not above `x`; by a cast, since `f32::floor` is a library call on plain x86-64.
pub fn floor(x: f32) -> i32 {
    let cut = x as i32;
    if cut as f32 > x { cut.wrapping_sub(1) } else { cut }
}

/// Rises smoothly from 0 at `low` to 1 at `high`; also with `low > high`, then it falls.
pub fn smoothstep(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Value noise in `-1.0..=1.0` with features one unit wide (Perlin's quintic-free variant: cubic between hashed corners).
pub fn value(seed: u32, x: f32, y: f32) -> f32 {
    let (ix, iy) = (floor(x), floor(y));
    let (fx, fy) = (ix as f32, iy as f32);
    let (tx, ty) = (x - fx, y - fy);
    let (tx, ty) = (tx * tx * (3.0 - 2.0 * tx), ty * ty * (3.0 - 2.0 * ty));
    let a = unit(seed, ix, iy);
    let b = unit(seed, ix.wrapping_add(1), iy);
    let c = unit(seed, ix, iy.wrapping_add(1));
    let d = unit(seed, ix.wrapping_add(1), iy.wrapping_add(1));
    let top = a + (b - a) * tx;
    let bottom = c + (d - c) * tx;
    2.0 * (top + (bottom - top) * ty) - 1.0
}

/// The sum of `octaves` value noises, each twice as fine and half as strong; about `-1.0..=1.0`, features one unit wide.
pub fn fbm(seed: u32, x: f32, y: f32, octaves: u32) -> f32 {
    let (mut sum, mut weight, mut total, mut zoom) = (0.0, 1.0, 0.0, 1.0);
    for octave in 0..octaves {
        sum += weight * value(seed.wrapping_add(octave.wrapping_mul(0x68E3_1DA4)), x * zoom, y * zoom);
        total += weight;
        weight *= 0.5;
        zoom *= 2.03;
    }
    if total > 0.0 { sum / total } else { 0.0 }
}

/// Cellular noise (Worley 1996): distances from the point to the nearest and to the second nearest of one random feature
/// point a unit cell. Their difference is 0 on the borders between cells.
pub fn cells(seed: u32, x: f32, y: f32) -> (f32, f32) {
    let (ix, iy) = (floor(x), floor(y));
    let (fx, fy) = (ix as f32, iy as f32);
    let (mut nearest, mut second) = (f32::MAX, f32::MAX);
    for dy in -1..=1 {
        for dx in -1..=1 {
            let h = hash(seed, ix.wrapping_add(dx), iy.wrapping_add(dy));
            let px = fx + dx as f32 + (h & 0xFFFF) as f32 * (1.0 / 65_536.0) - x;
            let py = fy + dy as f32 + (h >> 16) as f32 * (1.0 / 65_536.0) - y;
            let d = px * px + py * py;
            if d < nearest {
                second = nearest;
                nearest = d;
            } else if d < second {
                second = d;
            }
        }
    }
    (nearest.sqrt(), second.sqrt())
}

/// The sine of `turns` full turns, to within 0.0012: a parabola with one correction, so that no platform's `sin` enters.
pub fn sine(turns: f32) -> f32 {
    let t = turns - floor(turns + 0.5) as f32;
    let y = 8.0 * t - 16.0 * t * t.abs();
    0.225 * (y * y.abs() - y) + y
}

/// Cosine and sine of `turns` full turns, scaled to lie on the unit circle exactly (to rounding).
pub fn rotation(turns: f32) -> (f32, f32) {
    let (c, s) = (sine(turns + 0.25), sine(turns));
    let length = (c * c + s * s).sqrt();
    (c / length, s / length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn value_noise_is_bounded_and_continuous(seed: u32, x in -1e4f32..1e4, y in -1e4f32..1e4) {
            let here = value(seed, x, y);
            prop_assert!((-1.0..=1.0).contains(&here));
            prop_assert!((value(seed, x + 0.01, y) - here).abs() < 0.08);
        }

        #[test]
        fn nearest_cell_is_not_farther_than_the_second(seed: u32, x in -1e3f32..1e3, y in -1e3f32..1e3) {
            let (a, b) = cells(seed, x, y);
            prop_assert!(a <= b && b < 3.0);
        }

        #[test]
        fn sine_follows_the_library(turns in -50.0f32..50.0) {
            let exact = (f64::from(turns) * std::f64::consts::TAU).sin();
            prop_assert!((f64::from(sine(turns)) - exact).abs() < 0.0012);
            let (c, s) = rotation(turns);
            prop_assert!((c * c + s * s - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn hashes_are_spread_evenly() {
        let mut bins = [0u32; 16];
        for y in 0..64 {
            for x in 0..64 {
                bins[(unit(7, x, y) * 16.0) as usize] += 1;
            }
        }
        assert!(bins.iter().all(|&n| (180..340).contains(&n)), "{bins:?}");
    }
}
