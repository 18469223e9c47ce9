//! File names from text that somebody else chose: class names, labels, titles, names of models.

/// Longest name, bytes: file systems take 255, and endings and numbers are added.
const LONGEST: usize = 120;

/// One component of a path that says what `text` says: letters, digits, spaces, `-`, `_` and `.` stay, everything else becomes `-`. It never
/// leads elsewhere, is never hidden, empty or longer than 120 bytes.
pub fn name(text: &str) -> String {
    let kept = |letter: char| if letter.is_alphanumeric() || " -_.".contains(letter) { letter } else { '-' };
    let mut made: String = text.trim().chars().map(kept).collect();
    while made.starts_with('.') {
        made.replace_range(..1, "-");
    }
    while made.len() > LONGEST {
        made.pop();
    }
    let made = made.trim_end_matches([' ', '.']);
    if made.is_empty() { "unnamed".to_owned() } else { made.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Component, Path};

    #[test]
    fn plain_names_stay_and_others_lead_nowhere() {
        for (text, expect) in [
            ("seborrheic_keratosis", "seborrheic_keratosis"),
            ("Mélanome (in situ)", "Mélanome -in situ-"),
            ("../ESCAPED", "-.-ESCAPED"),
            ("/etc/passwd", "-etc-passwd"),
            ("..", "--"),
            ("", "unnamed"),
            ("a\0b\x1b[31m", "a-b--31m"),
        ] {
            assert_eq!(name(text), expect, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn it_is_always_one_plain_component(text in ".*") {
            let made = name(&text);
            let parts: Vec<_> = Path::new(&made).components().collect();
            prop_assert!(matches!(parts.as_slice(), [Component::Normal(_)]), "{made:?}");
            prop_assert!(made.len() <= LONGEST && !made.starts_with('.'));
        }
    }
}
