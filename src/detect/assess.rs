//! Step 11, assess: how well the circles can be judged by the picture, and what to tell who films.

use super::memory::Memory;
use super::setup::Setup;
use crate::assessment::Hint;
use crate::finding::TrackedCircle;
use crate::frame::Frame;
use crate::geometry::Similarity;
use crate::quality::{Assessor, CameraStep, Coach, FrameLook};

/// What is kept between frames to judge pictures by.
#[derive(Default)]
pub(super) struct Quality {
    assessor: Assessor,
    coach: Coach,
    before: Option<FrameBefore>,
}

/// The frame before.
struct FrameBefore {
    /// From its points to those of the first frame.
    to_first: Similarity,
    /// Its number in the source.
    index: u64,
}

impl Quality {
    /// How the camera came to a frame whose motion was found.
    pub(super) fn step(&mut self, memory: &Memory, frame: &Frame, camera_lost: bool) -> Option<CameraStep> {
        let present = &memory.present;
        let before = self.before.replace(FrameBefore { to_first: present.to_first(), index: frame.index });
        before.filter(|_| !camera_lost).map(|before| CameraStep {
            motion: before.to_first.then(&present.from_first()),
            frames: frame.index.saturating_sub(before.index).max(1),
        })
    }

    /// Assesses the circles of a frame. Returns the hint to show with it.
    pub(super) fn assess(
        &mut self,
        setup: &Setup,
        frame: &Frame,
        look: &FrameLook,
        circles: &mut [TrackedCircle],
    ) -> Option<Hint> {
        let wanted = self.assessor.assess(&setup.settings.quality, look, circles);
        self.coach.step(&setup.settings.coach, frame.pts, wanted)
    }
}
