//! Text of others on a terminal, in a picture or on a page: control characters are shown, never obeyed.

use std::borrow::Cow;

/// The text with control characters, and those that turn the direction of writing, as escapes such as `\u{1b}`.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(commands) {
        return Cow::Borrowed(text);
    }
    let shown =
        text.chars().map(|letter| if commands(letter) { letter.escape_default().to_string() } else { letter.into() });
    Cow::Owned(shown.collect())
}

/// Whether a terminal obeys the character instead of showing it.
fn commands(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// Longest line of a quotation, characters.
const LINE: usize = 160;

/// A quotation of somebody's text, such as the line in which a parser found a fault, with every line cut at 160 characters.
pub fn shortened(text: &str) -> String {
    let cut = |line: &str| match line.char_indices().nth(LINE) {
        Some((at, _)) => format!("{} ...", line.get(..at).unwrap_or_default()),
        None => line.to_owned(),
    };
    text.trim_end().lines().map(cut).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_lines_are_cut() {
        let text = format!("1 | short\n2 | {}", "é".repeat(4000));
        assert_eq!(shortened(&text), format!("1 | short\n2 | {} ...", "é".repeat(156)));
    }

    #[test]
    fn commands_are_shown_and_letters_stay() {
        assert_eq!(printable("Mélanome, 黒色腫"), "Mélanome, 黒色腫");
        assert_eq!(printable("\x1b[31mred\r\n"), "\\u{1b}[31mred\\r\\n");
        assert_eq!(printable("a\u{202e}b"), "a\\u{202e}b");
    }
}
