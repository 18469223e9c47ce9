//! Painters: cloth, skin and lesions from nothing but random numbers. The generated scene is put together from them, and
//! training takes its extra negatives (cloth, bare skin) from them.
//!
//! Nothing here calls a function of the platform's mathematics library (only `+ - * /` and `sqrt`, which IEEE 754 fixes),
//! so that a seed gives the same bytes on every machine.

pub mod artefact;
pub mod cloth;
pub mod hair;
pub mod lesion;
pub mod motif;
pub mod noise;
pub mod skin;
pub mod stamp;

/// A colour: red, green, blue in `0.0..=255.0` (values outside are cut off when written).
pub type Colour = [f32; 3];

/// The colour `t` of the way from `a` to `b`; `t` in `0..=1`.
pub fn mix(a: Colour, b: Colour, t: f32) -> Colour {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t]
}

/// The colour with every channel multiplied by `k`.
pub fn scale(a: Colour, k: f32) -> Colour {
    [a[0] * k, a[1] * k, a[2] * k]
}

/// Brightness (ITU-R BT.601 luma) in `0.0..=255.0`.
pub fn luma(a: Colour) -> f32 {
    0.299 * a[0] + 0.587 * a[1] + 0.114 * a[2]
}

/// The colour as 8-bit values, cut off at 0 and 255.
pub fn bytes(a: Colour) -> [u8; 3] {
    a.map(|v| (v + 0.5).clamp(0.0, 255.0) as u8)
}

/// A colour seen through a pigment: channel c becomes `c / (1 + density * absorption[c])`, a rational stand-in for the
/// Beer-Lambert law `c * exp(-density * absorption[c])` that needs no `exp`. `density >= 0`.
pub fn tint(under: Colour, absorption: [f32; 3], density: f32) -> Colour {
    let density = density.max(0.0);
    [
        under[0] / (1.0 + density * absorption[0]),
        under[1] / (1.0 + density * absorption[1]),
        under[2] / (1.0 + density * absorption[2]),
    ]
}

/// Relative absorption of melanin in red, green and blue.
pub const MELANIN: [f32; 3] = [1.0, 1.55, 1.85];
/// Relative absorption of blood in red, green and blue.
pub const BLOOD: [f32; 3] = [0.12, 0.85, 0.72];
