//! Quality of the picture: whether the circles of a frame can be judged by it, and what to tell who films. Pure functions of pixels, circles and times.

mod assess;
mod coach;
mod patch;
mod seconds;
mod settings;

pub use self::assess::{Assessor, CameraStep, FrameLook};
pub use self::coach::Coach;
pub use self::seconds::HintSeconds;
pub use self::settings::{CoachSettings, QualitySettings};
