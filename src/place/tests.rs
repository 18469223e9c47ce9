//! The book against a world whose lesions are known: a camera that moves, leaves, is covered and lost.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::finding::{Finding, Place, ScoreOrigin, TrackState, TrackedCircle};
use crate::geometry::{Circle, Point, Similarity, Size};
use crate::track::NamingRule;

const SIZE: Size = Size { width: 1280, height: 720 };
const RATE: u64 = 30;

fn settings() -> PlaceSettings {
    PlaceSettings { confirm_s: 0.5, adrift_s: 2.0, margin: 0.05, rename_s: 1.0 }
}

fn naming() -> NamingRule {
    NamingRule { lesions: vec![1, 2], suspicious: vec![2], share: 0.0 }
}

fn tracked(track: u64, circle: Circle, scores: &[f32]) -> TrackedCircle {
    let finding = Finding {
        circle,
        scores: scores.to_vec(),
        evidence: 0.9,
        context: 1.0,
        familiar: 1.0,
        origin: ScoreOrigin::Fresh,
        age_frames: 0,
    };
    let state = TrackState::Confirmed;
    TrackedCircle {
        track,
        state,
        place: None,
        class: 1,
        undecided: false,
        on_skin: true,
        finding,
        explained: None,
        assessment: None,
    }
}

/// A lesion of the world: where it lies, and its contrast with the skin.
#[derive(Clone, Copy, Debug)]
struct Lesion {
    circle: Circle,
    contrast: f32,
}

/// The way from the world to the frame.
fn camera(scale: f64, angle: f64, dx: f64, dy: f64) -> Similarity {
    Similarity { a: scale * angle.cos(), b: scale * angle.sin(), dx, dy }
}

fn moved(circle: Circle, motion: &Similarity) -> Circle {
    let Point { x, y } = motion.apply(circle.centre());
    Circle { x, y, r: circle.r * motion.scale() as f32 }
}

/// What happens to a frame, besides the way of the camera.
#[derive(Clone, Copy, Default)]
struct Event {
    lost: bool,
    covered: bool,
}

/// The world, its tracker, which gives a lesion a new track each time that it comes into view, and the book.
struct World {
    lesions: Vec<Lesion>,
    book: PlaceBook,
    tracks: BTreeMap<usize, u64>,
    last_track: u64,
    frame: u64,
    /// From the world to the frame before, and what the book was told of it.
    before: Option<(Similarity, Similarity)>,
}

impl World {
    fn new(lesions: &[(f32, f32, f32, f32)]) -> World {
        let lesion = |(x, y, r, contrast): &(f32, f32, f32, f32)| Lesion {
            circle: Circle { x: *x, y: *y, r: *r },
            contrast: *contrast,
        };
        World {
            lesions: lesions.iter().map(lesion).collect(),
            book: PlaceBook::new(settings()),
            tracks: BTreeMap::new(),
            last_track: 0,
            frame: 0,
            before: None,
        }
    }

    /// The next frame; the number of each lesion that is circled. `order` changes that of the circles.
    fn step(
        &mut self,
        camera: Similarity,
        event: Event,
        order: impl Fn(&mut Vec<TrackedCircle>),
    ) -> BTreeMap<usize, Option<u64>> {
        let (before, told) = self.before.unwrap_or((camera, Similarity::IDENTITY));
        let told = if event.lost { told } else { told.then(&before.inverse().then(&camera)) };
        self.before = Some((camera, told));
        let inside = |circle: &Circle| {
            (circle.r..SIZE.width as f32 - circle.r).contains(&circle.x)
                && (circle.r..SIZE.height as f32 - circle.r).contains(&circle.y)
        };
        let seen: Vec<(usize, Circle)> = self
            .lesions
            .iter()
            .map(|lesion| moved(lesion.circle, &camera))
            .enumerate()
            .filter(|(_, circle)| inside(circle) && !event.covered)
            .collect();
        self.tracks.retain(|lesion, _| seen.iter().any(|(index, _)| index == lesion));
        let mut circles = Vec::new();
        for (lesion, circle) in &seen {
            let track = *self.tracks.entry(*lesion).or_insert_with(|| {
                self.last_track += 1;
                self.last_track
            });
            circles.push(tracked(track, *circle, &[0.0, 0.3, 0.7]));
        }
        order(&mut circles);
        let contrast = |circle: Circle| {
            let at = seen.iter().find(|(_, other)| other.distance(&circle) < 1.0);
            Appearance::plain(at.map_or(0.0, |(lesion, _)| self.lesions[*lesion].contrast))
        };
        let frame = PlaceFrame {
            time: Duration::from_millis(1000 * self.frame / RATE),
            size: SIZE,
            from_first: told,
            camera_lost: event.lost,
            alone: false,
            naming: &naming(),
            appearance: &contrast,
        };
        self.book.step(&mut circles, &frame);
        self.frame += 1;
        let number = |track: &u64| circles.iter().find(|circle| circle.track == *track).and_then(|circle| circle.place);
        self.tracks.iter().map(|(lesion, track)| (*lesion, number(track))).collect()
    }

    /// So many seconds in which the camera stands still.
    fn stand(&mut self, camera: Similarity, seconds: f64) -> BTreeMap<usize, Option<u64>> {
        let mut last = BTreeMap::new();
        for _ in 0..(seconds * RATE as f64) as u64 {
            last = self.step(camera, Event::default(), |_| {});
        }
        last
    }

    /// The camera goes from one way to see the world to another, and is not lost.
    fn pan(&mut self, from: Similarity, to: Similarity) -> BTreeMap<usize, Option<u64>> {
        let mut last = BTreeMap::new();
        for step in 0..=20 {
            let share = f64::from(step) / 20.0;
            let between = |from: f64, to: f64| from + share * (to - from);
            let camera = Similarity {
                a: between(from.a, to.a),
                b: between(from.b, to.b),
                dx: between(from.dx, to.dx),
                dy: between(from.dy, to.dy),
            };
            last = self.step(camera, Event::default(), |_| {});
        }
        last
    }
}

const ARM: [(f32, f32, f32, f32); 4] =
    [(300.0, 200.0, 25.0, -0.5), (620.0, 420.0, 30.0, -0.3), (900.0, 180.0, 22.0, -0.7), (420.0, 560.0, 35.0, -0.2)];

#[test]
fn a_camera_that_leaves_and_comes_back_sees_the_same_places() {
    let mut world = World::new(&ARM);
    let (home, away) = (Similarity::IDENTITY, camera(1.2, 0.1, 1500.0, 300.0));
    let first = world.stand(home, 2.0);
    assert_eq!(first.values().flatten().copied().collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(world.pan(home, away).is_empty());
    assert!(world.stand(away, 3.0).is_empty());
    assert_eq!(world.pan(away, home), first, "at once: none of them was waited for");
    assert_eq!(world.stand(home, 3.0), first);
}

#[test]
fn lesions_that_a_hand_covered_come_back_under_their_numbers() {
    let mut world = World::new(&ARM);
    let first = world.stand(Similarity::IDENTITY, 2.0);
    // The hand is followed for a while, as if the camera moved; then the camera is lost, and lost again when the hand is gone.
    for frame in 0..30 {
        let lost = frame == 10;
        let hand = camera(1.0, 0.0, if frame < 10 { 20.0 * f64::from(frame) } else { 200.0 }, 0.0);
        assert!(world.step(hand, Event { lost, covered: true }, |_| {}).is_empty());
    }
    let shaken = camera(1.02, 0.02, 12.0, -9.0);
    world.step(shaken, Event { lost: true, covered: false }, |_| {});
    assert_eq!(world.stand(shaken, 2.0), first);
}

#[test]
fn after_a_cut_the_constellation_tells_which_lesion_is_which() {
    let mut world = World::new(&ARM);
    let first = world.stand(Similarity::IDENTITY, 2.0);
    for frame in 0..45 {
        world.step(camera(1.0, 0.0, 5000.0, 0.0), Event { lost: frame == 0, covered: false }, |_| {});
    }
    // Nearer, turned, and elsewhere.
    let back = camera(1.3, 0.3, -150.0, -250.0);
    world.step(back, Event { lost: true, covered: false }, |_| {});
    let then = world.stand(back, 3.0);
    assert!(then.len() >= 3, "{then:?}");
    then.iter().for_each(|(lesion, number)| assert_eq!(*number, first[lesion], "{then:?}"));
    // The others of the constellation come into view from where they must be.
    world.pan(back, Similarity::IDENTITY);
    assert_eq!(world.stand(Similarity::IDENTITY, 3.0), first);
}

#[test]
fn other_lesions_are_new_places_after_a_cut() {
    let elsewhere = [(3100.0, 300.0, 30.0, -0.05), (3500.0, 500.0, 24.0, 0.4)];
    let mut world = World::new(&[ARM.as_slice(), &elsewhere].concat());
    world.stand(Similarity::IDENTITY, 2.0);
    let there = camera(1.0, 0.0, -2800.0, 0.0);
    world.step(there, Event { lost: true, covered: false }, |_| {});
    let then = world.stand(there, 3.0);
    assert_eq!(then.values().flatten().copied().collect::<Vec<_>>(), [5, 6]);
}

#[test]
fn what_is_circled_for_a_moment_is_no_place() {
    let mut world = World::new(&ARM);
    let seen = world.stand(Similarity::IDENTITY, 0.4);
    assert!(seen.len() == 4 && seen.values().all(Option::is_none), "{seen:?}");
    world.step(Similarity::IDENTITY, Event { lost: false, covered: true }, |_| {});
    let seen = world.stand(Similarity::IDENTITY, 0.4);
    assert!(seen.values().all(Option::is_none), "waited for anew: {seen:?}");
}

/// The book alone, shown some circles at a time, s; all look the same.
fn shown(book: &mut PlaceBook, circles: &[(u64, Circle)], time_s: f64) -> (Vec<Option<u64>>, Vec<Place>) {
    let mut circles: Vec<TrackedCircle> =
        circles.iter().map(|(track, circle)| tracked(*track, *circle, &[0.0, 0.7, 0.3])).collect();
    let frame = PlaceFrame {
        time: Duration::from_secs_f64(time_s),
        size: SIZE,
        from_first: Similarity::IDENTITY,
        camera_lost: false,
        alone: false,
        naming: &naming(),
        appearance: &|_| Appearance::plain(-0.4),
    };
    let places = book.step(&mut circles, &frame);
    (circles.iter().map(|circle| circle.place).collect(), places)
}

#[test]
fn two_tracks_that_settle_on_one_lesion_are_one_place() {
    let mut book = PlaceBook::new(settings());
    let circle = |x: f32, r: f32| Circle { x, y: 300.0, r };
    let apart = [(1, circle(300.0, 30.0)), (2, circle(400.0, 30.0))];
    (0..60).for_each(|frame| drop(shown(&mut book, &apart, f64::from(frame) / 30.0)));
    assert_eq!(shown(&mut book, &apart, 2.0).0, [Some(1), Some(2)]);
    let together = [(1, circle(340.0, 50.0)), (2, circle(360.0, 40.0))];
    (61..90).for_each(|frame| drop(shown(&mut book, &together, f64::from(frame) / 30.0)));
    let (numbers, places) = shown(&mut book, &together, 3.0);
    assert_eq!(numbers, [Some(1), Some(1)]);
    assert_eq!((places[0].tracks.as_slice(), places[0].absorbed.as_slice()), ([1, 2].as_slice(), [2].as_slice()));
    // A third track on the same lesion belongs to it at once.
    let (numbers, _) = shown(&mut book, &[together.as_slice(), &[(3, circle(345.0, 45.0))]].concat(), 3.1);
    assert_eq!(numbers, [Some(1); 3]);
    // And one that goes elsewhere is another lesion after all, with a number that nothing had before.
    let gone = [(1, circle(340.0, 50.0)), (2, circle(800.0, 40.0))];
    assert_eq!(shown(&mut book, &gone, 3.2).0, [Some(1), None]);
    (97..120).for_each(|frame| drop(shown(&mut book, &gone, f64::from(frame) / 30.0)));
    assert_eq!(shown(&mut book, &gone, 4.0).0, [Some(1), Some(3)]);
}

#[test]
fn pictures_that_stand_alone_have_places_of_their_own_and_numbers_go_on() {
    let mut book = PlaceBook::new(settings());
    let mut numbers = Vec::new();
    for track in [1, 3] {
        book.reset();
        let circle = |x: f32| Circle { x, y: 100.0, r: 20.0 };
        let mut circles = [tracked(track, circle(100.0), &[0.0, 1.0]), tracked(track + 1, circle(300.0), &[0.0, 1.0])];
        let frame = PlaceFrame {
            time: Duration::ZERO,
            size: SIZE,
            from_first: Similarity::IDENTITY,
            camera_lost: false,
            alone: true,
            naming: &naming(),
            appearance: &|_| Appearance::plain(-0.4),
        };
        book.step(&mut circles, &frame);
        numbers.extend(circles.iter().filter_map(|circle| circle.place));
    }
    assert_eq!(numbers, [1, 2, 3, 4]);
}

#[test]
fn a_name_changes_once_a_second_at_most_and_is_undecided_where_scores_are_close() {
    let mut book = PlaceBook::new(PlaceSettings { confirm_s: 0.0, ..settings() });
    let mut named = |scores: [f32; 3], frame: u64| {
        let mut circles = [tracked(1, Circle { x: 300.0, y: 300.0, r: 30.0 }, &scores)];
        let frame = PlaceFrame {
            time: Duration::from_millis(1000 * frame / RATE),
            size: SIZE,
            from_first: Similarity::IDENTITY,
            camera_lost: false,
            alone: false,
            naming: &naming(),
            appearance: &|_| Appearance::plain(-0.4),
        };
        let places = book.step(&mut circles, &frame);
        assert_eq!((places[0].class, places[0].undecided), (circles[0].class, circles[0].undecided));
        (circles[0].class, circles[0].undecided)
    };
    assert_eq!(named([0.0, 0.8, 0.2], 0), (1, false));
    for frame in 1..30 {
        assert_eq!(named([0.0, 0.2, 0.8], frame), (1, false), "not a second yet: {frame}");
    }
    assert_eq!(named([0.0, 0.2, 0.8], 30), (2, false));
    for frame in 31..60 {
        assert_eq!(named([0.0, 0.8, 0.2], frame), (2, false), "{frame}");
    }
    assert_eq!(named([0.0, 0.8, 0.2], 60), (1, true), "half of the time one, half of it the other");
}

proptest! {
    #[test]
    fn the_order_of_circles_says_nothing(rotations in prop::collection::vec(0_usize..4, 60)) {
        let run = |rotations: &[usize]| {
            let mut world = World::new(&ARM);
            let mut numbers = Vec::new();
            for (frame, rotation) in rotations.iter().enumerate() {
                let event = Event { lost: frame == 30, covered: (20..32).contains(&frame) };
                let turn = |circles: &mut Vec<TrackedCircle>| {
                    let by = rotation % circles.len().max(1);
                    circles.rotate_left(by);
                };
                numbers.push(world.step(camera(1.0, 0.0, frame as f64, 0.0), event, turn));
            }
            numbers
        };
        prop_assert_eq!(run(&rotations), run(&vec![0; rotations.len()]));
    }

    #[test]
    fn circles_apart_are_never_one_place(
        frames in prop::collection::vec(prop::collection::vec((1_u64..9, 0.0_f32..500.0, 0.0_f32..400.0, 10.0_f32..60.0), 0..7), 1..60),
    ) {
        let mut book = PlaceBook::new(PlaceSettings { confirm_s: 0.1, ..settings() });
        for (frame, circles) in frames.iter().enumerate() {
            let unique: BTreeMap<u64, Circle> =
                circles.iter().map(|(track, x, y, r)| (*track, Circle { x: *x, y: *y, r: *r })).collect();
            let circles: Vec<(u64, Circle)> = unique.into_iter().collect();
            let (numbers, places) = shown(&mut book, &circles, frame as f64 / 10.0);
            for number in numbers.iter().flatten().collect::<BTreeSet<_>>() {
                let own: Vec<Circle> =
                    numbers.iter().zip(&circles).filter(|(n, _)| n.as_ref() == Some(number)).map(|(_, c)| c.1).collect();
                let alone = |circle: &Circle| own.iter().all(|other| other == circle || other.ios(circle) == 0.0);
                prop_assert!(own.len() == 1 || !own.iter().any(alone), "{number}: {own:?}");
            }
            let listed: BTreeSet<u64> = numbers.iter().flatten().copied().collect();
            prop_assert_eq!(listed, places.iter().map(|place| place.number).collect::<BTreeSet<_>>());
            for place in &places {
                prop_assert!(place.tracks.iter().collect::<BTreeSet<_>>().len() == place.tracks.len(), "{place:?}");
            }
        }
    }
}
