//! What in this picture did my classifier take for a lesion? Circle it, live.
//!
//! A classifier that was trained on close-ups of skin lesions is slid over pictures, coarse to fine; what it takes for a lesion is circled,
//! followed through a film and explained. Scores are the model's, never a diagnosis.
//!
//! [`scanner::Scanner`] is the front door: a model and settings in, circles out.
//!
//! ```
//! use lesionscope::scanner::Scanner;
//!
//! let picture = image::RgbImage::from_pixel(320, 240, image::Rgb([224, 172, 144]));
//! let mut scanner = Scanner::bundled()?;
//! let circles = scanner.scan(&picture)?;
//! assert!(circles.is_empty(), "plain skin");
//! # Ok::<(), lesionscope::scanner::ScannerError>(())
//! ```
//!
//! | module | what it is for |
//! |---|---|
//! | [`scanner`], [`classifier`] | scanning from another program; loading the bundled model, a folder, an ONNX file |
//! | [`detect`], [`scan`], [`cache`], [`motion`], [`track`], [`skin`] | one frame in, findings out, and the parts of it |
//! | [`explain`] | maps of what a score rests on |
//! | [`model`] | networks, users' ONNX classifiers, kernels |
//! | [`source`], [`sink`], [`pipeline`] | cameras, films and pictures in; video, lists and windows out; the threads between them |
//! | [`data`], [`train`], [`evaluate`], [`truth`], [`statistics`] | labelled pictures, training, measuring |
//! | [`frame`], [`pixels`], [`pictures`], [`sound`], [`draw`], [`finding`], [`geometry`] | what all of them work on |
//! | [`settings`], [`config`], [`cli`] | the table of settings, settings in layers, the command line |
//!
//! Each layer imports only the ones below (`tests/layering.rs`); `ARCHITECTURE.md` has the whole picture.

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod config;
pub mod cores;
pub mod scanner;
pub mod settings;

pub mod pipeline;

pub mod classifier;
pub mod sink;
pub mod source;

pub mod detect;
#[cfg(feature = "train")]
pub mod evaluate;
pub mod explain;
#[cfg(feature = "train")]
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
#[cfg(feature = "video")]
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
