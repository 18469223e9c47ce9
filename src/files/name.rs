//! File names from text that somebody else chose: class names, labels, titles, names of models.

use std::collections::BTreeSet;

/// Longest name, bytes: file systems take 255, and endings and numbers are added.
const LONGEST: usize = 120;

/// What stays besides letters and digits: it has no meaning to any file system.
const KEPT: &str = " -_.()[]+,=@";

/// One component of a path that says what `text` says: letters, digits and ` -_.()[]+,=@` stay, everything else becomes `-`. It never
/// leads elsewhere, is never hidden, empty or longer than 120 bytes.
pub fn name(text: &str) -> String {
    let kept = |letter: char| if letter.is_alphanumeric() || KEPT.contains(letter) { letter } else { '-' };
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

/// File names of one folder, all different, whatever the texts that they are made of.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// In small letters: some file systems do not tell them from capitals.
    taken: BTreeSet<String>,
}

impl Names {
    /// The [`name`] of a text; with a number after it when it was given before: `a`, `a-2`.
    pub fn name(&mut self, text: &str) -> String {
        let stem = name(text);
        let (mut made, mut n) = (stem.clone(), 2_u64);
        while !self.taken.insert(made.to_lowercase()) {
            made = format!("{stem}-{n}");
            n += 1;
        }
        made
    }
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
            ("Mélanome (in situ)", "Mélanome (in situ)"),
            ("../ESCAPED", "-.-ESCAPED"),
            ("/etc/passwd", "-etc-passwd"),
            ("..", "-"),
            ("", "unnamed"),
            ("a\0b\x1b[31m", "a-b-[31m"),
        ] {
            assert_eq!(name(text), expect, "{text:?}");
        }
    }

    #[test]
    fn names_of_a_folder_are_all_different() {
        let mut names = Names::default();
        let made = ["a/b", "a:b", "A-B", "a-b-2", "c"].map(|text| names.name(text));
        assert_eq!(made, ["a-b", "a-b-2", "A-B-3", "a-b-2-2", "c"]);
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
