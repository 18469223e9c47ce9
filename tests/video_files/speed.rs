//! How fast, and how much memory: not run by default. `cargo nextest run --test video_files --run-ignored only --no-capture`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use lesionscope::sink::Sink;
use lesionscope::sink::video::{Origin, Pictures, VideoSink};
use lesionscope::source::{Source, Stop};

use crate::clips::*;

fn scene() -> Option<PathBuf> {
    let data = std::env::var("OPEN_DATA").unwrap_or_else(|_| "target/data/open".to_owned());
    let clip = PathBuf::from(data).join("scenes/scene-01-fabric-handheld.mp4");
    clip.exists().then_some(clip)
}

/// Processor time is compared, not time by the clock, so that what else runs does not matter.
#[test]
#[ignore = "measures; needs the shared data"]
fn decode_and_encode_beside_the_command_line() {
    let Some(clip) = scene().filter(|_| tools()) else {
        println!("skipped: the shared data are not there");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let (begun, used) = (Instant::now(), cpu_s("self"));
        let count = all(&mut open(&clip)).len() as f64;
        let decode = cpu_s("self") - used;
        let decode_fps = count / begun.elapsed().as_secs_f64();

        let (begun, used) = (Instant::now(), cpu_s("self"));
        recode(&clip, &dir.path().join("ours.mp4"));
        let ours = cpu_s("self") - used;
        let ours_fps = count / begun.elapsed().as_secs_f64();

        let (begun, used) = (Instant::now(), children_s());
        make(dir.path(), "theirs.mp4", &format!("-i {} -c:v libx264 -preset veryfast -crf 18", clip.display()));
        let theirs = children_s() - used;
        let theirs_fps = count / begun.elapsed().as_secs_f64();
        println!(
            "round {round}: cpu ms a picture: decode {:.1}, decode and encode {:.1}, ffmpeg {:.1}; fps {decode_fps:.0} {ours_fps:.0} {theirs_fps:.0}",
            decode / count * 1e3,
            ours / count * 1e3,
            theirs / count * 1e3,
        );
    }
}

fn recode(clip: &Path, to: &Path) {
    let mut source = open(clip);
    let mut sink = VideoSink::create(to, sink_settings(), Pictures::Clean, &Origin::default()).unwrap();
    let mut item = flat(0, 0, (2, 2), [0; 3]);
    while let Some(frame) = source.next_frame(&Stop::default()).unwrap() {
        item.frame = Arc::new(frame);
        sink.put(&item).unwrap();
    }
    sink.finish().unwrap();
}

/// Processor time of this process and its threads, s (100 ticks a second on Linux).
fn cpu_s(process: &str) -> f64 {
    stat(process, 11) + stat(process, 12)
}

/// Processor time of the processes that this one waited for, s.
fn children_s() -> f64 {
    stat("self", 13) + stat("self", 14)
}

fn stat(process: &str, field: usize) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, fields) = text.rsplit_once(") ").unwrap();
    fields.split(' ').nth(field).unwrap().parse::<f64>().unwrap() / 100.0
}

#[test]
#[ignore = "takes minutes"]
fn memory_is_flat_over_20000_pictures() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let args = "-f lavfi -i testsrc=s=320x240:r=30:d=667 -f lavfi -i sine=d=667 -pix_fmt yuv420p -preset ultrafast";
    let clip = make(dir.path(), "long.mp4", args);
    let mut source = open(&clip);
    let origin = Origin { sound: source.info().sound.clone(), fps: None, live: false };
    let mut sink = sink(&dir.path().join("copy.mp4"), &origin);
    let mut at_1000 = 0;
    while let Some(frame) = source.next_frame(&Stop::default()).unwrap() {
        let index = frame.index;
        sink.put(&rendered(frame)).unwrap();
        if index % 1000 == 999 {
            let now = resident_kb();
            println!("{} pictures: {now} kB", index + 1);
            at_1000 = if index == 999 { now } else { at_1000 };
            assert!(now < at_1000 + 20_000, "grew from {at_1000} to {now} kB");
        }
    }
    sink.finish().unwrap();
}

fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
