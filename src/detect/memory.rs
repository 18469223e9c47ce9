//! What is kept from frame to frame: the camera's way, and answers that are carried along with it.

use super::coarse::CoarseMemory;
use super::frame_skin::{FrameSkin, KeptSkinMap};
use crate::cache::{PresentFrame, Store};
use crate::model::Scores;
use crate::pixels::pyramid::Pyramid;
use crate::scan::refine::WindowView;

/// Windows of one size, seen in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WindowKind {
    /// Index of the level of the plan.
    pub(super) level: usize,
    pub(super) view: WindowView,
}

/// Answers kept between frames. Each is asked for by the step that would otherwise ask the model.
#[derive(Default)]
pub(super) struct Memory {
    /// The present frame, and how the camera moved.
    pub(super) present: PresentFrame,
    /// Whether the camera's motion to the present frame was not found.
    pub(super) camera_lost: bool,
    /// Of the whole frame.
    pub(super) skin: Option<KeptSkinMap>,
    /// Of the coarse level.
    pub(super) coarse: CoarseMemory,
    /// Of the classifier.
    pub(super) scores: Store<WindowKind, Scores>,
    /// Where the second network was asked about a track, by its id.
    pub(super) opinions: Store<u64, ()>,
}

impl Memory {
    /// Takes in the next frame and carries along what is known.
    pub(super) fn observe(&mut self, picture: Pyramid) {
        self.camera_lost = !self.present.observe(picture);
        self.scores.carry(&self.present);
        self.opinions.carry(&self.present);
    }

    /// The skin map as it lies to the present frame.
    pub(super) fn frame_skin(&self) -> FrameSkin {
        FrameSkin::new(self.skin.as_ref(), &self.present)
    }
}
