//! Grabs pictures from a camera and says what came:
//! `camera_probe INDEX [--frames N] [--size WxH] [--fps N] [--pixel yuyv|mjpeg|...] [--stall S] [--reconnect S] [--png FILE]`.
//! Small enough to run in an emulated machine with emulated cameras.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use lesionscope::geometry::Size;
use lesionscope::source::camera::{CameraSettings, CameraSource, list_cameras};
use lesionscope::source::{Source, Stop};

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let mut flags: BTreeMap<String, String> = BTreeMap::new();
    let index: u32 = args.next().context("which camera?")?.parse()?;
    while let Some(flag) = args.next() {
        let value = args.next().context("every flag takes a value")?;
        flags.insert(flag, value);
    }
    let flag = |name: &str, default: &str| flags.get(name).cloned().unwrap_or_else(|| default.to_string());
    for camera in list_cameras(Size { width: 640, height: 480 }) {
        say(&format!(
            "listed {}: {} formats {:?} {:?}",
            camera.short(),
            camera.formats.len(),
            camera.unreadable,
            camera.trouble
        ));
    }
    let size = flag("--size", "640x480");
    let (width, height) = size.split_once('x').context("size")?;
    let settings: CameraSettings = toml::from_str(&format!(
        "width = {width}\nheight = {height}\nfps = {}\npixel_format = \"{}\"\nopen_timeout_s = 30.0\n\
         stall_s = {}\nreconnect_s = {}",
        flag("--fps", "10"),
        flag("--pixel", "auto"),
        flag("--stall", "5.0"),
        flag("--reconnect", "60.0")
    ))?;
    let mut source = CameraSource::open(index, &settings)?;
    say(&format!("opened {}", source.info().label));
    let result = grab(&mut source, flag("--frames", "10").parse()?, &flag("--png", ""));
    let stats = source.stats();
    say(&format!("gaps {} gap_ms {} unreadable {}", stats.gaps, stats.gap_time.as_millis(), stats.unreadable));
    let closing = Instant::now();
    drop(source);
    say(&format!("closed in_ms {}", closing.elapsed().as_millis()));
    result
}

fn grab(source: &mut CameraSource, frames: u32, png: &str) -> Result<()> {
    let stop = Stop::default();
    let mut last: Option<Duration> = None;
    for _ in 0..frames {
        let Some(frame) = source.next_frame(&stop)? else { bail!("the camera ended") };
        if last.is_some_and(|last| frame.pts <= last) {
            bail!("time went back");
        }
        last = Some(frame.pts);
        let size = frame.size();
        let count = f64::from(size.width) * f64::from(size.height);
        let mean = [0, 1, 2].map(|c| frame.pixels.pixels().map(|pixel| f64::from(pixel.0[c])).sum::<f64>() / count);
        let [red, green, blue] = mean;
        say(&format!(
            "frame {} pts_ms {} size {size} mean {red:.1} {green:.1} {blue:.1}",
            frame.index,
            frame.pts.as_millis()
        ));
        if !png.is_empty() {
            frame.pixels.save(png)?;
        }
    }
    let asked = Instant::now();
    stop.request();
    source.next_frame(&stop)?;
    say(&format!("stopped in_ms {}", asked.elapsed().as_millis()));
    Ok(())
}

#[allow(clippy::print_stdout, reason = "a program for people")]
fn say(line: &str) {
    println!("{line}");
}
