//! Tracks: findings followed through time, with ids and hysteresis.

mod followed;
mod matching;
mod motion;
mod naming;
mod opinion;
mod rules;
mod settings;
mod tracker;

pub use self::naming::NamingRule;
pub use self::opinion::{OpinionSettings, SecondOpinion};
pub use self::rules::TrackRules;
pub use self::settings::TrackSettings;
pub use self::tracker::{TrackQuestion, Tracker};
