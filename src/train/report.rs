//! What a training run tells on the way.

use super::history::Epoch;

/// Where a run stands, for a progress bar.
#[derive(Clone, Debug)]
pub enum Report {
    /// Something that the user should know.
    Note(String),
    /// Images read so far, of all.
    Reading(u64, u64),
    /// Photographs searched for false circles so far, of all.
    Mining(u64, u64),
    /// Epoch (from 1), windows learnt from in it, smoothed loss.
    Learning(u32, u64, f32),
    /// An epoch ended.
    Epoch(Epoch),
}
