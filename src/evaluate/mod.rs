//! Evaluation: circles against the truth of scenes, the classifier against close-ups. Reads its data; no threads, no clock.

pub mod closeups;
pub mod detections;
pub mod matching;
pub mod report;
pub mod scenes;
mod table;
pub mod tally;
pub mod truth;
