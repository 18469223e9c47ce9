//! What methods need of a classifier, and what the cells of their maps are.

/// What a method must know of a classifier, each more than the ones before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Its answers.
    Answers,
    /// Its last feature map.
    Features,
    /// The gradient with respect to the last feature map.
    Head,
    /// The gradient with respect to the pixels.
    Pixels,
}

/// What the cells of a map are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapCells {
    /// Cells of the last feature map.
    Features,
    /// Cells of the last feature map that has more cells than the last one.
    Finer,
    /// Equal shares of the window: its pixels, or patches.
    Window,
}
