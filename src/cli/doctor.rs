//! `lesionscope doctor`: what works on this machine, a line each, and what to do about the rest.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context;
use clap::Args;
use ffmpeg_the_third as ffmpeg;
use serde::Serialize;

use crate::cli::exit::Exit;
use crate::cli::models::flags::{ModelFlags, model_report};
use crate::cli::say::say;
use crate::config::Config;
use crate::cores::cores;
use crate::geometry::Size;
use crate::source::camera::{CameraError, CameraListing, CameraSettings, list_cameras, pick};

/// `doctor`.
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Model.
    #[command(flatten)]
    model: ModelFlags,
    /// Print a JSON array instead of lines.
    #[arg(long)]
    json: bool,
}

/// Below this much free space, bytes, recording is warned of: about an hour of annotated 720p video.
const LITTLE_SPACE: u64 = 2_000_000_000;

/// What can be read depends on these; only the first is essential (recordings of this program are H.264).
const DECODERS: [&str; 8] = ["h264", "hevc", "vp8", "vp9", "av1", "mjpeg", "mpeg4", "prores"];

/// Encoders of H.264 in software, the preferred first; any of them serves for recording.
const ENCODERS: [&str; 2] = ["libx264", "libopenh264"];

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CheckState {
    /// It works.
    Ok,
    /// It is not there; the rest of the program works without it.
    Missing,
    /// It is not there or broken, and the program cannot do its main job without it.
    Broken,
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    /// What was looked at.
    pub what: String,
    /// How it came out.
    pub state: CheckState,
    /// What was found.
    pub found: String,
    /// What to do about it; empty when nothing is to be done.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub remedy: String,
}

impl Check {
    fn ok(what: &str, found: impl Into<String>) -> Self {
        Self { what: what.to_string(), state: CheckState::Ok, found: found.into(), remedy: String::new() }
    }

    fn missing(what: &str, found: impl Into<String>, remedy: &str) -> Self {
        Self { what: what.to_string(), state: CheckState::Missing, found: found.into(), remedy: remedy.to_string() }
    }

    fn broken(what: &str, found: impl Into<String>, remedy: &str) -> Self {
        Self { state: CheckState::Broken, ..Self::missing(what, found, remedy) }
    }
}

/// Runs the command: looks at everything and prints the report. It fails where something essential is broken.
pub(super) fn run(args: &DoctorArgs, config: &Config) -> anyhow::Result<Exit> {
    let camera = &config.camera;
    let mut checks = cameras(&list_cameras(Size { width: camera.width, height: camera.height }), camera);
    checks.extend(codecs());
    checks.push(display(|name| std::env::var(name).ok().filter(|value| !value.is_empty()), open_window));
    checks.push(match model_report(&args.model) {
        Ok(found) => Check::ok("model", found),
        Err(error) => Check::broken("model", format!("{error:#}"), "name a model folder with --model DIR"),
    });
    checks.push(processor());
    #[cfg(feature = "onnxruntime")]
    checks.push(onnxruntime());
    let recordings = Path::new(&config.output.project);
    checks.push(disk(recordings, free_space(recordings)));
    let text = if args.json { serde_json::to_string_pretty(&checks)? } else { report(&checks) };
    say(&text).context("cannot write the report")?;
    Ok(verdict(&checks))
}

/// Whether users' classifiers are run by ONNX Runtime.
#[cfg(feature = "onnxruntime")]
fn onnxruntime() -> Check {
    match crate::classifier::onnxruntime() {
        Ok(Some(path)) => Check::ok("onnxruntime", format!("{} runs ONNX classifiers", path.display())),
        Ok(None) => Check::missing(
            "onnxruntime",
            "not found, tract runs ONNX classifiers",
            "install it, or name its library by ORT_DYLIB_PATH",
        ),
        Err(error) => Check::broken("onnxruntime", error.to_string(), "name another, or none"),
    }
}

/// The report, a line a check.
fn report(checks: &[Check]) -> String {
    let width = checks.iter().map(|check| check.what.len()).max().unwrap_or(0);
    let lines = checks.iter().map(|check| {
        let state = match check.state {
            CheckState::Ok => "ok     ",
            CheckState::Missing => "missing",
            CheckState::Broken => "BROKEN ",
        };
        let remedy = if check.remedy.is_empty() { String::new() } else { format!(" -> {}", check.remedy) };
        format!("{state}  {:width$}  {}{remedy}\n", check.what, check.found)
    });
    lines.collect()
}

fn verdict(checks: &[Check]) -> Exit {
    if checks.iter().any(|check| check.state == CheckState::Broken) { Exit::Failed } else { Exit::Done }
}

/// A line for every camera. A machine without cameras still works on files.
fn cameras(listed: &[CameraListing], settings: &CameraSettings) -> Vec<Check> {
    if listed.is_empty() {
        let remedy = "plug one in for `live`; files and streams work without";
        return vec![Check::missing("camera", "none was found", remedy)];
    }
    // Webcams come with a second device of the same name that delivers other data than pictures.
    let companion = |camera: &CameraListing| {
        let silent = camera.trouble.is_none() && camera.formats.is_empty() && camera.unreadable.is_empty();
        silent && listed.iter().any(|other| other.index != camera.index && other.name == camera.name && other.usable())
    };
    listed.iter().filter(|camera| !companion(camera)).map(|camera| one_camera(camera, settings)).collect()
}

fn one_camera(camera: &CameraListing, settings: &CameraSettings) -> Check {
    let what = format!("camera {}", camera.index);
    if let Some(trouble) = &camera.trouble {
        let (trouble, name, others) = (trouble.clone(), Some(camera.name.clone()), Vec::new());
        return Check::missing(&what, CameraError { index: camera.index, name, trouble, others }.to_string(), "");
    }
    let mut has: Vec<String> = camera.formats.iter().map(|format| format.pixel.to_string()).collect();
    has.dedup();
    match (pick(&camera.formats, settings.wish()), camera.formats.is_empty()) {
        (Some(picked), _) => {
            let count = camera.formats.len();
            Check::ok(&what, format!("{}: {picked} would be used ({count} offered: {})", camera.name, has.join(", ")))
        }
        (None, false) => {
            let found = format!("{}: has {}, not the camera.pixel_format that is set", camera.name, has.join(", "));
            Check::missing(&what, found, "set camera.pixel_format to auto")
        }
        (None, true) if camera.unreadable.is_empty() => {
            Check::missing(&what, format!("{}: no pictures come from this device", camera.name), "use another number")
        }
        (None, true) => {
            let found = format!("{}: only {}, which cannot be read", camera.name, camera.unreadable.join(", "));
            Check::missing(&what, found, "")
        }
    }
}

/// libav, what it can write and what it can read.
fn codecs() -> Vec<Check> {
    if let Err(error) = ffmpeg::init() {
        return vec![Check::broken("libav", error.to_string(), "reinstall FFmpeg's libraries")];
    }
    let triple = |version: u32| format!("{}.{}.{}", version >> 16, version >> 8 & 255, version & 255);
    let libav = format!(
        "libavcodec {}, libavformat {}, libavutil {}",
        triple(ffmpeg::codec::version()),
        triple(ffmpeg::format::version()),
        triple(ffmpeg::util::version())
    );
    let encoder = ENCODERS.into_iter().find(|name| ffmpeg::encoder::find_by_name(name).is_some());
    let (has, lacks): (Vec<&str>, Vec<&str>) =
        DECODERS.into_iter().partition(|name| ffmpeg::decoder::find_by_name(name).is_some());
    let install = "install FFmpeg with it (Debian, Ubuntu: apt install libavcodec-extra)";
    vec![
        Check::ok("libav", libav),
        match encoder {
            Some(name) => Check::ok("H.264 encoder", name),
            None => Check::broken("H.264 encoder", format!("none of {}", ENCODERS.join(", ")), install),
        },
        match (lacks.contains(&DECODERS[0]), lacks.is_empty()) {
            (true, _) => Check::broken("decoders", format!("no {}", lacks.join(", ")), install),
            (false, true) => Check::ok("decoders", has.join(", ")),
            (false, false) => {
                Check::missing("decoders", format!("{}; not {}", has.join(", "), lacks.join(", ")), install)
            }
        },
    ]
}

/// Whether a window can be opened. The variables are looked at first: without them nothing is tried.
fn display(variable: impl Fn(&str) -> Option<String>, open: impl FnOnce() -> Result<(), String>) -> Check {
    let remedy = "`live` needs a desktop; `headless` works without";
    let named: Vec<String> = ["WAYLAND_DISPLAY", "DISPLAY"]
        .into_iter()
        .filter_map(|name| Some(format!("{name}={}", variable(name)?)))
        .collect();
    if named.is_empty() {
        return Check::missing("display", "neither DISPLAY nor WAYLAND_DISPLAY is set", remedy);
    }
    match open() {
        Ok(()) => Check::ok("display", format!("a window opens ({})", named.join(", "))),
        Err(error) => Check::missing("display", format!("no window opens ({}): {error}", named.join(", ")), remedy),
    }
}

fn open_window() -> Result<(), String> {
    let options = minifb::WindowOptions { borderless: true, ..minifb::WindowOptions::default() };
    minifb::Window::new("lesionscope doctor", 64, 64, options).map(drop).map_err(|error| error.to_string())
}

/// Cores, and the vector instructions that the classifier's arithmetic uses when they are there.
fn processor() -> Check {
    let cores = cores();
    let features = vector_features();
    let found =
        format!("{cores} cores, {}", if features.is_empty() { "no AVX".to_string() } else { features.join(", ") });
    Check::ok("processor", found)
}

#[cfg(target_arch = "x86_64")]
fn vector_features() -> Vec<&'static str> {
    let features = [
        ("AVX2", is_x86_feature_detected!("avx2")),
        ("FMA", is_x86_feature_detected!("fma")),
        ("F16C", is_x86_feature_detected!("f16c")),
        ("AVX-512", is_x86_feature_detected!("avx512f")),
    ];
    features.into_iter().filter_map(|(name, has)| has.then_some(name)).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn vector_features() -> Vec<&'static str> {
    vec![std::env::consts::ARCH]
}

/// Bytes free where `folder` is, or would be; `None` when the system does not tell. Asks POSIX `df`, for the standard
/// library cannot tell and unsafe code is forbidden.
fn free_space(folder: &Path) -> Option<u64> {
    let absolute = std::path::absolute(folder).ok()?;
    let there = absolute.ancestors().find(|ancestor| ancestor.exists())?;
    let output = Command::new("df").arg("-Pk").arg(there).stderr(Stdio::null()).output().ok()?;
    df_available(&String::from_utf8_lossy(&output.stdout))
}

/// Bytes of the column `Available` of `df -Pk`. Counted from the capacity, the one with `%`: the names around may hold
/// spaces.
fn df_available(output: &str) -> Option<u64> {
    let words: Vec<&str> = output.lines().nth(1)?.split_whitespace().collect();
    let capacity = words.iter().position(|word| word.ends_with('%'))?;
    words.get(capacity.checked_sub(1)?)?.parse::<u64>().ok()?.checked_mul(1024)
}

fn disk(folder: &Path, free: Option<u64>) -> Check {
    let folder = folder.display();
    match free {
        None => Check::missing("disk", format!("free space of {folder} is not known"), ""),
        Some(free) if free < LITTLE_SPACE => {
            let found = format!("{:.1} GB free for {folder}", free as f64 / 1e9);
            Check::missing("disk", found, "make room, or name another folder with --out DIR")
        }
        Some(free) => Check::ok("disk", format!("{:.1} GB free for {folder}", free as f64 / 1e9)),
    }
}

#[cfg(test)]
mod tests;
