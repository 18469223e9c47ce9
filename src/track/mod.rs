//! Tracks: findings followed through time, with ids and hysteresis.

mod followed;
mod matching;
mod motion;
mod naming;
mod opinion;
mod settings;
mod step;
mod tracker;

pub use self::naming::Naming;
pub use self::opinion::{Heard, OpinionSettings};
pub use self::settings::TrackSettings;
pub use self::step::Step;
pub use self::tracker::{Question, Tracker};
