//! From what the values of a picture stand for to sRGB: other primaries, other transfer curves, high dynamic range.
//!
//! HDR is shown as a display of 1000 cd/m2 shows it, with its reference white (203 cd/m2, Report ITU-R BT.2408) as the white of sRGB, so
//! that a film that was made from sRGB by that rule comes back. What is brighter is bent below white, of the same hue.

mod curve;
mod gamut;

pub use self::curve::{TransferCurve, srgb_value};
pub use self::gamut::Gamut;

/// What the values of a picture stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colours {
    /// The colours of pure red, green, blue and white.
    pub gamut: Gamut,
    /// How light follows from values.
    pub curve: TransferCurve,
}

impl Colours {
    /// Nothing has to be converted.
    pub const SRGB: Colours = Colours { gamut: Gamut::Srgb, curve: TransferCurve::Srgb };

    /// What they are in words for people: `HDR (HLG, BT.2020)`; `None` for sRGB.
    pub fn name(self) -> Option<String> {
        let Colours { gamut, curve } = self;
        match (gamut == Gamut::Srgb, curve == TransferCurve::Srgb) {
            _ if curve.is_hdr() => Some(format!("HDR ({}, {})", curve.name(), gamut.name())),
            (true, true) => None,
            (false, true) => Some(format!("in {} colours", gamut.name())),
            (true, false) => Some(format!("in {}", curve.name())),
            (false, false) => Some(format!("in {} colours and {}", gamut.name(), curve.name())),
        }
    }
}

/// Steps of the table from values to light.
const VALUES: usize = 1 << 12;

/// Steps of the table from light to values: in the dark, where sRGB is steepest, five of them make one value.
const LIGHTS: usize = 1 << 14;

/// From here on HDR is bent, as a share of white: 231 in sRGB.
const KNEE: f32 = 0.8;

/// Converts pixels by tables.
pub struct ToSrgb {
    /// Light (white is 1) by value.
    light: Box<[f32; VALUES]>,
    /// From the primaries of the picture to those of sRGB.
    matrix: [[f32; 3]; 3],
    /// What a display makes of the light of a scene, by the root of the scene's luminance, and the weights of the luminance: HLG alone.
    display: Option<(Box<[f32; VALUES]>, [f32; 3])>,
    /// The brightest light of HDR, which becomes white.
    peak: Option<f32>,
    /// sRGB by light.
    value: Box<[u8]>,
}

impl ToSrgb {
    /// Tables for pictures of such colours.
    pub fn new(colours: Colours) -> ToSrgb {
        let Colours { gamut, curve } = colours;
        let middle = |at: usize| (at as f32 + 0.5) / VALUES as f32;
        let last = (LIGHTS - 1) as f32;
        ToSrgb {
            light: table(|at| curve.light(middle(at))),
            matrix: gamut.to_srgb(),
            display: (curve == TransferCurve::Hlg)
                .then(|| (table(|at| curve::hlg_display(middle(at).powi(2))), gamut.luminance())),
            peak: curve.is_hdr().then_some(curve::PEAK),
            value: (0..LIGHTS).map(|at| (curve::srgb_value(at as f32 / last) * 255.0).round() as u8).collect(),
        }
    }

    /// One pixel: values of 16 bits in, sRGB out. What sRGB cannot show becomes the nearest that it can, channel by channel.
    #[inline]
    pub fn pixel(&self, values: [u16; 3]) -> [u8; 3] {
        let mut light = values.map(|value| self.light[usize::from(value >> 4)]);
        if let Some((gain, weights)) = &self.display {
            let scene = dot(weights, &light).clamp(0.0, 1.0).sqrt();
            let gain = gain[((scene * VALUES as f32) as usize).min(VALUES - 1)];
            light = light.map(|light| light * gain);
        }
        let [red, green, blue] = &self.matrix;
        let mut made = [dot(red, &light), dot(green, &light), dot(blue, &light)];
        if let Some(peak) = self.peak {
            let most = made[0].max(made[1]).max(made[2]);
            if most > KNEE {
                let scale = bent(most.min(peak), peak) / most;
                made = made.map(|light| light * scale);
            }
        }
        made.map(|light| {
            let at = (light.clamp(0.0, 1.0) * (LIGHTS - 1) as f32 + 0.5) as usize;
            self.value.get(at).copied().unwrap_or(u8::MAX)
        })
    }
}

/// Light above the knee brought between the knee and white: begins with a slope of 1, ends at white for `peak` (Reinhard's curve).
fn bent(light: f32, peak: f32) -> f32 {
    let over = (light - KNEE) / (1.0 - KNEE);
    let most = (peak - KNEE) / (1.0 - KNEE);
    KNEE + (1.0 - KNEE) * over * (1.0 + over / (most * most)) / (1.0 + over)
}

fn dot(weights: &[f32; 3], values: &[f32; 3]) -> f32 {
    weights[0] * values[0] + weights[1] * values[1] + weights[2] * values[2]
}

fn table(entry: impl Fn(usize) -> f32) -> Box<[f32; VALUES]> {
    let mut made = Box::new([0.0; VALUES]);
    made.iter_mut().enumerate().for_each(|(at, value)| *value = entry(at));
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a value of sRGB is in `colours`, by the standards' own formulae, the other way round.
    fn there(colours: Colours, rgb: [u8; 3]) -> [u16; 3] {
        let light = rgb.map(|value| TransferCurve::Srgb.light(f32::from(value) / 255.0));
        let back = gamut::inverse(colours.gamut.to_srgb().map(|row| row.map(f64::from)));
        let mut light = back.map(|row| (0..3).map(|at| row[at] as f32 * light[at]).sum::<f32>());
        if colours.curve == TransferCurve::Hlg {
            // BT.2100: the luminance of the scene follows from that of the display.
            let shown = light.map(|light| light * 203.0 / 1000.0);
            let luminance = dot(&colours.gamut.luminance(), &shown);
            light = shown.map(|light| if luminance > 0.0 { light * luminance.powf((1.0 - 1.2) / 1.2) } else { 0.0 });
        }
        light.map(|light| (colours.curve.value(light) * 65535.0).round().clamp(0.0, 65535.0) as u16)
    }

    const GAMUTS: [Gamut; 5] = [Gamut::Srgb, Gamut::Bt2020, Gamut::DisplayP3, Gamut::DciP3, Gamut::Film];

    fn colours() -> impl Strategy<Value = Colours> {
        let curves = [
            TransferCurve::Srgb,
            TransferCurve::Gamma22,
            TransferCurve::Gamma28,
            TransferCurve::Dci,
            TransferCurve::Linear,
            TransferCurve::Pq,
            TransferCurve::Hlg,
        ];
        (prop::sample::select(&GAMUTS[..]), prop::sample::select(curves.to_vec()))
            .prop_map(|(gamut, curve)| Colours { gamut, curve })
    }

    proptest! {
        #[test]
        fn what_was_made_from_srgb_comes_back(colours in colours(), rgb in prop::array::uniform3(4u8..230)) {
            let made = ToSrgb::new(colours).pixel(there(colours, rgb));
            let most = made.iter().zip(rgb).map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0);
            // Gamma 2.8 and 2.6 crush what is dark.
            let allowed = if rgb.iter().any(|value| *value < 24) { 3 } else { 1 };
            prop_assert!(most <= allowed, "{colours:?}: {rgb:?} became {made:?}");
        }
    }

    #[test]
    fn srgb_stays_what_it_is() {
        let table = ToSrgb::new(Colours::SRGB);
        for value in 0..=255u8 {
            assert_eq!(table.pixel([u16::from(value) * 257; 3]), [value; 3]);
        }
    }

    #[test]
    fn numbers_of_the_standards_come_out() {
        // BT.2408: reference white is 75 % of HLG and 58 % of PQ; grey of 18 % (26 cd/m2) is 38 % of both.
        for (curve, white, grey) in [(TransferCurve::Hlg, 0.75, 0.38), (TransferCurve::Pq, 0.58, 0.38)] {
            let table = ToSrgb::new(Colours { gamut: Gamut::Bt2020, curve });
            let at = |share: f32| table.pixel([(share * 65535.0) as u16; 3]);
            let [found, ..] = at(white);
            assert!((240..=246).contains(&found), "{curve:?}: {found}");
            let wanted = (curve::srgb_value(26.0 / 203.0) * 255.0) as u8;
            assert!(at(grey)[0].abs_diff(wanted) <= 4, "{curve:?}: {:?} is not {wanted}", at(grey));
            assert_eq!(at(0.0), [0; 3]);
            assert_eq!(at(1.0), [255; 3]);
        }
    }

    #[test]
    fn more_light_is_never_darker_and_keeps_its_hue() {
        let table = ToSrgb::new(Colours { gamut: Gamut::Bt2020, curve: TransferCurve::Pq });
        let greys: Vec<u8> = (0..=65535u16).step_by(64).map(|value| table.pixel([value; 3])[0]).collect();
        assert!(greys.is_sorted());
        // Skin at 60, and at 600 cd/m2.
        let skin = [0.7, 0.42, 0.3_f32];
        let at =
            |nits: f32| table.pixel(skin.map(|light| (TransferCurve::Pq.value(light * nits / 203.0) * 65535.0) as u16));
        let (dim, bright) = (at(90.0), at(900.0));
        assert!(bright[0] > 240 && bright[0] < 255, "{bright:?}");
        let ratio = |[red, green, _]: [u8; 3]| {
            TransferCurve::Srgb.light(f32::from(green) / 255.0) / TransferCurve::Srgb.light(f32::from(red) / 255.0)
        };
        assert!((ratio(dim) - ratio(bright)).abs() < 0.03, "{dim:?} {bright:?}");
    }

    #[test]
    fn they_have_names() {
        let name = |gamut, curve| Colours { gamut, curve }.name();
        assert_eq!(name(Gamut::Srgb, TransferCurve::Srgb), None);
        assert_eq!(name(Gamut::Bt2020, TransferCurve::Hlg).as_deref(), Some("HDR (HLG, BT.2020)"));
        assert_eq!(name(Gamut::Bt2020, TransferCurve::Srgb).as_deref(), Some("in BT.2020 colours"));
        assert_eq!(name(Gamut::Srgb, TransferCurve::Linear).as_deref(), Some("in linear light"));
        assert_eq!(name(Gamut::DciP3, TransferCurve::Dci).as_deref(), Some("in DCI-P3 colours and gamma 2.6"));
    }
}
