//! The camera's path over the world: a pure function of the frame number, with a period, so that it never drifts away.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use crate::pixels::paint::noise::{rotation, sine};

/// How the camera moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SceneMotion {
    /// On a stand.
    Still,
    /// Held by hand: a few pixels of shake, a little turning.
    Handheld,
    /// From side to side.
    Pan,
    /// Nearer and farther.
    Approach,
    /// Held by hand while the light changes.
    Light,
}

/// All motions; scene SEED has number `SEED % 5`.
pub const MOTIONS: [SceneMotion; 5] =
    [SceneMotion::Still, SceneMotion::Handheld, SceneMotion::Pan, SceneMotion::Approach, SceneMotion::Light];

/// Length of the period, seconds.
const PERIOD: f64 = 20.0;

/// A place of the camera: frame px (measured from the frame's middle) times `(a, b)` as a complex number, plus `(x, y)`,
/// is world px (measured from the world's middle).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct CameraPose {
    /// Cosine part of rotation and scale, world px a frame px.
    pub(super) a: f32,
    /// Sine part.
    pub(super) b: f32,
    /// Shift, world px.
    pub(super) x: f32,
    /// Shift, world px.
    pub(super) y: f32,
    /// Brightness, 1 as painted.
    pub(super) gain: f32,
}

/// The path of one scene.
pub(super) struct CameraPath {
    motion: SceneMotion,
    /// Frames in a period.
    period: u64,
    /// Width of the frame, px: the unit of the amplitudes.
    width: f32,
    phases: [f32; 12],
}

impl CameraPath {
    /// The path of a camera of the given motion for frames of `width` px, `fps` a second.
    pub(super) fn draw(rng: &mut impl Rng, motion: SceneMotion, width: u32, fps: f64) -> CameraPath {
        let period = (PERIOD * fps).max(1.0).round() as u64;
        CameraPath { motion, period, width: width as f32, phases: std::array::from_fn(|_| rng.random_range(0.0..1.0)) }
    }

    /// Where the camera is at frame `n`.
    pub(super) fn pose(&self, n: u64) -> CameraPose {
        let t = (n % self.period) as f32 / self.period as f32;
        let (mut turn, mut zoom, mut x, mut y, mut gain) = (0.0, 1.0, 0.0, 0.0, 1.0);
        if matches!(self.motion, SceneMotion::Handheld | SceneMotion::Light) {
            x = self.width * 0.001 * self.shake(t, 0);
            y = self.width * 0.001 * self.shake(t, 3);
            turn = 0.0004 * self.shake(t, 6);
            zoom = 1.0 - 0.015 * self.wave(t, 3.0, 9);
        }
        match self.motion {
            SceneMotion::Pan => {
                x = self.width * 0.17 * self.wave(t, 2.0, 0);
                y = self.width * 0.02 * self.wave(t, 1.0, 1);
            }
            SceneMotion::Approach => {
                zoom = 0.81 - 0.19 * self.wave(t, 2.0, 0);
                turn = 0.003 * self.wave(t, 1.0, 1);
            }
            SceneMotion::Light => gain = 0.86 + 0.14 * self.wave(t, 4.0, 10),
            SceneMotion::Still | SceneMotion::Handheld => {}
        }
        let (c, s) = rotation(turn);
        CameraPose { a: zoom * c, b: zoom * s, x, y, gain }
    }

    /// Tremor of a hand: slow sway of up to 14 and quick shake of up to 2 units.
    fn shake(&self, t: f32, first: usize) -> f32 {
        8.0 * self.wave(t, 7.0, first) + 5.0 * self.wave(t, 17.0, first + 1) + 2.0 * self.wave(t, 83.0, first + 2)
    }

    /// A sine with a whole number of waves in the period.
    fn wave(&self, t: f32, waves: f32, phase: usize) -> f32 {
        sine(waves * t + self.phases.get(phase).copied().unwrap_or(0.0))
    }
}
