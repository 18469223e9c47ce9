//! `scene:SEED`: a generated, endless scene with exact truth: an arm or a hand with lesions over a patterned cloth, seen by
//! a camera that is still or moves. Same seed and settings, same bytes, on every machine.

mod camera;
mod lens;
mod outline;
mod world;

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use self::camera::{CameraPath, CameraPose};
pub use self::camera::{MOTIONS, SceneMotion};
use self::lens::{Lens, Optics};
use super::{Source, SourceError, SourceInfo, Stop};
use crate::frame::Frame;
use crate::geometry::{Circle, Point, Size};
use crate::pixels::paint::lesion::LesionKind;
use crate::settings::objection;
use crate::truth::{TruthFrame, TruthLesion};

/// Settings of generated scenes; `config/default.toml` says what is allowed, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SceneSettings {
    /// Width of the frames, px.
    pub width: u32,
    /// Height of the frames, px.
    pub height: u32,
    /// Frames a second.
    pub fps: f64,
    /// Number of frames after which the scene ends.
    pub frames: Option<u64>,
}

/// An open scene.
pub struct SceneSource {
    settings: SceneSettings,
    info: SourceInfo,
    motion: SceneMotion,
    path: CameraPath,
    lens: Lens,
    /// The middle of the world.
    middle: Point,
    lesions: Vec<(LesionKind, Circle)>,
    outline: Vec<Point>,
    next: u64,
}

impl SceneSource {
    /// Paints scene `seed`. The camera's motion is [`MOTIONS`]`[seed % 5]`; the cloth is printed with lesions where
    /// `seed % 3 == 2`; all else is drawn from the seed. Fails on settings that are not allowed.
    pub fn open(seed: u64, settings: SceneSettings) -> Result<SceneSource, SourceError> {
        if let Some(problem) = objection("scene", &settings) {
            return Err(SourceError::Unusable(format!("the generated scene cannot be opened: {problem}")));
        }
        let SceneSettings { width, height, fps, frames } = settings;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let motion = MOTIONS[(seed % MOTIONS.len() as u64) as usize];
        let world = world::World::paint(&mut rng, width, height, seed % 3 == 2);
        let path = CameraPath::draw(&mut rng, motion, width, fps);
        let (blur, vignette) = (rng.random_range(0..3), rng.random_range(0.0..0.3));
        let optics = Optics { blur, vignette, noise: rng.random_range(1.0..4.0) };
        let lens = Lens::new(&world.picture, Size { width, height }, optics, rng.random());
        let info = SourceInfo {
            label: format!("scene {seed}: generated, {width}x{height} at {fps} fps"),
            stem: format!("scene-{seed}"),
            live: false,
            size: Some(Size { width, height }),
            frames,
            fps: Some(fps),
            #[cfg(feature = "video")]
            sound: None,
            stills: false,
        };
        let middle = Size::from(world.picture.dimensions()).centre();
        let (lesions, outline) = (world.lesions, world.outline);
        Ok(SceneSource { settings, info, motion, path, lens, middle, lesions, outline, next: 0 })
    }

    /// How the camera of this scene moves.
    pub fn motion(&self) -> SceneMotion {
        self.motion
    }

    /// Frame `n`: a pure function of seed, settings and `n`.
    pub fn frame(&self, n: u64) -> Frame {
        let pts = Duration::from_secs_f64(n as f64 / self.settings.fps);
        Frame { index: n, pts, pixels: self.lens.frame(n, &self.path.pose(n)), file: None }
    }

    /// What is to be seen on frame `n`: every lesion whose circle reaches into the frame, and the outline of the skin.
    pub fn truth(&self, n: u64) -> TruthFrame {
        let pose = self.path.pose(n);
        let (width, height) = (self.settings.width as f32, self.settings.height as f32);
        let tenth = |v: f32| (v * 10.0).round() / 10.0;
        let shrink = 1.0 / (pose.a * pose.a + pose.b * pose.b).sqrt();
        let lesions = self.lesions.iter().enumerate().filter_map(|(id, (kind, circle))| {
            let Point { x, y } = self.project(&pose, circle.centre());
            let r = circle.r * shrink;
            let seen = x > -r && y > -r && x < width + r && y < height + r;
            let class = kind.name().to_owned();
            seen.then(|| TruthLesion { id: id as u32, class, x: tenth(x), y: tenth(y), r: tenth(r) })
        });
        let skin =
            self.outline.iter().map(|corner| self.project(&pose, *corner)).map(|Point { x, y }| [x.round(), y.round()]);
        let time_s = (n as f64 / self.settings.fps * 1e4).round() / 1e4;
        TruthFrame { frame: n, time_s, lesions: lesions.collect(), skin: skin.collect() }
    }

    /// From the world to the frame.
    fn project(&self, pose: &CameraPose, point: Point) -> Point {
        let (dx, dy) = (point.x - self.middle.x - pose.x, point.y - self.middle.y - pose.y);
        let square = pose.a * pose.a + pose.b * pose.b;
        let (u, v) = ((pose.a * dx + pose.b * dy) / square, (pose.a * dy - pose.b * dx) / square);
        Point { x: u + self.settings.width as f32 / 2.0, y: v + self.settings.height as f32 / 2.0 }
    }
}

impl Source for SceneSource {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn next_frame(&mut self, stop: &Stop) -> Result<Option<Frame>, SourceError> {
        if stop.requested() || (self.settings.frames.is_some_and(|frames| self.next >= frames)) {
            return Ok(None);
        }
        let frame = self.frame(self.next);
        self.next += 1;
        Ok(Some(frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_of_the_camera_leaves_the_world() {
        for seed in 0..15 {
            let settings = SceneSettings { width: 320, height: 180, fps: 30.0, frames: None };
            let scene = SceneSource::open(seed, settings).unwrap();
            for n in 0..600 {
                let pose = scene.path.pose(n);
                for (x, y) in [(-160.0, -90.0), (160.0, -90.0), (-160.0, 90.0), (160.0, 90.0)] {
                    let u = scene.middle.x + pose.x + pose.a * x - pose.b * y;
                    let v = scene.middle.y + pose.y + pose.b * x + pose.a * y;
                    let inside = u > 1.0 && v > 1.0 && u < 2.0 * scene.middle.x - 2.0 && v < 2.0 * scene.middle.y - 2.0;
                    assert!(inside, "scene {seed}, frame {n}: {u} {v}");
                }
            }
        }
    }

    #[test]
    fn truth_undoes_what_the_lens_does() {
        let settings = SceneSettings { width: 320, height: 180, fps: 30.0, frames: None };
        let scene = SceneSource::open(1, settings).unwrap();
        let pose = scene.path.pose(123);
        let (x, y) = (200.0f32, 40.0f32);
        let u = scene.middle.x + pose.x + pose.a * (x - 160.0) - pose.b * (y - 90.0);
        let v = scene.middle.y + pose.y + pose.b * (x - 160.0) + pose.a * (y - 90.0);
        let back = scene.project(&pose, Point { x: u, y: v });
        assert!((back.x - x).abs() < 1e-3 && (back.y - y).abs() < 1e-3, "{back:?}");
    }
}
