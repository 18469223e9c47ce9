//! What can go wrong with a model.

use crate::pixels::resize::ResizeError;
use crate::printable;

/// Errors of loading or running a model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file of the model, or its folder, was read and cannot be used.
    #[error("{file}: {problem}")]
    File {
        /// Path of the file, or what stands for it.
        file: String,
        /// What is wrong with it.
        problem: FileProblem,
    },
    /// A file of the model cannot be read.
    #[error(
        "{file} cannot be read: {why}; a model is an ONNX file, or a folder with model.toml and weights.safetensors"
    )]
    Unreadable {
        /// Path of the file.
        file: String,
        /// What the system says.
        why: String,
    },
    /// The network that searches and that of the second opinion have different classes.
    #[error(
        "the second opinion of model \"{}\" answers with the classes {}, the model \"{}\" with {}; they must be the same, in the same order",
        printable(.opinion), printable(&.opinion_classes.join(", ")), printable(.search), printable(&.search_classes.join(", "))
    )]
    DifferentClasses {
        /// Name of the model of the second opinion.
        opinion: String,
        /// Its classes.
        opinion_classes: Vec<String>,
        /// Name of the model that searches.
        search: String,
        /// Its classes.
        search_classes: Vec<String>,
    },
    /// The file with the names of the classes of an ONNX classifier cannot be used.
    #[error("--labels {0}")]
    Labels(String),
    /// A second opinion was asked for beside an ONNX classifier.
    #[error("--opinion: an ONNX classifier names its circles by itself")]
    OpinionOnForeign,
    /// The library of ONNX Runtime that is named does not load.
    #[error("ORT_DYLIB_PATH: {0}; a library of ONNX Runtime 1.17 or later would do")]
    Library(String),
    /// The classifier cannot be explained by the method that was asked for.
    #[error("{0}")]
    Unexplainable(String),
    /// A circle has a class that the classifier that names circles does not know.
    #[error("class {0} of a circle is none of the classifier that names them")]
    UnknownClass(usize),
    /// The model answers with more or fewer numbers than its geometry says.
    #[error("the model does not keep to its geometry: {0}")]
    WrongGeometry(String),
    /// A window could not be cut out.
    #[error(transparent)]
    Resize(#[from] ResizeError),
    /// The tensor library failed.
    #[error("the network could not be evaluated: {0}")]
    Tensor(#[from] candle_core::Error),
    /// The model answers with what is no number.
    #[error("the model answers with {0}, which is no score: its weights are damaged or far too large")]
    NoNumber(f32),
    /// The run is to end, so the rest of the windows was not looked at.
    #[error("the run was stopped")]
    Stopped,
    /// The threads that classify are gone: an error in this program.
    #[error("the workers ended before they had answered")]
    WorkersGone,
    /// The classifier panicked: an error in this program.
    #[error("the classifier panicked, which is an error in lesionscope: {0}")]
    Panicked(String),
}

impl ModelError {
    /// An error about a file.
    pub(crate) fn of_file(file: impl ToString, problem: FileProblem) -> ModelError {
        ModelError::File { file: file.to_string(), problem }
    }

    /// Whether files or settings are to blame, rather than what happened while the model ran.
    pub fn is_unusable(&self) -> bool {
        match self {
            ModelError::File { .. }
            | ModelError::Unreadable { .. }
            | ModelError::DifferentClasses { .. }
            | ModelError::Labels(_)
            | ModelError::OpinionOnForeign
            | ModelError::Library(_)
            | ModelError::Unexplainable(_)
            | ModelError::UnknownClass(_) => true,
            ModelError::WrongGeometry(_)
            | ModelError::Resize(_)
            | ModelError::Tensor(_)
            | ModelError::NoNumber(_)
            | ModelError::Stopped
            | ModelError::WorkersGone
            | ModelError::Panicked(_) => false,
        }
    }
}

/// What is wrong with a file of a model, as what follows its name.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FileProblem {
    /// The file is not the one that `model.toml` speaks of.
    #[error("the checksum is {found}, model.toml says {expected}; the file was changed or belongs to another model")]
    WrongChecksum {
        /// SHA-256 that `model.toml` has.
        expected: String,
        /// SHA-256 of the file.
        found: String,
    },
    /// `model.toml` cannot be read, or says what no model can have.
    #[error("{0}")]
    InvalidDescription(String),
    /// The file of weights is no safetensors file.
    #[error("not a readable safetensors file ({})", printable(.0))]
    NotSafetensors(String),
    /// A tensor that the network needs is not in the file.
    #[error("tensor {} is missing; model.toml asks for it with shape {expected:?}", printable(.tensor))]
    MissingTensor {
        /// Its name.
        tensor: String,
        /// Its shape.
        expected: Vec<usize>,
    },
    /// The file has a tensor that the network does not need.
    #[error("tensor {} is unknown; model.toml does not ask for it", printable(.tensor))]
    UnknownTensor {
        /// Its name.
        tensor: String,
    },
    /// A tensor has another shape than the network needs.
    #[error("tensor {} has shape {found:?}, model.toml asks for {expected:?}", printable(.tensor))]
    WrongShape {
        /// Its name.
        tensor: String,
        /// The shape that `model.toml` asks for.
        expected: Vec<usize>,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// A tensor holds numbers of a kind that is not read.
    #[error("tensor {} holds {kind}, only F32 and F16 are read", printable(.tensor))]
    UnsupportedNumbers {
        /// Its name.
        tensor: String,
        /// The kind of its numbers.
        kind: String,
    },
    /// A tensor holds what no weight can be: NaN, infinity, a variance below 0.
    #[error("{}", printable(.0))]
    InvalidNumbers(String),
    /// A folder with a model of one kind stands where one of another is needed.
    #[error("{found}; {needed} is needed here")]
    OtherKind {
        /// What it holds.
        found: &'static str,
        /// What it should hold.
        needed: &'static str,
    },
    /// The file is no ONNX file, is damaged, or asks for more than any network that runs live.
    #[error("{}", one_line(.0))]
    InvalidGraph(String),
    /// An ONNX file has operators that cannot be run.
    #[error("holds operators that cannot be run here: {}{}", one_line(&.operators.join(", ")), way_out(.operators))]
    UnsupportedOperators {
        /// Their names.
        operators: Vec<String>,
    },
    /// What was said of an ONNX file (labels, side, inputs, output, scaling), or was not said and must be, does not fit the file.
    #[error("{}", one_line(.0))]
    ChoiceDoesNotFit(String),
    /// Running an ONNX file failed.
    #[error("cannot be run: {}", one_line(.0))]
    NotRunnable(String),
    /// ONNX Runtime failed.
    #[error("ONNX Runtime: {}", one_line(.0))]
    OnnxRuntime(String),
    /// An ONNX file can be run, but what it answers is not one score for each class.
    #[error("{}", one_line(.0))]
    NoScores(String),
}

/// What helps where operators that cannot be run come from a quantiser.
fn way_out(operators: &[String]) -> &'static str {
    let quantised = operators.iter().any(|operator| operator.starts_with('Q'));
    if quantised { "; a model quantised in the QDQ format has none of them" } else { "" }
}

/// A text of others in one line, made harmless.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    printable(&words.join(" ")).into_owned()
}
