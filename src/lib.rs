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
//! Pictures may come from anywhere; a [`source::Source`] gives those of a camera, a film, a folder or a generated scene as [`frame::Frame`]s,
//! which [`scanner::Scanner::track`] follows through time. `examples/scan_picture.rs` and `examples/scan_video.rs` are whole programs.
//!
//! The features `video` (libav), `camera` (nokhwa), `window` (minifb), `train` and `cli` (the program) are on by default; without them the
//! library scans pictures.
//!
//! # Map of modules
//!
//! | module | what it is for |
//! |---|---|
//! | [`scanner`] | the front door for other programs: [`scanner::Scanner`] scans, follows and explains |
//! | [`classifier`] | loads what is searched with: the bundled model, a folder, an ONNX file |
//! | [`source`], [`sink`] | where frames come from: cameras, films, pictures, scenes; where results go: video, lists, pictures, windows |
//! | [`pipeline`] | the threads from a source to its sinks |
//! | [`report`] | the page of a session that people open first |
//! | [`detect`] | the way of one frame, from its pixels to circles |
//! | [`scan`], [`cache`], [`motion`], [`track`], [`place`], [`skin`] | the steps on that way: windows, reuse, the camera's motion, time, lesions of a session, surroundings |
//! | [`explain`] | maps of what a score rests on |
//! | [`model`] | our networks and users' ONNX classifiers: answers about windows |
//! | [`data`], [`train`], [`evaluate`] | labelled pictures, training, measuring |
//! | [`session`] | recorded sessions, read back |
//! | [`draw`] | circles, labels and maps over a frame |
//! | [`frame`], [`finding`], [`truth`], [`geometry`], [`statistics`] | the values that all of these exchange |
//! | [`pictures`], [`pixels`], [`sound`], [`files`] | reading pictures, working on pixels, the sound of films, whole files |
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
#[cfg(feature = "cli")]
pub mod report;

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
pub mod session;

pub mod cache;
pub mod draw;
pub mod model;
pub mod motion;
pub mod place;
pub mod quality;
pub mod scan;
pub mod skin;
pub mod track;

pub mod frame;
pub mod pixels;
#[cfg(feature = "video")]
pub mod sound;

pub mod assessment;
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
