//! Evaluation: circles against the truth of scenes. Reads its data; no threads, no clock.

pub mod detections;
pub mod matching;
pub mod report;
pub mod scenes;
mod table;
pub mod tally;
pub mod truth;
