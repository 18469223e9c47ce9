//! Judges the pictures of circles against the best of their own, from frame to frame.

use std::collections::BTreeMap;

use image::RgbImage;

use super::patch::PatchLook;
use super::settings::QualitySettings;
use crate::assessment::{Assessment, Hint};
use crate::finding::TrackedCircle;
use crate::geometry::{Circle, Point, Similarity, Size};
use crate::pixels::resize::Cutter;

/// Places that are remembered, at most: then those that were not seen for longest are forgotten.
const REMEMBERED: usize = 256;
/// A camera moves too fast for anything when it goes by this part of the shorter side in a frame.
const FAST: f32 = 0.03;

/// The camera's way from the frame before to this one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CameraStep {
    /// From points of the frame before to those of this one.
    pub motion: Similarity,
    /// How many frames of the source that took, at least 1.
    pub frames: u64,
}

impl CameraStep {
    /// How far a point of this frame came, px a frame.
    fn speed(&self, at: Point) -> f32 {
        self.motion.inverse().apply(at).distance(at) / self.frames.max(1) as f32
    }
}

/// What is looked at.
pub struct FrameLook<'a> {
    /// The picture.
    pub picture: &'a RgbImage,
    /// Its mean luma, grey levels `0..=255`, where that is known.
    pub luma_levels: Option<f32>,
    /// The camera's way to it; `None` where there is none that is known.
    pub step: Option<CameraStep>,
}

/// What is remembered of a place.
struct PlaceMemory {
    /// The most detail that it ever showed.
    detail: f32,
    /// Number of the frame on which it was seen last, from 1.
    seen: u64,
    circle: Circle,
}

/// Judges the circles of one film, frame by frame.
#[derive(Default)]
pub struct Assessor {
    frame: u64,
    known: BTreeMap<u64, PlaceMemory>,
    cutter: Cutter,
}

impl Assessor {
    /// Assesses the circles that have a place, confirmed ones on skin, and says what would help most on this frame.
    pub fn assess(
        &mut self,
        settings: &QualitySettings,
        look: &FrameLook,
        circles: &mut [TrackedCircle],
    ) -> Option<Hint> {
        self.frame += 1;
        let mut hints = Vec::new();
        for circle in circles.iter_mut() {
            let Some(place) = circle.place else { continue };
            circle.assessment = self.circle(settings, look, place, circle.finding.circle);
            hints.extend(circle.assessment.map(|of| of.hint));
        }
        self.forget();
        if hints.is_empty() { whole(settings, look) } else { most_wanted(&hints) }
    }

    fn circle(
        &mut self,
        settings: &QualitySettings,
        look: &FrameLook,
        place: u64,
        circle: Circle,
    ) -> Option<Assessment> {
        let patch = PatchLook::of(look.picture, circle, &mut self.cutter)?;
        let camera = look.step.map_or(0.0, |step| step.speed(circle.centre()));
        let frames = look.step.map_or(1, |step| step.frames.max(1));
        let before = self.known.get(&place).filter(|known| known.seen + 1 == self.frame);
        let own = before.map_or(0.0, |known| known.circle.distance(&circle) / frames as f32);
        let memory = self.known.entry(place).or_insert(PlaceMemory { detail: 0.0, seen: 0, circle });
        memory.detail = memory.detail.max(patch.detail);
        (memory.seen, memory.circle) = (self.frame, circle);
        let assessment = Assessment {
            sharpness: if memory.detail > 0.0 { patch.detail / memory.detail } else { 0.0 },
            luma_levels: patch.luma_levels,
            dark: patch.dark,
            bright: patch.bright,
            glare: patch.glare,
            across_px: 2.0 * circle.r,
            motion_radii: camera.max(own) / circle.r.max(1e-3),
            hint: None,
        };
        Some(Assessment { hint: hint(settings, &assessment), ..assessment })
    }

    fn forget(&mut self) {
        while self.known.len() > REMEMBERED {
            let oldest = self.known.iter().min_by_key(|(_, known)| known.seen).map(|(id, _)| *id);
            oldest.and_then(|id| self.known.remove(&id));
        }
    }
}

/// What would help most with one circle.
fn hint(settings: &QualitySettings, of: &Assessment) -> Option<Hint> {
    if of.luma_levels < settings.dark_levels {
        Some(Hint::MoreLight)
    } else if of.bright > settings.bright_share {
        Some(Hint::LessLight)
    } else if of.glare > settings.glare_share {
        Some(Hint::TurnAway)
    } else if of.sharpness < settings.sharpness || of.motion_radii > settings.motion_radii {
        Some(Hint::HoldStill)
    } else {
        (of.across_px < settings.across_px).then_some(Hint::ComeCloser)
    }
}

/// What most circles want, the more urgent of two that are wanted alike; nothing where most want nothing.
fn most_wanted(hints: &[Option<Hint>]) -> Option<Hint> {
    let count = |hint: Hint| hints.iter().filter(|wanted| **wanted == Some(hint)).count();
    let most = Hint::ALL.into_iter().rev().max_by_key(|hint| count(*hint))?;
    let wanting = hints.iter().flatten().count();
    (2 * wanting >= hints.len() && wanting > 0).then_some(most)
}

/// What would help with a frame without circles: nothing is found in the dark, and in what goes by.
fn whole(settings: &QualitySettings, look: &FrameLook) -> Option<Hint> {
    let size: Size = look.picture.dimensions().into();
    let speed = look.step.map_or(0.0, |step| step.speed(size.centre()));
    if look.luma_levels.is_some_and(|luma| luma < settings.dark_levels) {
        Some(Hint::MoreLight)
    } else {
        (speed > FAST * size.short() as f32).then_some(Hint::HoldStill)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Finding, ScoreOrigin, TrackState};
    use image::Rgb;

    fn settings() -> QualitySettings {
        QualitySettings {
            sharpness: 0.4,
            dark_levels: 35.0,
            bright_share: 0.35,
            glare_share: 0.06,
            across_px: 24.0,
            motion_radii: 0.5,
        }
    }

    fn circle(place: u64, x: f32, r: f32) -> TrackedCircle {
        let finding = Finding {
            circle: Circle { x, y: 60.0, r },
            scores: vec![1.0],
            evidence: 1.0,
            context: 1.0,
            familiar: 1.0,
            origin: ScoreOrigin::Fresh,
            age_frames: 0,
        };
        TrackedCircle {
            track: place,
            state: TrackState::Confirmed,
            place: Some(place),
            class: 0,
            undecided: false,
            on_skin: true,
            finding,
            explained: None,
            assessment: None,
        }
    }

    fn picture() -> RgbImage {
        RgbImage::from_fn(240, 120, |x, y| Rgb([if (x / 3 + y / 3) % 2 == 0 { 90 } else { 180 }; 3]))
    }

    fn assess(assessor: &mut Assessor, picture: &RgbImage, circles: &mut [TrackedCircle]) -> Option<Hint> {
        let look = FrameLook { picture, luma_levels: Some(128.0), step: None };
        assessor.assess(&settings(), &look, circles)
    }

    #[test]
    fn blur_is_judged_against_the_best_of_the_same_place() {
        let (mut assessor, sharp) = (Assessor::default(), picture());
        let soft = image::imageops::blur(&sharp, 1.2);
        let mut circles = [circle(1, 60.0, 20.0)];
        assert_eq!(assess(&mut assessor, &soft, &mut circles), None, "nothing sharper is known of it");
        assert_eq!(assess(&mut assessor, &sharp, &mut circles), None);
        assert_eq!(assess(&mut assessor, &soft, &mut circles), Some(Hint::HoldStill));
        let assessment = circles[0].assessment.unwrap();
        assert!(assessment.sharpness < 0.4 && !assessment.passes());
        assert_eq!(assess(&mut assessor, &soft, &mut [circle(2, 60.0, 20.0)]), None, "another place");
    }

    #[test]
    fn far_fast_dark_and_off_the_skin() {
        let (mut assessor, picture) = (Assessor::default(), picture());
        assert_eq!(assess(&mut assessor, &picture, &mut [circle(1, 60.0, 11.0)]), Some(Hint::ComeCloser));
        assert_eq!(assess(&mut assessor, &picture, &mut [circle(1, 70.0, 11.0)]), Some(Hint::HoldStill));
        let mut print = [TrackedCircle { place: None, on_skin: false, ..circle(3, 60.0, 5.0) }];
        assert_eq!(assess(&mut assessor, &picture, &mut print), None);
        assert!(print[0].assessment.is_none());
        let black = RgbImage::from_pixel(240, 120, Rgb([20; 3]));
        assert_eq!(assess(&mut assessor, &black, &mut [circle(4, 60.0, 30.0)]), Some(Hint::MoreLight));
        let white = RgbImage::from_pixel(240, 120, Rgb([254; 3]));
        assert_eq!(assess(&mut assessor, &white, &mut [circle(5, 60.0, 30.0)]), Some(Hint::LessLight));
    }

    #[test]
    fn a_camera_that_moves_is_asked_to_hold_still_and_dropped_frames_are_counted() {
        let (mut assessor, picture) = (Assessor::default(), picture());
        let motion = Similarity { dx: 16.0, ..Similarity::IDENTITY };
        let mut hint = |frames: u64, circles: &mut [TrackedCircle]| {
            let look =
                FrameLook { picture: &picture, luma_levels: Some(128.0), step: Some(CameraStep { motion, frames }) };
            assessor.assess(&settings(), &look, circles)
        };
        assert_eq!(hint(1, &mut [circle(1, 60.0, 20.0)]), Some(Hint::HoldStill));
        assert_eq!(hint(4, &mut [circle(2, 60.0, 20.0)]), None, "4 px a frame");
        assert_eq!((hint(1, &mut []), hint(8, &mut [])), (Some(Hint::HoldStill), None), "without circles");
    }

    #[test]
    fn the_frame_wants_what_most_circles_want() {
        use Hint::{ComeCloser, HoldStill, MoreLight};
        assert_eq!(most_wanted(&[None, None, Some(ComeCloser)]), None);
        assert_eq!(most_wanted(&[None, Some(ComeCloser)]), Some(ComeCloser));
        assert_eq!(most_wanted(&[Some(ComeCloser), Some(HoldStill), Some(ComeCloser)]), Some(ComeCloser));
        assert_eq!(most_wanted(&[Some(ComeCloser), Some(MoreLight)]), Some(MoreLight), "the more urgent");
        assert_eq!(most_wanted(&[]), None);
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let (mut assessor, picture) = (Assessor::default(), picture());
        for place in 0..2000 {
            assess(&mut assessor, &picture, &mut [circle(place, 60.0, 20.0)]);
        }
        assert_eq!(assessor.known.len(), REMEMBERED);
        assert!(assessor.known.contains_key(&1999));
    }
}
