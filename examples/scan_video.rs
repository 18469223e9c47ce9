//! Follows through a film what the bundled classifier takes for a lesion.
//!
//! cargo run --release --example scan_video -- arm.mp4

#![allow(clippy::print_stdout, reason = "an example prints what it sees")]

use std::sync::Arc;

use lesionscope::config::Config;
use lesionscope::scanner::Scanner;
use lesionscope::source::video::VideoSource;
use lesionscope::source::{Source, Stop};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: scan_video FILM")?;
    let mut film = VideoSource::open(&path, &Config::shipped()?.video)?;
    let mut scanner = Scanner::bundled()?;
    while let Some(frame) = film.next_frame(&Stop::default())? {
        let frame = Arc::new(frame);
        for circle in scanner.track(&frame)? {
            let (class, place) = (scanner.class(&circle), circle.finding.circle);
            println!(
                "{:.2} s: #{} {} at {:.0}, {:.0}",
                frame.pts.as_secs_f64(),
                circle.track,
                class.name,
                place.x,
                place.y
            );
        }
    }
    Ok(())
}
