//! The inside of an ONNX classifier: its operators as steps that can be gone through forward and back, checked against tract before
//! they are believed; where some operator is not known, what lies behind the last feature map at least.

mod attributes;
mod conv;
mod convert;
mod curve;
mod cuts;
mod dense;
mod layers;
mod looked;
mod moving;
mod opening;
mod placed;
mod places;
mod pool;
mod program;
mod reader;
mod scaling;
mod seen;
mod step;

pub use self::looked::Looked;
pub use self::opening::{logits, open};
