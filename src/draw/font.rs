//! The two fonts of the program: DejaVu Sans Condensed, regular and bold.

use std::sync::OnceLock;

use ab_glyph::FontRef;

/// Weight of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// For sentences.
    Regular,
    /// For labels, which must be read at a glance.
    Bold,
}

/// The font of a weight. It is part of the program, so it is always there (a test reads both).
pub(super) fn font(weight: Weight) -> Option<&'static FontRef<'static>> {
    static REGULAR: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
    static BOLD: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
    match weight {
        Weight::Regular => {
            REGULAR.get_or_init(|| FontRef::try_from_slice(dejavu::sans_condensed::regular()).ok()).as_ref()
        }
        Weight::Bold => BOLD.get_or_init(|| FontRef::try_from_slice(dejavu::sans_condensed::bold()).ok()).as_ref(),
    }
}

#[cfg(test)]
mod tests {
    use ab_glyph::Font;

    use super::*;

    #[test]
    fn both_fonts_are_there_and_have_the_letters_used() {
        for weight in [Weight::Regular, Weight::Bold] {
            let font = font(weight).expect("the font is part of the program");
            for letter in "melanoma 0.91 · – ● ?+[]".chars() {
                assert_ne!(font.glyph_id(letter).0, 0, "no glyph for {letter:?}");
            }
        }
    }
}
