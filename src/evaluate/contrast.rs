//! How far a lesion stands out from the skin around it: what cannot be told from skin cannot be found.

use image::RgbImage;

use crate::geometry::Circle;

/// Upper borders of the bins of contrasts, CIE76 differences; the last bin is open. About 2.3 can just be told apart
/// (Mahy et al. 1994), side by side and without texture.
pub const CONTRAST_BINS: [f32; 4] = [2.5, 5.0, 10.0, 20.0];

/// Part of the radius that is taken for the lesion itself, and the ring that is taken for its surroundings, radii.
const INSIDE: f32 = 0.6;
/// See [`INSIDE`].
const AROUND: (f32, f32) = (1.25, 1.75);

/// Difference of the mean colours of a lesion and of the ring around it (CIE76: the distance in CIELAB), at least 0; `None`
/// where the picture holds nothing of either.
pub fn contrast(picture: &RgbImage, lesion: &Circle) -> Option<f32> {
    let (mut inside, mut around) = (Mean::default(), Mean::default());
    let reach = AROUND.1 * lesion.r;
    let limits = |centre: f32, side: u32| {
        let clipped = |at: f32| at.clamp(0.0, side as f32) as u32;
        clipped(centre - reach)..clipped((centre + reach).ceil())
    };
    for y in limits(lesion.y, picture.height()) {
        for x in limits(lesion.x, picture.width()) {
            let distance = (x as f32 + 0.5 - lesion.x).hypot(y as f32 + 0.5 - lesion.y) / lesion.r;
            let colour = || picture.get_pixel(x, y).0;
            if distance <= INSIDE {
                inside.add(colour());
            } else if (AROUND.0..=AROUND.1).contains(&distance) {
                around.add(colour());
            }
        }
    }
    let (a, b) = (lab(inside.of()?), lab(around.of()?));
    Some(a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt())
}

#[derive(Default)]
struct Mean {
    sum: [f32; 3],
    count: u32,
}

impl Mean {
    fn add(&mut self, colour: [u8; 3]) {
        self.sum.iter_mut().zip(colour).for_each(|(sum, value)| *sum += f32::from(value));
        self.count += 1;
    }

    fn of(&self) -> Option<[f32; 3]> {
        (self.count > 0).then(|| self.sum.map(|sum| sum / self.count as f32))
    }
}

/// CIELAB of an sRGB colour, `0..=255` each, under D65.
fn lab(colour: [f32; 3]) -> [f32; 3] {
    let linear = colour.map(|v| {
        let v = v / 255.0;
        if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    });
    let row = |k: [f32; 3]| k.iter().zip(linear).map(|(k, v)| k * v).sum::<f32>();
    let xyz = [
        row([0.412_456, 0.357_576, 0.180_437]) / 0.950_47,
        row([0.212_673, 0.715_152, 0.072_175]),
        row([0.019_334, 0.119_192, 0.950_304]) / 1.088_83,
    ];
    let [x, y, z] = xyz.map(|t| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn colours_are_those_of_the_standard() {
        // sRGB red, by the tables of Lindbloom: L 53.24, a 80.09, b 67.20.
        let red = lab([255.0, 0.0, 0.0]);
        assert!(red.iter().zip([53.24, 80.09, 67.20]).all(|(a, b)| (a - b).abs() < 0.1), "{red:?}");
        assert!(lab([255.0; 3]).iter().zip([100.0, 0.0, 0.0]).all(|(a, b)| (a - b).abs() < 0.05));
    }

    #[test]
    fn a_disc_of_the_ground_has_none_and_a_dark_one_has_much() {
        let lesion = Circle { x: 40.0, y: 40.0, r: 12.0 };
        let disc = |inner: u8| {
            RgbImage::from_fn(80, 80, |x, y| {
                let inside = (x as f32 - 40.0).hypot(y as f32 - 40.0) < 12.0;
                Rgb([if inside { inner } else { 180 }; 3])
            })
        };
        assert!(contrast(&disc(180), &lesion).unwrap() < 1e-3);
        assert!(contrast(&disc(60), &lesion).unwrap() > 40.0);
        assert_eq!(contrast(&disc(60), &Circle { x: 500.0, y: 40.0, r: 12.0 }), None);
    }
}
