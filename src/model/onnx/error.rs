//! What is wrong with an ONNX file.

use crate::model::ModelError;
use crate::printable;

/// An error about a file in one line, whatever the names in it hold.
pub(super) fn unusable(place: &str, what: &str) -> ModelError {
    let what: Vec<&str> = what.split_whitespace().collect();
    ModelError::Unusable(format!("{place}: {}", printable(&what.join(" "))))
}
