//! How far a run is: a bar on a terminal, a line now and then elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::say::note;
use crate::pipeline::{Feed, Taken};

/// Time between two looks at the counts.
const LOOK: Duration = Duration::from_millis(200);

/// Time between two lines where there is no terminal.
const LINE: Duration = Duration::from_secs(5);

/// Tells how far the run is until its last frame. `frames`: how many there are, if that is known.
pub(super) fn watch(feed: &Feed, frames: Option<u64>, quiet: bool) {
    let terminal = std::io::stderr().is_terminal();
    let bar = if quiet || !terminal { ProgressBar::hidden() } else { frames_bar(frames) };
    let (started, mut told) = (Instant::now(), Instant::now());
    loop {
        let ended = matches!(feed.results.take(Some(LOOK)), Taken::Ended);
        bar.set_position(feed.progress.frames());
        bar.set_message(dropped(feed.progress.dropped()));
        if ended {
            break;
        }
        if !quiet && !terminal && told.elapsed() >= LINE {
            told = Instant::now();
            note(&line(feed.progress.frames(), frames, started.elapsed(), feed.progress.dropped()));
        }
    }
    bar.finish_and_clear();
}

fn frames_bar(frames: Option<u64>) -> ProgressBar {
    let (bar, template) = match frames {
        Some(frames) => (ProgressBar::new(frames), "{wide_bar} {pos}/{len} frames, {per_sec}, {eta} left{msg}"),
        None => (ProgressBar::new_spinner(), "{spinner} {pos} frames, {per_sec}, {elapsed}{msg}"),
    };
    // A template with an error would be one of this file: the default style does as well.
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A progress bar over close-ups.
pub(crate) fn closeups_bar(quiet: bool, count: usize) -> anyhow::Result<ProgressBar> {
    let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(count as u64) };
    bar.set_style(
        ProgressStyle::with_template("{wide_bar} {pos}/{len} close-ups, {eta} left").context("progress bar")?,
    );
    Ok(bar)
}

fn dropped(count: u64) -> String {
    if count > 0 { format!(", {count} dropped") } else { String::new() }
}

/// One line of progress.
fn line(done: u64, frames: Option<u64>, elapsed: Duration, drops: u64) -> String {
    let rate = done as f64 / elapsed.as_secs_f64().max(1e-3);
    let left = frames.filter(|_| rate > 0.0).map(|all| all.saturating_sub(done) as f64 / rate);
    let of = frames.map_or(String::new(), |all| format!(" of {all}"));
    let left = left.map_or(String::new(), |left| format!(", {left:.0} s left"));
    format!("{done}{of} frames, {rate:.1} fps{left}{}", dropped(drops))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_tell_what_is_known() {
        let ten = Duration::from_secs(10);
        assert_eq!(line(150, Some(300), ten, 0), "150 of 300 frames, 15.0 fps, 10 s left");
        assert_eq!(line(150, None, ten, 3), "150 frames, 15.0 fps, 3 dropped");
        assert_eq!(line(0, Some(300), Duration::ZERO, 0), "0 of 300 frames, 0.0 fps");
    }
}
