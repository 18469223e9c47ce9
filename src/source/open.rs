//! Chooses the source from the word given to `--source`.

use std::path::Path;

use super::SourceError;
use super::video::{Address, is_address};
use crate::pictures::{EXTENSIONS, is_still};

/// What the word given to `--source` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A camera by its number.
    Camera(u32),
    /// A generated scene by its seed.
    Scene(u64),
    /// Pictures: a file, a folder or a glob.
    Stills(String),
    /// A video file, or an address of which pictures come.
    Video(String),
}

/// What `-` stands for.
const STANDARD_INPUT: &str = "/dev/stdin";

impl SourceKind {
    /// Tells what a word names. Looks whether files exist and how they begin; a file that has the name of something else wins.
    ///
    /// # Errors
    /// When it is empty, or an address that is not understood.
    pub fn of(word: &str) -> Result<SourceKind, SourceError> {
        if is_address(word) {
            // Whatever it ends in: pictures come from servers as streams do.
            let Some(path) = Address::new(word)?.file() else { return Ok(SourceKind::Video(word.to_owned())) };
            // What `file://` names is a path, and nothing else.
            return SourceKind::of(&path.to_string_lossy());
        }
        if word.is_empty() {
            return Err(SourceError::Unusable(
                "--source is empty; name a camera, a file, a folder or an address".to_owned(),
            ));
        }
        if word == "-" {
            if cfg!(not(unix)) {
                return Err(SourceError::Unusable(
                    "-: the standard input cannot be read on this system; name a file".to_owned(),
                ));
            }
            return Ok(SourceKind::Video(STANDARD_INPUT.to_owned()));
        }
        let path = Path::new(word);
        if path.is_dir() {
            return Ok(SourceKind::Stills(word.to_owned()));
        }
        if let Some(number) = camera_number(word).filter(|_| !path.is_file()) {
            return Ok(SourceKind::Camera(number));
        }
        if let Some(seed) = word.strip_prefix("scene:") {
            let wrong =
                |_| SourceError::Unusable(format!("{word}: the seed of a scene is a whole number, as in scene:1"));
            return seed.parse().map(SourceKind::Scene).map_err(wrong);
        }
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
        let glob = word.contains(['*', '?', '[']) && !path.exists();
        // An animated GIF is a film, whatever its name.
        let is_named_still = ending != "gif" && EXTENSIONS.contains(&ending.as_str());
        if glob || is_named_still || is_still(path) {
            return Ok(SourceKind::Stills(word.to_owned()));
        }
        Ok(SourceKind::Video(word.to_owned()))
    }
}

/// `0` or `/dev/video0`.
fn camera_number(word: &str) -> Option<u32> {
    word.strip_prefix("/dev/video").unwrap_or(word).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_what_they_look_like() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().to_str().unwrap();
        for (word, expect) in [
            ("0", SourceKind::Camera(0)),
            ("/dev/video10", SourceKind::Camera(10)),
            ("scene:7", SourceKind::Scene(7)),
            (folder, SourceKind::Stills(folder.into())),
            ("arm.JPG", SourceKind::Stills("arm.JPG".into())),
            ("shots/*.png", SourceKind::Stills("shots/*.png".into())),
            ("clip.mp4", SourceKind::Video("clip.mp4".into())),
            ("-", SourceKind::Video("/dev/stdin".into())),
            ("moving.gif", SourceKind::Video("moving.gif".into())),
            ("rtsp://cam/a?b=*", SourceKind::Video("rtsp://cam/a?b=*".into())),
            ("HTTP://cam/snap.jpg", SourceKind::Video("HTTP://cam/snap.jpg".into())),
            ("file:///tmp/an%20arm.jpg", SourceKind::Stills("/tmp/an arm.jpg".into())),
            ("file:///tmp/a.mp4", SourceKind::Video("/tmp/a.mp4".into())),
            ("./scene:5", SourceKind::Video("./scene:5".into())),
        ] {
            assert_eq!(SourceKind::of(word).unwrap(), expect);
        }
        assert!(SourceKind::of("").unwrap_err().to_string().contains("--source is empty"));
        assert!(SourceKind::of("x://me:secret@y").unwrap_err().to_string().contains("x:// are not understood"));
        // By content: a GIF of one picture is a still, whatever its name, and one of several a film.
        let gif = |name: &str, pictures: usize| {
            let path = Path::new(folder).join(name);
            let mut encoder = image::codecs::gif::GifEncoder::new(std::fs::File::create(&path).unwrap());
            encoder.encode_frames((0..pictures).map(|_| image::Frame::new(image::RgbaImage::new(4, 4)))).unwrap();
            path.to_str().unwrap().to_owned()
        };
        for (name, pictures, is_still) in
            [("one.gif", 1, true), ("one", 1, true), ("two.gif", 2, false), ("two", 2, false)]
        {
            let word = gif(name, pictures);
            assert_eq!(matches!(SourceKind::of(&word).unwrap(), SourceKind::Stills(_)), is_still, "{name}");
        }
        assert!(SourceKind::of("scene:x").unwrap_err().to_string().contains("scene:x"));
    }
}
