//! The generated scene against its own truth, and truth files and detections read and judged.

// Helpers outside of a test function may fail a test just as well.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails when it cannot go on, and says when it skips"
)]

use std::path::{Path, PathBuf};

use image::RgbImage;
use lesionscope::evaluate::detections::{SeenFrame, read_detections};
use lesionscope::evaluate::scenes::{clips, evaluate_frames};
use lesionscope::evaluate::truth_files::{EvaluateError, read_truth, write_truth};
use lesionscope::geometry::Size;
use lesionscope::source::{MOTIONS, SceneSettings, SceneSource, Source, Stop};
use lesionscope::truth::{TruthFrame, TruthLesion};
use serde_json::json;

fn settings(width: u32, height: u32, frames: Option<u64>) -> SceneSettings {
    SceneSettings { width, height, fps: 30.0, frames }
}

fn scene(seed: u64) -> SceneSource {
    SceneSource::open(seed, settings(640, 360, None)).unwrap()
}

/// FNV-1a over the bytes of a picture.
fn fingerprint(picture: &RgbImage) -> u64 {
    picture.as_raw().iter().fold(0xcbf2_9ce4_8422_2325, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// Mean colour over the pixels whose distance from (x, y) lies in a range.
fn mean(picture: &RgbImage, (x, y): (f32, f32), range: std::ops::Range<f32>) -> Option<[f32; 3]> {
    let (mut sum, mut count) = ([0.0f32; 3], 0.0);
    for (px, py, pixel) in picture.enumerate_pixels() {
        if range.contains(&(px as f32 + 0.5 - x).hypot(py as f32 + 0.5 - y)) {
            sum.iter_mut().zip(pixel.0).for_each(|(s, v)| *s += f32::from(v));
            count += 1.0;
        }
    }
    (count > 0.0).then(|| sum.map(|s| s / count))
}

/// Largest difference of a channel between a lesion and the skin around it.
fn contrast(picture: &RgbImage, l: &TruthLesion) -> Option<f32> {
    let inside = mean(picture, (l.x, l.y), 0.0..0.6 * l.r)?;
    let around = mean(picture, (l.x, l.y), 1.15 * l.r..1.4 * l.r)?;
    Some((0..3).map(|c| (inside[c] - around[c]).abs()).fold(0.0, f32::max))
}

#[test]
fn a_seed_gives_the_same_bytes_every_time_and_another_seed_others() {
    let (mut a, b, other) = (scene(7), scene(7), scene(8));
    let stop = Stop::default();
    for n in 0..4 {
        let frame = a.next_frame(&stop).unwrap().unwrap();
        assert_eq!(frame.index, n);
        assert_eq!(frame.pixels, b.frame(n).pixels);
        assert_ne!(frame.pixels, other.frame(n).pixels);
    }
    assert_ne!(a.frame(0).pixels, a.frame(1).pixels, "the sensor's noise is new on every frame");
}

/// The bytes are the same on every machine: this figure was taken on x86-64 and changes only when the painting does.
#[test]
fn the_bytes_are_those_of_every_machine() {
    let small = SceneSource::open(1, settings(320, 180, None)).unwrap();
    assert_eq!(
        fingerprint(&small.frame(3).pixels),
        12_981_229_290_059_671_677,
        "painting changed? then take the new figure"
    );
}

#[test]
fn lesions_lie_on_the_skin_and_differ_from_the_skin_around() {
    for seed in 0..6 {
        let scene = scene(seed);
        let (mut seen, mut plain) = (0, 0);
        for n in [0, 77] {
            let (truth, frame) = (scene.truth(n), scene.frame(n).pixels);
            for l in &truth.lesions {
                for turn in 0..16 {
                    let (s, c) = (turn as f32 * std::f32::consts::TAU / 16.0).sin_cos();
                    let on_skin = truth.on_skin(l.x + c * l.r, l.y + s * l.r);
                    assert!(on_skin, "scene {seed}, frame {n}: {l:?} leaves the skin");
                }
                if let Some(contrast) = contrast(&frame, l) {
                    seen += 1;
                    plain += u32::from(contrast < 10.0);
                }
            }
        }
        assert!(seen >= 2, "scene {seed} shows {seen} lesions");
        assert!(plain * 6 <= seen, "scene {seed}: {plain} of {seen} lesions look like the skin around");
    }
}

#[test]
fn truth_follows_the_camera() {
    let whole =
        |l: &TruthLesion| l.x > 1.4 * l.r && l.y > 1.4 * l.r && l.x < 640.0 - 1.4 * l.r && l.y < 360.0 - 1.4 * l.r;
    for seed in [1, 2, 3] {
        let scene = scene(seed);
        assert_eq!(scene.motion(), MOTIONS[seed as usize]);
        let (a, b) = (scene.truth(0), scene.truth(150));
        let (first, later) = (scene.frame(0).pixels, scene.frame(150).pixels);
        let mut compared = 0;
        for l in a.lesions.iter().filter(|l| whole(l)) {
            let Some(m) = b.lesions.iter().find(|m| m.id == l.id && whole(m)) else { continue };
            let (one, two) = (contrast(&first, l).unwrap(), contrast(&later, m).unwrap());
            assert!((one - two).abs() < 5.0 + 0.1 * one, "scene {seed}, lesion {}: {one} then {two}", l.id);
            compared += 1;
        }
        assert!(compared > 0, "scene {seed}: nothing to compare");
    }
}

#[test]
fn the_camera_comes_back_after_its_period_however_long_the_run() {
    let scene = scene(3);
    let later = |n| TruthFrame { frame: 0, time_s: 0.0, ..scene.truth(n) };
    assert_eq!(later(5), later(5 + 600 * 1_000_000));
    assert_ne!(later(5).lesions, later(105).lesions);
}

#[test]
fn a_scene_ends_after_its_frames_or_when_asked() {
    let mut short = SceneSource::open(2, settings(160, 120, Some(3))).unwrap();
    let stop = Stop::default();
    assert_eq!(short.info().frames, Some(3));
    let times: Vec<_> = std::iter::from_fn(|| short.next_frame(&stop).unwrap()).map(|f| f.pts.as_millis()).collect();
    assert_eq!(times, [0, 33, 66]);
    let mut endless = SceneSource::open(2, settings(160, 120, None)).unwrap();
    assert!(endless.next_frame(&stop).unwrap().is_some());
    stop.request();
    assert!(endless.next_frame(&stop).unwrap().is_none());
}

#[test]
fn settings_out_of_range_are_named() {
    let bad_rate = SceneSettings { fps: f64::NAN, ..settings(640, 360, None) };
    for (bad, word) in [(settings(8, 360, None), "width"), (settings(640, 90_000, None), "height"), (bad_rate, "fps")] {
        let message = SceneSource::open(1, bad).err().unwrap().to_string();
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn truth_survives_being_written_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.jsonl");
    let scene = scene(4);
    let frames: Vec<_> = (0..5).map(|n| scene.truth(n)).collect();
    write_truth(&path, frames.iter().cloned()).unwrap();
    assert_eq!(read_truth(&path).unwrap(), frames);
}

/// A line of `detections.jsonl` with a circle exactly on every lesion.
fn perfect_line(truth: &TruthFrame) -> String {
    let circles = truth.lesions.iter().map(|l| {
        json!({"track": l.id + 1, "state": "confirmed", "class": l.class, "score": 0.9, "scores": {}, "x": l.x, "y": l.y,
               "r": l.r, "on_skin": true, "origin": "fresh", "age": 0})
    });
    let circles = circles.collect::<Vec<_>>();
    json!({"schema": "lesionscope/1", "frame": truth.frame, "time_s": truth.time_s, "circles": circles}).to_string()
        + "\n"
}

#[test]
fn perfect_circles_score_perfectly_and_none_score_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("detections.jsonl");
    let scene = scene(1);
    let truth: Vec<_> = (0..6).map(|n| scene.truth(n)).collect();
    std::fs::write(&path, truth.iter().map(perfect_line).collect::<String>()).unwrap();
    let report =
        evaluate_frames("scene", &truth, read_detections(&path, Some(Size { width: 640, height: 360 })).unwrap());
    let all = &report.all;
    assert_eq!((all.frames, all.unseen_frames, all.surplus_frames), (6, 0, 0));
    assert_eq!((all.recall, all.suspicious_called, all.false_a_frame), (Some(1.0), Some(1.0), Some(0.0)));
    assert_eq!((all.position_error_px, all.radius_ratio), (Some(0.0), Some(1.0)));
    let table = report.table();
    assert!(table.starts_with("clip") && table.contains("all ") && table.contains("1.000"), "{table}");

    let blind = truth.iter().map(|f| SeenFrame { frame: f.frame, size: None, circles: vec![], picture: None });
    let report = evaluate_frames("scene", &truth, blind.take(4));
    assert_eq!((report.all.recall, report.all.unseen_frames), (Some(0.0), 2));
    assert!(report.table().contains("Not judged: 2 frames"), "{}", report.table());
}

#[test]
fn bad_files_are_named_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.jsonl");
    let good =
        r#"{"frame":0,"time_s":0.0,"lesions":[{"id":0,"class":"nevus","x":5,"y":5,"r":3}],"skin":[[0,0],[9,0],[9,9]]}"#;
    let next = good.replace("\"frame\":0", "\"frame\":1");
    let cases = [
        (good.replace("\"frame\":0", "\"frame\":\"x\""), "invalid type"),
        (good.to_owned(), "numbers must rise"),
        (next.replace("\"r\":3", "\"r\":0"), "r must be above 0"),
        (next.replace(",[9,9]", ""), "three or more"),
        ("{\"frame\":1,".to_owned(), "EOF"),
    ];
    for (second, word) in cases {
        std::fs::write(&path, format!("{good}\n{second}\n")).unwrap();
        let message = read_truth(&path).unwrap_err().to_string();
        assert!(message.contains("bad.jsonl:2:") && message.contains(word), "{message}");
    }
    std::fs::write(&path, "\n").unwrap();
    assert!(matches!(read_truth(&path), Err(EvaluateError::Content { .. })));
    assert!(matches!(read_truth(&folder.path().join("none")), Err(EvaluateError::File { .. })));
    std::fs::write(&path, r#"{"schema":"other/2","frame":0,"circles":[]}"#).unwrap();
    assert!(read_detections(&path, None).unwrap_err().to_string().contains("bad.jsonl:1: schema"));
    assert!(clips(folder.path()).unwrap_err().to_string().contains("holds no clip"));
}

/// The folder of shared real clips, where there is one: `OPEN_DATA` or `target/data/open`.
fn shared_scenes() -> Option<PathBuf> {
    let data = std::env::var_os("OPEN_DATA").map(PathBuf::from);
    let data = data.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/data/open"));
    let there = Some(data.join("scenes")).filter(|folder| folder.is_dir());
    if there.is_none() {
        println!("skipped: the shared data are not there");
    }
    there
}

#[test]
fn every_shared_truth_file_can_be_read_and_scores_perfectly_against_itself() {
    let Some(folder) = shared_scenes() else { return };
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("detections.jsonl");
    for clip in clips(&folder).unwrap() {
        let truth = read_truth(&clip.truth).unwrap();
        std::fs::write(&path, truth.iter().map(perfect_line).collect::<String>()).unwrap();
        let report = evaluate_frames(
            &clip.name,
            &truth,
            read_detections(&path, Some(Size { width: 1280, height: 720 })).unwrap(),
        );
        assert_eq!((report.all.recall, report.all.suspicious_called.unwrap_or(1.0)), (Some(1.0), 1.0), "{}", clip.name);
        assert_eq!(report.all.false_a_frame, Some(0.0), "{}", clip.name);
    }
}
