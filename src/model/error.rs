//! What can go wrong with a model.

/// Errors of loading or running a model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The model folder or a file in it cannot be used; the sentence names the file, what is wrong and what would be right.
    #[error("{0}")]
    Unusable(String),
    /// A file of weights is not the one that its description speaks of.
    #[error(
        "{file}: the checksum is {found}, model.toml says {expected}; the file was changed or belongs to another model"
    )]
    WrongChecksum {
        /// The file.
        file: String,
        /// What `model.toml` says.
        expected: String,
        /// What was found.
        found: String,
    },
    /// The tensor library failed.
    #[error("the network could not be evaluated: {0}")]
    Tensor(#[from] candle_core::Error),
    /// The model answers with what is no number.
    #[error("the model answers with {0}, which is no score: its weights are damaged or far too large")]
    NoNumber(f32),
    /// The run is to end, so the rest of the windows was not looked at.
    #[error("the run was stopped")]
    Stopped,
    /// The classifier panicked: an error in this program.
    #[error("the classifier panicked, which is an error in lesionscope: {0}")]
    Panicked(String),
}
