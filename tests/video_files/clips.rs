//! Clips made with the ffmpeg command line, and what ffprobe says of files.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use image::RgbImage;
use lesionscope::finding::Detection;
use lesionscope::frame::Frame;
use lesionscope::sink::video::{Origin, Pictures, Preset, VideoSink, VideoSinkSettings};
use lesionscope::sink::{RenderedFrame, Sink, StageTimes};
use lesionscope::source::video::{VideoSettings, VideoSource, YuvMatrix};
use lesionscope::source::{Source, SourceInfo, Stop};

/// Whether the ffmpeg command line is there; says so when a test is skipped for want of it.
pub(crate) fn tools() -> bool {
    let there = ["ffmpeg", "ffprobe"].iter().all(|tool| Command::new(tool).arg("-version").output().is_ok());
    if !there {
        crate::skip::skipped("the ffmpeg and ffprobe commands are not installed");
    }
    there
}

/// Runs ffmpeg with arguments separated by blanks, the last being the file made in `dir`.
pub(crate) fn make(dir: &Path, name: &str, args: &str) -> PathBuf {
    let file = dir.join(name);
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y"]).args(args.split_whitespace()).arg(&file).current_dir(dir);
    let done = command.output().unwrap();
    assert!(done.status.success(), "{args}: {}", String::from_utf8_lossy(&done.stderr));
    file
}

/// What ffprobe prints for entries (`stream=codec_name`), one line a value.
pub(crate) fn probe(file: &Path, select: &str, entries: &str) -> Vec<String> {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-select_streams", select, "-show_entries", entries, "-of", "csv=p=0"]).arg(file);
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&done.stderr));
    let text = String::from_utf8(done.stdout).unwrap();
    text.split([',', '\n']).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect()
}

/// Like [`probe`], as numbers.
pub(crate) fn numbers(file: &Path, select: &str, entries: &str) -> Vec<f64> {
    probe(file, select, entries).iter().filter_map(|value| value.parse().ok()).collect()
}

/// Presentation times of all pictures of a file by ffprobe, s.
pub(crate) fn times(file: &Path) -> Vec<f64> {
    let mut times = numbers(file, "v:0", "packet=pts_time");
    times.sort_by(f64::total_cmp);
    times
}

pub(crate) fn source_settings() -> VideoSettings {
    VideoSettings { timeout_s: 2.0, reconnect_s: 0.0, decode_threads: None, untagged_matrix: YuvMatrix::Bt601 }
}

pub(crate) fn sink_settings() -> VideoSinkSettings {
    VideoSinkSettings {
        encoder: "auto".to_owned(),
        preset: Preset::Veryfast,
        crf: 18,
        keyframe_s: 2.0,
        fragment_s: 1.0,
        threads: None,
        max_minutes: None,
        segment_minutes: None,
        max_disk_gb: None,
    }
}

pub(crate) fn open(file: &Path) -> VideoSource {
    VideoSource::open(file.to_str().unwrap(), &source_settings()).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn all(source: &mut dyn Source) -> Vec<Frame> {
    std::iter::from_fn(|| source.next_frame(&Stop::default()).unwrap()).collect()
}

pub(crate) fn rendered(frame: Frame) -> RenderedFrame {
    let detection = Detection::default();
    RenderedFrame {
        annotated: Arc::new(frame.pixels.clone()),
        frame: Arc::new(frame),
        detection: Arc::new(detection),
        dropped: 0,
        times: StageTimes::default(),
    }
}

pub(crate) fn flat(index: u64, millis: u64, size: (u32, u32), colour: [u8; 3]) -> RenderedFrame {
    let pixels = RgbImage::from_pixel(size.0, size.1, image::Rgb(colour));
    rendered(Frame { index, pts: Duration::from_millis(millis), pixels, file: None })
}

pub(crate) fn sink(file: &Path, origin: &Origin) -> VideoSink {
    VideoSink::create(file, sink_settings(), Pictures::Annotated, origin).unwrap_or_else(|error| panic!("{error}"))
}

/// Sends the first `count` pictures of a clip through source and sink; gives the recording and the times of its pictures.
pub(crate) fn copy(clip: &Path, count: usize) -> (PathBuf, Vec<f64>, Vec<String>) {
    let file = clip.with_extension("copy.mp4");
    let mut source = open(clip);
    let SourceInfo { sound, fps, live, .. } = source.info().clone();
    let origin = Origin { sound, fps, live };
    let mut sink = sink(&file, &origin);
    let mut times = Vec::new();
    while times.len() < count {
        let Some(frame) = source.next_frame(&Stop::default()).unwrap() else { break };
        times.push(frame.pts.as_secs_f64());
        sink.put(&rendered(frame)).unwrap();
    }
    sink.finish().unwrap();
    (file, times, sink.warnings().to_vec())
}

pub(crate) fn near(left: &[f64], right: &[f64], most: f64) {
    assert_eq!(left.len(), right.len(), "{left:?} {right:?}");
    for (left, right) in left.iter().zip(right) {
        assert!((left - right).abs() <= most, "{left} is not {right}");
    }
}
