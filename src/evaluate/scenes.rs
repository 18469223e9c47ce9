//! Evaluation of clips: pairs clips with truth files, runs what finds circles over them, and reports.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::detections::SeenFrame;
use super::places::PlaceRecords;
use super::report::{ClipReport, ScenesReport};
use super::tally::Tally;
use super::trails::Trails;
use super::truth_files::{EvaluateError, read_truth};
use crate::counted;
use crate::data::{FolderSides, Side};
use crate::truth::TruthFrame;

/// File name endings of clips.
const CLIPS: [&str; 6] = ["mp4", "mkv", "mov", "avi", "webm", "m4v"];

/// A clip with its truth file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clip {
    /// Name of the clip without its ending.
    pub name: String,
    /// The clip.
    pub video: PathBuf,
    /// Its truth, `NAME.jsonl` beside it.
    pub truth: PathBuf,
    /// Its side: development where nobody says.
    pub side: Side,
}

/// The clips of a folder that have a truth file, sorted by name. A folder without any is an error.
pub fn clips(folder: &Path) -> Result<Vec<Clip>, EvaluateError> {
    let clips = all_clips(folder)?;
    let clips: Vec<Clip> = clips.into_iter().filter(|clip| clip.truth.is_file()).collect();
    if clips.is_empty() {
        let problem = format!("holds no clip ({}) with its truth as NAME.jsonl beside it", CLIPS.join(", "));
        return Err(EvaluateError::Content { path: folder.to_owned(), problem });
    }
    Ok(clips)
}

/// The clips of a folder that have no truth file: they show no lesion. Sorted by name; a folder without any is an error.
pub fn lesion_free_clips(folder: &Path) -> Result<Vec<Clip>, EvaluateError> {
    let clips: Vec<Clip> = all_clips(folder)?.into_iter().filter(|clip| !clip.truth.is_file()).collect();
    if clips.is_empty() {
        let problem = format!("holds no clip ({}) without a NAME.jsonl beside it", CLIPS.join(", "));
        return Err(EvaluateError::Content { path: folder.to_owned(), problem });
    }
    Ok(clips)
}

/// Whether a folder has clips right in it.
pub fn has_clips(folder: &Path) -> bool {
    std::fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| is_clip(&entry.path()))
}

fn is_clip(path: &Path) -> bool {
    let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    CLIPS.contains(&ending.as_str())
}

/// The clips of a folder, with a truth file or without, sorted by name.
fn all_clips(folder: &Path) -> Result<Vec<Clip>, EvaluateError> {
    let failed = |source| EvaluateError::File { path: folder.to_owned(), source };
    let sides = FolderSides::read(folder)
        .map_err(|error| EvaluateError::Content { path: folder.to_owned(), problem: error.to_string() })?;
    let mut clips = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let video = entry.map_err(failed)?.path();
        if is_clip(&video) {
            let name = video.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let side = sides.side(&video).unwrap_or(Side::Development);
            clips.push(Clip { name, truth: video.with_extension("jsonl"), video, side });
        }
    }
    clips.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(clips)
}

/// The clips of a side, and a sentence on them. None left is an error that says on which sides they are.
pub fn of_side(clips: Vec<Clip>, side: Side, folder: &Path) -> Result<(Vec<Clip>, String), EvaluateError> {
    let on = |side: Side| clips.iter().filter(|clip| clip.side == side).count();
    let said = format!("{} of {}, the {} side", on(side), counted(clips.len() as u64, "clip"), side.name());
    if on(side) == 0 {
        let there = Side::ALL.into_iter().filter(|side| on(*side) > 0);
        let flags: Vec<String> = there.map(|side| format!("--split {}", side.name())).collect();
        let problem = format!("{said}; there are others with {}", flags.join(" and "));
        return Err(EvaluateError::Content { path: folder.to_owned(), problem });
    }
    Ok((clips.into_iter().filter(|clip| clip.side == side).collect(), said))
}

/// Runs `find` over every clip and judges the circles that it hands to its second argument, frame by frame, in their order.
/// Nothing but the counts is kept, so that clips may be of any length.
pub fn evaluate_scenes<E, F>(clips: &[Clip], mut find: F) -> Result<ScenesReport, E>
where
    E: From<EvaluateError>,
    F: FnMut(&Clip, &mut dyn FnMut(SeenFrame)) -> Result<(), E>,
{
    let mut reports = Vec::new();
    let mut total = Tally::default();
    for clip in clips {
        let truth = read_truth(&clip.truth)?;
        let mut judge = Judge::new(&truth);
        find(clip, &mut |frame| judge.take(&frame))?;
        let tally = judge.finish();
        total.merge(&tally);
        reports.push(ClipReport::new(&clip.name, &tally));
    }
    Ok(ScenesReport { clips: reports, all: ClipReport::new("all", &total) })
}

/// Judges the frames of one clip against its truth.
pub fn evaluate_frames(name: &str, truth: &[TruthFrame], frames: impl IntoIterator<Item = SeenFrame>) -> ScenesReport {
    let mut judge = Judge::new(truth);
    for frame in frames {
        judge.take(&frame);
    }
    let tally = judge.finish();
    ScenesReport { clips: vec![ClipReport::new(name, &tally)], all: ClipReport::new("all", &tally) }
}

/// Pairs frames with their truth and counts what could not be paired.
struct Judge<'a> {
    waiting: BTreeMap<u64, &'a TruthFrame>,
    tally: Tally,
    trails: Trails,
    places: PlaceRecords,
}

impl<'a> Judge<'a> {
    fn new(truth: &'a [TruthFrame]) -> Judge<'a> {
        Judge {
            waiting: truth.iter().map(|frame| (frame.frame, frame)).collect(),
            tally: Tally::default(),
            trails: Trails::default(),
            places: PlaceRecords::default(),
        }
    }

    fn take(&mut self, seen: &SeenFrame) {
        match self.waiting.remove(&seen.frame) {
            Some(truth) => {
                self.tally.add_frame(truth, seen, &mut self.trails);
                self.places.add(truth, seen);
            }
            None => self.tally.surplus_frames += 1,
        }
    }

    fn finish(mut self) -> Tally {
        self.tally.unseen_frames += self.waiting.len() as u64;
        self.tally.trails = self.trails.finish();
        self.tally.places = self.places.finish();
        self.tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_without_clips_is_an_error_that_names_the_flag_for_the_others() {
        let clip =
            Clip { name: "arm".into(), video: "arm.mp4".into(), truth: "arm.jsonl".into(), side: Side::Development };
        let folder = Path::new("clips");
        assert!(of_side(vec![clip.clone()], Side::Development, folder).is_ok());
        let said = of_side(vec![clip], Side::Report, folder).err().map(|error| error.to_string());
        assert_eq!(
            said.as_deref(),
            Some("clips: 0 of 1 clip, the report side; there are others with --split development")
        );
    }
}
