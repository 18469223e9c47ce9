//! Evaluation: circles against the truth of scenes and photos, and on clips without lesions, the classifier against close-ups, its explanations against masks. Reads its data; no threads, no clock.

mod assignment;
pub mod card;
pub mod closeups;
pub mod contrast;
pub mod curve;
pub mod detections;
pub mod explanations;
pub mod matching;
mod page;
pub mod photos;
pub mod places;
pub mod report;
pub mod scenes;
mod scenes_page;
mod table;
pub mod tally;
pub mod trails;
pub mod truth_files;
pub mod videos;
