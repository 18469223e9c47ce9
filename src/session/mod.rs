//! Recorded sessions, read back: `session.json` as a [`RecordedAccount`], `detections.jsonl` as [`RecordedFrame`]s.
//!
//! What is read are files that may have been cut off, edited or made by another version, so every size is bounded, unknown fields are
//! ignored, and every error names the file, for lists the line, and what would be right. Nothing that stands in them decides what else
//! is opened.

mod account;
mod error;
#[cfg(feature = "cli")]
pub mod export;
mod folder;
mod frames;
mod lines;
mod redrawing;
mod schema;

pub use self::account::{RecordedAccount, RecordedClass, RecordedEnd, RecordedModel, RecordedPlace};
pub use self::error::SessionError;
pub use self::folder::{RecordedSession, session_folder};
pub use self::frames::{RecordedCircle, RecordedExplanation, RecordedFrame};
pub use self::redrawing::{CircleFilter, Redrawing};

/// The account of a session, in its folder.
pub const ACCOUNT: &str = "session.json";

/// What a run writes into the folder of its session: what is written elsewhere never takes their place.
pub const OWN: [&str; 8] =
    [ACCOUNT, LIST, "places.csv", "report.html", "clean.mp4", "annotated.mp4", "replay.mp4", "annotated"];

/// The list of a session's frames, in its folder.
pub const LIST: &str = "detections.jsonl";

#[cfg(test)]
mod tests;
