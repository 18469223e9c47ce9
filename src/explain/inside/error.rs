//! Why a classifier cannot be looked into.

use crate::model::ModelError;

/// Why a classifier cannot be looked into, or no deeper; reads as what follows "because".
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OpeningError {
    /// Signals cannot be propagated back through an operator of an ONNX file.
    #[error("operator {operator} is not known the way back")]
    UnsupportedOperator {
        /// The operator.
        operator: String,
        /// Name of the node that has it.
        node: String,
    },
    /// An operator of an ONNX file is known, but not with these inputs, attributes or shapes.
    #[error("{0}")]
    UnsupportedUse(String),
    /// The answers of an ONNX file are the same for every picture.
    #[error("its answer does not depend on the picture")]
    ConstantAnswer,
    /// No tensor of an ONNX file is a feature map on which the whole answer depends.
    #[error("no map of more than one place is what everything goes through")]
    NoFeatureMap,
    /// The operators as they are computed here have other results than tract says.
    #[error("its operators worked out here are off by {0:.1e} of what tract says")]
    OtherResults(f32),
    /// The code that takes operators apart panicked.
    #[error("its operators could not be taken apart")]
    Panicked,
    /// The tensor library or the runner failed.
    #[error("{0}")]
    Failed(String),
    /// Classifiers of its kind cannot be looked into.
    #[error("classifiers of its kind cannot be looked into")]
    UnknownKind,
}

impl From<candle_core::Error> for OpeningError {
    fn from(error: candle_core::Error) -> OpeningError {
        OpeningError::Failed(error.to_string())
    }
}

impl From<ModelError> for OpeningError {
    fn from(error: ModelError) -> OpeningError {
        OpeningError::Failed(error.to_string())
    }
}

impl OpeningError {
    /// An operator is used in a way that is not supported.
    pub(super) fn unsupported(what: impl Into<String>) -> OpeningError {
        OpeningError::UnsupportedUse(what.into())
    }
}
