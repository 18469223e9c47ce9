//! The text of a `model.toml` as what it describes; what is wrong with it in one line.

use serde::de::DeserializeOwned;

use super::error::{FileProblem, ModelError};
use crate::printable;

/// Letters of what the parser says that are shown: it repeats what stands in the file.
const SHOWN: usize = 300;

/// Reads the text of a description found at `place`.
///
/// # Errors
/// When it is no TOML, or lacks or has a key that it should not; the sentence has the line.
pub(super) fn described<T: DeserializeOwned>(text: &str, place: &str) -> Result<T, ModelError> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1;
        let said: String = error.message().chars().take(SHOWN).collect();
        let why = format!("not a model description: line {line}: {}", printable(&said));
        ModelError::of_file(place, FileProblem::InvalidDescription(why))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_named_and_nothing_of_the_file_is_obeyed() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "only whether it can be read")]
        struct Two {
            one: u8,
        }
        let long = "x".repeat(10_000);
        for (text, line) in [("one = 1\n\"\\u001b[31m\" = 2", "line 2"), ("one = ", "line 1"), (&long, "line 1")] {
            let sentence = described::<Two>(text, "m").unwrap_err().to_string();
            assert!(sentence.contains(line) && !sentence.chars().any(char::is_control), "{sentence}");
            assert!(sentence.len() < 500, "{sentence}");
        }
    }
}
