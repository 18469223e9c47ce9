//! What did the classifier see? Maps over the pixels of one window that say what the score of one class rests on.
//!
//! One window and one class in, one map a method out. No files, no threads of its own, no clock; what is random comes from a
//! fixed seed, so that a map is the same every time.

mod by_method;
pub mod cam;
pub mod circle;
pub mod curves;
pub mod explainer;
pub mod gradient;
pub mod inside;
pub mod integrated;
pub mod map;
pub mod method;
pub mod need;
pub mod perturb;
pub mod prototype;
pub mod relevance;
pub mod road;
pub mod rules;
pub mod shown;
pub mod store;
pub mod trust;

use candle_core::Tensor;
use image::RgbImage;

pub use self::explainer::Explainer;
pub use self::map::Map;
pub use self::method::Method;
pub use self::shown::{ExplainSettings, MapChoice};
use crate::model::own::frozen::batch;

/// What is explained: a window at the network's own size, and the class whose score is asked about.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The window, [`Explainer::input_side`] px a side.
    pub window: &'a RgbImage,
    /// Index of the class.
    pub class: usize,
}

/// The window as the network sees it, `(1, h, w, 3)`.
fn seen(window: &RgbImage) -> candle_core::Result<Tensor> {
    batch(&[window])
}

#[cfg(test)]
mod attention_tests;
#[cfg(test)]
mod parity;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
