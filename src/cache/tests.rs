use image::{Rgb, RgbImage};
use proptest::prelude::*;

use super::*;
use crate::geometry::Point;

fn settings() -> CacheSettings {
    CacheSettings {
        bound_levels: 4.0,
        contrast: 0.1,
        exposure_levels: 8.0,
        max_age_frames: Some(10),
        still_age_frames: 10,
        coarse_age_frames: 5,
        reach_sides: 0.25,
    }
}

/// Waves of several lengths, seen by a camera that moved right by `dx` px; brighter by `light`; with a dark spot.
fn seen(dx: f32, light: f32, spot: Option<Point>) -> Pyramid {
    Pyramid::of(&RgbImage::from_fn(320, 240, |x, y| {
        let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
        let near = spot.is_some_and(|spot| spot.distance(Point { x, y }) < 6.0);
        let (u, wave) = (x + dx, |t: f32, length: f32| (t / length).sin());
        let value = 120.0 + 25.0 * wave(u + 0.4 * y, 9.0) + 20.0 * wave(y - 0.3 * u, 13.0) + 20.0 * wave(u, 37.0);
        Rgb([if near { 30 } else { (value + light) as u8 }; 3])
    }))
}

const LIMITS: Limits<u32> = Limits { moved: 10, still: 10 };
const WINDOW: Square = Square { x: 100.0, y: 80.0, side: 40.0 };
const MIDDLE: Point = Point { x: 120.0, y: 100.0 };

fn known(store: &mut Store<u8, &'static str>, present: &PresentFrame, at: Point) -> Option<CachedAnswer<&'static str>> {
    store.get(&0, Aim { centre: at, reach_px: 4.0 }, present, &settings())
}

#[test]
fn an_answer_moves_along_with_the_camera_and_says_its_age() {
    let (mut present, mut store) = (PresentFrame::default(), Store::default());
    present.observe(seen(0.0, 0.0, None));
    store.put(0, FreshAnswer { square: WINDOW, value: "here" }, LIMITS, &present);
    for frame in 1..=4_u32 {
        assert!(present.observe(seen(3.3 * frame as f32, 0.0, None)));
        store.carry(&present);
        let at = Point { x: 120.0 - 3.3 * frame as f32, y: 100.0 };
        let found = known(&mut store, &present, at).unwrap();
        assert_eq!((found.value, found.age_frames), ("here", frame));
        assert!(found.square.centre().distance(at) < 0.5, "{found:?}");
        assert_eq!(known(&mut store, &present, Point { x: at.x + 8.0, ..at }), None, "another place");
    }
}

#[test]
fn what_comes_into_a_window_ends_its_answer_and_no_other() {
    let (mut present, mut store) = (PresentFrame::default(), Store::default());
    present.observe(seen(0.0, 0.0, None));
    store.put(0, FreshAnswer { square: WINDOW, value: "spoilt" }, LIMITS, &present);
    store.put(0, FreshAnswer { square: Square { x: 200.0, ..WINDOW }, value: "kept" }, LIMITS, &present);
    present.observe(seen(0.0, 0.0, Some(Point { x: 125.0, y: 95.0 })));
    store.carry(&present);
    assert_eq!(known(&mut store, &present, MIDDLE), None);
    assert_eq!(known(&mut store, &present, Point { x: 220.0, ..MIDDLE }).map(|known| known.value), Some("kept"));
    assert_eq!(store.len(), 1, "what has changed is forgotten");
}

#[test]
fn a_little_more_light_is_exposure_and_much_is_a_change() {
    for (light, holds) in [(0.0, true), (6.0, true), (-6.0, true), (12.0, false), (-12.0, false)] {
        let (mut present, mut store) = (PresentFrame::default(), Store::default());
        present.observe(seen(0.0, 0.0, None));
        store.put(0, FreshAnswer { square: WINDOW, value: "" }, LIMITS, &present);
        present.observe(seen(0.0, light, None));
        store.carry(&present);
        assert_eq!(known(&mut store, &present, MIDDLE).is_some(), holds, "{light}");
    }
}

#[test]
fn slow_drift_is_caught() {
    let (mut present, mut store) = (PresentFrame::default(), Store::default());
    present.observe(seen(0.0, 0.0, None));
    store.put(0, FreshAnswer { square: WINDOW, value: "" }, Limits { moved: 1000, still: 1000 }, &present);
    for step in 1..=8 {
        present.observe(seen(0.0, step as f32, None));
        store.carry(&present);
        assert!(store.get(&0, Aim { centre: MIDDLE, reach_px: 4.0 }, &present, &settings()).is_some(), "{step}");
    }
    present.observe(seen(0.0, 9.0, None));
    assert!(store.get(&0, Aim { centre: MIDDLE, reach_px: 4.0 }, &present, &settings()).is_none());
}

#[test]
fn still_pictures_are_reused_until_the_age_limit_and_not_all_at_once() {
    let (mut present, mut store) = (PresentFrame::default(), Store::default());
    present.observe(seen(0.0, 0.0, None));
    for kind in 0..30 {
        store.put(kind, FreshAnswer { square: WINDOW, value: kind }, LIMITS, &present);
    }
    let mut valid = Vec::new();
    for age in 1..=12 {
        present.observe(seen(0.0, 0.0, None));
        store.carry(&present);
        let found: Vec<_> = (0..30)
            .filter_map(|kind| store.get(&kind, Aim { centre: MIDDLE, reach_px: 4.0 }, &present, &settings()))
            .collect();
        assert!(found.iter().all(|known| known.age_frames == age));
        valid.push(found.len());
    }
    assert_eq!(valid[..5], [30; 5]);
    assert!(valid[5] < 30 && valid[7] > 0, "{valid:?}");
    assert_eq!(valid[10..], [0, 0], "none is older than the limit");
    assert_eq!(store.len(), 0);
}

#[test]
fn an_answer_lives_longer_while_the_picture_stands_still() {
    let limits = Limits { moved: 4, still: 8 };
    for (step, lasts) in [(0.0, 8), (0.1, 8), (2.0, 4)] {
        let (mut present, mut store) = (PresentFrame::default(), Store::default());
        present.observe(seen(0.0, 0.0, None));
        store.put(0, FreshAnswer { square: WINDOW, value: "" }, limits, &present);
        for frame in 1..=lasts + 1 {
            let dx = step * frame as f32;
            assert!(present.observe(seen(dx, 0.0, None)));
            store.carry(&present);
            let found = known(&mut store, &present, Point { x: 120.0 - dx, ..MIDDLE }).is_some();
            assert_eq!(found, frame <= lasts, "{step} px a frame, frame {frame}");
        }
    }
}

#[test]
fn no_limit_for_still_pictures_turns_the_cache_on_or_is_the_shorter_one() {
    let limits =
        |max_age_frames, still_age_frames| CacheSettings { max_age_frames, still_age_frames, ..settings() }.limits();
    assert_eq!(limits(None, 300), Limits { moved: 0, still: 0 });
    assert_eq!(limits(Some(60), 0), Limits { moved: 60, still: 60 });
    assert_eq!(limits(Some(60), 300), Limits { moved: 60, still: 300 });
}

proptest! {
    #[test]
    fn a_print_differs_from_itself_by_nothing_and_from_another_place_by_much(x in 20.0_f32..200.0, y in 20.0_f32..150.0) {
        let picture = seen(0.0, 0.0, None);
        let of = |x: f32| Fingerprint::of(&picture, Square { x, y, side: 36.0 }, &Similarity::IDENTITY).unwrap();
        let strict = CacheSettings { bound_levels: 0.0, contrast: 0.0, exposure_levels: 0.0, ..settings() };
        prop_assert!(of(x).still_shows(&of(x), &strict));
        prop_assert_eq!(of(x).changed(&of(x), &settings()), 0);
        let (here, there) = (of(x), of(x + 14.0));
        prop_assert!(!there.still_shows(&here, &settings()) && there.changed(&here, &settings()) > 12);
    }
}
