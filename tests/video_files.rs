//! Video through source and sink, end to end: phone-like clips, colours, damage, full disks.

#[path = "video_files/clips.rs"]
mod clips;
#[path = "video_files/colours.rs"]
mod colours;
#[path = "video_files/damage.rs"]
mod damage;
#[path = "video_files/recordings.rs"]
mod recordings;
