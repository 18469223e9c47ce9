//! Annotated pictures: one PNG for every still, or the best one of a film.

use std::io::{self, BufWriter, ErrorKind, IntoInnerError, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ImageError, RgbImage};

use super::{RenderedFrame, Sink, SinkError};
use crate::files::{Names, Replacement, commit};
use crate::finding::TrackState;

/// Names of annotated stills, in the order of the stills: none twice.
#[derive(Debug, Default)]
pub struct PictureNames(Names);

impl PictureNames {
    /// The name for a still, made different from all before: of `a.jpg` and `a.png` come `a.png` and `a-2.png`. `index` names one that
    /// came from no file.
    pub fn name(&mut self, file: Option<&Path>, index: u64) -> String {
        let stem = file.and_then(Path::file_stem).map(|stem| stem.to_string_lossy().into_owned());
        self.0.name(&stem.unwrap_or_else(|| format!("{index:06}"))) + ".png"
    }
}

/// Writes `NAME.png` for every picture into a folder.
pub struct PicturesSink {
    folder: PathBuf,
    names: PictureNames,
}

impl PicturesSink {
    /// Creates the folder.
    pub fn create(folder: &Path) -> Result<PicturesSink, SinkError> {
        std::fs::create_dir_all(folder)
            .map_err(|error| SinkError::Unusable(format!("cannot create the folder {}: {error}", folder.display())))?;
        Ok(PicturesSink { folder: folder.to_owned(), names: PictureNames::default() })
    }
}

impl Sink for PicturesSink {
    fn put(&mut self, item: &RenderedFrame) -> Result<(), SinkError> {
        let name = self.names.name(item.frame.file.as_deref(), item.frame.index);
        save(&item.annotated, &self.folder.join(name))
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Keeps the annotated picture with the most confirmed circles, the first of equals, and writes it at the end.
pub struct BestPictureSink {
    path: PathBuf,
    best: Option<(usize, Arc<RgbImage>)>,
}

impl BestPictureSink {
    /// A sink that will write to `path`, which must end in `.png`.
    pub fn new(path: &Path) -> BestPictureSink {
        BestPictureSink { path: path.to_owned(), best: None }
    }
}

impl Sink for BestPictureSink {
    fn put(&mut self, item: &RenderedFrame) -> Result<(), SinkError> {
        let confirmed = item.detection.circles.iter().filter(|circle| circle.state == TrackState::Confirmed).count();
        if self.best.as_ref().is_none_or(|(most, _)| confirmed > *most) {
            self.best = Some((confirmed, item.annotated.clone()));
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        match &self.best {
            Some((_, picture)) => save(picture, &self.path),
            None => Ok(()),
        }
    }
}

/// Writes a PNG file, whole or not at all.
pub(super) fn save(picture: &RgbImage, path: &Path) -> Result<(), SinkError> {
    let write = || {
        let mut file = BufWriter::new(Replacement::begin(path)?);
        encode(&mut file, picture)?;
        commit([file.into_inner().map_err(IntoInnerError::into_error)?])
    };
    write().map_err(|error: io::Error| {
        let hint = match error.kind() {
            ErrorKind::StorageFull => "; the disk is full, free some space",
            ErrorKind::PermissionDenied => "; choose a folder that you may write to",
            _ => "",
        };
        SinkError::Failed(format!("{error}{hint}"))
    })
}

fn encode(file: &mut impl Write, picture: &RgbImage) -> io::Result<()> {
    let encoder = PngEncoder::new_with_quality(file, CompressionType::Fast, FilterType::Adaptive);
    picture.write_with_encoder(encoder).map_err(|error| match error {
        ImageError::IoError(error) => error,
        other => io::Error::other(other),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::finding::Detection;
    use crate::frame::Frame;
    use crate::sink::StageTimes;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_said() {
        // /dev/full takes every open and fails every write, like a full disk.
        let sentence = save(&RgbImage::new(20, 10), Path::new("/dev/full")).unwrap_err().to_string();
        assert!(sentence.contains("/dev/full") && sentence.contains("the disk is full"), "{sentence}");
    }

    #[test]
    fn pictures_of_the_same_name_do_not_overwrite_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let mut sink = PicturesSink::create(&folder.path().join("annotated")).unwrap();
        for (index, file) in [Some("x/a.jpg"), Some("y/a.png"), None].into_iter().enumerate() {
            let pixels = RgbImage::new(2, 2);
            let frame = Frame { index: index as u64, pts: Duration::ZERO, pixels, file: file.map(PathBuf::from) };
            let detection = Detection::default();
            let annotated = Arc::new(RgbImage::new(2, 2));
            let (frame, detection) = (Arc::new(frame), Arc::new(detection));
            sink.put(&RenderedFrame { frame, annotated, detection, dropped: 0, times: StageTimes::default() }).unwrap();
        }
        for name in ["a.png", "a-2.png", "000002.png"] {
            assert!(folder.path().join("annotated").join(name).is_file(), "{name}");
        }
    }
}
