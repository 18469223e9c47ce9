//! The help screen: keys, line styles, and what the scores are not.

use image::{Rgb, RgbImage};

use super::area::{Area, plate};
use super::circles;
use super::font::Weight;
use super::look::{BENIGN, CircleStyle, OFF_SKIN, Pattern, SUSPICIOUS};
use super::text::{PALE, TextStyle, WHITE};
use crate::geometry::Circle;

/// The keys of the window, with what they do.
pub const KEYS: [(&str, &str); 11] = [
    ("Esc  q", "quit"),
    ("Space", "pause"),
    ("s", "snapshot, clean and annotated"),
    ("r", "record"),
    ("h", "heat map"),
    ("c", "circles"),
    ("l", "labels"),
    ("m", "next explanation method"),
    ("+  -", "threshold up, down"),
    ("[  ]", "heat fainter, stronger"),
    ("?  F1", "this help"),
];

/// The line styles of circles: name and meaning.
pub const LINE_STYLES: [(&str, &str); 7] = [
    ("solid", "scores computed on this frame"),
    ("notched", "scores kept from an earlier frame"),
    ("thin", "not seen often enough yet"),
    ("dashed, grey", "not on skin"),
    ("dotted", "the explanation lies outside"),
    ("warm colour", "a class marked as suspicious"),
    ("cool colour", "any other lesion class"),
];

const TITLE: &str = "lesionscope";
const WORDS: &str = "Scores are the model's, never a diagnosis. This is not a medical device.";
const GROUND: Rgb<u8> = Rgb([12, 14, 18]);
const OPACITY: f32 = 0.94;
/// Below this many px a line cannot be read, and the help is left out.
const SMALLEST: f32 = 9.0;

/// Paints the help over the middle of the picture, in the largest type that fits; `line` is the width of a confirmed circle's line, px.
pub(super) fn paint(image: &mut RgbImage, line: f32) {
    let whole = Area::of(image);
    let mut px = TextStyle::for_picture(image.dimensions().into(), Weight::Regular).px;
    while px >= SMALLEST {
        let sheet = Sheet::new(px);
        if let Some(panel) = sheet.panel(&whole) {
            sheet.paint(image, panel, line);
            return;
        }
        px -= 1.0;
    }
}

/// Type sizes and columns of the help in one size.
struct Sheet {
    plain: TextStyle,
    bold: TextStyle,
    /// Distance from line to line, px.
    leading: i64,
    margin: i64,
    /// Width of the left column with keys and samples, px.
    left: i64,
    /// Width of everything between the margins, px.
    width: i64,
    words: Vec<String>,
}

impl Sheet {
    fn new(px: f32) -> Sheet {
        let plain = TextStyle { px, weight: Weight::Regular };
        let bold = TextStyle { px, weight: Weight::Bold };
        let rows = || KEYS.iter().chain(&LINE_STYLES);
        let gap = (px * 1.2) as i64;
        let left = rows().map(|(name, _)| bold.measure(name).0).max().unwrap_or(0) + gap;
        let sample = gap + px as i64;
        let right = rows().map(|(_, text)| plain.measure(text).0).max().unwrap_or(0);
        let width = left + right + sample;
        let words = plain.wrap(WORDS, width).unwrap_or_default();
        Sheet { plain, bold, leading: (px * 1.3) as i64, margin: (px * 1.1) as i64, left, width, words }
    }

    /// Where the panel goes: in the middle; `None` when it is larger than the picture.
    fn panel(&self, whole: &Area) -> Option<Area> {
        let lines = 1 + KEYS.len() + LINE_STYLES.len() + self.words.len();
        // Three half lines set the four blocks apart.
        let h = (2 * lines as i64 + 3) * self.leading / 2 + 2 * self.margin;
        let w = self.width + 2 * self.margin;
        (w <= whole.w && h <= whole.h).then_some(Area { x: (whole.w - w) / 2, y: (whole.h - h) / 2, w, h })
    }

    fn paint(&self, image: &mut RgbImage, panel: Area, line: f32) {
        plate(image, panel, self.plain.px * 0.5, GROUND, OPACITY);
        let (x, mut y) = (panel.x + self.margin, panel.y + self.margin);
        self.bold.write(image, (x, y), WHITE, TITLE);
        y += self.leading * 3 / 2;
        for (key, text) in KEYS {
            self.bold.write(image, (x, y), WHITE, key);
            self.plain.write(image, (x + self.left, y), PALE, text);
            y += self.leading;
        }
        y += self.leading / 2;
        for ((name, text), look) in LINE_STYLES.iter().zip(samples(line.min(self.plain.px / 7.0))) {
            self.bold.write(image, (x, y), WHITE, name);
            self.plain.write(image, (x + self.left, y), PALE, text);
            let r = self.plain.px * 0.45;
            let centre = ((x + self.width) as f32 - r, y as f32 + self.plain.px / 2.0);
            circles::paint(image, &Circle { x: centre.0, y: centre.1, r }, &look);
            y += self.leading;
        }
        y += self.leading / 2;
        for words in &self.words {
            self.plain.write(image, (x, y), WHITE, words);
            y += self.leading;
        }
    }
}

/// One look for each of [`LINE_STYLES`].
fn samples(width: f32) -> [CircleStyle; 7] {
    let (warm, cool) = (SUSPICIOUS[0], BENIGN[0]);
    let look = |colour, width, pattern| CircleStyle { colour, width, pattern };
    [
        look(WHITE, width, Pattern::Solid),
        look(WHITE, width, Pattern::Notched),
        look(WHITE, width * super::look::TENTATIVE, Pattern::Solid),
        look(OFF_SKIN, width, Pattern::Dashed),
        look(WHITE, width, Pattern::Dotted),
        look(warm, width, Pattern::Solid),
        look(cool, width, Pattern::Solid),
    ]
}
