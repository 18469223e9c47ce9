//! Step 1, observe: small copies of the frame, how the camera moved, and whether the picture can be judged.

use super::memory::Memory;
use super::setup::Setup;
use crate::frame::Frame;
use crate::pixels::pyramid::Pyramid;

/// Takes in the next frame; what is known of earlier ones is carried along with the camera. Returns why the picture cannot be judged, if so.
pub(super) fn observe(setup: &Setup, memory: &mut Memory, frame: &Frame) -> Option<String> {
    let picture = Pyramid::of(&frame.pixels);
    let obstacle = obstacle(setup, picture.luma());
    if !setup.settings.scan.exhaustive {
        memory.observe(picture);
    }
    obstacle
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
