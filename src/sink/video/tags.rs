//! What a video file says of itself, in the tags that players show.

use ffmpeg_the_third as ffmpeg;

use ffmpeg::format::context::Output;

use crate::printable;

/// What a video file says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileTags {
    /// The program with its version.
    pub program: String,
    /// What made the circles: models, settings; and what this is not.
    pub comment: String,
}

impl FileTags {
    /// Writes them into a file that is not begun yet. An MP4 keeps them as `©nam`, `©cmt` and `©too`; ffprobe calls the last one `encoder`.
    pub(super) fn write(&self, title: &str, output: &mut Output) {
        let tags = [("title", title), ("comment", &self.comment), ("encoding_tool", &self.program)];
        let mut metadata = output.metadata_mut();
        for (key, value) in tags.into_iter().filter(|(_, value)| !value.is_empty()) {
            // A NUL would end the process in the wrapper.
            metadata.set(key, &*printable(value));
        }
    }
}
