//! Pixels: cutting and resizing parts of a picture, means of its tiles.

pub mod resize;
pub mod tiles;
