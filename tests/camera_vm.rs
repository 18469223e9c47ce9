//! The camera source on emulated cameras, in a virtual machine. Runs only with `CAMERA_VM` set: to the path
//! of the tool `camera-vm`, or to `1` when it lies in `shared/tools` of a folder above. Each test takes a minute or
//! two, for the machine has to start.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "what fails here fails the test")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The colour of the clip that the webcam plays, and how far the mean may be off after two codecs.
const CLIP_COLOUR: [f64; 3] = [176.0, 120.0, 88.0];
const OFF: f64 = 4.0;

/// Takes the camera away as pulling its cable does, even while it is open, and brings it back.
const UNPLUG: &str = "echo vivid.0 > /sys/bus/platform/drivers/vivid/unbind";
const PLUG: &str = "echo vivid.0 > /sys/bus/platform/drivers/vivid/bind";

#[test]
fn a_webcam_in_yuyv_and_in_mjpeg_shows_what_the_clip_shows() {
    let Some(tool) = tool() else { return };
    for format in ["yuyv422", "mjpeg"] {
        let said = in_vm(&tool, format, "probe 10 --frames 8");
        let word = if format == "mjpeg" { "MJPEG" } else { "YUYV" };
        assert!(said.contains(&format!("opened camera 10: clip, 320x240 {word}")), "{said}");
        let frames = frames(&said);
        assert_eq!(frames.len(), 8, "{said}");
        for frame in frames {
            assert_eq!(frame.size, "320x240");
            assert!(frame.mean.iter().zip(CLIP_COLOUR).all(|(got, want)| (got - want).abs() < OFF), "{frame:?}");
        }
        assert!(said.contains("gaps 0 gap_ms 0 unreadable 0"), "{said}");
        assert!(number(&said, "stopped in_ms ") < 200 && number(&said, "closed in_ms ") < 1000, "{said}");
    }
}

#[test]
fn every_layout_of_the_test_camera_shows_the_same_bars() {
    let Some(tool) = tool() else { return };
    let said = in_vm(&tool, "yuyv422", "for f in yuyv nv12 rgb bgr; do probe 0 --frames 3 --pixel $f; done");
    let frames = frames(&said);
    assert_eq!(frames.len(), 12, "{said}");
    for frame in &frames {
        let near = frame.mean.iter().zip(frames[0].mean).all(|(got, want)| (got - want).abs() < OFF);
        assert!(near, "{frame:?}, not {:?}", frames[0]);
    }
    let spread = frames[0].mean.iter().fold(f64::MIN, |a, b| a.max(*b));
    assert!(spread > 40.0, "the bars are dark: {:?}", frames[0]);
}

#[test]
fn a_grey_camera_shows_how_light_the_clip_is() {
    let Some(tool) = tool() else { return };
    let said = in_vm(&tool, "gray", "probe 10 --frames 8");
    assert!(said.contains("opened camera 10: clip, 320x240 GRAY"), "{said}");
    let frames = frames(&said);
    assert_eq!(frames.len(), 8, "{said}");
    let [red, green, blue] = CLIP_COLOUR;
    let light = 0.299 * red + 0.587 * green + 0.114 * blue;
    for frame in frames {
        assert!(frame.mean.iter().all(|part| (part - light).abs() < OFF), "{frame:?}, not {light}");
    }
}

#[test]
fn a_camera_that_cannot_be_used_says_why() {
    let Some(tool) = tool() else { return };
    let script = "echo == missing; probe 3; echo == layout; probe 0 --pixel mjpeg; \
        echo == busy; $P 0 --frames 9999 >/dev/null 2>&1 & H=$!; sleep 8; probe 0; kill $H; wait $H; \
        echo == denied; setpriv --reuid 65534 --clear-groups $P 0; \
        echo == unreadable; probe 10";
    let said = in_vm(&tool, "yuv422p", script);
    let cases = [
        ("missing", "there is no camera 3 (/dev/video3)"),
        ("layout", "does not deliver MJPEG"),
        ("busy", "in use by another program"),
        ("denied", "may not be opened by this user"),
        ("unreadable", "delivers only 422P, which cannot be read"),
    ];
    for (name, sentence) in cases {
        let part = section(&said, name);
        assert_eq!(part.matches("Error: ").count(), 1, "{name}: {part}");
        assert!(part.contains(sentence) && !part.contains("panicked"), "{name}: {part}");
    }
}

#[test]
fn a_camera_that_goes_away_is_picked_up_again() {
    let Some(tool) = tool() else { return };
    let script = format!(
        "echo == back; probe 0 --frames 250 & H=$!; sleep 8; {UNPLUG}; sleep 2; {PLUG}; wait $H; \
         echo == gone; probe 0 --frames 9999 --reconnect 4 & H=$!; sleep 8; {UNPLUG}; wait $H"
    );
    let said = in_vm(&tool, "yuyv422", &script);
    let back = section(&said, "back");
    assert_eq!(frames(back).len(), 250, "{back}");
    assert!(back.contains("gaps 1 ") && back.contains("unreadable 0") && !back.contains("Error"), "{back}");
    assert!((1500..60_000).contains(&number(back, "gap_ms ")), "{back}");
    let gone = section(&said, "gone");
    assert!(gone.contains("went away and did not come back within"), "{gone}");
    assert!(number(gone, "closed in_ms ") < 1000, "{gone}");
}

#[test]
fn a_camera_that_hangs_is_told_from_one_that_is_gone_and_closes() {
    let Some(tool) = tool() else { return };
    let script = "F=$(pidof ffmpeg); \
        echo == pause; probe 10 --frames 150 --stall 3 & H=$!; sleep 8; kill -STOP $F; sleep 8; kill -CONT $F; wait $H; \
        echo == hang; probe 10 --frames 9999 --stall 2 --reconnect 5 & H=$!; sleep 8; kill -STOP $F; wait $H";
    let said = in_vm(&tool, "yuyv422", script);
    let pause = section(&said, "pause");
    assert_eq!(frames(pause).len(), 150, "{pause}");
    assert!(number(pause, "gaps ") >= 1 && number(pause, "gap_ms ") >= 3000, "{pause}");
    let hang = section(&said, "hang");
    assert!(hang.contains("no picture came for") && number(hang, "closed in_ms ") < 1000, "{hang}");
}

/// The tool, or `None` (and why) when the tests are not asked for.
fn tool() -> Option<PathBuf> {
    let Some(value) = std::env::var_os("CAMERA_VM") else {
        eprintln!("skipped: set CAMERA_VM to the path of camera-vm to run the tests on emulated cameras");
        return None;
    };
    if value != "1" {
        return Some(PathBuf::from(value));
    }
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = above.map(|folder| folder.join("shared/tools/camera-vm")).find(|path| path.exists());
    Some(found.expect("no shared/tools/camera-vm in any folder above"))
}

/// Runs a script where a clip of one colour plays on camera 10 in `format`, and returns what it said. `probe` is the
/// example.
fn in_vm(tool: &Path, format: &str, script: &str) -> String {
    let probe = Path::new(env!("CARGO_BIN_EXE_lesionscope")).with_file_name("examples").join("camera_probe");
    assert!(probe.exists(), "build it first: cargo build --example camera_probe");
    // Not in /tmp, which is not the same place in the machine.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let clip = folder.path().join("clip.mp4");
    let [red, green, blue] = CLIP_COLOUR.map(|part| part as u8);
    let colour = format!("color=c=0x{red:02x}{green:02x}{blue:02x}:s=320x240:r=10:d=4");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", &colour, "-pix_fmt", "yuv420p"])
        .arg(&clip)
        .status()
        .unwrap();
    assert!(made.success());
    let script =
        format!("P='{}'; probe() {{ $P \"$@\" --size 320x240 2>&1 | grep -v '^listed'; }}; {script}", probe.display());
    let output = Command::new(tool)
        .arg("--clip")
        .arg(&clip)
        .args(["--fmt", format, "--size", "320x240", "--timeout", "600", "--", "bash", "-c", &script])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).replace('\r', "");
    format!("{said}\n{}", String::from_utf8_lossy(&output.stderr))
}

#[derive(Debug)]
struct Seen {
    size: String,
    mean: [f64; 3],
}

/// The lines `frame N pts_ms T size WxH mean R G B`.
fn frames(said: &str) -> Vec<Seen> {
    let seen = said.lines().filter(|line| line.starts_with("frame ")).map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mean = [7, 8, 9].map(|at| words[at].parse().unwrap());
        Seen { size: words[5].to_string(), mean }
    });
    seen.collect()
}

/// What was said after `== name` up to the next such line.
fn section<'a>(said: &'a str, name: &str) -> &'a str {
    let from = said.split_once(&format!("== {name}\n")).map_or("", |(_, rest)| rest);
    from.split_once("\n== ").map_or(from, |(part, _)| part)
}

/// The number after a label; a label that is not there fails the test.
fn number(said: &str, label: &str) -> u64 {
    let rest = said.split_once(label).unwrap_or_else(|| panic!("no {label}in {said}")).1;
    rest.split_whitespace().next().unwrap().parse().unwrap()
}
