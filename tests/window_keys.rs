//! The live window under a virtual display: keys are pressed with xdotool, and the probe says what it understood.
//! Skipped, with the reason printed, where Xvfb or xdotool is missing.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing test may panic")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

#[path = "../examples/window_probe.rs"]
mod window_probe;

/// Long enough for a busy machine; a test that works never waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

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
    ("l", "ToggleLabels"),
    ("m", "NextExplanation"),
    ("s", "Snapshot"),
    ("r", "Record"),
    ("space", "Pause"),
    ("space", "Pause"),
    ("Escape", "Quit"),
];

/// A child process that ends with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _gone = self.0.kill().is_err();
        self.0.wait().unwrap();
    }
}

/// Sends each line of a child's standard output, so that waiting for one can give up.
fn lines(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = channel();
    let output = BufReader::new(child.stdout.take().unwrap());
    thread::spawn(move || output.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok()));
    receiver
}

/// A virtual display on a number that the server itself finds free; `None` when there is no Xvfb.
fn virtual_display() -> Option<(Ended, String)> {
    let mut server = Command::new("Xvfb");
    server.args(["-displayfd", "1", "-screen", "0", "1400x900x24"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut server = Ended(server.spawn().ok()?);
    let number = lines(&mut server.0).recv_timeout(PATIENCE).expect("Xvfb says its number");
    Some((server, format!(":{}", number.trim())))
}

fn xdotool(display: &str, arguments: &[&str]) -> bool {
    Command::new("xdotool")
        .args(arguments)
        .env("DISPLAY", display)
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

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
        println!("skipped: Xvfb or xdotool is not installed");
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
        println!("skipped: Xvfb or xdotool is not installed");
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
