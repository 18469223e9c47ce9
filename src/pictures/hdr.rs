//! From the light that an HDR picture describes to what an ordinary screen shows.

use image::{DynamicImage, ImageBuffer, Rgba};
use moxcms::ColorProfile;

/// What is said of such pictures.
pub(super) const NOTE: &str = "it is an HDR picture: highlights are compressed to what sRGB can show";

/// Light of white paper, cd/m² (ITU-R BT.2408).
const PAPER: f32 = 203.0;

/// The brightest light that is told apart, in shares of white paper: that of a screen of 1000 cd/m².
const PEAK: f32 = 1000.0 / PAPER;

/// Up to this share of white paper's light nothing is changed.
const KNEE: f32 = 0.8;

/// How stored values stand for light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    /// Perceptual quantisation, SMPTE ST 2084.
    Pq,
    /// Hybrid log-gamma, ARIB STD-B67.
    Hlg,
}

impl Curve {
    /// The curve with this code point of ITU-T H.273.
    pub(super) fn of(transfer: u8) -> Option<Curve> {
        match transfer {
            16 => Some(Curve::Pq),
            18 => Some(Curve::Hlg),
            _ => None,
        }
    }

    /// Light of a stored value `0..=1`: of the screen in shares of white paper for PQ, of the scene for HLG.
    fn light(self, value: f32) -> f32 {
        match self {
            Curve::Pq => {
                let power = value.powf(32.0 / 2523.0);
                let part = (power - 107.0 / 128.0).max(0.0) / (2413.0 / 128.0 - 2392.0 / 128.0 * power);
                part.powf(8192.0 / 1305.0) * 10_000.0 / PAPER
            }
            Curve::Hlg if value <= 0.5 => value * value / 3.0,
            Curve::Hlg => (((value - 0.559_910_7) / 0.178_832_77).exp() + 0.284_668_92) / 12.0,
        }
    }

    /// Light of the screen in shares of white paper: HLG looks as on a screen of 1000 cd/m² (ITU-R BT.2100).
    fn screen(self, rgb: [f32; 3]) -> [f32; 3] {
        match self {
            Curve::Pq => rgb,
            Curve::Hlg => {
                let luma = 0.2627 * rgb[0] + 0.6780 * rgb[1] + 0.0593 * rgb[2];
                rgb.map(|light| light * luma.powf(0.2) * PEAK)
            }
        }
    }
}

/// The picture in sRGB; `profile` has its primaries.
pub(super) fn to_srgb(picture: &DynamicImage, curve: Curve, profile: &ColorProfile) -> DynamicImage {
    let light: Vec<f32> = (0..=u16::MAX).map(|value| curve.light(f32::from(value) / 65_535.0)).collect();
    let matrix = profile.transform_matrix(&ColorProfile::new_srgb()).v;
    let mut made: ImageBuffer<Rgba<u16>, Vec<u16>> = picture.to_rgba16();
    for pixel in made.pixels_mut() {
        let Rgba([r, g, b, alpha]) = *pixel;
        let rgb = curve.screen([r, g, b].map(|value| light.get(usize::from(value)).copied().unwrap_or_default()));
        let rgb = matrix.map(|row| row.iter().zip(rgb).map(|(part, light)| *part as f32 * light).sum::<f32>().max(0.0));
        // All three are dimmed alike, so that colours keep their hue.
        let most = rgb.iter().copied().fold(0.0, f32::max);
        let dim = if most > KNEE { bent(most.min(PEAK)) / most } else { 1.0 };
        let [r, g, b] = rgb.map(|light| (encoded(light * dim) * 65_535.0).round() as u16);
        *pixel = Rgba([r, g, b, alpha]);
    }
    made.into()
}

/// Light above the knee brought between the knee and white, which the brightest becomes (Reinhard's curve).
fn bent(light: f32) -> f32 {
    let (over, most) = ((light - KNEE) / (1.0 - KNEE), (PEAK - KNEE) / (1.0 - KNEE));
    KNEE + (1.0 - KNEE) * over * (1.0 + over / (most * most)) / (1.0 + over)
}

/// The curve of sRGB.
pub(super) fn encoded(light: f32) -> f32 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}
