//! Annotated or clean video: H.264 in a fragmented MP4 that stays readable when the run is cut off, with the source's
//! times and its sound.

mod boxes;
mod encoder;
mod front;
mod picture;
mod pieces;
mod recording;
mod settings;
mod sound;
mod tags;
mod transcode;
mod writer;

pub use self::front::move_index_to_front;
pub use self::recording::{Origin, Pictures, VideoSink};
pub use self::settings::{Preset, VideoSinkSettings};
pub use self::tags::FileTags;
