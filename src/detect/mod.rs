//! One frame in, findings out: plan, cache, coarse level, classifier, peaks, skin context, tracks. No threads, no files, no clock.

mod audit;
mod coarse;
mod conclusion;
mod detector;
mod effort;
mod jobs;
mod looks;
mod opinions;
mod search;
mod second;
mod settings;

pub use self::detector::Detector;
pub use self::jobs::{Answer, Evaluator, Job, Serial, Worker};
pub use self::settings::DetectSettings;
