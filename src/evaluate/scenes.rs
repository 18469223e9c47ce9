//! Evaluation of clips: pairs clips with truth files, runs what finds circles over them, and reports.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::detections::SeenFrame;
use super::report::{ClipReport, ScenesReport};
use super::tally::Tally;
use super::truth_files::{EvaluateError, read_truth};
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
}

/// The clips of a folder that have a truth file, sorted by name. A folder without any is an error.
pub fn clips(folder: &Path) -> Result<Vec<Clip>, EvaluateError> {
    let failed = |source| EvaluateError::File { path: folder.to_owned(), source };
    let mut clips = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let video = entry.map_err(failed)?.path();
        let ending = video.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        let truth = video.with_extension("jsonl");
        if CLIPS.contains(&ending.as_str()) && truth.is_file() {
            let name = video.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            clips.push(Clip { name, video, truth });
        }
    }
    if clips.is_empty() {
        let problem = format!("holds no clip ({}) with its truth as NAME.jsonl beside it", CLIPS.join(", "));
        return Err(EvaluateError::Content { path: folder.to_owned(), problem });
    }
    clips.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(clips)
}

/// Runs `find` over every clip and judges the circles that it hands to its second argument, frame by frame, in any order.
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
}

impl<'a> Judge<'a> {
    fn new(truth: &'a [TruthFrame]) -> Judge<'a> {
        Judge { waiting: truth.iter().map(|frame| (frame.frame, frame)).collect(), tally: Tally::default() }
    }

    fn take(&mut self, seen: &SeenFrame) {
        match self.waiting.remove(&seen.frame) {
            Some(truth) => self.tally.add_frame(truth, seen),
            None => self.tally.surplus_frames += 1,
        }
    }

    fn finish(mut self) -> Tally {
        self.tally.unseen_frames += self.waiting.len() as u64;
        self.tally
    }
}
