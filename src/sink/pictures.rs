//! Annotated pictures: one PNG for every still, or the best one of a film.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::RgbImage;

use super::{Rendered, Sink, SinkError};
use crate::finding::TrackState;

/// Writes `NAME.png` for every picture into a folder.
pub struct PicturesSink {
    folder: PathBuf,
    taken: BTreeSet<String>,
}

impl PicturesSink {
    /// Creates the folder.
    pub fn create(folder: &Path) -> Result<PicturesSink, SinkError> {
        std::fs::create_dir_all(folder)
            .map_err(|error| SinkError::Unusable(format!("cannot create the folder {}: {error}", folder.display())))?;
        Ok(PicturesSink { folder: folder.to_owned(), taken: BTreeSet::new() })
    }

    /// The name of the picture, made different from all before: `a.jpg` and `a.png` become `a.png` and `a-2.png`.
    fn name(&mut self, item: &Rendered) -> String {
        let stem = item.frame.file.as_deref().and_then(Path::file_stem);
        let stem = stem.map_or_else(|| format!("{:06}", item.frame.index), |stem| stem.to_string_lossy().into_owned());
        let mut name = stem.clone();
        let mut n = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("{stem}-{n}");
            n += 1;
        }
        name
    }
}

impl Sink for PicturesSink {
    fn put(&mut self, item: &Rendered) -> Result<(), SinkError> {
        let name = self.name(item);
        save(&item.annotated, &self.folder.join(name + ".png"))
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
    fn put(&mut self, item: &Rendered) -> Result<(), SinkError> {
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

fn save(picture: &RgbImage, path: &Path) -> Result<(), SinkError> {
    picture.save(path).map_err(|error| SinkError::Failed(format!("cannot write {}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::finding::Detection;
    use crate::frame::Frame;
    use crate::sink::StageTimes;

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
            sink.put(&Rendered { frame, annotated, detection, dropped: 0, times: StageTimes::default() }).unwrap();
        }
        for name in ["a.png", "a-2.png", "000002.png"] {
            assert!(folder.path().join("annotated").join(name).is_file(), "{name}");
        }
    }
}
