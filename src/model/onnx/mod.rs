//! Users' classifiers as ONNX files: checked (`graph`), described (`card`), with guesses where a description is missing (`guess`), run by tract
//! (`runner`) or, with the feature of that name, by ONNX Runtime (`onnxruntime`).

pub mod answer;
pub mod card;
mod classifier;
pub mod export;
pub mod familiarity;
pub mod graph;
pub mod guess;
mod limits;
mod logits;
#[cfg(feature = "onnxruntime")]
pub mod onnxruntime;
pub mod picture;
mod plain;
pub mod runner;
mod scaling;
mod telling;

pub use self::classifier::{OnnxAnswer, OnnxClassifier};
pub(crate) use self::logits::logits;
pub(crate) use self::plain::MOVING;
