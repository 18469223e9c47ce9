//! The main job from outside, with the bundled model: what comes out, and what bad input and bad luck lead to.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails when it cannot go on, and says when it skips"
)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use image::{Rgb, RgbImage};
use serde_json::Value;

#[path = "support/skip.rs"]
mod skip;

#[path = "headless/faults.rs"]
mod faults;
#[path = "headless/keeping.rs"]
mod keeping;
#[path = "headless/limits.rs"]
mod limits;
#[path = "headless/places.rs"]
mod places;
#[path = "headless/reports.rs"]
mod reports;

/// The program in a folder, without settings from the environment, on small generated scenes.
fn headless(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lesionscope"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LESIONSCOPE_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).arg("headless").args(args).stdin(Stdio::null());
    for (key, value) in [("WIDTH", "480"), ("HEIGHT", "360")] {
        command.env(format!("LESIONSCOPE_SCENE_{key}"), value);
    }
    command
}

/// Exit code and standard error of a run that may take a minute.
fn outcome(mut command: Command) -> (i32, String) {
    let output = command.output().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ffmpeg(folder: &Path, args: &[&str]) -> bool {
    let made = Command::new("ffmpeg").current_dir(folder).args(["-v", "error", "-y"]).args(args).status();
    let made = made.is_ok_and(|status| status.success());
    if !made {
        skip::skipped("no ffmpeg to make a clip with");
    }
    made
}

/// Number of pictures in a video, as ffprobe counts them.
fn pictures(video: &Path) -> u64 {
    let count = ["-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"];
    let output = Command::new("ffprobe").args(count).args(["-select_streams", "v:0"]).arg(video).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().find_map(|line| line.trim().trim_end_matches(',').parse().ok()).unwrap_or(0)
}

#[test]
fn circles_are_the_same_for_1_2_and_4_workers_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let circles = |workers: &str| {
        let args = ["--source", "scene:2", "--frames", "8", "--workers", workers, "--out", workers];
        let (code, errors) = outcome(headless(folder.path(), &args));
        assert_eq!(code, 0, "{errors}");
        let lines = lines(&folder.path().join(workers).join("detections.jsonl"));
        lines.into_iter().map(|line| (line["circles"].clone(), line["windows"].clone())).collect::<Vec<_>>()
    };
    let one = circles("1");
    assert_eq!(one.len(), 8);
    assert!(one.iter().any(|(circles, _)| circles.as_array().is_some_and(|c| !c.is_empty())), "no circle at all");
    assert_eq!(one, circles("2"));
    assert_eq!(one, circles("4"));
}

#[test]
fn a_run_leaves_a_video_a_line_a_frame_and_a_summary() {
    let folder = tempfile::tempdir().unwrap();
    let (code, errors) = outcome(headless(folder.path(), &["--source", "scene:1", "--frames", "6", "--save-clean"]));
    assert_eq!(code, 0, "{errors}");
    let run = folder.path().join("runs/exp");
    let lines = lines(&run.join("detections.jsonl"));
    assert_eq!(lines.len(), 6);
    for (i, line) in lines.iter().enumerate() {
        assert_eq!(line["schema"], "lesionscope/1");
        assert_eq!(line["frame"], i as u64);
        assert!((line["time_s"].as_f64().unwrap() - i as f64 / 30.0).abs() < 1e-3);
        assert!(line["windows"]["planned"].as_u64().unwrap() > 0);
    }
    let session: Value = serde_json::from_str(&std::fs::read_to_string(run.join("session.json")).unwrap()).unwrap();
    assert_eq!(session["frames"], 6);
    if Command::new("ffprobe").arg("-version").output().is_ok() {
        assert_eq!((pictures(&run.join("annotated.mp4")), pictures(&run.join("clean.mp4"))), (6, 6));
    }
}

#[test]
fn a_search_cut_to_the_time_allowed_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["--source", "scene:1", "--frames", "6", "--budget-ms", "0.01"];
    let (code, errors) = outcome(headless(folder.path(), &args));
    assert_eq!(code, 0, "{errors}");
    let file = folder.path().join("runs/exp/session.json");
    let session: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert!(session["warnings"].to_string().contains("of 6 frames were searched less"), "{}", session["warnings"]);
    assert!(session["cut"].as_u64().is_some_and(|cut| (1..6).contains(&cut)), "{}", session["cut"]);
    let (code, errors) = outcome(headless(folder.path(), &["--source", "scene:1", "--budget-ms", "-1"]));
    assert!(code == 2 && errors.contains("budget_ms"), "{code} {errors}");
}

#[test]
fn circles_are_explained_the_same_way_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let run = |out: &str, workers: &str, more: &[&str]| {
        let mut args = vec!["--source", "scene:2", "--frames", "9", "--workers", workers, "--out", out, "--save-clean"];
        args.extend(more);
        let mut command = headless(folder.path(), &args);
        command.env("LESIONSCOPE_EXPLAIN_EVERY_FRAMES", "3");
        let (code, errors) = outcome(command);
        assert_eq!(code, 0, "{errors}");
        let lines = lines(&folder.path().join(out).join("detections.jsonl"));
        lines.into_iter().flat_map(|line| line["circles"].as_array().unwrap().clone()).collect::<Vec<_>>()
    };
    let (plain, one) = (run("plain", "1", &[]), run("one", "1", &["--explain", "layer-cam"]));
    assert_eq!(one, run("two", "2", &["--explain", "layer-cam"]));
    assert_eq!(plain.len(), one.len());
    let (mut confirmed, mut oldest) = (0, 0);
    for (plain, circle) in plain.iter().zip(one) {
        let mut bare = circle.as_object().unwrap().clone();
        let explanation = bare.remove("explanation");
        assert_eq!(plain.as_object().unwrap(), &bare, "explanations change nothing else, and nobody gets one unasked");
        assert_eq!(explanation.is_some(), circle["state"] == "confirmed", "{circle}");
        if let Some(explanation) = explanation {
            let part = |name: &str, range: std::ops::RangeInclusive<f64>| {
                let value = explanation[name].as_f64().unwrap();
                assert!(range.contains(&value), "{explanation}");
            };
            assert_eq!(explanation["method"], "layer-cam");
            part("agreement", 0.0..=1.0);
            part("drop", -1.0..=1.0);
            part("inside", 0.0..=1.0);
            confirmed += 1;
            oldest = oldest.max(explanation["age"].as_u64().unwrap());
        }
    }
    assert!(confirmed > 2 && oldest == 2, "{confirmed} confirmed circles, explained up to {oldest} frames ago");
}

#[test]
fn a_method_that_does_not_exist_is_answered_with_those_that_do() {
    let folder = tempfile::tempdir().unwrap();
    let (code, errors) = outcome(headless(folder.path(), &["--source", "scene:1", "--explain", "magic"]));
    assert_eq!((code, errors.trim().lines().count()), (2, 1), "{errors}");
    for word in ["explain.method", "magic", "none", "window-map", "layer-cam", "rise"] {
        assert!(errors.contains(word), "{errors}");
    }
    let mut command = headless(folder.path(), &["--source", "scene:1"]);
    command.env("LESIONSCOPE_EXPLAIN_METHOD", "magic");
    assert_eq!(outcome(command).0, 2);
    assert!(!folder.path().join("runs").exists(), "nothing is left behind");
}

#[test]
fn sources_that_cannot_be_used_end_with_2_and_a_sentence_that_names_them() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    std::fs::write(folder.path().join("text.mp4"), "not a video").unwrap();
    std::fs::write(folder.path().join("zero.mp4"), "").unwrap();
    std::fs::write(folder.path().join("zero.png"), "").unwrap();
    for source in ["missing.mp4", "empty", "text.mp4", "zero.mp4", "*.jpg", "scene:one", "zero.png"] {
        let (code, errors) = outcome(headless(folder.path(), &["--source", source]));
        assert_eq!(code, 2, "{source}: {errors}");
        assert!(errors.contains(source.trim_start_matches("*")), "{source}: {errors}");
        let sentences = errors.trim().lines().filter(|line| !line.contains("WARN")).count();
        assert_eq!(sentences, 1, "{source}: {errors}");
        assert!(!folder.path().join("runs").exists(), "{source}: nothing is left behind");
    }
}

#[test]
fn the_smallest_and_a_huge_picture_are_processed() {
    let folder = tempfile::tempdir().unwrap();
    RgbImage::new(1, 1).save(folder.path().join("dot.png")).unwrap();
    RgbImage::from_pixel(8000, 6000, Rgb([200, 150, 120])).save(folder.path().join("huge.png")).unwrap();
    for (name, size) in [("dot", (1, 1)), ("huge", (8000, 6000))] {
        let source = format!("{name}.png");
        // The largest scales alone show that the size is no problem; the smallest are a matter of time.
        let args = ["--source", &source, "--out", name, "--min-size", "600"];
        let (code, errors) = outcome(headless(folder.path(), &args));
        assert_eq!(code, 0, "{errors}");
        let annotated = folder.path().join(name).join("annotated").join(&source);
        assert_eq!(image::image_dimensions(&annotated).unwrap(), size);
        let line = &lines(&folder.path().join(name).join("detections.jsonl"))[0];
        assert_eq!(line["file"], source);
        assert_eq!(line["not_assessable"].is_string(), name == "dot");
    }
}

#[test]
fn a_truncated_video_gives_what_it_has_then_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let clip = ["-f", "lavfi", "-i", "testsrc=s=320x240:r=10:d=6", "-g", "10", "-movflags", "+faststart", "clip.mp4"];
    if !ffmpeg(folder.path(), &clip) {
        return;
    }
    let whole = std::fs::read(folder.path().join("clip.mp4")).unwrap();
    std::fs::write(folder.path().join("cut.mp4"), &whole[..whole.len() * 6 / 10]).unwrap();
    let (code, errors) = outcome(headless(folder.path(), &["--source", "cut.mp4", "--out", "out"]));
    assert_eq!(code, 1, "{errors}");
    assert!(errors.contains("cut.mp4") && errors.contains("end"), "{errors}");
    let frames = lines(&folder.path().join("out/detections.jsonl")).len();
    assert!((10..60).contains(&frames), "{frames} frames");
    assert_eq!(pictures(&folder.path().join("out/annotated.mp4")), frames as u64);
}

#[test]
fn ctrl_c_finishes_all_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut run =
        headless(folder.path(), &["--source", "scene:1", "--out", "out"]).stderr(Stdio::null()).spawn().unwrap();
    let list = folder.path().join("out/detections.jsonl");
    wait_until(&mut run, || std::fs::read_to_string(&list).is_ok_and(|text| text.lines().count() > 3));
    // `timeout` sends its signal to the program and to its group: two at once are one wish.
    for signal in ["-INT", "-TERM"] {
        assert!(Command::new("kill").args([signal, &run.id().to_string()]).status().unwrap().success());
    }
    wait_until(&mut run, || false);
    assert_eq!(run.wait().unwrap().code(), Some(130));
    let frames = lines(&list).len();
    let session = std::fs::read_to_string(folder.path().join("out/session.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&session).unwrap()["frames"], frames as u64);
    if Command::new("ffprobe").arg("-version").output().is_ok() {
        assert_eq!(pictures(&folder.path().join("out/annotated.mp4")), frames as u64);
    }
}

#[test]
fn a_full_disk_is_named_and_what_was_written_stays_readable() {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1500k", "test"]).arg(&disk).output();
    if !mount.is_ok_and(|output| output.status.success()) {
        println!("skipped: a small file system cannot be mounted here");
        return;
    }
    let (code, errors) = outcome(headless(folder.path(), &["--source", "scene:1", "--out", "disk/out"]));
    let list = std::fs::read_to_string(disk.join("out/detections.jsonl")).unwrap();
    let video = disk.join("out/annotated.mp4");
    let shown = if Command::new("ffprobe").arg("-version").output().is_ok() { pictures(&video) } else { 1 };
    assert!(Command::new("umount").arg(&disk).status().unwrap().success());
    assert_eq!(code, 1, "{errors}");
    assert!(errors.contains("disk/out/") && errors.contains("No space left"), "{errors}");
    assert!(list.lines().count() > 3 && shown > 0, "{} lines, {shown} pictures", list.lines().count());
}

/// Waits for a condition or the end of the run; a minute and a half is a hang.
fn wait_until(run: &mut Child, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() && run.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_secs(90), "the program hangs");
        std::thread::sleep(Duration::from_millis(50));
    }
}
