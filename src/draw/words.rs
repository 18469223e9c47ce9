//! Words as masks that are outlined once and laid on many times: labels repeat the same words from frame to frame.

use std::cell::RefCell;
use std::collections::BTreeMap;

use ab_glyph::FontRef;
use image::{GrayImage, Luma, Rgb, RgbImage};
use imageproc::drawing::{draw_text_mut, text_size};

use super::area::blend;
use super::font::Weight;

/// Words that are kept, at most: then all are forgotten.
const KEPT: usize = 1024;
/// Empty columns and rows around a word, px: italics and accents reach beyond where letters start and end.
const MARGIN: u32 = 2;

type Masks = BTreeMap<(u32, Weight, String), GrayImage>;

thread_local! {
    static MASKS: RefCell<Masks> = const { RefCell::new(BTreeMap::new()) };
}

/// How a word is written.
#[derive(Clone, Copy)]
pub(super) struct Ink {
    /// Height of its line, px.
    pub(super) px: f32,
    pub(super) weight: Weight,
    pub(super) colour: Rgb<u8>,
}

/// Writes one word with its upper left corner at (x, y); what lies outside the picture is cut off.
pub(super) fn write(image: &mut RgbImage, (x, y): (i64, i64), ink: Ink, font: &FontRef, word: &str) {
    let Ink { px, weight, colour } = ink;
    MASKS.with_borrow_mut(|masks| {
        if masks.len() >= KEPT {
            masks.clear();
        }
        let key = (px.to_bits(), weight, word.to_owned());
        let mask = masks.entry(key).or_insert_with(|| outlined(px, font, word));
        lay(image, (x - i64::from(MARGIN), y - i64::from(MARGIN)), colour, mask);
    });
}

/// How much of each pixel a word covers.
fn outlined(px: f32, font: &FontRef, word: &str) -> GrayImage {
    let (width, height) = text_size(px, font, word);
    let mut mask = GrayImage::new(width + 2 * MARGIN, height + 2 * MARGIN);
    draw_text_mut(&mut mask, Luma([255]), MARGIN as i32, MARGIN as i32, px, font, word);
    mask
}

/// Paints where the mask says so, with the mask's upper left corner at (x, y).
fn lay(image: &mut RgbImage, (x, y): (i64, i64), colour: Rgb<u8>, mask: &GrayImage) {
    // Of a line of the picture and one of the mask: the first that both have.
    let starts = |at: i64| (at.max(0) as usize, (-at).max(0) as usize);
    let ((left, skipped), (top, above)) = (starts(x), starts(y));
    let stride = |width: u32, channels: usize| (width as usize * channels).max(1);
    let rows = image.as_flat_samples_mut();
    let to = rows.samples.chunks_exact_mut(stride(rows.layout.width, 3)).skip(top);
    let from = mask.as_raw().chunks_exact(stride(mask.width(), 1)).skip(above);
    for (row, cover) in to.zip(from) {
        for (pixel, cover) in row.as_chunks_mut::<3>().0.iter_mut().skip(left).zip(cover.iter().skip(skipped)) {
            // From 255ths to 256ths, so that full is full.
            blend(pixel, colour, u32::from(*cover) + u32::from(*cover >> 7));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::font::font;
    use super::*;

    #[test]
    fn a_word_looks_like_the_one_that_is_drawn_at_once_wherever_it_lies() {
        let (px, weight) = (21.0, Weight::Bold);
        let font = font(weight).unwrap();
        let ground = RgbImage::from_fn(90, 40, |x, y| Rgb([(2 * x) as u8, (5 * y) as u8, 90]));
        for at in [(10, 8), (-30, 5), (70, -9), (20, 30), (-400, 3), (3, 500)] {
            let (mut kept, mut drawn) = (ground.clone(), ground.clone());
            write(&mut kept, at, Ink { px, weight, colour: Rgb([255, 250, 10]) }, font, "jÄgy0.87");
            draw_text_mut(&mut drawn, Rgb([255, 250, 10]), at.0 as i32, at.1 as i32, px, font, "jÄgy0.87");
            for (a, b) in kept.as_raw().iter().zip(drawn.as_raw()) {
                assert!(a.abs_diff(*b) <= 2, "{at:?}");
            }
            assert_eq!(kept == ground, drawn == ground, "{at:?}");
        }
    }
}
