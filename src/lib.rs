//! lesionscope: what in this picture did my classifier take for a lesion? Circle it, live.
//!
//! The layers, each importing only the ones below (`tests/layering.rs` enforces it); ARCHITECTURE.md has the whole picture.

pub mod cli;
pub mod config;
pub mod cores;
pub mod scanner;

pub mod pipeline;

pub mod classifier;
pub mod sink;
pub mod source;

pub mod detect;
pub mod evaluate;
pub mod explain;
pub mod train;

pub mod data;

pub mod cache;
pub mod draw;
pub mod model;
pub mod motion;
pub mod scan;
pub mod skin;
pub mod track;

pub mod frame;
pub mod pixels;
pub mod sound;

pub mod finding;
pub mod geometry;
pub mod statistics;
pub mod truth;

mod counted;
pub mod files;
pub mod near;
pub mod pictures;
mod printable;

pub use counted::counted;
pub use printable::{printable, shortened};
