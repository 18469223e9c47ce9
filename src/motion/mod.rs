//! How the camera moved: the picture plane's shift, turn and zoom from frame to frame, so that what was known of a part of it can be
//! carried along. Pure functions of the pictures.

mod align;
mod points;
mod solve;

use crate::geometry::Similarity;
use crate::pixels::pyramid::Pyramid;
use align::Template;
use points::Fit;

/// A new key frame is taken when less than this part of the old one's points is still in view, `0..=1`.
const VIEW: f32 = 0.75;
/// A new key frame is taken when less than this part of the points still looks as it did, `0..=1`.
const ALIKE: f32 = 0.75;
/// The motion is not believed when less than this part of the points looks as it did, `0..=1`: what moves is no single plane.
const BELIEVED: f32 = 0.5;
/// A new key frame is taken when the picture grew or shrank by more than this factor since.
const ZOOM: f64 = 1.1;

/// A motion is searched for more widely when its points fit less closely than this, `0..=1`.
const SURE: f32 = 0.7;
/// And less closely than this part of how they fitted in the frame before: some key frames fit nothing closely, and searching every
/// frame anew finds nothing better.
const AS_BEFORE: f32 = 0.9;

/// The camera's motion since the first frame.
///
/// Every frame is aligned with a key frame, not with its predecessor, so that errors do not add up from frame to frame; a new
/// key frame is taken when too little of the old one is left.
#[derive(Clone, Debug, Default)]
pub struct CameraMotion {
    key: Option<Key>,
    /// From the key frame to the last frame.
    since_key: Option<Similarity>,
    /// From the frame before to the last one: the next one is expected to move on like that.
    step: Option<Similarity>,
    /// How closely the points of the key frame fitted in the frame before, `0..=1`.
    close: Option<f32>,
}

#[derive(Clone, Debug)]
struct Key {
    template: Template,
    /// From the first frame to the key frame.
    pose: Similarity,
}

/// Where the camera is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// From points of the first frame to those of this one.
    pub from_first: Similarity,
    /// Whether the motion was found. Where not, the camera is taken to have stood still since the frame before: what is carried
    /// along must be checked anyway.
    pub found: bool,
}

impl CameraMotion {
    /// Takes in the next frame.
    pub fn observe(&mut self, picture: &Pyramid) -> Pose {
        let Some(key) = &self.key else {
            self.start(picture, Similarity::IDENTITY);
            return Pose { from_first: Similarity::IDENTITY, found: true };
        };
        let last = self.since_key.unwrap_or(Similarity::IDENTITY);
        let guesses = [last, self.step.map_or(last, |step| last.then(&step))];
        let sure = self.close.map_or(SURE, |close| SURE.min(AS_BEFORE * close));
        match key.template.align(picture, &guesses, sure).filter(|fit| fit.alike >= BELIEVED) {
            Some(Fit { motion, view, alike, close }) => {
                let pose = key.pose.then(&motion);
                self.step = Some(last.inverse().then(&motion));
                self.since_key = Some(motion);
                self.close = Some(close);
                if view < VIEW || alike < ALIKE || !(1.0 / ZOOM..=ZOOM).contains(&motion.scale()) {
                    self.start(picture, pose);
                }
                Pose { from_first: pose, found: true }
            }
            None => {
                let pose = key.pose.then(&last);
                self.step = None;
                self.start(picture, pose);
                Pose { from_first: pose, found: false }
            }
        }
    }

    fn start(&mut self, picture: &Pyramid, pose: Similarity) {
        self.key = Some(Key { template: Template::of(picture), pose });
        self.since_key = None;
        self.close = None;
    }
}

#[cfg(test)]
mod tests;
