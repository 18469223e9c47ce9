//! Pixels: cutting and resizing parts of a picture, means of its tiles, painters of generated pictures.

pub mod paint;
pub mod resize;
pub mod tiles;
