//! The inside of an ONNX classifier: its operators as steps that can be gone through forward and back, checked against tract before
//! they are believed; where some operator is not known, what lies behind the last feature map at least.

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
