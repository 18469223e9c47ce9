//! The classifier that is asked why: of either kind that there is.

use super::class::Class;
use super::network::Network;
use super::onnx::Foreign;

/// The classifier that names what a model finds, and so the one that is asked why.
#[derive(Clone, Copy)]
pub enum Namer<'a> {
    /// One of lesionscope's own networks, with the classes of the model.
    Own(&'a Network),
    /// A classifier of the user's own, with the place among the model's classes of each of its classes; `None`: they are the same.
    Foreign(&'a Foreign, Option<&'a [usize]>),
}

impl Namer<'_> {
    /// Side of the windows that it takes, px.
    pub fn input_side(&self) -> u32 {
        match self {
            Namer::Own(network) => network.card().classifier.side as u32,
            Namer::Foreign(foreign, _) => foreign.card().picture.side as u32,
        }
    }

    /// Its classes.
    pub fn classes(&self) -> &[Class] {
        match self {
            Namer::Own(network) => &network.card().classes,
            Namer::Foreign(foreign, _) => foreign.classes(),
        }
    }
}
