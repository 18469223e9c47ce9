//! How long one frame takes on one thread: the scan with and without what earlier frames know, the camera's motion, the cache.
//!
//! `cargo bench --bench scan`; on generated scenes of 1280x720 px (`scene:N`), the bundled networks, one worker.

#![allow(missing_docs, clippy::unwrap_used, reason = "criterion's macros; a failed bench is a failed bench")]

use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use lesionscope::cache::{Aim, FreshAnswer, PresentFrame, Store};
use lesionscope::classifier::ModelChoice;
use lesionscope::detect::DetectSettings;
use lesionscope::frame::Frame;
use lesionscope::geometry::Square;
use lesionscope::model::Scores;
use lesionscope::motion::CameraMotion;
use lesionscope::pixels::pyramid::Pyramid;
use lesionscope::scanner::Scanner;
use lesionscope::source::{MOTIONS, SceneSettings, SceneSource};

/// Frames of a film, shown again and again.
const FRAMES: u64 = 60;

/// A film per kind of motion.
fn films() -> Vec<(String, Vec<Arc<Frame>>)> {
    let settings = SceneSettings { width: 1280, height: 720, fps: 30.0, frames: None };
    let film = |(seed, motion)| {
        let scene = SceneSource::open(seed, settings.clone()).unwrap();
        (format!("{motion:?}").to_lowercase(), (0..FRAMES).map(|n| Arc::new(scene.frame(n))).collect())
    };
    (0..).zip(MOTIONS).map(film).collect()
}

/// A scanner with the bundled models, as `headless --workers 1` has it.
fn scanner(exhaustive: bool) -> Scanner {
    let mut settings = DetectSettings::shipped().unwrap();
    settings.scan.exhaustive = exhaustive;
    Scanner::open(&ModelChoice::default(), settings).unwrap()
}

fn frames(c: &mut Criterion) {
    let mut group = c.benchmark_group("frame");
    group.sample_size(30);
    for (motion, film) in films() {
        let mut scanner = scanner(false);
        let mut next = film.iter().cycle();
        group.bench_function(format!("{motion}, cascade and cache"), |b| {
            b.iter(|| scanner.track(next.next().unwrap()).unwrap());
        });
        group.bench_function(format!("{motion}, cascade alone"), |b| {
            b.iter(|| scanner.scan(&next.next().unwrap().pixels).unwrap());
        });
    }
    group.finish();
    let mut group = c.benchmark_group("every window of a frame");
    group.sample_size(10);
    let (_, film) = films().swap_remove(0);
    let mut scanner = scanner(true);
    group.bench_function("exhaustive", |b| b.iter(|| scanner.scan(&film[0].pixels).unwrap()));
    group.finish();
}

fn motion(c: &mut Criterion) {
    let mut group = c.benchmark_group("motion");
    for (name, film) in films() {
        let pyramids: Vec<Pyramid> = film.iter().map(|frame| Pyramid::of(&frame.pixels)).collect();
        let mut camera = CameraMotion::default();
        let mut next = pyramids.iter().cycle();
        group.bench_function(format!("{name}, a frame aligned"), |b| b.iter(|| camera.observe(next.next().unwrap())));
        if name == "still" {
            let frame = &film[0].pixels;
            group.bench_function("small copies of a frame", |b| b.iter(|| Pyramid::of(frame)));
        }
    }
    group.finish();
}

fn cache(c: &mut Criterion) {
    let (_, film) = films().swap_remove(1);
    let settings = DetectSettings::shipped().unwrap().cache;
    let mut present = PresentFrame::default();
    present.observe(Pyramid::of(&film[0].pixels));
    let mut store: Store<usize, Scores> = Store::default();
    let squares: Vec<Square> =
        (0..64).map(|n| Square { x: (n % 16 * 70) as f32, y: (n / 16 * 150) as f32, side: 60.0 }).collect();
    for square in &squares {
        let scores = Scores { classes: vec![0.1; 8], context: 0.5, familiar: 1.0 };
        store.put(0, FreshAnswer { square: *square, value: scores }, settings.limits(), &present);
    }
    let mut group = c.benchmark_group("cache");
    group.bench_function("64 answers asked for", |b| {
        b.iter(|| {
            let known = |square: &&Square| {
                store.get(&0, Aim { centre: square.centre(), reach_px: 6.0 }, &present, &settings).is_some()
            };
            assert_eq!(squares.iter().filter(known).count(), squares.len());
        });
    });
    group.bench_function("64 answers carried along", |b| b.iter(|| store.carry(&present)));
    group.bench_function("an answer kept", |b| {
        let new = || (Store::<usize, ()>::default(), squares[0]);
        b.iter_batched(
            new,
            |(mut store, square)| store.put(0, FreshAnswer { square, value: () }, settings.limits(), &present),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, frames, motion, cache);
criterion_main!(benches);
