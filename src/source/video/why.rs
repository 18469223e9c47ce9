//! One clear sentence for each way in which a video cannot be used: what is wrong and what would be right.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use ffmpeg_the_third as ffmpeg;

use ffmpeg::format::context::Input;
use ffmpeg::media::Type;

use super::address::Address;
use super::container;
use super::watch::Watch;
use crate::files::is_pipe;
use crate::source::SourceError;

/// What a source is, apart from what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SourcePlace {
    /// A file, of which libav may try these formats.
    File(&'static str),
    /// Something that gives its bytes once and may never give any: a pipe.
    Pipe,
    /// An address in a network.
    Stream,
}

/// Looks where the source is, without opening what gives its bytes only once; an error when it cannot even be tried.
pub(super) fn tried(address: &Address) -> Result<SourcePlace, SourceError> {
    let name = address.shown();
    let unusable = |what: String| SourceError::Unusable(format!("{name} {what}"));
    if name.contains('\0') {
        return Err(SourceError::Unusable("the name of a video cannot contain a NUL character".to_owned()));
    }
    let Some(path) = address.file() else { return Ok(SourcePlace::Stream) };
    let meta = match std::fs::metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(SourceError::NotFound { name, kind: "file", remedy: "name an existing video" });
        }
        Err(error) => return Err(unusable(format!("cannot be read: {error}"))),
        Ok(meta) => meta,
    };
    if meta.is_dir() {
        return Err(unusable("is a folder, not a video; name a file in it".to_owned()));
    }
    if !meta.is_file() {
        return if is_pipe(&meta) {
            Ok(SourcePlace::Pipe)
        } else {
            Err(unusable("is a device, not a video; cameras are named by their numbers or as /dev/video0".to_owned()))
        };
    }
    if meta.len() == 0 {
        return Err(unusable(
            "is empty (0 bytes): it was never written or its copy failed; name a video with pictures in it".to_owned(),
        ));
    }
    let head = head(&path).map_err(|error| unusable(format!("cannot be read: {error}")))?;
    container::demuxers(&head).map(SourcePlace::File).ok_or_else(|| no_video_file(&name, &head))
}

/// Why a file is not opened, by its first bytes.
fn no_video_file(name: &str, head: &[u8]) -> SourceError {
    SourceError::Unusable(if let Some(kind) = container::list(head) {
        format!(
            "{name} is {kind}, not a video: it holds no pictures, and no other files are opened for it; name a video (MP4, MOV, MKV ...)"
        )
    } else if let Some(kind) = container::still(head) {
        format!("{name} is a still picture ({kind}), whatever its name says; give it the ending of one")
    } else if looks_like_text(head) {
        format!("{name} is a text file, whatever its name says; name a video (MP4, MOV, MKV, AVI, WebM ...)")
    } else {
        format!(
            "{name} is not a video that can be read: it does not begin as one; MP4, MOV, MKV, AVI, WebM, MPEG and the like do"
        )
    })
}

/// Why libav did not open it.
pub(super) fn not_opened(address: &Address, place: SourcePlace, error: ffmpeg::Error, watch: &Watch) -> SourceError {
    let name = address.shown();
    let file = address.file().filter(|_| matches!(place, SourcePlace::File(_)));
    let head = file.and_then(|path| head(&path).ok()).unwrap_or_default();
    SourceError::Unusable(match place {
        SourcePlace::Stream => return stream_not_opened(name, error, watch),
        SourcePlace::Pipe => format!(
            "{name} brings no video that can be read from a pipe ({error}); MPEG-TS, Matroska, AVI and MP4 with its index in front can be"
        ),
        SourcePlace::File(_) => match container::heif(&head) {
            Some(kind) => format!(
                "{name} is a still picture ({kind}) that cannot be read here; make a JPEG of it, with heif-convert or ffmpeg say (iPhones take \
                 JPEG when the camera's format is set to \"most compatible\")"
            ),
            None if head.get(4..8) == Some(b"ftyp") => format!(
                "{name} is an MP4 or MOV without its index (no moov atom): it is cut off or its recording was never finished; \
                 copy it again, or repair it with a tool such as untrunc"
            ),
            None if container::still(&head).is_some() => return no_video_file(&name, &head),
            None => {
                format!("{name} is not a video that can be read ({error}); MP4, MOV, MKV, AVI, WebM and the like can")
            }
        },
    })
}

/// Why nothing came: for what is waited for on a thread of its own.
pub(super) fn silent(address: &Address, place: SourcePlace, watch: &Watch) -> SourceError {
    let name = address.shown();
    let waited_s = watch.patience().as_secs_f64();
    match place {
        SourcePlace::Pipe => SourceError::Unusable(format!(
            "{name}: nothing came through this pipe within {waited_s} s; a program has to write a video into it, or raise video.timeout_s"
        )),
        SourcePlace::File(_) | SourcePlace::Stream => SourceError::NoAnswer { name, waited_s },
    }
}

/// Why what a stream brings is not looked at.
pub(super) fn no_film(address: &Address, format: &str) -> SourceError {
    SourceError::Unusable(format!("{} brings no video or picture, but what libav calls {format}", address.shown()))
}

fn stream_not_opened(name: String, error: ffmpeg::Error, watch: &Watch) -> SourceError {
    if watch.timed_out() {
        return SourceError::NoAnswer { name, waited_s: watch.patience().as_secs_f64() };
    }
    SourceError::Unusable(match error {
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
    })
}

/// Why there is no picture stream.
pub(super) fn no_video(address: &Address, input: &Input) -> SourceError {
    let sound = input.streams().any(|stream| stream.parameters().medium() == Type::Audio);
    let what = if sound { "holds sound but no video" } else { "holds no video" };
    SourceError::Unusable(format!("{} {what} stream; name a file with moving pictures", address.shown()))
}

/// The first bytes of a file.
pub(super) fn head(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(container::HEAD).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn looks_like_text(head: &[u8]) -> bool {
    let head = head.get(..512).unwrap_or(head);
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
