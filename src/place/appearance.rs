//! What a lesion looks like, in a few hundred numbers: enough to tell it from most others of the same skin when it comes back.
//!
//! The second network's features would tell more, but its answers are spread over seconds (two looks a frame, for all tracks), and every kind of
//! model would have to give them: networks of users, in ONNX, have none to give. A few hundred samples of the picture cost microseconds, and
//! are there for every circle of every frame.

use std::f32::consts::TAU;

use image::RgbImage;

use crate::geometry::Circle;

/// Rings on which a lesion is sampled, radii.
const RINGS: [f32; 5] = [0.2, 0.45, 0.7, 0.95, 1.2];
/// Rings whose median is the skin around it, radii.
const AROUND: [f32; 2] = [1.45, 1.6];
/// Places on a ring.
const TURNS: usize = 16;
/// Samples of a place lie so far from its middle: along the ring, places; across it, radii.
const ALONG: f32 = 0.25;
const ACROSS: f32 = 0.06;
/// Turns of one lesion against the other that are tried in each direction, places: 45 degrees. Cameras are seldom turned farther, and with
/// every turn that is tried more lesions look alike.
const TRIED: usize = 2;
/// Contrast that noise makes: what is fainter does not count as a difference.
const NOISE: f32 = 0.06;

/// The contrast of a lesion with the skin around it, ring by ring: each channel divided by that of the skin, less one, so that neither the light
/// nor the colour of the skin counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Appearance([[[f32; 3]; TURNS]; RINGS.len()]);

impl Appearance {
    /// What a picture shows within a circle; beyond its border, what is there.
    pub fn of(picture: &RgbImage, circle: Circle) -> Appearance {
        let ring = |radius: &f32| std::array::from_fn::<_, TURNS, _>(|turn| sample(picture, circle, *radius, turn));
        let around: Vec<[f32; 3]> = AROUND.iter().flat_map(ring).collect();
        let skin: [f32; 3] = std::array::from_fn(|channel| {
            let mut values: Vec<f32> = around.iter().map(|colour| colour[channel]).collect();
            values.sort_by(f32::total_cmp);
            // One more, so that black has a contrast too.
            values.get(values.len() / 2).copied().unwrap_or_default() + 1.0
        });
        let contrast = |colour: [f32; 3]| std::array::from_fn(|channel| colour[channel] / skin[channel] - 1.0);
        Appearance(std::array::from_fn(|index| ring(&RINGS[index]).map(contrast)))
    }

    /// How far two differ, `0..=1`: what is different of their contrasts as a share of what there is, in the turn in which they agree
    /// best. 0: they are the same.
    pub fn difference(&self, other: &Appearance) -> f32 {
        let turns = (0..=2 * TRIED).map(|turn| self.difference_turned(other, turn + TURNS - TRIED));
        turns.fold(1.0, f32::min)
    }

    fn difference_turned(&self, other: &Appearance, turn: usize) -> f32 {
        let (mut different, mut all) = (0.0, 0.0);
        // Outer rings are longer.
        for ((own, others), weight) in self.0.iter().zip(&other.0).zip(RINGS) {
            for (place, colour) in own.iter().enumerate() {
                for (a, b) in colour.iter().zip(&others[(place + turn) % TURNS]) {
                    different += weight * (a - b).abs();
                    all += weight * (a.abs() + b.abs() + NOISE);
                }
            }
        }
        different / all
    }
}

#[cfg(test)]
impl Appearance {
    /// The same contrast everywhere.
    pub(super) fn plain(contrast: f32) -> Appearance {
        Appearance([[[contrast; 3]; TURNS]; RINGS.len()])
    }
}

/// Mean of four pixels around a place on a ring.
fn sample(picture: &RgbImage, circle: Circle, radius: f32, turn: usize) -> [f32; 3] {
    let (width, height) = picture.dimensions();
    let mut sum = [0.0; 3];
    if width == 0 || height == 0 {
        return sum;
    }
    for (across, along) in [(-ACROSS, -ALONG), (-ACROSS, ALONG), (ACROSS, -ALONG), (ACROSS, ALONG)] {
        let (distance, angle) = (circle.r * (radius + across), TAU * (turn as f32 + along) / TURNS as f32);
        let at = |start: f32, step: f32, length: u32| ((start + distance * step).max(0.0) as u32).min(length - 1);
        let pixel = picture.get_pixel(at(circle.x, angle.cos(), width), at(circle.y, angle.sin(), height));
        for (sum, value) in sum.iter_mut().zip(pixel.0) {
            *sum += f32::from(value) / 4.0;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    /// Skin of a brightness with a lesion that is darker on one side, which lies at an angle.
    fn picture(light: f32, angle: f32, dark: f32) -> RgbImage {
        RgbImage::from_fn(120, 120, |x, y| {
            let (dx, dy) = (x as f32 + 0.5 - 60.0, y as f32 + 0.5 - 60.0);
            let side = (dx * angle.cos() + dy * angle.sin()) / 24.0;
            let share = if dx.hypot(dy) < 24.0 { 1.0 - dark * (0.6 + 0.4 * side) } else { 1.0 };
            Rgb([220.0, 170.0, 150.0].map(|channel| (channel * light * share) as u8))
        })
    }

    const CIRCLE: Circle = Circle { x: 60.0, y: 60.0, r: 24.0 };

    fn seen(light: f32, angle: f32, dark: f32) -> Appearance {
        Appearance::of(&picture(light, angle, dark), CIRCLE)
    }

    #[test]
    fn light_and_small_turns_do_not_count_and_another_lesion_does() {
        let one = seen(1.0, 0.0, 0.5);
        assert_eq!(one.difference(&one), 0.0);
        assert!(one.difference(&seen(0.6, 0.0, 0.5)) < 0.05, "{}", one.difference(&seen(0.6, 0.0, 0.5)));
        assert!(one.difference(&seen(1.0, 0.7, 0.5)) < 0.1, "{}", one.difference(&seen(1.0, 0.7, 0.5)));
        assert!(one.difference(&seen(1.0, std::f32::consts::PI, 0.5)) > 0.15, "turned around");
        assert!(one.difference(&seen(1.0, 0.0, 0.15)) > 0.3, "fainter");
    }

    #[test]
    fn a_difference_is_the_same_both_ways() {
        let (one, other) = (seen(1.0, 0.0, 0.5), seen(1.0, 1.0, 0.3));
        assert!((one.difference(&other) - other.difference(&one)).abs() < 1e-6);
    }

    #[test]
    fn circles_beyond_the_border_and_empty_pictures_have_an_appearance_too() {
        for circle in [Circle { x: -50.0, y: 10.0, r: 30.0 }, Circle { x: 119.9, y: 300.0, r: 500.0 }] {
            Appearance::of(&picture(1.0, 0.0, 0.5), circle);
        }
        Appearance::of(&RgbImage::new(0, 0), CIRCLE);
    }
}
