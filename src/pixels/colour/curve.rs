//! Transfer curves: how light follows from the values of a picture (Recommendation ITU-T H.273, ITU-R BT.2100).

/// Light of the reference white, cd/m2 (Report ITU-R BT.2408).
const WHITE: f32 = 203.0;

/// Light of the display that HLG is shown on, and the most that is told apart in PQ, cd/m2.
const DISPLAY: f32 = 1000.0;

/// The brightest light of HDR, of a white of 1.
pub(super) const PEAK: f32 = DISPLAY / WHITE;

/// A transfer curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferCurve {
    /// sRGB; the curves of BT.601, BT.709 and BT.2020 cameras are shown as sRGB, as players do.
    Srgb,
    /// A power of 2.2.
    Gamma22,
    /// A power of 2.8.
    Gamma28,
    /// A power of 2.6, for cinemas (SMPTE ST 428-1).
    Dci,
    /// Values are light.
    Linear,
    /// Logarithmic over two decades.
    Log,
    /// Logarithmic over two and a half decades.
    LogSqrt,
    /// High dynamic range by the perceptual quantiser (SMPTE ST 2084).
    Pq,
    /// High dynamic range by hybrid log-gamma (ARIB STD-B67).
    Hlg,
}

impl TransferCurve {
    /// Whether there is light beyond white.
    pub fn is_hdr(self) -> bool {
        matches!(self, TransferCurve::Pq | TransferCurve::Hlg)
    }

    /// Words for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            TransferCurve::Srgb => "sRGB",
            TransferCurve::Gamma22 => "gamma 2.2",
            TransferCurve::Gamma28 => "gamma 2.8",
            TransferCurve::Dci => "gamma 2.6",
            TransferCurve::Linear => "linear light",
            TransferCurve::Log | TransferCurve::LogSqrt => "logarithmic light",
            TransferCurve::Pq => "PQ",
            TransferCurve::Hlg => "HLG",
        }
    }

    /// Light for a value in `0..=1`: of a white of 1, for HLG that of the scene (its brightest is 1).
    pub(super) fn light(self, value: f32) -> f32 {
        match self {
            TransferCurve::Srgb if value <= 0.04045 => value / 12.92,
            TransferCurve::Srgb => ((value + 0.055) / 1.055).powf(2.4),
            TransferCurve::Gamma22 => value.powf(2.2),
            TransferCurve::Gamma28 => value.powf(2.8),
            TransferCurve::Dci => value.powf(2.6) * 52.37 / 48.0,
            TransferCurve::Linear => value,
            // What is below the decades was stored as 0.
            TransferCurve::Log => 10_f32.powf(2.0 * (value - 1.0)),
            TransferCurve::LogSqrt => 10_f32.powf(2.5 * (value - 1.0)),
            TransferCurve::Pq => pq_light(value) / WHITE,
            TransferCurve::Hlg => hlg_scene(value),
        }
    }
}

/// What sRGB stores for light in `0..=1`.
pub fn srgb_value(light: f32) -> f32 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

/// Light of PQ, cd/m2.
fn pq_light(value: f32) -> f32 {
    let root = f64::from(value).powf(1.0 / PQ_M2);
    (10_000.0 * ((root - PQ_C1).max(0.0) / (PQ_C2 - PQ_C3 * root)).powf(1.0 / PQ_M1)) as f32
}

const PQ_M1: f64 = 2610.0 / 16384.0;
const PQ_M2: f64 = 2523.0 / 32.0;
const PQ_C1: f64 = 3424.0 / 4096.0;
const PQ_C2: f64 = 2413.0 / 128.0;
const PQ_C3: f64 = 2392.0 / 128.0;

/// Light of the scene that HLG stores as a value.
fn hlg_scene(value: f32) -> f32 {
    if value <= 0.5 { value * value / 3.0 } else { (((value - HLG_C) / HLG_A).exp() + HLG_B) / 12.0 }
}

const HLG_A: f32 = 0.178_832_77;
const HLG_B: f32 = 0.284_668_92;
const HLG_C: f32 = 0.559_910_7;

/// What the display multiplies the light of a scene of such a luminance with: a gamma of 1.2 for 1000 cd/m2 (BT.2100).
pub(super) fn hlg_display(luminance: f32) -> f32 {
    luminance.powf(0.2) * PEAK
}

#[cfg(test)]
impl TransferCurve {
    /// The way back.
    pub(super) fn value(self, light: f32) -> f32 {
        let light = light.max(0.0);
        match self {
            TransferCurve::Srgb => srgb_value(light),
            TransferCurve::Gamma22 => light.powf(1.0 / 2.2),
            TransferCurve::Gamma28 => light.powf(1.0 / 2.8),
            TransferCurve::Dci => (light * 48.0 / 52.37).powf(1.0 / 2.6),
            TransferCurve::Linear => light,
            TransferCurve::Log => {
                if light < 0.01 {
                    0.0
                } else {
                    1.0 + light.log10() / 2.0
                }
            }
            TransferCurve::LogSqrt => {
                if light < 0.003_162_3 {
                    0.0
                } else {
                    1.0 + light.log10() / 2.5
                }
            }
            TransferCurve::Pq => {
                let power = f64::from(light * WHITE / 10_000.0).powf(PQ_M1);
                ((PQ_C1 + PQ_C2 * power) / (1.0 + PQ_C3 * power)).powf(PQ_M2) as f32
            }
            TransferCurve::Hlg if light <= 1.0 / 12.0 => (3.0 * light).sqrt(),
            TransferCurve::Hlg => HLG_A * (12.0 * light - HLG_B).ln() + HLG_C,
        }
    }
}
