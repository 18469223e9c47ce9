//! Opens the live window on a generated picture, prints each action that the keys ask for and shows its effect.
//! `cargo run --example window_probe`, then press keys; Esc ends it. `tests/window_keys.rs` drives it.

#![allow(clippy::print_stdout, reason = "an example prints what it sees")]

use std::thread::sleep;
use std::time::{Duration, Instant};

use image::{Rgb, RgbImage};
use lesionscope::draw::{ColourMap, DrawSettings, LabelChoice, Scene, Status, View, annotate};
use lesionscope::explain::MapChoice;
use lesionscope::finding::{Detection, Finding, HeatGrid, ScoreOrigin, TrackState, TrackedCircle};
use lesionscope::frame::Frame;
use lesionscope::geometry::Circle;
use lesionscope::model::{Class, ClassKind};
use lesionscope::sink::SinkError;
use lesionscope::sink::window::{LiveWindow, Request, ViewState};

/// Ends by itself after this time, so that a forgotten one does not stay.
const LONGEST: Duration = Duration::from_secs(120);

/// Runs until Quit or [`LONGEST`].
pub(crate) fn main() -> Result<(), SinkError> {
    let (width, height) = (960, 540);
    let circles = [(300.0, 200.0, 46.0, 1, 0.91), (560.0, 300.0, 30.0, 0, 0.84), (700.0, 170.0, 24.0, 0, 0.61)];
    let spots = circles.map(|(x, y, r, ..)| Circle { x, y, r });
    let frame = Frame::still(ground(width, height, &spots));
    let detection = detection(&circles);
    let classes = [("nevus", false), ("melanoma", true)].map(|(name, suspicious)| Class {
        name: name.to_owned(),
        kind: ClassKind::Lesion,
        suspicious,
    });
    let mut window = LiveWindow::open("lesionscope window probe", frame.size())?;
    let mut state = ViewState::new(view(), 0.5, vec![MapChoice::WindowMap]);
    let started = Instant::now();
    let mut recycled = None;
    let mut shown = 0u64;
    while started.elapsed() < LONGEST {
        let status =
            Status { fps: Some(30.0), circles: 3, threshold: state.conf, paused: state.paused, ..Status::default() };
        let scene = Scene { frame: &frame, detection: &detection, classes: &classes, status: Some(&status) };
        let picture = annotate(&scene, &state.view, recycled.take());
        window.show(&picture)?;
        recycled = Some(picture);
        shown += 1;
        if shown == 3 {
            say("ready");
        }
        for action in window.events() {
            say(&format!("{action:?}"));
            if state.apply(action) == Some(Request::Quit) {
                return Ok(());
            }
        }
        sleep(Duration::from_millis(30));
    }
    Ok(())
}

fn say(line: &str) {
    println!("probe: {line}");
}

fn view() -> View {
    let draw = DrawSettings {
        circles: true,
        labels: LabelChoice::All,
        heat: false,
        mask: false,
        heat_opacity: 0.6,
        colour_map: ColourMap::Inferno,
        line_width_px: None,
    };
    View { draw, contour: None, help: false, notice: None }
}

fn ground(width: u32, height: u32, spots: &[Circle]) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let at = Circle { x: x as f32, y: y as f32, r: 1.0 };
        let dark = spots.iter().any(|spot| spot.distance(&at) < spot.r * 0.6);
        let light = if dark { 90 } else { 210 - (y / 8) as u8 };
        Rgb([light, (f32::from(light) * 0.78) as u8, (f32::from(light) * 0.66) as u8])
    })
}

fn detection(circles: &[(f32, f32, f32, usize, f32)]) -> Detection {
    let circles = circles.iter().map(|&(x, y, r, class, score)| {
        let mut scores = vec![1.0 - score; 2];
        if let Some(own) = scores.get_mut(class) {
            *own = score;
        }
        let origin = if class == 0 { ScoreOrigin::Reused } else { ScoreOrigin::Fresh };
        let finding = Finding {
            circle: Circle { x, y, r },
            scores,
            evidence: score,
            context: 1.0,
            familiar: 1.0,
            origin,
            age_frames: 0,
        };
        TrackedCircle {
            track: 1,
            state: TrackState::Confirmed,
            place: None,
            class,
            undecided: false,
            on_skin: true,
            finding,
            explained: None,
            assessment: None,
        }
    });
    let mut values = vec![0.0; 32 * 18];
    values.iter_mut().skip(32 * 6 + 8).take(4).for_each(|value| *value = 0.9);
    let heat = HeatGrid { cols: 32, rows: 18, values };
    Detection { circles: circles.collect(), mask: vec![false; 32 * 18], heat, ..Detection::default() }
}
