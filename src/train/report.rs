//! What a training run tells on the way.

use super::history::Epoch;
use super::skin::SkinFigures;

/// Where a run stands, for a progress bar.
#[derive(Clone, Debug)]
pub enum Report {
    /// Something that the user should know.
    Note(String),
    /// Images are read.
    Reading {
        /// Images read so far.
        done: u64,
        /// Images to read.
        all: u64,
    },
    /// Photographs are searched for false circles.
    Mining {
        /// Photographs searched so far.
        done: u64,
        /// Photographs to search.
        all: u64,
    },
    /// An epoch is under way.
    Learning {
        /// Its number, from 1.
        epoch: u32,
        /// Windows learnt from in it so far.
        windows: u64,
        /// The smoothed loss.
        loss: f32,
    },
    /// An epoch ended.
    Epoch(Epoch),
    /// An epoch of the skin map ended.
    SkinEpoch {
        /// Its number, from 1.
        epoch: u32,
        /// Mean training loss.
        loss: f32,
        /// Figures of the development side.
        figures: SkinFigures,
    },
}
