//! Cameras that run for days: a run that ends by itself, that is written in takes, and that keeps to some room on the disk.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{headless, lines, outcome, pictures, wait_until};

fn session(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("session.json")).unwrap()).unwrap()
}

/// The folders of takes, in their order.
fn takes(run: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(run).unwrap().map(|entry| entry.unwrap().path());
    let mut takes: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    takes.sort();
    takes
}

#[test]
fn a_run_in_takes_ends_by_itself_and_loses_no_frame() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["--source", "scene:1", "--max-minutes", "0.04", "--segment-minutes", "0.0167", "--save-clean"];
    let (code, errors) = outcome(headless(folder.path(), &args));
    assert_eq!(code, 0, "{errors}");
    let run = folder.path().join("runs/exp");
    let whole = session(&run);
    assert_eq!((&whole["end"], whole["frames"].as_u64()), (&"finished".into(), Some(72)), "2.4 s of 30 a second");
    let takes = takes(&run);
    assert_eq!(takes.len(), 3, "{takes:?}");
    let mut next = 0;
    for take in &takes {
        let list = lines(&take.join("detections.jsonl"));
        for (n, line) in list.iter().enumerate() {
            assert_eq!(line["frame"], next, "frames keep their numbers");
            assert!((line["time_s"].as_f64().unwrap() - n as f64 / 30.0).abs() < 1e-3, "times begin anew");
            next += 1;
        }
        let account = session(take);
        assert_eq!((&account["end"], account["frames"].as_u64()), (&"finished".into(), Some(list.len() as u64)));
        assert_eq!(account["settings_sha256"], whole["settings_sha256"]);
        if Command::new("ffprobe").arg("-version").output().is_ok() {
            let counted = ["annotated.mp4", "clean.mp4"].map(|name| pictures(&take.join(name)));
            assert_eq!(counted, [list.len() as u64; 2], "of a file nothing is left out");
        }
    }
    assert_eq!(next, 72);
    // A second run in the same folder leaves nothing of the first.
    let args = ["--source", "scene:1", "--frames", "3", "--out", "runs/exp", "--exist-ok"];
    let (code, errors) = outcome(headless(folder.path(), &args));
    assert_eq!(code, 0, "{errors}");
    assert!(self::takes(&run).is_empty(), "{:?}", self::takes(&run));
}

#[test]
fn the_oldest_takes_go_where_all_may_have_so_much_room() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["--source", "scene:1", "--frames", "80", "--segment-minutes", "0.01", "--max-disk-gb", "0.001"];
    let mut command = headless(folder.path(), &args);
    // Large files: 18 frames of about 60 KB.
    command.env("LESIONSCOPE_RECORD_CRF", "2");
    let (code, errors) = outcome(command);
    assert_eq!(code, 0, "{errors}");
    let run = folder.path().join("runs/exp");
    let takes = takes(&run);
    assert!(!takes.contains(&run.join("take-1")) && takes.contains(&run.join("take-5")), "{takes:?}");
    let sizes = takes.iter().flat_map(|take| std::fs::read_dir(take).unwrap()).map(|file| file.unwrap().metadata());
    let sum: u64 = sizes.map(|data| data.unwrap().len()).sum();
    assert!(sum <= 1_000_000 || takes.len() == 1, "{sum} bytes");
    let said = session(&run)["warnings"].to_string();
    assert!(said.contains("take-1") && said.contains("record.max_disk_gb"), "{said}");
}

#[test]
fn room_without_takes_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (code, errors) = outcome(headless(folder.path(), &["--source", "scene:1", "--max-disk-gb", "2"]));
    assert!(code == 2 && errors.contains("segment_minutes"), "{code} {errors}");
    let (code, errors) = outcome(headless(folder.path(), &["--source", "scene:1", "--max-minutes", "0"]));
    assert!(code == 2 && errors.contains("max_minutes"), "{code} {errors}");
    assert!(!folder.path().join("runs").exists());
}

/// Ctrl-C, a system that shuts down, a terminal that is closed.
#[test]
fn every_signal_finishes_all_files_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for signal in ["-INT", "-TERM", "-HUP"] {
        let out = folder.path().join(&signal[1..]);
        let args = ["--source", "scene:1", "--segment-minutes", "0.02", "--out", out.to_str().unwrap()];
        let mut run = headless(folder.path(), &args).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let second = out.join("take-2/detections.jsonl");
        wait_until(&mut run, || std::fs::read_to_string(&second).is_ok_and(|text| text.lines().count() > 3));
        assert!(Command::new("kill").args([signal, &run.id().to_string()]).status().unwrap().success());
        wait_until(&mut run, || false);
        assert_eq!(run.wait().unwrap().code(), Some(130), "{signal}");
        let (first, last) = (session(&out.join("take-1")), session(&out.join("take-2")));
        assert!(
            first["end"] == "finished" && last["end"] == "interrupted",
            "{signal}: {} {}",
            first["end"],
            last["end"]
        );
        assert_eq!(session(&out)["end"], "interrupted", "{signal}");
        let frames = ["take-1", "take-2"].map(|take| lines(&out.join(take).join("detections.jsonl")).len() as u64);
        assert_eq!(session(&out)["frames"], frames[0] + frames[1], "{signal}");
        if Command::new("ffprobe").arg("-version").output().is_ok() {
            assert_eq!(["take-1", "take-2"].map(|take| pictures(&out.join(take).join("annotated.mp4"))), frames);
        }
    }
}
