//! Step 1, observe: small copies of the frame, how the camera moved, and whether the picture can be judged.

use super::memory::Memory;
use super::setup::Setup;
use crate::frame::Frame;
use crate::pixels::pyramid::Pyramid;

/// What is seen of a frame at first sight.
pub(super) struct Observation {
    /// The camera's motion was not found: what is known is looked for where it was.
    pub(super) camera_lost: bool,
    /// Why the picture cannot be judged.
    pub(super) obstacle: Option<String>,
}

/// Takes in the next frame; what is known of earlier ones is carried along with the camera.
pub(super) fn observe(setup: &Setup, memory: &mut Memory, frame: &Frame) -> Observation {
    let picture = Pyramid::of(&frame.pixels);
    let obstacle = obstacle(setup, picture.luma());
    let camera_lost = !setup.settings.scan.exhaustive && !memory.observe(picture);
    Observation { camera_lost, obstacle }
}

fn obstacle(setup: &Setup, luma: f32) -> Option<String> {
    let (plan, scan) = (&setup.plan, &setup.settings.scan);
    if plan.levels.is_empty() {
        let side = scan.smallest(plan.frame.short());
        Some(format!("not assessable: {} px is too small, the smallest window has {side} px", plan.frame))
    } else if luma < scan.min_luma_levels {
        Some(format!("not assessable: too dark, mean brightness {luma:.0} of 255"))
    } else {
        None
    }
}
