//! Answers about windows: lesionscope's own networks (`own`), classifiers of users as ONNX files (`onnx`), and what they have in common.

mod class;
pub mod classes;
mod described;
mod error;
pub mod finite;
pub mod guided;
mod interface;
mod namer;
pub mod names;
pub mod onnx;
pub mod own;
mod scores;
pub mod skin_map;
pub mod weights;

pub use self::class::{Class, ClassKind};
pub use self::error::{FileProblem, ModelError};
pub use self::interface::{CoarseGeometry, Model};
pub use self::namer::Namer;
pub use self::scores::{Exclusivity, Scores};
pub use lesionscope_kernels as ops;
