//! How far a run is: a bar on a terminal, a line now and then elsewhere.

use std::fmt;
use std::io::IsTerminal;
use std::ops::Deref;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::say::note;
use crate::pipeline::{Delivery, Feed};

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
        let ended = matches!(feed.results.take(Some(LOOK)), Delivery::Ended);
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

/// Time between two lines of a training run where there is no terminal.
const TRAINING_LINE: Duration = Duration::from_secs(30);

/// So many things to do, and what they are called.
struct Work {
    count: usize,
    things: &'static str,
}

/// How far some work is: a bar on a terminal, elsewhere a line every few seconds, until it is finished or dropped.
pub(crate) struct ProgressSign {
    bar: ProgressBar,
    telling: Option<JoinHandle<()>>,
}

impl ProgressSign {
    /// Over `count` things; more may be added later.
    pub(crate) fn new(quiet: bool, count: usize, things: &'static str) -> anyhow::Result<ProgressSign> {
        let template = format!("{{wide_bar}} {{pos}}/{{len}} {things}, {{eta}} left  {{msg}}");
        ProgressSign::with(quiet, Work { count, things }, &template, LINE)
    }

    /// For a training run: its message says whether pictures are read, false circles searched for, or windows learnt from.
    pub(crate) fn training(quiet: bool) -> anyhow::Result<ProgressSign> {
        ProgressSign::with(
            quiet,
            Work { count: 0, things: "" },
            "{msg} {wide_bar} {pos}/{len} {elapsed} left {eta}",
            TRAINING_LINE,
        )
    }

    fn with(
        quiet: bool,
        Work { count, things }: Work,
        template: &str,
        every: Duration,
    ) -> anyhow::Result<ProgressSign> {
        let terminal = std::io::stderr().is_terminal();
        let bar = ProgressBar::new(count as u64);
        bar.set_style(ProgressStyle::with_template(template).context("progress bar")?);
        if quiet || !terminal {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        } else {
            // The time goes on where a step takes long.
            bar.enable_steady_tick(Duration::from_secs(1));
        }
        let shown = bar.clone();
        let tell = move || tell_now_and_then(&shown, things, every);
        // Without it the work is done as well, in silence.
        let telling =
            if quiet || terminal { None } else { Builder::new().name("progress".to_owned()).spawn(tell).ok() };
        Ok(ProgressSign { bar, telling })
    }

    /// The bar.
    pub(crate) fn bar(&self) -> &ProgressBar {
        &self.bar
    }
}

impl Deref for ProgressSign {
    type Target = ProgressBar;

    fn deref(&self) -> &ProgressBar {
        &self.bar
    }
}

impl Drop for ProgressSign {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        if let Some(telling) = self.telling.take() {
            // It only tells.
            telling.join().ok();
        }
    }
}

/// Prints a line now and then on a bar that is not drawn, until it is finished.
fn tell_now_and_then(bar: &ProgressBar, things: &str, every: Duration) {
    let (mut told, mut began, mut first) = (Instant::now(), Instant::now(), 0);
    while !bar.is_finished() {
        std::thread::sleep(LOOK);
        let (at, length) = (bar.position(), bar.length());
        // Another piece of work has begun.
        if at < first {
            (began, first) = (Instant::now(), at);
        }
        if told.elapsed() >= every && !bar.is_finished() {
            told = Instant::now();
            let words =
                [&bar.message(), things].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ");
            let step = Step { at, length, done: at.saturating_sub(first), elapsed: began.elapsed() };
            note(&format!("{words}: {step}"));
        }
    }
}

/// How far a piece of work is.
struct Step {
    at: u64,
    length: Option<u64>,
    /// What was done of it in the time.
    done: u64,
    elapsed: Duration,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.at)?;
        let Some(length) = self.length else { return Ok(()) };
        write!(f, " of {length}")?;
        if self.done == 0 {
            return Ok(());
        }
        let rest = length.saturating_sub(self.at) as f64 / self.done as f64;
        write!(f, ", {:.0} s left", rest * self.elapsed.as_secs_f64())
    }
}

/// How far the judging of close-ups is.
pub(crate) fn closeups_bar(quiet: bool, count: usize) -> anyhow::Result<ProgressSign> {
    ProgressSign::new(quiet, count, "close-ups")
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
    fn steps_tell_how_long_the_rest_takes() {
        let step =
            |at, length, done| Step { at, length: Some(length), done, elapsed: Duration::from_secs(10) }.to_string();
        assert_eq!(step(5, 20, 5), "5 of 20, 30 s left");
        assert_eq!(step(0, 20, 0), "0 of 20");
        assert_eq!(step(8, 8, 4), "8 of 8, 0 s left");
    }

    #[test]
    fn a_sign_ends_when_it_is_dropped() {
        let sign = ProgressSign::new(false, 3, "maps").unwrap();
        sign.inc(1);
        let bar = sign.bar().clone();
        assert_eq!((bar.position(), bar.length()), (1, Some(3)));
        drop(sign);
        assert!(bar.is_finished());
    }

    #[test]
    fn lines_tell_what_is_known() {
        let ten = Duration::from_secs(10);
        assert_eq!(line(150, Some(300), ten, 0), "150 of 300 frames, 15.0 fps, 10 s left");
        assert_eq!(line(150, None, ten, 3), "150 frames, 15.0 fps, 3 dropped");
        assert_eq!(line(0, Some(300), Duration::ZERO, 0), "0 of 300 frames, 0.0 fps");
    }
}
