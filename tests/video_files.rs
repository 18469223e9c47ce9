//! Video through source and sink, end to end: phone-like clips, colours, damage, full disks.

// Outside of `#[test]` functions clippy does not see that this is a test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "support/skip.rs"]
mod skip;

#[path = "video_files/clips.rs"]
mod clips;
#[path = "video_files/colours.rs"]
mod colours;
#[path = "video_files/damage.rs"]
mod damage;
#[path = "video_files/films.rs"]
mod films;
#[path = "video_files/honoured.rs"]
mod honoured;
#[path = "video_files/kept.rs"]
mod kept;
#[path = "video_files/recordings.rs"]
mod recordings;
#[path = "video_files/servers.rs"]
mod servers;
#[path = "video_files/speed.rs"]
mod speed;
#[path = "video_files/streams.rs"]
mod streams;
#[path = "video_files/takes.rs"]
mod takes;
