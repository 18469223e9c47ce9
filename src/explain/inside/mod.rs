//! The inside of classifiers: forward passes that keep every activation, and the propagation of signals back through them. `own` is for
//! lesionscope's own networks, `onnx` for ONNX files.

mod error;
mod folded;
mod interface;
mod onnx;
mod own;
mod receptive;

pub use self::error::OpeningError;
pub use self::interface::{Bounds, Depth, ForwardPass, Gradient, Internals, LinearLayer, MapGradient, Rule};
pub use self::onnx::open as open_onnx;
pub use self::own::OwnInternals;
#[cfg(test)]
pub(crate) use self::own::let_through;
pub use self::receptive::{KernelSpan, ReceptiveGrid};
