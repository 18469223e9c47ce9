//! Scans of clips and photographs for the commands that judge circles.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::cli::evaluate::judging::scan;
use crate::cli::models::flags::ModelFlags;
use crate::cli::say::note;
use crate::cli::setup::Preparation;
use crate::config::Config;
use crate::evaluate::detections::SeenFrame;
use crate::evaluate::photos::{LabelledPhoto, ScannedPhoto};
use crate::pipeline::PipelineError;
use crate::source::{StillsSource, Stop};

/// Runs the scan over a clip; returns the number of frames.
pub(crate) fn scan_clip(
    config: &Config,
    model: &ModelFlags,
    clip: &Path,
    take: &mut dyn FnMut(SeenFrame),
) -> anyhow::Result<u64> {
    // The pipeline asks its source to end when the front returns, so every clip has a wish to stop of its own.
    let word = clip.to_string_lossy();
    let preparation = Preparation::new(config.clone(), &word, model, Stop::default())?;
    let outcome = scan(preparation, &mut |scanned| take(scanned.seen));
    outcome.result.with_context(|| format!("{}", clip.display()))?;
    outcome.source.notes.iter().for_each(|said| note(said));
    Ok(outcome.tally.frames)
}

/// Photographs with their circles.
#[derive(Debug, Default)]
pub(crate) struct PhotoScan {
    /// Those that there are, that can be read and whose size is the listed one.
    pub(crate) scanned: Vec<ScannedPhoto>,
    /// Why the others were left out.
    pub(crate) skipped: Vec<String>,
    /// What the model is called; empty where nothing was scanned.
    pub(crate) model: String,
}

/// Scans the photographs of a folder of this name; `each` is called after every one.
pub(crate) fn scan_photos(
    config: &Config,
    model: &ModelFlags,
    name: &str,
    photos: Vec<LabelledPhoto>,
    each: &dyn Fn(),
) -> anyhow::Result<PhotoScan> {
    let (there, missing): (Vec<LabelledPhoto>, Vec<LabelledPhoto>) =
        photos.into_iter().partition(|photo| photo.path.is_file());
    let skipped = missing.iter().map(|photo| format!("{}: there is no such picture", photo.path.display())).collect();
    let mut found = PhotoScan { skipped, ..PhotoScan::default() };
    if there.is_empty() {
        return Ok(found);
    }
    let files: Vec<PathBuf> = there.iter().map(|photo| photo.path.clone()).collect();
    let mut waiting: BTreeMap<PathBuf, LabelledPhoto> =
        there.into_iter().map(|photo| (photo.path.clone(), photo)).collect();
    let mut config = config.clone();
    // Settings of how films are paced would leave photos out.
    (config.run.vid_stride, config.run.max_fps, config.run.frames) = (1, None, None);
    // The pipeline asks its source to end when it ends, so every folder has a wish to stop of its own.
    let source = |_: &Config| Ok(Box::new(StillsSource::of(name, files)) as _);
    let preparation = Preparation::with(config, model, Stop::default(), source)?;
    found.model = preparation.scanner.classifier().stamp.label();
    let outcome = scan(preparation, &mut |frame| {
        each();
        let Some(photo) = frame.file.and_then(|file| waiting.remove(&file)) else { return };
        match ScannedPhoto::new(photo, frame.size, frame.seen.circles, frame.not_assessable) {
            Ok(photo) => found.scanned.push(photo),
            Err(why) => found.skipped.push(why),
        }
    });
    match outcome.result {
        // No picture could be read: they are told with all others that were left out.
        Err(PipelineError::Source(error)) if error.is_unusable() => {}
        result => result.with_context(|| format!("{name}: the scan failed"))?,
    }
    found.skipped.extend(waiting.keys().map(|path| format!("{}: cannot be read as a picture", path.display())));
    Ok(found)
}
