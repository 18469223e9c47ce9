//! Classifiers: what a window is asked, and the bundled candle network that answers.

pub mod architecture;
pub mod attention;
pub mod bundled;
pub mod card;
mod class;
pub mod classes;
mod described;
mod error;
pub mod finite;
pub mod frozen;
pub mod guided;
pub mod inside;
mod interface;
pub mod lattice;
pub mod layer;
mod namer;
pub mod names;
pub mod network;
pub mod onnx;
pub mod opened;

mod own;
pub mod paired;
pub mod pooling;
mod scores;
pub mod tape;
pub mod trainable;
pub mod zoo;

pub use self::class::{Class, ClassKind};
pub use self::error::ModelError;
pub use self::interface::{GateGeometry, Model};
pub use self::namer::Namer;
pub use self::scores::{Exclusivity, Scores};
pub use lesionscope_kernels as ops;
