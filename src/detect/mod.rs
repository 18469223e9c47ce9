//! One frame in, findings out. No threads, no files, no clock.
//!
//! `search.rs` is the list of steps that a frame goes through, in one direction; each step is a file:
//!
//! | step | takes | gives |
//! |---|---|---|
//! | `observe.rs` | the frame | small copies, the camera's motion, why the picture cannot be judged |
//! | `map_skin.rs` | the frame | what it shows, place by place: skin, parts of bodies, anything else |
//! | `propose.rs` (`coarse.rs`) | the coarse level's answers | candidates for the classifier |
//! | `classify.rs` | candidates | the score map and its peaks |
//! | `context.rs` | peaks, the skin map | how crowded they are, and whether skin surrounds them |
//! | `refine.rs` | peaks in their context | peaks with closer looks |
//! | `circles.rs` | peaks | findings: circles with scores; the heat grid |
//! | `follow.rs` | findings | tracks |
//! | `consult.rs` | tracks | tracks with a second opinion |
//! | `join.rs` | tracks | circles with their places |
//! | `assess.rs` | the circles listed | how well each can be judged by the picture; a hint for who films |
//! | `cover.rs` | the skin map | where faces may be, if they are to be covered |
//!
//! All steps go by one `Setup` (`setup.rs`: plan, settings, classes), keep answers between frames in one `Memory` (`memory.rs`) and ask one
//! `FrameModel` (`frame_model.rs`), behind which an [`Evaluator`] shares the windows out to workers. `windows.rs` is how the three steps
//! that show windows to the classifier ask for its scores.

mod assess;
mod audit;
mod circles;
mod classify;
mod coarse;
mod consult;
mod context;
mod cover;
mod detector;
mod effort;
mod follow;
mod frame_model;
mod frame_skin;
mod jobs;
mod join;
mod map_skin;
mod memory;
mod observe;
mod origin;
mod propose;
mod refine;
mod search;
mod settings;
mod setup;
mod windows;

pub use self::detector::{Detect, Detector};
pub use self::jobs::{Evaluator, Job, JobAnswer, Serial, Worker};
pub use self::settings::DetectSettings;
