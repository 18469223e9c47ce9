//! Answers kept between frames, and carried along as the camera moves.
//!
//! An answer is about a window. In a later frame the window is where the camera's motion took it (`motion/`), and the answer holds while
//! the window looks as it did when it was given ([`Fingerprint`]), brightness of the whole aside. So a still camera, a hand-held one, and a
//! wrong estimate of its motion are all the same case: what looks the same is not asked again, all else is. The pixels that a reused answer
//! rests on may differ from the present ones as far as the means of the window's 64 cells stay within the bounds of [`CacheSettings`].

mod fingerprint;
mod store;

use serde::{Deserialize, Serialize};

use crate::geometry::{Similarity, Square};
use crate::motion::CameraMotion;
use crate::pixels::pyramid::Pyramid;
pub use fingerprint::Fingerprint;
pub use store::{Aim, CachedAnswer, FreshAnswer, Store};

/// Settings of the cache; `config/default.toml` says what is allowed, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheSettings {
    /// A window has changed when the root mean square of the differences of its cells is above this (exposure aside), grey levels.
    pub bound_levels: f32,
    /// This part of a window's own contrast is added to the bound: a fraction of a pixel's shift changes much where there is much to
    /// see, and nothing that matters.
    pub contrast: f32,
    /// A window has changed when the mean of one of its channels moved by more than this (the camera's exposure, a shadow), grey levels.
    pub exposure_levels: f32,
    /// A score is reused for at most this many frames where the picture moved; `None` turns the cache off.
    pub max_age_frames: Option<u32>,
    /// The same where the picture has not moved by a pixel since; fewer than `max_age_frames` count as that many.
    pub still_age_frames: u32,
    /// Where the picture moved, the coarse level's answers are at most this many frames old. They are carried along, and only
    /// choose windows; what the classifier then sees are the present pixels.
    pub coarse_age_frames: u32,
    /// A known score stands for a wanted window when their centres are at most this far apart, as a fraction of the side.
    pub reach_sides: f32,
}

/// A picture that moved by less than this since, px, has not moved.
pub const STILL: f32 = 1.0;

/// For how many frames an answer may be used, or what the last such frame is: where the picture moved since, and where it did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits<T> {
    /// Where it moved.
    pub moved: T,
    /// Where it stood still, no less.
    pub still: T,
}

impl<T> Limits<T> {
    /// The one that counts.
    pub fn when(self, moved: bool) -> T {
        if moved { self.moved } else { self.still }
    }
}

impl CacheSettings {
    /// For how many frames a score may be used.
    pub fn limits(&self) -> Limits<u32> {
        let Some(moved) = self.max_age_frames else { return Limits { moved: 0, still: 0 } };
        Limits { moved, still: self.still_age_frames.max(moved) }
    }

    /// For how many frames a coarse answer may be used.
    pub fn coarse_limits(&self) -> Limits<u32> {
        let limits = self.limits();
        Limits { moved: self.coarse_age_frames.min(limits.moved), ..limits }
    }
}

/// The present frame as the cache sees it, and the camera's way to it.
#[derive(Clone, Debug, Default)]
pub struct PresentFrame {
    now: u64,
    camera: CameraMotion,
    from_first: Option<Similarity>,
    to_first: Option<Similarity>,
    picture: Option<Pyramid>,
}

impl PresentFrame {
    /// Takes in the next frame. Returns whether the camera's motion was found.
    pub fn observe(&mut self, picture: Pyramid) -> bool {
        self.now += 1;
        let pose = self.camera.observe(&picture);
        self.from_first = Some(pose.from_first);
        self.to_first = Some(pose.from_first.inverse());
        self.picture = Some(picture);
        pose.found
    }

    /// Mean luma of the present frame, grey levels `0..=255`; `None` before the first.
    pub fn luma(&self) -> Option<f32> {
        self.picture.as_ref().map(Pyramid::luma)
    }

    /// Number of the present frame, from 1.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// From points of the first frame to those of the present one.
    pub fn from_first(&self) -> Similarity {
        self.from_first.unwrap_or(Similarity::IDENTITY)
    }

    /// From points of the present frame to those of the first one.
    pub fn to_first(&self) -> Similarity {
        self.to_first.unwrap_or(Similarity::IDENTITY)
    }

    /// What is seen now where a square of an earlier frame went by `motion`; `None` when it left the picture.
    pub fn fingerprint(&self, square: Square, motion: &Similarity) -> Option<Fingerprint> {
        Fingerprint::of(self.picture.as_ref()?, square, motion)
    }

    /// Numbers of the frames after which an answer that is given now may not be used any more, the `turn`th answer of all.
    ///
    /// Answers given one after the other live for different times, between half of a limit and all of it (in frames), so that what
    /// was computed in one frame is computed anew a little at a time.
    pub fn expiry(&self, limits: Limits<u32>, turn: u64) -> Limits<u64> {
        let last = |limit: u32| self.now + u64::from(limit) - turn % (u64::from(limit) / 2 + 1);
        Limits { moved: last(limits.moved), still: last(limits.still) }
    }
}

#[cfg(test)]
mod tests;
