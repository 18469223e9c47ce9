//! Snapshots: one frame as two PNG files, clean and annotated.

use std::fs;
use std::path::PathBuf;

use super::pictures::save;
use super::{RenderedFrame, SinkError};

/// Writes snapshots into one folder and never overwrites a file.
#[derive(Debug)]
pub struct Snapshots {
    dir: PathBuf,
}

/// The two files of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotFiles {
    /// The picture as it came from the source.
    pub clean: PathBuf,
    /// The picture with its overlays.
    pub annotated: PathBuf,
}

impl Snapshots {
    /// Snapshots into `dir`; the folder is made with the first of them.
    pub fn new(dir: impl Into<PathBuf>) -> Snapshots {
        Snapshots { dir: dir.into() }
    }

    /// Writes `000123_clean.png` and `000123_annotated.png` for frame 123, and returns their paths. When they exist already,
    /// a second pair is called `000123-2_...`.
    ///
    /// # Errors
    /// When the folder or a file cannot be written; no half-written file is left.
    pub fn take(&self, item: &RenderedFrame) -> Result<SnapshotFiles, SinkError> {
        fs::create_dir_all(&self.dir).map_err(|error| {
            SinkError::Failed(format!("the snapshot folder {} cannot be made: {error}", self.dir.display()))
        })?;
        let files = self.free_names(item.frame.index);
        save(&item.frame.pixels, &files.clean)?;
        save(&item.annotated, &files.annotated)?;
        Ok(files)
    }

    /// The first pair of names of which neither is taken.
    fn free_names(&self, index: u64) -> SnapshotFiles {
        let mut number = 1u64;
        loop {
            let stem = if number == 1 { format!("{index:06}") } else { format!("{index:06}-{number}") };
            let pair = ["clean", "annotated"].map(|kind| self.dir.join(format!("{stem}_{kind}.png")));
            if !pair.iter().any(|path| path.exists()) {
                let [clean, annotated] = pair;
                return SnapshotFiles { clean, annotated };
            }
            number += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Detection, HeatGrid};
    use crate::frame::Frame;
    use crate::sink::StageTimes;
    use image::{Rgb, RgbImage};
    use std::sync::Arc;
    use std::time::Duration;

    fn rendered(index: u64) -> RenderedFrame {
        let pixels = RgbImage::from_fn(20, 10, |x, y| Rgb([x as u8, y as u8, 77]));
        let annotated = RgbImage::from_pixel(20, 10, Rgb([1, 2, 3]));
        let heat = HeatGrid { cols: 0, rows: 0, values: Vec::new() };
        let detection = Detection { heat, ..Detection::default() };
        RenderedFrame {
            frame: Arc::new(Frame { index, pts: Duration::ZERO, pixels, file: None }),
            annotated: Arc::new(annotated),
            detection: Arc::new(detection),
            dropped: 0,
            times: StageTimes::default(),
        }
    }

    #[test]
    fn both_pictures_come_back_pixel_for_pixel() {
        let dir = tempfile::tempdir().unwrap();
        let item = rendered(123);
        let SnapshotFiles { clean, annotated } = Snapshots::new(dir.path().join("deep/snapshots")).take(&item).unwrap();
        assert_eq!(clean.file_name().unwrap(), "000123_clean.png");
        assert_eq!(annotated.file_name().unwrap(), "000123_annotated.png");
        assert_eq!(image::open(&clean).unwrap().into_rgb8(), item.frame.pixels);
        assert_eq!(image::open(&annotated).unwrap().into_rgb8(), *item.annotated);
    }

    #[test]
    fn a_second_snapshot_of_a_frame_leaves_the_first_alone() {
        let dir = tempfile::tempdir().unwrap();
        let snapshots = Snapshots::new(dir.path());
        let first = snapshots.take(&rendered(7)).unwrap();
        let before = fs::read(&first.clean).unwrap();
        let second = snapshots.take(&rendered(7)).unwrap();
        assert_eq!(second.clean.file_name().unwrap(), "000007-2_clean.png");
        assert_eq!(fs::read(&first.clean).unwrap(), before);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 4);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("taken");
        fs::write(&file, "a file, not a folder").unwrap();
        let error = Snapshots::new(&file).take(&rendered(1)).unwrap_err().to_string();
        assert!(error.contains("taken") && error.contains("cannot be made"), "{error}");
    }
}
