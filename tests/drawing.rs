//! Golden pictures of the overlays. `REGENERATE=1 cargo test --test drawing` writes them anew: look at each before committing it.

#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{Rgb, RgbImage};
use lesionscope::draw::{ColourMap, DrawSettings, LabelChoice, Scene, Status, View, annotate};
use lesionscope::finding::{
    AgedExplanation, Detection, Explanation, Finding, HeatGrid, ScoreOrigin, TrackState, TrackedCircle, Trust,
};
use lesionscope::frame::Frame;
use lesionscope::geometry::{Circle, Square};
use lesionscope::model::{Class, ClassKind};

/// Largest difference of a channel that rounding on another machine may make.
const TOLERANCE: u8 = 3;

fn classes() -> Vec<Class> {
    let class = |name: &str, kind, suspicious| Class { name: name.into(), kind, suspicious };
    vec![
        class("background", ClassKind::Background, false),
        class("skin", ClassKind::Skin, false),
        class("nevus", ClassKind::Lesion, false),
        class("keratosis", ClassKind::Lesion, false),
        class("melanoma", ClassKind::Lesion, true),
        class("carcinoma", ClassKind::Lesion, true),
    ]
}

/// Skin-coloured, darkening downwards, with darker discs where the circles will be, over a cool ground. Few colours keep the files small.
fn ground(width: u32, height: u32, spots: &[Circle]) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
        let skin = v < 0.72 + 0.12 * (u * 5.0).sin();
        let band = (v * 8.0).floor() / 8.0;
        let base =
            if skin { [226.0 - 36.0 * band, 176.0 - 30.0 * band, 148.0 - 24.0 * band] } else { [70.0, 92.0, 120.0] };
        let at = Circle { x: x as f32 + 0.5, y: y as f32 + 0.5, r: 1.0 };
        let dark = spots.iter().any(|spot| spot.distance(&at) < spot.r * 0.7);
        let shade = if dark && skin { 0.5 } else { 1.0 };
        Rgb(base.map(|channel: f32| (channel * shade) as u8))
    })
}

fn tracked(circle: (f32, f32, f32), class: usize, score: f32) -> TrackedCircle {
    let mut scores = vec![0.01; 6];
    scores[class] = score;
    let circle = Circle { x: circle.0, y: circle.1, r: circle.2 };
    let finding = Finding {
        circle,
        scores,
        evidence: score,
        context: 0.9,
        familiar: 1.0,
        origin: ScoreOrigin::Fresh,
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
}

/// Every kind of circle: fresh, reused, tentative, off skin, old, at an edge, and two close together.
fn circles() -> Vec<TrackedCircle> {
    let mut all = vec![
        tracked((150.0, 110.0, 34.0), 4, 0.91),
        tracked((330.0, 90.0, 24.0), 2, 0.84),
        tracked((378.0, 118.0, 18.0), 3, 0.66),
        tracked((520.0, 190.0, 30.0), 5, 0.73),
        tracked((240.0, 220.0, 22.0), 2, 0.58),
        tracked((90.0, 318.0, 26.0), 4, 0.62),
        tracked((628.0, 60.0, 28.0), 2, 0.95),
    ];
    all[1].finding.origin = ScoreOrigin::Reused;
    all[1].finding.age_frames = 3;
    all[3].finding.origin = ScoreOrigin::Reused;
    all[3].finding.age_frames = 14;
    all[4].state = TrackState::Tentative;
    all[5].on_skin = false;
    all
}

fn detection(circles: Vec<TrackedCircle>, (width, height): (u32, u32)) -> Detection {
    let (cols, rows) = (width / 16, height / 16);
    let mut values = Vec::new();
    for row in 0..rows {
        for col in 0..cols {
            let at = Circle { x: col as f32 * 16.0 + 8.0, y: row as f32 * 16.0 + 8.0, r: 1.0 };
            let heat = |tracked: &TrackedCircle| {
                let circle = &tracked.finding.circle;
                tracked.finding.evidence * (-(circle.distance(&at) / circle.r).powi(2)).exp()
            };
            values.push(circles.iter().map(heat).fold(0.0, f32::max));
        }
    }
    let mask = values.iter().map(|value| *value > 0.5).collect();
    let heat = HeatGrid { cols, rows, values };
    Detection { circles, heat, mask, ..Detection::default() }
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

fn status() -> Status {
    Status {
        fps: Some(29.97),
        age: Some(Duration::from_millis(41)),
        dropped: 3,
        computed: 498,
        reused: 431,
        circles: 7,
        threshold: 0.5,
        ..Status::default()
    }
}

/// Draws `detection` over the generated ground and compares with `tests/golden/NAME.png`.
fn check(name: &str, size: (u32, u32), detection: &Detection, view: &View, status: Option<&Status>) {
    let spots: Vec<Circle> = detection.circles.iter().map(|tracked| tracked.finding.circle).collect();
    let pixels = ground(size.0, size.1, &spots);
    let frame = Frame::still(pixels);
    let scene = Scene { frame: &frame, detection, classes: &classes(), status };
    let drawn = annotate(&scene, view, None);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.png"));
    if std::env::var_os("REGENERATE").is_some() {
        let file = std::fs::File::create(&path).unwrap();
        let encoder = PngEncoder::new_with_quality(file, CompressionType::Best, FilterType::Adaptive);
        drawn.write_with_encoder(encoder).unwrap();
        return;
    }
    let golden = image::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).into_rgb8();
    assert_eq!(drawn.dimensions(), golden.dimensions(), "{name}: size");
    let differs = |a: &Rgb<u8>, b: &Rgb<u8>| a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > TOLERANCE);
    let wrong: Vec<_> = drawn.enumerate_pixels().filter(|(x, y, p)| differs(p, golden.get_pixel(*x, *y))).collect();
    if let Some((x, y, pixel)) = wrong.first() {
        let saved = std::env::temp_dir().join(format!("{name}-drawn.png"));
        drawn.save(&saved).unwrap();
        let expected = golden.get_pixel(*x, *y);
        panic!(
            "{name}: {} pixels differ, first ({x}, {y}): {pixel:?}, not {expected:?}; see {}",
            wrong.len(),
            saved.display()
        );
    }
}

#[test]
fn circles_labels_and_status() {
    check("circles", (640, 360), &detection(circles(), (640, 360)), &view(), Some(&status()));
}

#[test]
fn heat_and_mask() {
    let mut view = view();
    view.draw.heat = true;
    view.draw.mask = true;
    view.draw.labels = LabelChoice::None;
    let left = circles().into_iter().take(3).collect();
    check("heat", (416, 208), &detection(left, (416, 208)), &view, None);
}

/// A map over the window of a circle: highest at a place of the window, `(0.5, 0.5)` its middle.
fn explained(circle: &mut TrackedCircle, (x, y): (f32, f32), signed: bool, inside: f32) {
    let value = |i: u32| {
        let (u, v) = (((i % 32) as f32 + 0.5) / 32.0, ((i / 32) as f32 + 0.5) / 32.0);
        let near = |x: f32, y: f32| (-((u - x).hypot(v - y) / 0.2).powi(2)).exp();
        if signed { near(x, y) - near(1.0 - x, 1.0 - y) } else { near(x, y) }
    };
    let map = HeatGrid { cols: 32, rows: 32, values: (0..32 * 32).map(value).collect() };
    let trust = Trust { agreement: 0.5, drop: 0.5, inside: Some(inside) };
    let window = Square { x: -1.6, y: -1.6, side: 3.2 };
    let explanation = Explanation { method: "cam", class: circle.class, signed, map, window, trust };
    circle.explained = Some(AgedExplanation { explanation: Arc::new(explanation), age_frames: 2 });
}

#[test]
fn explanations_and_a_circle_whose_evidence_lies_outside() {
    let mut circles: Vec<TrackedCircle> = circles().into_iter().take(4).collect();
    circles.swap_remove(2);
    explained(&mut circles[0], (0.5, 0.5), false, 0.9);
    explained(&mut circles[1], (0.35, 0.4), true, 0.8);
    explained(&mut circles[2], (0.05, 0.9), false, 0.1);
    check("explained", (640, 300), &detection(circles, (640, 300)), &view(), None);
}

#[test]
fn a_picture_that_cannot_be_judged() {
    let mut detection = detection(Vec::new(), (480, 270));
    detection.not_assessable =
        Some("the picture is too dark (mean brightness 9 of 255): add light, or raise the exposure".into());
    let status = Status { paused: true, recording: true, circles: 0, ..status() };
    check("not_assessable", (480, 270), &detection, &view(), Some(&status));
}

#[test]
fn help_screen() {
    let view = View { help: true, ..view() };
    check("help", (300, 350), &detection(Vec::new(), (300, 350)), &view, None);
}

#[test]
fn crowded() {
    let spread = |index: u32| {
        let (x, y) = (60.0 + 50.0 * (index % 5) as f32, 70.0 + 46.0 * (index / 5) as f32);
        tracked((x, y, 14.0), 2 + (index % 4) as usize, 0.6 + 0.03 * index as f32)
    };
    check(
        "crowded",
        (320, 240),
        &detection((0..10).map(spread).collect(), (320, 240)),
        &view(),
        Some(&Status { circles: 10, ..status() }),
    );
}

#[test]
fn too_small_for_words() {
    check("tiny", (64, 48), &detection(vec![tracked((30.0, 20.0, 11.0), 4, 0.9)], (64, 48)), &view(), Some(&status()));
}
