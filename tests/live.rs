//! `lesionscope live` under a virtual display: keys are pressed with xdotool, files are looked at afterwards.
//! Skipped, with the reason printed, where Xvfb or xdotool is missing.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

mod display;

use display::{Ended, PATIENCE, virtual_display, xdotool};

/// Waits until something is true; the test fails after a long while.
fn wait_for(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < 2 * PATIENCE, "{what}: waited in vain");
        thread::sleep(Duration::from_millis(100));
    }
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Whether some annotated snapshot differs from the clean one of the same frame.
fn overlaid(folder: &Path) -> bool {
    let open = |name: &str| image::open(folder.join(name)).map(|image| image.to_rgb8());
    files(folder).iter().filter(|name| name.ends_with("_clean.png")).any(|clean| {
        let pair = (open(clean), open(&clean.replace("_clean", "_annotated")));
        matches!(pair, (Ok(clean), Ok(annotated)) if clean.dimensions() == (480, 360) && clean != annotated)
    })
}

#[test]
fn keys_take_snapshots_record_and_quit() {
    let Some((_server, display)) = virtual_display().filter(|(_, display)| xdotool(display, &["version"])) else {
        println!("skipped: Xvfb or xdotool is not installed");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut live = Command::new(env!("CARGO_BIN_EXE_lesionscope"));
    live.current_dir(folder.path()).args(["live", "--source", "scene:1", "--out", "out"]);
    live.env("DISPLAY", &display).env_remove("WAYLAND_DISPLAY").stdout(Stdio::null()).stderr(Stdio::piped());
    for (key, value) in [("WIDTH", "480"), ("HEIGHT", "360")] {
        live.env(format!("LESIONSCOPE_SCENE_{key}"), value);
    }
    let mut live = Ended(live.spawn().unwrap());
    wait_for("the window", || xdotool(&display, &["search", "--name", "lesionscope"]));
    let press = |key: &str| assert!(xdotool(&display, &["key", key]), "xdotool cannot press {key}");
    let out = folder.path().join("out");
    // The window may be there before the first picture, and a picture before the first circle.
    wait_for("a snapshot with a circle", || {
        press("s");
        thread::sleep(Duration::from_millis(300));
        overlaid(&out.join("snapshots"))
    });
    press("h");
    // Past the window map to the first method.
    press("m");
    press("m");
    press("r");
    let list = out.join("detections.jsonl");
    wait_for("an explained circle in the recording", || {
        std::fs::read_to_string(&list).is_ok_and(|text| text.contains("\"explanation\":{\"method\":\"layer-cam\""))
    });
    press("r");
    press("q");
    wait_for("the end", || xdotool(&display, &["search", "--name", "lesionscope"]).eq(&false));
    let status = live.0.wait().expect("an exit status");
    assert!(status.success(), "{status}");
    let names = files(&out);
    assert!(names.iter().any(|name| name.ends_with(".mp4")) && names.contains(&"session.json".to_owned()), "{names:?}");
}
