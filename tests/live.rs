//! `lesionscope live` under a virtual display: keys are pressed with xdotool, files are looked at afterwards.
//! Skipped, with the reason printed, where Xvfb or xdotool is missing.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

#[path = "support/skip.rs"]
mod skip;

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

/// `live` in a folder, on a small generated scene, with files in its `out`.
fn live(folder: &Path, display: &str, args: &[&str]) -> Ended {
    let mut live = Command::new(env!("CARGO_BIN_EXE_lesionscope"));
    live.current_dir(folder).args(["live", "--source", "scene:1", "--out", "out"]).args(args);
    live.env("DISPLAY", display).env_remove("WAYLAND_DISPLAY").stdout(Stdio::null()).stderr(Stdio::piped());
    for (key, value) in [("WIDTH", "480"), ("HEIGHT", "360")] {
        live.env(format!("LESIONSCOPE_SCENE_{key}"), value);
    }
    Ended(live.spawn().unwrap())
}

/// Exit code and standard error.
fn end(mut live: Ended) -> (Option<i32>, String) {
    let status = live.0.wait().unwrap();
    let mut errors = String::new();
    live.0.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    (status.code(), errors)
}

fn session(out: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(out.join("session.json")).unwrap()).expect("session.json is whole")
}

/// Whether a recording has pictures, by ffprobe where there is one.
fn has_pictures(video: &Path) -> bool {
    let count = ["-v", "error", "-count_packets", "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0"];
    match Command::new("ffprobe").args(count).arg(video).output() {
        Ok(told) => {
            String::from_utf8_lossy(&told.stdout).trim().trim_end_matches(',').parse().is_ok_and(|n: u32| n > 5)
        }
        Err(_) => std::fs::metadata(video).is_ok_and(|data| data.len() > 1000),
    }
}

/// Whether the index of an MP4 stands before its pictures, and it has no fragments.
fn begins_with_its_index(video: &Path) -> bool {
    let bytes = std::fs::read(video).unwrap();
    let at = |kind: &[u8]| bytes.windows(4).position(|four| four == kind);
    at(b"moof").is_none() && at(b"moov").zip(at(b"mdat")).is_some_and(|(index, pictures)| index < pictures)
}

/// Whoever ends the display or the window from outside ends the process of the window, and nothing else.
#[test]
fn files_are_finished_when_the_display_or_the_window_is_taken_away() {
    for cut in ["display", "windowkill", "windowclose"] {
        let Some((server, display)) = virtual_display().filter(|(_, display)| xdotool(display, &["version"])) else {
            skip::skipped("Xvfb or xdotool is not installed");
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let running = live(folder.path(), &display, &["--record"]);
        let take = out.join("take-1");
        wait_for("a recording", || std::fs::metadata(take.join("annotated.mp4")).is_ok_and(|data| data.len() > 20_000));
        match cut {
            "display" => drop(server),
            cut => assert!(xdotool(&display, &["search", "--name", "lesionscope", cut])),
        }
        let (code, errors) = end(running);
        assert_eq!(code, Some(1), "{cut}: {errors}");
        assert!(errors.contains("the window is gone") && !errors.contains("panicked"), "{cut}: {errors}");
        assert_eq!(session(&out)["end"], "failed", "{cut}");
        assert!(session(&out)["error"].as_str().is_some_and(|error| error.contains("the window is gone")), "{cut}");
        assert!(has_pictures(&take.join("annotated.mp4")) && has_pictures(&take.join("clean.mp4")), "{cut}");
        assert_eq!(session(&take)["end"], "finished", "{cut}: the recording itself is whole");
    }
}

#[test]
fn leaving_is_a_good_end_and_so_is_ctrl_c_of_the_whole_group() {
    let Some((_server, display)) = virtual_display().filter(|(_, display)| xdotool(display, &["version"])) else {
        skip::skipped("Xvfb or xdotool is not installed");
        return;
    };
    for (cut, expected) in [("key", 0), ("interrupt", 130)] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let running = live(folder.path(), &display, &["--record"]);
        let take = out.join("take-1");
        wait_for("a recording", || std::fs::metadata(take.join("annotated.mp4")).is_ok_and(|data| data.len() > 20_000));
        if cut == "interrupt" {
            let windows = format!("pgrep -P {}", running.0.id());
            let line = format!("kill -INT $({windows}); sleep 0.2; kill -INT {}", running.0.id());
            assert!(Command::new("sh").args(["-c", &line]).status().unwrap().success());
        } else {
            assert!(xdotool(&display, &["key", "q"]));
        }
        let (code, errors) = end(running);
        assert_eq!(code, Some(expected), "{cut}: {errors}");
        assert!(has_pictures(&take.join("annotated.mp4")) && session(&out)["error"].is_null(), "{cut}");
        let (end, fast) = if cut == "key" { ("finished", true) } else { ("interrupted", false) };
        assert_eq!(session(&take)["end"], end, "{cut}");
        assert_eq!(begins_with_its_index(&take.join("annotated.mp4")), fast, "{cut}");
        assert!(!xdotool(&display, &["search", "--name", "lesionscope"]), "{cut}: the window is left");
    }
}

#[test]
fn the_window_goes_when_its_program_is_killed() {
    let Some((_server, display)) = virtual_display().filter(|(_, display)| xdotool(display, &["version"])) else {
        skip::skipped("Xvfb or xdotool is not installed");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let running = live(folder.path(), &display, &[]);
    wait_for("the window", || xdotool(&display, &["search", "--name", "lesionscope"]));
    drop(running);
    wait_for("its end", || !xdotool(&display, &["search", "--name", "lesionscope"]));
}

/// Nobody gets to finish anything: what was written two seconds before is there, and the account is a second old.
#[test]
fn a_session_that_is_killed_leaves_its_take() {
    let Some((_server, display)) = virtual_display().filter(|(_, display)| xdotool(display, &["version"])) else {
        skip::skipped("Xvfb or xdotool is not installed");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let take = folder.path().join("out/take-1");
    let running = live(folder.path(), &display, &["--record"]);
    let list = || std::fs::read_to_string(take.join("detections.jsonl")).unwrap_or_default();
    wait_for("a recording", || list().lines().count() > 10);
    let recorded = list().lines().count();
    thread::sleep(Duration::from_secs(2));
    drop(running);
    assert!(has_pictures(&take.join("annotated.mp4")) && has_pictures(&take.join("clean.mp4")));
    assert!(list().lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "half a line is left");
    let account = session(&take);
    assert_eq!(account["end"], "running");
    assert!(account["frames"].as_u64().unwrap() + 1 >= recorded as u64, "{account} of {recorded}");
}

/// With files of 64 KiB at most, the recording ends; the window goes on, and the end says what happened.
#[test]
fn a_recording_that_cannot_go_on_does_not_end_the_session() {
    let Some((_server, display)) = virtual_display().filter(|(_, display)| xdotool(display, &["version"])) else {
        skip::skipped("Xvfb or xdotool is not installed");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    // The signal is ignored by the shell and so by what it starts: writing fails instead, as on a full disk.
    let line = "trap '' XFSZ; ulimit -f 64; exec \"$0\" live --source scene:1 --out out --record";
    let mut limited = Command::new("sh");
    limited.current_dir(folder.path()).args(["-c", line, env!("CARGO_BIN_EXE_lesionscope")]);
    limited.env("DISPLAY", &display).env_remove("WAYLAND_DISPLAY").stdout(Stdio::null()).stderr(Stdio::piped());
    limited.env("LESIONSCOPE_SCENE_WIDTH", "480").env("LESIONSCOPE_SCENE_HEIGHT", "360");
    let mut running = Ended(limited.spawn().unwrap());
    let said = BufReader::new(running.0.stderr.take().unwrap()).lines().map_while(Result::ok);
    let mut said = said.skip_while(|line| !line.contains("the recording has ended"));
    let sentence = said.next().expect("the end of the recording is told");
    assert!(sentence.contains("File too large") && sentence.contains("out/"), "{sentence}");
    thread::sleep(Duration::from_millis(700));
    assert!(running.0.try_wait().unwrap().is_none(), "the session goes on");
    assert!(xdotool(&display, &["key", "q"]));
    assert_eq!(running.0.wait().unwrap().code(), Some(1));
    assert!(said.any(|line| line.starts_with("error: ") && line.contains("File too large")));
    assert_eq!(session(&out)["end"], "failed");
    let take = session(&out.join("take-1"));
    assert!(
        take["end"] == "failed" && take["error"].as_str().is_some_and(|why| why.contains("File too large")),
        "{take}"
    );
    let list = std::fs::read_to_string(out.join("take-1/detections.jsonl")).unwrap();
    assert!(list.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "half a line is left");
}

#[test]
fn keys_take_snapshots_record_and_quit() {
    let Some((_server, display)) = virtual_display().filter(|(_, display)| xdotool(display, &["version"])) else {
        skip::skipped("Xvfb or xdotool is not installed");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let live = live(folder.path(), &display, &[]);
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
    let list = out.join("take-1/detections.jsonl");
    wait_for("an explained circle in the recording", || {
        std::fs::read_to_string(&list).is_ok_and(|text| text.contains("\"explanation\":{\"method\":\"layer-cam\""))
    });
    press("r");
    thread::sleep(Duration::from_millis(500));
    press("r");
    wait_for("a second take", || {
        std::fs::metadata(out.join("take-2/detections.jsonl")).is_ok_and(|data| data.len() > 0)
    });
    press("q");
    wait_for("the end", || xdotool(&display, &["search", "--name", "lesionscope"]).eq(&false));
    let (code, errors) = end(live);
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!(files(&out), ["places.csv", "session.json", "snapshots", "take-1", "take-2"]);
    for take in ["take-1", "take-2"].map(|take| out.join(take)) {
        let names = files(&take);
        let wanted = ["annotated.mp4", "clean.mp4", "detections.jsonl", "places.csv", "report.html", "session.json"];
        assert!(wanted.iter().all(|wanted| names.iter().any(|name| name == wanted)), "{names:?}");
        let lines = std::fs::read_to_string(take.join("detections.jsonl")).unwrap();
        let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(lines[0]["time_s"] == 0.0, "a take begins at zero: {}", lines[0]);
        let account = session(&take);
        assert_eq!((&account["end"], account["frames"].as_u64()), (&"finished".into(), Some(lines.len() as u64)));
        let annotated = &account["recording"]["annotated.mp4"];
        let counted = |name: &str| annotated[name].as_u64().unwrap();
        assert_eq!(counted("pictures") + counted("dropped"), lines.len() as u64, "{account}");
    }
}
