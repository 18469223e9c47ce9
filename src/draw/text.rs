//! Text in DejaVu Sans Condensed (shipped in the binary), sized by the frame.

use ab_glyph::{Font, ScaleFont};
use image::{Rgb, RgbImage};

use super::font::{Weight, font};
use super::words::{self, Ink};
use crate::geometry::Size;
use crate::printable;

/// Colour of text on dark plates.
pub(super) const WHITE: Rgb<u8> = Rgb([255, 255, 255]);
/// Colour of text that matters less.
pub(super) const PALE: Rgb<u8> = Rgb([185, 190, 195]);

/// Size and weight of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TextStyle {
    /// Height of a line, px.
    pub px: f32,
    /// Weight of the strokes.
    pub weight: Weight,
}

impl TextStyle {
    /// The size that reads well on a picture of this size: 1/34 of the shorter side, 13 px at least.
    pub(super) fn for_picture(size: Size, weight: Weight) -> TextStyle {
        TextStyle { px: (size.short() as f32 / 34.0).clamp(13.0, 160.0).round(), weight }
    }

    /// Width and height of a line of text, px: the sum of the advances, which is much cheaper than outlining every letter.
    pub(super) fn measure(&self, text: &str) -> (i64, i64) {
        (self.advance(text).ceil() as i64 + 1, self.px.ceil() as i64)
    }

    /// Where the next letter would stand, px from where the text starts.
    fn advance(&self, text: &str) -> f32 {
        font(self.weight).map_or(0.0, |font| {
            let scaled = font.as_scaled(self.px);
            printable(text).chars().map(|letter| scaled.h_advance(scaled.glyph_id(letter))).sum()
        })
    }

    /// Writes a line with its upper left corner at `at`; what lies outside the picture is cut off.
    pub(super) fn write(&self, image: &mut RgbImage, at: (i64, i64), colour: Rgb<u8>, text: &str) {
        let Some(font) = font(self.weight) else { return };
        let mut along = 0.0;
        for word in printable(text).split_inclusive(' ') {
            let ink = Ink { px: self.px, weight: self.weight, colour };
            words::write(image, (at.0 + f32::round(along) as i64, at.1), ink, font, word.trim_end());
            along += self.advance(word);
        }
    }

    /// Breaks a sentence at spaces into lines no wider than `width` px; `None` when one word is wider.
    pub(super) fn wrap(&self, sentence: &str, width: i64) -> Option<Vec<String>> {
        let mut lines: Vec<String> = Vec::new();
        for word in sentence.split_whitespace() {
            if self.measure(word).0 > width {
                return None;
            }
            if let Some(line) = lines.last_mut() {
                let longer = format!("{line} {word}");
                if self.measure(&longer).0 <= width {
                    *line = longer;
                    continue;
                }
            }
            lines.push(word.to_owned());
        }
        Some(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_wider_than_measured() {
        for weight in [Weight::Regular, Weight::Bold] {
            for text in ["melanoma 0.91 · not on skin", "AVATAR To WAY", "● recording", "lllll"] {
                let kind = TextStyle { px: 24.0, weight };
                let drawn = i64::from(imageproc::drawing::text_size(kind.px, font(weight).unwrap(), text).0);
                let measured = kind.measure(text).0;
                // Kerning, which is not measured, pulls letters together.
                assert!(
                    (drawn..=drawn + drawn / 8).contains(&measured),
                    "{text:?}: {measured} measured, {drawn} drawn"
                );
            }
        }
    }

    #[test]
    fn wrapped_lines_fit_and_lose_no_word() {
        let kind = TextStyle { px: 16.0, weight: Weight::Regular };
        let sentence = "the picture is too dark to be judged: add light";
        let lines = kind.wrap(sentence, 120).expect("every word is narrower than 120 px");
        assert!(lines.len() > 1);
        assert!(lines.iter().all(|line| kind.measure(line).0 <= 120));
        assert_eq!(lines.join(" "), sentence);
        assert_eq!(kind.wrap(sentence, 10), None);
    }
}
