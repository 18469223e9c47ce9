//! Writes a contact sheet of generated scenes to look at: `cargo run --example scene_sheet -- OUT.png [FIRST_SEED] [FRAME]`.

#![allow(clippy::print_stdout)]

use std::time::Instant;

use image::imageops::{self, FilterType};
use lesionscope::source::{SceneSettings, SceneSource};

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let out = args.next().unwrap_or_else(|| "target/scenes.png".to_owned());
    let first: u64 = args.next().map_or(Ok(0), |a| a.parse())?;
    let frame: u64 = args.next().map_or(Ok(40), |a| a.parse())?;
    let settings = SceneSettings { width: 1280, height: 720, fps: 30.0, frames: None };
    let mut sheet = image::RgbImage::new(3 * 600, 4 * 340);
    for n in 0..12u64 {
        let started = Instant::now();
        let scene = SceneSource::open(first + n, settings.clone())?;
        let opened = started.elapsed();
        let picture = scene.frame(frame).pixels;
        let started = Instant::now();
        for k in 0..10 {
            scene.frame(frame + k);
        }
        println!("scene {}: painted in {:?}, a frame in {:?}", first + n, opened, started.elapsed() / 10);
        let small = imageops::resize(&picture, 596, 335, FilterType::Triangle);
        imageops::replace(&mut sheet, &small, (n % 3) as i64 * 600, (n / 3) as i64 * 340);
        if let Some(folder) = std::path::Path::new(&out).parent() {
            picture.save(folder.join(format!("scene-{}.png", first + n)))?;
        }
    }
    sheet.save(&out)?;
    Ok(())
}
