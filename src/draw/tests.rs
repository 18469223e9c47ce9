use std::sync::Arc;

use image::{Rgb, RgbImage};
use proptest::prelude::*;

use super::*;
use crate::finding::{
    AgedExplanation, DOUBTFUL, Detection, Explanation, Finding, HeatGrid, ScoreOrigin, TrackState, TrackedCircle, Trust,
};
use crate::frame::Frame;
use crate::geometry::{Circle, Square};
use crate::model::{Class, ClassKind};

fn settings() -> DrawSettings {
    DrawSettings {
        circles: true,
        labels: LabelChoice::All,
        heat: true,
        mask: true,
        heat_opacity: 0.6,
        colour_map: ColourMap::Inferno,
        line_width_px: None,
    }
}

fn view(draw: DrawSettings) -> View {
    View { draw, contour: None, help: false, notice: None }
}

fn classes() -> Vec<Class> {
    let class = |name: &str, kind, suspicious| Class { name: name.into(), kind, suspicious };
    vec![
        class("background", ClassKind::Background, false),
        class("nevus", ClassKind::Lesion, false),
        class("melanoma", ClassKind::Lesion, true),
    ]
}

fn frame(width: u32, height: u32) -> Frame {
    let pixels = RgbImage::from_fn(width, height, |x, y| Rgb([(x * 7) as u8, (y * 5) as u8, (x ^ y) as u8]));
    Frame::still(pixels)
}

fn tracked(circle: Circle, class: usize, on_skin: bool, origin: ScoreOrigin) -> TrackedCircle {
    let finding = Finding {
        circle,
        scores: vec![0.0, 0.1, 0.9],
        evidence: 0.9,
        context: 0.8,
        familiar: 1.0,
        origin,
        age_frames: 9,
    };
    TrackedCircle {
        track: 1,
        state: TrackState::Confirmed,
        place: None,
        class,
        undecided: false,
        on_skin,
        finding,
        explained: None,
        assessment: None,
    }
}

fn detection(circles: Vec<TrackedCircle>) -> Detection {
    Detection {
        circles,
        heat: HeatGrid { cols: 2, rows: 2, values: vec![0.0; 4] },
        mask: vec![false; 4],
        ..Detection::default()
    }
}

fn any_circle() -> impl Strategy<Value = TrackedCircle> {
    let coordinate = prop_oneof![-50.0f32..400.0, Just(-1e9f32), Just(1e30f32), Just(f32::MAX), -1e6f32..1e6];
    let radius = prop_oneof![0.0f32..80.0, Just(1e-20f32), Just(1e6f32), Just(f32::MAX), Just(-3.0f32)];
    (coordinate.clone(), coordinate, radius, 0usize..5, any::<bool>(), any::<bool>()).prop_map(
        |(x, y, r, class, on_skin, fresh)| {
            let origin = if fresh { ScoreOrigin::Fresh } else { ScoreOrigin::Reused };
            tracked(Circle { x, y, r }, class, on_skin, origin)
        },
    )
}

#[test]
fn what_is_off_the_skin_has_a_label_only_where_all_have() {
    let drawn = |labels, on_skin| {
        let circle = tracked(Circle { x: 160.0, y: 120.0, r: 30.0 }, 2, on_skin, ScoreOrigin::Fresh);
        let (frame, detection, classes) = (frame(320, 240), detection(vec![circle]), classes());
        let draw = DrawSettings { labels, heat: false, ..settings() };
        annotate(&Scene { frame: &frame, detection: &detection, classes: &classes, status: None }, &view(draw), None)
    };
    assert_eq!(drawn(LabelChoice::OnSkin, false), drawn(LabelChoice::None, false));
    assert_eq!(drawn(LabelChoice::OnSkin, true), drawn(LabelChoice::All, true));
    assert_ne!(drawn(LabelChoice::OnSkin, true), drawn(LabelChoice::None, true));
    assert_ne!(drawn(LabelChoice::All, false), drawn(LabelChoice::None, false));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn any_circles_on_any_size_can_be_drawn(
        (width, height) in prop_oneof![(1u32..12, 1u32..12), (1u32..400, 1u32..300)],
        circles in prop::collection::vec(any_circle(), 0..8),
        (sentence, help, line_width_px) in (any::<bool>(), any::<bool>(), prop::option::of(0.1f32..64.0)),
    ) {
        let frame = frame(width, height);
        let before = frame.pixels.clone();
        let mut detection = detection(circles);
        detection.not_assessable = sentence.then(|| "the picture is too dark".to_owned());
        let status = Status { fps: Some(30.0), ..Status::default() };
        let scene = Scene { frame: &frame, detection: &detection, classes: &classes(), status: Some(&status) };
        let view = View { draw: DrawSettings { line_width_px, ..settings() }, contour: Some(0.8), help, notice: Some("saved".into()) };
        let drawn = annotate(&scene, &view, None);
        prop_assert_eq!(drawn.dimensions(), (width, height));
        prop_assert_eq!(&frame.pixels, &before);
    }

    #[test]
    fn pixels_away_from_the_line_stay_as_they_are(
        (x, y, r) in (-30.0f32..230.0, -30.0f32..180.0, 0.5f32..120.0),
        (on_skin, line_width) in (any::<bool>(), 1.0f32..8.0),
    ) {
        let frame = frame(200, 150);
        let circle = Circle { x, y, r };
        let detection = detection(vec![tracked(circle, 2, on_skin, ScoreOrigin::Reused)]);
        let scene = Scene { frame: &frame, detection: &detection, classes: &classes(), status: None };
        let draw = DrawSettings { labels: LabelChoice::None, line_width_px: Some(line_width), ..settings() };
        let drawn = annotate(&scene, &view(draw), None);
        for (column, row, pixel) in drawn.enumerate_pixels() {
            let off = (circle.distance(&Circle { x: column as f32 + 0.5, y: row as f32 + 0.5, r: 1.0 }) - r).abs();
            if off > line_width + 6.0 {
                prop_assert_eq!(pixel, frame.pixels.get_pixel(column, row));
            }
        }
    }

    #[test]
    fn memory_is_recycled_whatever_its_size(width in 1u32..60, height in 1u32..60) {
        let frame = frame(40, 30);
        let detection = detection(vec![tracked(Circle { x: 20.0, y: 15.0, r: 9.0 }, 1, true, ScoreOrigin::Fresh)]);
        let scene = Scene { frame: &frame, detection: &detection, classes: &classes(), status: None };
        let old = RgbImage::from_pixel(width, height, Rgb([9, 9, 9]));
        prop_assert_eq!(annotate(&scene, &view(settings()), Some(old)), annotate(&scene, &view(settings()), None));
    }
}

#[test]
fn a_ring_has_its_colour_on_the_line_and_nothing_inside() {
    let frame = Frame { pixels: RgbImage::from_pixel(100, 100, Rgb([128, 128, 128])), ..frame(1, 1) };
    let detection = detection(vec![tracked(Circle { x: 50.0, y: 50.0, r: 30.0 }, 2, true, ScoreOrigin::Fresh)]);
    let scene = Scene { frame: &frame, detection: &detection, classes: &classes(), status: None };
    let draw = DrawSettings { labels: LabelChoice::None, line_width_px: Some(4.0), ..settings() };
    let drawn = annotate(&scene, &view(draw), None);
    for (x, y) in [(79, 50), (20, 50), (50, 79), (50, 20)] {
        assert_eq!(drawn.get_pixel(x, y), &look::SUSPICIOUS[0], "at {x}, {y}");
    }
    assert_eq!(drawn.get_pixel(50, 50), &Rgb([128, 128, 128]));
    let halo = drawn.get_pixel(83, 50).0[0];
    assert!((40..110).contains(&halo), "no halo: {halo}");
}

#[test]
fn with_everything_off_the_picture_is_the_frame() {
    let frame = frame(120, 90);
    let mut detection = detection(vec![tracked(Circle { x: 60.0, y: 45.0, r: 20.0 }, 2, true, ScoreOrigin::Fresh)]);
    detection.heat.values.fill(1.0);
    detection.mask.fill(true);
    let scene = Scene { frame: &frame, detection: &detection, classes: &classes(), status: None };
    let draw = DrawSettings { circles: false, heat: false, mask: false, ..settings() };
    assert_eq!(annotate(&scene, &view(draw), None), frame.pixels);
}

/// A map that is highest everywhere, over a window of so many radii a side around the circle.
fn explained(mut tracked: TrackedCircle, side: f32, inside: f32) -> TrackedCircle {
    let map = HeatGrid { cols: 4, rows: 4, values: vec![1.0; 16] };
    let window = Square { x: -side / 2.0, y: -side / 2.0, side };
    let trust = Trust { inside: Some(inside), ..Trust::default() };
    let explanation = Explanation { method: "cam", class: 2, signed: false, map, window, trust };
    tracked.explained = Some(AgedExplanation { explanation: Arc::new(explanation), age_frames: 0 });
    tracked
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]
    #[test]
    fn a_map_covers_the_window_of_its_circle_and_nothing_else(
        (x, y, r) in (-60.0f32..260.0, -60.0f32..210.0, 0.5f32..60.0),
        side in 2.0f32..4.0,
    ) {
        let frame = frame(200, 150);
        let detection = detection(vec![explained(tracked(Circle { x, y, r }, 2, true, ScoreOrigin::Fresh), side, 0.9)]);
        let scene = Scene { frame: &frame, detection: &detection, classes: &classes(), status: None };
        let drawn = annotate(&scene, &view(DrawSettings { circles: false, heat_opacity: 1.0, ..settings() }), None);
        let half = side * r / 2.0;
        for (column, row, pixel) in drawn.enumerate_pixels() {
            let away = (column as f32 + 0.5 - x).abs().max((row as f32 + 0.5 - y).abs()) - half;
            if away > 1.5 {
                prop_assert_eq!(pixel, frame.pixels.get_pixel(column, row));
            } else if away < -1.5 {
                let brightest = colorous::INFERNO.eval_continuous(1.0);
                prop_assert_eq!(pixel.0, [brightest.r, brightest.g, brightest.b]);
            }
        }
    }

    #[test]
    fn any_map_on_any_circle_can_be_drawn(circle in any_circle(), side in prop_oneof![-1.0f32..9.0, Just(1e30f32)]) {
        let frame = frame(90, 70);
        let detection = detection(vec![explained(circle, side, 0.1)]);
        let scene = Scene { frame: &frame, detection: &detection, classes: &classes(), status: None };
        prop_assert_eq!(annotate(&scene, &view(settings()), None).dimensions(), (90, 70));
    }
}

#[test]
fn a_circle_whose_evidence_lies_outside_is_dotted() {
    let circle =
        |inside| explained(tracked(Circle { x: 50.0, y: 50.0, r: 30.0 }, 2, true, ScoreOrigin::Fresh), 3.2, inside);
    let pattern = |circle: &TrackedCircle| look::CircleStyle::of(circle, &classes(), 3.0).pattern;
    assert_eq!(pattern(&circle(DOUBTFUL)), look::Pattern::Solid);
    assert_eq!(pattern(&circle(DOUBTFUL - 0.01)), look::Pattern::Dotted);
    assert_eq!(pattern(&TrackedCircle { on_skin: false, ..circle(0.0) }), look::Pattern::Dashed, "a print above all");
}

#[test]
fn classes_of_a_kind_have_different_colours() {
    let mut classes = classes();
    classes.push(Class { name: "carcinoma".into(), kind: ClassKind::Lesion, suspicious: true });
    classes.push(Class { name: "keratosis".into(), kind: ClassKind::Lesion, suspicious: false });
    let colours: Vec<Rgb<u8>> = (1..5).map(|class| look::class_colour(class, &classes)).collect();
    assert_eq!(colours, [look::BENIGN[0], look::SUSPICIOUS[0], look::SUSPICIOUS[1], look::BENIGN[1]]);
    assert_eq!(look::class_colour(0, &classes), look::OFF_SKIN);
    assert_eq!(look::class_colour(77, &classes), look::OFF_SKIN);
}
