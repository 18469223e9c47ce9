//! How fast, and how much memory: not run by default. `cargo nextest run --test video_files --run-ignored only --no-capture`

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use lesionscope::sink::Sink;
use lesionscope::sink::video::{Origin, Pictures, VideoSink};
use lesionscope::source::{Source, Stop};

use crate::clips::*;

fn scene() -> Option<PathBuf> {
    let data = std::env::var("LESIONSCOPE_DATA").unwrap_or_else(|_| "target/data/open".to_owned());
    let clip = PathBuf::from(data).join("scenes/scene-01-fabric-handheld.mp4");
    clip.exists().then_some(clip)
}

#[test]
#[ignore = "measures; needs the shared data and quiet cores"]
fn decode_and_encode_beside_the_command_line() {
    let Some(clip) = scene().filter(|_| tools()) else {
        println!("skipped: the shared data are not there");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let begun = Instant::now();
        let mut source = open(&clip);
        let decoded = all(&mut source).len() as f64 / begun.elapsed().as_secs_f64();

        let begun = Instant::now();
        let mut source = open(&clip);
        let mut sink =
            VideoSink::create(&dir.path().join("a.mp4"), sink_settings(), Pictures::Clean, &Origin::default()).unwrap();
        let mut count = 0.0;
        while let Some(frame) = source.next_frame(&Stop::default()).unwrap() {
            let image = std::sync::Arc::new(image::RgbImage::new(1, 1));
            let mut item = flat(0, 0, (1, 1), [0; 3]);
            (item.frame, item.annotated) = (std::sync::Arc::new(frame), image);
            sink.put(&item).unwrap();
            count += 1.0;
        }
        sink.finish().unwrap();
        let ours = count / begun.elapsed().as_secs_f64();

        let begun = Instant::now();
        let args = ["-v", "error", "-nostdin", "-y", "-i"];
        let encode = ["-vf", "format=rgb24,format=yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18"];
        let to = dir.path().join("b.mp4");
        let mut command = Command::new("ffmpeg");
        assert!(command.args(args).arg(&clip).args(encode).arg(to).status().unwrap().success());
        let theirs = count / begun.elapsed().as_secs_f64();
        println!(
            "round {round}: decode {decoded:.0} fps; decode and encode {ours:.0} fps, ffmpeg (through RGB) {theirs:.0} fps, ratio {:.2}",
            ours / theirs
        );
    }
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
    let mut sink = sink(&dir.path().join("copy.mp4"), &Origin { media: Some(clip), fps: None });
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
