//! One clear sentence for each way in which a video cannot be used: what is wrong and what would be right.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use ffmpeg_the_third as ffmpeg;

use ffmpeg::format::context::Input;
use ffmpeg::media::Type;

use super::address::Address;
use super::watch::Watch;
use crate::source::{MAX_PIXELS, MAX_SIDE_PX, SourceError};

/// Why a path cannot even be tried.
pub(super) fn not_tried(address: &Address) -> Option<SourceError> {
    let name = address.target();
    if name.contains('\0') {
        return Some(SourceError::Unusable("the name of a video cannot contain a NUL character".to_owned()));
    }
    let path = address.file()?;
    match std::fs::metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Some(SourceError::Unusable(format!("{name}: there is no such file; name an existing video")))
        }
        Err(error) => Some(SourceError::Unusable(format!("{name} cannot be read: {error}"))),
        Ok(meta) if meta.is_dir() => {
            Some(SourceError::Unusable(format!("{name} is a folder, not a video; name a file in it")))
        }
        Ok(meta) if meta.is_file() && meta.len() == 0 => Some(SourceError::Unusable(format!(
            "{name} is empty (0 bytes): it was never written or its copy failed; name a video with pictures in it"
        ))),
        Ok(_) => match File::open(&path) {
            Err(error) => Some(SourceError::Unusable(format!("{name} cannot be read: {error}"))),
            Ok(_) => None,
        },
    }
}

/// Why libav did not open it.
pub(super) fn not_opened(address: &Address, error: ffmpeg::Error, watch: &Watch) -> SourceError {
    let name = address.shown();
    if address.is_stream() {
        return SourceError::Unusable(stream_not_opened(&name, error, watch));
    }
    let head = head(Path::new(address.target()));
    SourceError::Unusable(if head.get(4..8) == Some(b"ftyp") {
        format!(
            "{name} is an MP4 or MOV without its index (no moov atom): it is cut off or its recording was never finished; \
             copy it again, or repair it with a tool such as untrunc"
        )
    } else if looks_like_text(&head) {
        format!("{name} is a text file, whatever its name says; name a video (MP4, MOV, MKV, AVI, WebM ...)")
    } else {
        format!("{name} is not a video that can be read ({error}); MP4, MOV, MKV, AVI, WebM and the like can")
    })
}

fn stream_not_opened(name: &str, error: ffmpeg::Error, watch: &Watch) -> String {
    if watch.timed_out() {
        return format!(
            "{name} did not answer within {} s; check the address and the network, or raise video.timeout_s",
            watch.patience_s()
        );
    }
    match error {
        ffmpeg::Error::HttpNotFound | ffmpeg::Error::StreamNotFound => {
            format!("{name}: the server has nothing under this path (404); check the path")
        }
        ffmpeg::Error::HttpUnauthorized | ffmpeg::Error::HttpForbidden => {
            format!("{name}: the server wants a user and a password; write them as scheme://user:password@host/path")
        }
        ffmpeg::Error::ProtocolNotFound => {
            format!("{name}: this FFmpeg was built without that protocol; rtsp:// and http:// are usual")
        }
        error => format!("{name} cannot be opened ({error}); check the address and that the server runs"),
    }
}

/// Why there is no picture stream.
pub(super) fn no_video(address: &Address, input: &Input) -> SourceError {
    let sound = input.streams().any(|stream| stream.parameters().medium() == Type::Audio);
    let what = if sound { "holds sound but no video" } else { "holds no video" };
    SourceError::Unusable(format!("{} {what} stream; name a file with moving pictures", address.shown()))
}

/// Why its size is refused.
pub(super) fn too_large(address: &Address, width: u32, height: u32) -> SourceError {
    SourceError::Unusable(format!(
        "{} announces pictures of {width}x{height} px; up to {MAX_SIDE_PX} px a side and {} megapixels can be handled",
        address.shown(),
        MAX_PIXELS / 1_000_000
    ))
}

/// Why its codec cannot be decoded.
pub(super) fn no_decoder(address: &Address, codec: ffmpeg::codec::Id, error: ffmpeg::Error) -> SourceError {
    SourceError::Unusable(format!(
        "{}: this FFmpeg cannot decode its video codec {codec:?} ({error}); convert it to H.264 first",
        address.shown()
    ))
}

/// Why there is not one picture.
pub(super) fn no_picture(address: &Address) -> SourceError {
    SourceError::Unusable(format!(
        "{} has a video stream, but not one picture of it can be decoded: it is cut off or damaged; copy it again",
        address.shown()
    ))
}

/// The first bytes of a file.
fn head(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(path) {
        // What could be read is enough to name what is wrong.
        drop(file.take(512).read_to_end(&mut bytes));
    }
    bytes
}

fn looks_like_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character may be cut at the end of what was read.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(head.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && text.chars().all(|letter| !letter.is_control() || letter.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_bytes() {
        assert!(looks_like_text(b"dear all,\r\n\tsee below"));
        assert!(looks_like_text(&"mélanome".as_bytes()[..2]));
        assert!(!looks_like_text(b""));
        assert!(!looks_like_text(b"\0\0\0\x18ftypmp42"));
        assert!(!looks_like_text(&[0xff, 0xd8, 0xff]));
    }
}
