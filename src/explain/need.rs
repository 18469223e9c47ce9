//! What methods ask of a classifier, and what their maps stand for.

/// What a method must know of a classifier, each more than the ones before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Its answers.
    Answers,
    /// Its last feature map.
    Features,
    /// The gradient with respect to the last feature map.
    Head,
    /// The way back to the pixels.
    Pixels,
}

/// What the values of a map stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapCells {
    /// Places of the last feature map.
    Features,
    /// Places of the last feature map before the last that is coarser.
    Finer,
    /// Equal shares of the window: its pixels, or patches.
    Window,
}
