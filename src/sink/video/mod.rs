//! Annotated or clean video: H.264 in a fragmented MP4 that stays readable when the run is cut off, with the source's
//! times and its sound.

mod boxes;
mod encoder;
mod picture;
mod pieces;
mod recording;
mod settings;
mod sound;
mod transcode;
mod writer;

pub use self::recording::{Origin, Pictures, VideoSink};
pub use self::settings::{Preset, VideoSinkSettings};
