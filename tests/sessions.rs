//! Recorded sessions from outside: drawn anew, written in other formats, removed.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails when it cannot go on, and says when it skips"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use image::RgbImage;
use lesionscope::draw::{ColourMap, DrawSettings, LabelChoice, Scene, View, annotate};
use lesionscope::finding::Detection;
use lesionscope::frame::Frame;
use lesionscope::scanner::Scanner;
use lesionscope::session::{CircleFilter, RecordedSession, Redrawing};
use lesionscope::sink::{JsonlSink, RenderedFrame, Sink, StageTimes};
use lesionscope::source::{SceneSettings, SceneSource, Source, Stop};

#[path = "support/skip.rs"]
mod skip;

/// Frames of the scene that is recorded.
const FRAMES: u64 = 12;

/// The program in a folder, without settings from the environment, on small generated scenes.
fn lesionscope(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lesionscope"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LESIONSCOPE_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).args(args).stdin(Stdio::null());
    command.env("LESIONSCOPE_SCENE_WIDTH", "480").env("LESIONSCOPE_SCENE_HEIGHT", "360");
    command
}

/// Exit code, and what was said.
fn outcome(folder: &Path, args: &[&str]) -> (i32, String) {
    let output = lesionscope(folder, args).output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.code().unwrap_or(-1), said.concat())
}

/// Records a scene with its clean film into `name`.
fn record(folder: &Path, name: &str, scene: &str, frames: &str) {
    let args = ["headless", "--quiet", "--save-clean", "--source", scene, "--frames", frames, "--out", name];
    let (code, said) = outcome(folder, &args);
    assert_eq!(code, 0, "{said}");
}

/// Number of pictures in a video, as ffprobe counts them; `None` where there is no ffprobe.
fn pictures(video: &Path) -> Option<u64> {
    let count = ["-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"];
    let output = Command::new("ffprobe").args(count).args(["-select_streams", "v:0"]).arg(video).output();
    let Ok(output) = output else {
        skip::skipped("no ffprobe to count pictures with");
        return None;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().find_map(|line| line.trim().trim_end_matches(',').parse().ok()).or(Some(0))
}

#[test]
fn a_session_is_drawn_anew_and_a_film_of_another_one_is_refused() {
    let root = tempfile::tempdir().unwrap();
    record(root.path(), "run", "scene:3", &FRAMES.to_string());
    let replay = root.path().join("run/replay.mp4");
    let (code, said) = outcome(root.path(), &["replay", "run"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("12 pictures drawn anew"), "{said}");
    assert!(pictures(&replay).is_none_or(|count| count == FRAMES));
    // Written over only where that was asked for.
    let (code, said) = outcome(root.path(), &["replay", "run"]);
    assert!(code == 2 && said.contains("--exist-ok"), "{said}");
    for more in [&["--conf", "0.9", "--classes", "melanoma"][..], &["--source", "scene:3", "--labels", "none"]] {
        let (code, said) = outcome(root.path(), &[&["replay", "run", "--exist-ok"], more].concat());
        assert_eq!(code, 0, "{more:?}: {said}");
    }
    record(root.path(), "shorter", "scene:4", "9");
    record(root.path(), "longer", "scene:4", "15");
    for other in ["shorter", "longer"] {
        fs::copy(root.path().join(other).join("clean.mp4"), root.path().join("run/clean.mp4")).unwrap();
        let (code, said) = outcome(root.path(), &["replay", "run", "--out", "wrong.mp4"]);
        assert!(code == 2 && said.contains("do not belong together"), "{other}: {said}");
        assert!(!root.path().join("wrong.mp4").exists(), "nothing of it is left");
    }
    fs::remove_file(root.path().join("run/clean.mp4")).unwrap();
    for (more, words) in [
        (&["--out", "new.mp4"][..], "--save-clean"),
        (&["--out", "new.mp4", "--conf", "0.01"], "is not in its list"),
        (&["--out", "new.mp4", "--classes", "melanom"], "melanoma may be meant"),
        (&["--out", "run/session.json", "--exist-ok"], "while it is read"),
    ] {
        let (code, said) = outcome(root.path(), &[&["replay", "run"], more].concat());
        assert!(code == 2 && said.contains(words), "{more:?}: {said}");
    }
    let (code, said) = outcome(root.path(), &["replay", "nowhere"]);
    assert!(code == 2 && said.contains("nowhere"), "{said}");
}

#[test]
fn a_session_goes_into_every_format_beside_it() {
    let root = tempfile::tempdir().unwrap();
    record(root.path(), "run", "scene:3", &FRAMES.to_string());
    for (format, written) in [
        ("coco", "run.coco.json"),
        ("yolo", "run.yolo/data.yaml"),
        ("mot", "run.mot/gt/gt.txt"),
        ("csv", "run.csv"),
        ("webvtt", "run.vtt"),
        ("label-studio", "run.label-studio.json"),
    ] {
        let args = ["export-session", "run", "--format", format];
        let (code, said) = outcome(root.path(), &args);
        assert_eq!(code, 0, "{format}: {said}");
        assert!(root.path().join(written).is_file(), "{format}: {said}");
        let (code, said) = outcome(root.path(), &args);
        assert!(code == 2 && said.contains("--exist-ok"), "{format}: {said}");
        let (code, said) = outcome(root.path(), &[&args[..], &["--exist-ok"]].concat());
        assert_eq!(code, 0, "{format}: {said}");
    }
    let list = root.path().join("run/detections.jsonl");
    let before = fs::read(&list).unwrap();
    let args = ["export-session", "run", "--format", "csv", "--exist-ok", "--out", "run/detections.jsonl"];
    let (code, said) = outcome(root.path(), &args);
    assert!(code == 2 && said.contains("while it is read"), "{said}");
    assert_eq!(fs::read(&list).unwrap(), before);
}

#[test]
fn forgetting_removes_a_session_and_nothing_else() {
    let root = tempfile::tempdir().unwrap();
    for name in ["run", "other"] {
        record(root.path(), name, "scene:3", "5");
    }
    let run = root.path().join("run");
    let (code, said) = outcome(root.path(), &["forget", "run"]);
    assert!(code == 2 && said.contains("--yes"), "nobody can be asked: {said}");
    assert!(run.join("session.json").is_file());
    let (code, said) = outcome(root.path(), &["forget", "run", "--yes"]);
    assert!(code == 0 && !run.exists(), "{said}");
    fs::write(root.path().join("other/notes.txt"), "mine").unwrap();
    let (code, said) = outcome(root.path(), &["forget", "other", "--yes"]);
    assert!(code == 0 && said.contains("stays: ") && said.contains("other/notes.txt"), "{said}");
    let left: Vec<_> =
        fs::read_dir(root.path().join("other")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["notes.txt"]);
    for none in ["other", "nowhere", "other/notes.txt"] {
        let (code, said) = outcome(root.path(), &["forget", none, "--yes"]);
        assert!(code == 2, "{none}: {said}");
    }
    assert_eq!(fs::read_to_string(root.path().join("other/notes.txt")).unwrap(), "mine");
}

#[cfg(unix)]
#[test]
fn forgetting_follows_no_link() {
    let root = tempfile::tempdir().unwrap();
    record(root.path(), "run", "scene:3", "3");
    std::os::unix::fs::symlink("run", root.path().join("link")).unwrap();
    for link in ["link", "link/", "link/."] {
        let (code, said) = outcome(root.path(), &["forget", link, "--yes"]);
        assert!(code == 2 && said.contains("no folder itself"), "{link}: {said}");
    }
    assert!(root.path().join("run/session.json").is_file());
    let (code, said) = outcome(&root.path().join("run"), &["forget", ".", "--yes"]);
    assert!(code == 0 && !root.path().join("run").exists(), "{said}");
}

#[cfg(unix)]
#[test]
fn what_a_session_has_is_neither_written_over_nor_led_away_by_links() {
    let root = tempfile::tempdir().unwrap();
    record(root.path(), "run", "scene:3", "3");
    let run = root.path().join("run");
    let own = ["session.json", "detections.jsonl", "places.csv", "clean.mp4", "annotated.mp4"];
    let own: Vec<_> = own.into_iter().filter(|name| run.join(name).is_file()).collect();
    assert!(own.contains(&"clean.mp4") && own.contains(&"places.csv"), "{own:?}");
    for name in own {
        let (path, before) = (format!("run/{name}"), fs::read(run.join(name)).unwrap());
        for command in [&["report", "run"][..], &["replay", "run"], &["export-session", "run", "--format", "coco"]] {
            let (code, said) = outcome(root.path(), &[command, &["--exist-ok", "--out", &path]].concat());
            assert!(code == 2 && said.contains(name), "{command:?} {name}: {said}");
        }
        assert_eq!(fs::read(run.join(name)).unwrap(), before, "{name}");
    }
    // A film that is refused leaves what was drawn before.
    fs::write(run.join("replay.mp4"), "drawn before").unwrap();
    record(root.path(), "short", "scene:3", "1");
    fs::copy(root.path().join("short/clean.mp4"), run.join("clean.mp4")).unwrap();
    let (code, said) = outcome(root.path(), &["replay", "run", "--exist-ok"]);
    assert!(code == 2 && said.contains("do not belong together"), "{said}");
    assert_eq!(fs::read_to_string(run.join("replay.mp4")).unwrap(), "drawn before");
    for name in ["report.html", "replay.mp4", "detections.jsonl"] {
        let (own, outside) = (run.join(name), root.path().join(format!("outside-{name}")));
        fs::rename(&own, &outside).unwrap();
        let before = fs::read(&outside).unwrap();
        std::os::unix::fs::symlink(&outside, &own).unwrap();
        for command in ["report", "replay"] {
            let (code, said) = outcome(root.path(), &[command, "run"]);
            assert!(code != 0 && said.contains("it is a link"), "{command} {name}: {said}");
        }
        assert_eq!(fs::read(&outside).unwrap(), before, "{name}");
        fs::remove_file(&own).unwrap();
        fs::rename(&outside, &own).unwrap();
    }
}

/// All circles with all labels.
fn view() -> View {
    let draw = DrawSettings {
        circles: true,
        labels: LabelChoice::All,
        heat: false,
        mask: false,
        heat_opacity: 0.6,
        colour_map: ColourMap::Inferno,
        line_width_px: None,
    };
    View { draw, contour: None, help: false, notice: None }
}

#[test]
fn overlays_of_a_recorded_session_are_those_of_the_run_to_the_pixel() {
    let folder = tempfile::tempdir().unwrap();
    let mut scanner = Scanner::bundled().unwrap();
    let classes = scanner.classes().to_vec();
    let names = classes.iter().map(|class| class.name.clone()).collect();
    let settings = SceneSettings { width: 480, height: 360, fps: 30.0, frames: Some(18) };
    let mut source = SceneSource::open(3, settings).unwrap();
    let mut list = JsonlSink::create(&folder.path().join("detections.jsonl"), names).unwrap();
    let mut found = Vec::new();
    while let Some(frame) = source.next_frame(&Stop::default()).unwrap() {
        let frame = Arc::new(frame);
        let detection = Arc::new(Detection { circles: scanner.track(&frame).unwrap(), ..Detection::default() });
        let annotated = Arc::new(RgbImage::new(1, 1));
        let (dropped, times) = (0, StageTimes::default());
        list.put(&RenderedFrame { frame, annotated, detection: detection.clone(), dropped, times }).unwrap();
        found.push(detection);
    }
    list.finish().unwrap();
    let account =
        serde_json::json!({"schema": "lesionscope-session/1", "end": "finished", "classes": classes, "places": []});
    fs::write(folder.path().join("session.json"), account.to_string()).unwrap();
    let session = RecordedSession::open(folder.path()).unwrap();
    let redrawing = Redrawing::new(&session, CircleFilter::default());
    assert_eq!(redrawing.classes(), classes);
    let black = Frame::still(RgbImage::new(480, 360));
    let drawn = |detection: &Detection| {
        annotate(&Scene { frame: &black, detection, classes: &classes, status: None }, &view(), None)
    };
    let mut circles = 0;
    for (line, original) in session.frames.iter().zip(&found).skip(8) {
        let again = redrawing.detection(line);
        circles += again.circles.len();
        assert!(drawn(original) == drawn(&again), "frame {} is drawn otherwise", line.frame);
    }
    assert_eq!(session.frames.len(), 18);
    assert!(circles >= 10, "{circles} circles are too few to say anything");
}
