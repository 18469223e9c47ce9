//! Pixels: cutting and resizing parts of a picture, means of its tiles, painters of generated pictures, filter chains.

pub mod chain;
pub mod paint;
pub mod resize;
pub mod tiles;
