//! The inside of an ONNX classifier: its operators as steps that can be run forward and back. They are used only when their results are those
//! of tract. Where an operator is not known, at least what follows the last feature map is converted.

mod attributes;
mod conv;
mod convert;
mod cuts;
mod dense;
mod elementwise;
mod geometry;
mod internals;
mod layers;
mod moving;
mod opening;
mod pass;
mod pool;
mod program;
mod reader;
mod receptive;
mod scaling;
mod step;

pub use self::opening::open;
