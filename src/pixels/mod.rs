//! Pixels: painters of generated pictures.

pub mod paint;
