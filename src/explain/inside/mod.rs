//! The inside of classifiers: forward passes whose every activation is kept, and the way back through them. Of lesionscope's own networks
//! (`own`) and of ONNX files (`onnx`).

mod interface;
mod onnx;
mod own;
mod own_layer;
mod receptive;

pub use self::interface::{Depth, Gradient, Inside, Linear, Rule, Traced};
pub use self::onnx::open as open_onnx;
pub use self::own::Opened;
#[cfg(test)]
pub(crate) use self::own::let_through;
pub use self::receptive::{Lattice, Stride};
