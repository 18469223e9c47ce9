//! Pixels: cutting and resizing parts of a picture, small copies of it, colours, painters of generated pictures, filter chains.

#[cfg(feature = "video")]
pub mod chain;
pub mod colour;
pub mod cover;
pub mod paint;
pub mod pyramid;
pub mod resize;
