//! Training the bundled kind of network from close-ups: windows, loop, checkpoints.

pub mod alarms;
pub mod checkpoint;
pub mod classes;
pub mod epoch;
mod error;
pub mod folder;
pub mod history;
pub mod init;
mod input;
mod lesion_free;
pub mod mining;
pub mod optimiser;
pub mod parameters;
pub mod parts;
pub mod photo;
pub mod photometric;
pub mod pool;
pub mod readme;
mod report;
pub mod run;
mod settings;
pub mod skin;
mod start;
pub mod step;
pub mod tape;
pub mod validate;
pub mod view;
pub mod windows;

pub use self::error::TrainError;
pub use self::report::Report;
pub use self::settings::TrainSettings;
pub use self::start::Start;
