//! The live window under a virtual display: keys are pressed with xdotool, and the probe says what it understood.
//! Skipped, with the reason printed, where Xvfb or xdotool is missing.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing test may panic")]

use std::process::{Command, Stdio};
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;

#[path = "support/skip.rs"]
mod skip;

mod display;
#[path = "../examples/window_probe.rs"]
mod window_probe;

use display::{Ended, PATIENCE, lines, virtual_display, xdotool};

/// Keys as xdotool names them, and the action that each must ask for.
const KEYS: [(&str, &str); 19] = [
    ("h", "ToggleHeat"),
    ("shift+h", "ToggleHeat"),
    ("question", "Help"),
    ("F1", "Help"),
    ("plus", "ConfUp"),
    ("equal", "ConfUp"),
    ("KP_Add", "ConfUp"),
    ("minus", "ConfDown"),
    ("KP_Subtract", "ConfDown"),
    ("bracketleft", "OpacityDown"),
    ("bracketright", "OpacityUp"),
    ("c", "ToggleCircles"),
    ("l", "NextLabels"),
    ("m", "NextExplanation"),
    ("s", "Snapshot"),
    ("r", "Record"),
    ("space", "Pause"),
    ("space", "Pause"),
    ("Escape", "Quit"),
];

/// This program again, to run the probe on `display`.
fn probe(display: &str) -> Command {
    let mut probe = Command::new(std::env::current_exe().unwrap());
    probe.args(["probe_for_the_other_tests", "--exact", "--ignored", "--nocapture"]);
    probe.env("DISPLAY", display).env_remove("WAYLAND_DISPLAY").stdout(Stdio::piped());
    probe
}

/// Starts the probe and waits until its window is shown.
fn started_probe(display: &str) -> (Ended, Receiver<String>) {
    let mut probe = Ended(probe(display).spawn().unwrap());
    let said = lines(&mut probe.0);
    assert_eq!(next(&said).as_deref(), Some("ready"));
    (probe, said)
}

/// The next thing that the probe says.
fn next(said: &Receiver<String>) -> Option<String> {
    loop {
        let line = said.recv_timeout(PATIENCE).ok()?;
        // The test harness may have begun the line.
        if let Some((_, word)) = line.split_once("probe: ") {
            return Some(word.to_owned());
        }
    }
}

#[test]
#[ignore = "opens a window; the other tests start it on a virtual display"]
fn probe_for_the_other_tests() {
    window_probe::main().unwrap();
}

#[test]
fn every_key_asks_for_its_action_once() {
    let Some((_server, display)) = virtual_display().filter(|(_, display)| xdotool(display, &["version"])) else {
        skip::skipped("Xvfb or xdotool is not installed");
        return;
    };
    let (mut probe, said) = started_probe(&display);
    for (key, action) in KEYS {
        assert!(xdotool(&display, &["key", key]), "xdotool cannot press {key}");
        assert_eq!(next(&said).as_deref(), Some(action), "after key {key}");
    }
    assert!(probe.0.wait().unwrap().success(), "the probe ends well after Escape");
}

#[test]
fn a_held_key_toggles_once_and_steps_often() {
    let Some((_server, display)) = virtual_display().filter(|(_, display)| xdotool(display, &["version"])) else {
        skip::skipped("Xvfb or xdotool is not installed");
        return;
    };
    let (_probe, said) = started_probe(&display);
    for key in ["c", "minus"] {
        assert!(xdotool(&display, &["keydown", key]));
        thread::sleep(Duration::from_millis(1200));
        assert!(xdotool(&display, &["keyup", key]));
    }
    assert!(xdotool(&display, &["key", "q"]));
    let heard: Vec<String> = std::iter::from_fn(|| next(&said).filter(|word| word != "Quit")).collect();
    assert_eq!(heard.iter().filter(|word| *word == "ToggleCircles").count(), 1, "{heard:?}");
    assert!(heard.iter().filter(|word| *word == "ConfDown").count() > 2, "{heard:?}");
}

#[test]
fn without_a_display_one_sentence_says_what_to_do() {
    for (display, named) in [("", "neither DISPLAY nor WAYLAND_DISPLAY is set"), (":4711", "DISPLAY=:4711")] {
        let ended = probe(display).output().unwrap();
        assert!(!ended.status.success());
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(said.contains(named) && said.contains("lesionscope headless"), "{said}");
    }
}
