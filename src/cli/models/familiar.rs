//! `import --closeups`: what a classifier of the user's own is familiar with, and how well that tells cloth apart.

use std::path::{Path, PathBuf};

use anyhow::Context;
use glob::Pattern;
use image::RgbImage;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::cli::exit::Usage;
use crate::cli::progress::closeups_bar;
use crate::geometry::Size;
use crate::model::onnx::OnnxClassifier;
use crate::model::onnx::familiarity::{Familiarity, PICTURES};
use crate::pixels::paint::cloth::cloth;
use crate::pixels::paint::skin::skin;
use crate::pixels::resize::Cutter;
use crate::source::{Source, SourceError, StillsSource, Stop};

/// Close-ups that are shown at most, evenly picked.
const MOST: usize = 1000;
/// Pieces of cloth and of skin that are painted to compare with.
const PAINTED: usize = 64;
/// Pictures that are answered between two steps of the progress bar.
const BATCH: usize = 16;

/// Files of close-ups of the kind that a classifier was taught.
pub(crate) struct Closeups(Vec<PathBuf>);

impl Closeups {
    /// Those of a folder, or of a glob.
    pub(crate) fn find(spec: &str) -> Result<Closeups, Usage> {
        // Training sets are folders of folders, one a class.
        let all = match Path::new(spec).is_dir() {
            true => format!("{}/**/*", Pattern::escape(spec.trim_end_matches('/'))),
            false => spec.to_owned(),
        };
        StillsSource::matching(&all).map(Closeups).map_err(unreadable)
    }

    /// Shows them to the classifier; what comes of it, and a sentence on that.
    pub(crate) fn familiar(self, foreign: &OnnxClassifier, quiet: bool) -> anyhow::Result<(Familiarity, String)> {
        let side = foreign.card().picture.side as u32;
        let closeups = self.shown(side)?;
        let progress = closeups_bar(quiet, closeups.len() + 2 * PAINTED)?;
        let mut energies = Vec::with_capacity(closeups.len());
        for closeups in closeups.chunks(BATCH) {
            energies.extend(foreign.energies(closeups)?);
            progress.inc(closeups.len() as u64);
        }
        let few = || {
            Usage(format!(
                "--closeups: {} pictures say nothing of what is familiar to it; {PICTURES} or more close-ups, none like the other, would",
                closeups.len()
            ))
        };
        let familiar = Familiarity::of(energies).ok_or_else(few)?;
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let below = |pictures: Vec<RgbImage>| -> anyhow::Result<usize> {
            let energies = foreign.energies(&pictures)?;
            progress.inc(pictures.len() as u64);
            Ok(energies.into_iter().filter(|energy| *energy < familiar.least).count())
        };
        let cloths = below((0..PAINTED).map(|_| cloth(&mut rng, side, side)).collect())?;
        let skins = below((0..PAINTED).map(|_| skin(&mut rng, side, side)).collect())?;
        let said = format!(
            "unfamiliar: one in twenty of {} close-ups, {cloths} of {PAINTED} pieces of painted cloth, {skins} of {PAINTED} of painted \
             skin (energy below {:.2})\n",
            closeups.len(),
            familiar.least
        );
        Ok((familiar, said))
    }

    /// The pictures, whole, at the side that the classifier takes.
    fn shown(self, side: u32) -> anyhow::Result<Vec<RgbImage>> {
        let step = self.0.len().div_ceil(MOST).max(1);
        let mut source = StillsSource::of("--closeups", self.0.into_iter().step_by(step).collect());
        let (mut pictures, mut cutter) = (Vec::new(), Cutter::new());
        while let Some(frame) = source.next_frame(&Stop::default()).map_err(unreadable)? {
            let whole = cutter.whole(&frame.pixels, Size::square(side));
            pictures.push(whole.context("a close-up cannot be resized")?);
        }
        Ok(pictures)
    }
}

fn unreadable(error: SourceError) -> Usage {
    Usage(format!("--closeups: {error}"))
}
