//! The schema of a file: its name and its number.

use serde::Deserialize;

use crate::shortened;

/// The part of a file that says what it is.
#[derive(Deserialize)]
struct Labelled {
    schema: Option<String>,
}

/// Checks that JSON is of the schema that is read here, such as `lesionscope/1`.
///
/// # Errors
/// A sentence that goes on from the file's name: it is no JSON, of another kind, or of a number that comes later.
pub(super) fn check(json: &[u8], expected: &str) -> Result<(), String> {
    let labelled: Labelled = serde_json::from_slice(json).map_err(|error| format!("it is no JSON object: {error}"))?;
    let found = labelled.schema.unwrap_or_default();
    if found == expected {
        return Ok(());
    }
    let number = |schema: &str| {
        let (name, number) = schema.rsplit_once('/')?;
        Some((name.to_owned(), number.parse::<u64>().ok()?))
    };
    Err(match (number(&found), number(expected)) {
        (Some((name, later)), Some((own, read))) if name == own && later > read => {
            format!("its schema is {name}/{later}, of a newer lesionscope; this one reads {expected}")
        }
        _ => format!("its schema is {:?}, where {expected:?} is needed", shortened(&found)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_schema_that_is_read_here_passes() {
        let check = |schema: &str| check(format!(r#"{{"a": 1, "schema": "{schema}"}}"#).as_bytes(), "lesionscope/1");
        assert_eq!(check("lesionscope/1"), Ok(()));
        assert!(check("lesionscope/2").unwrap_err().contains("newer lesionscope; this one reads lesionscope/1"));
        for other in ["lesionscope/0", "lesionscope-session/1", "", "lesionscope/-1", "lesionscope"] {
            assert!(check(other).unwrap_err().contains("is needed"), "{other}");
        }
        for text in ["[]", "{", "{}", r#"{"schema": 1}"#] {
            assert!(super::check(text.as_bytes(), "lesionscope/1").is_err(), "{text}");
        }
    }
}
