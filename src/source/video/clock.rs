//! When pictures are to be shown: live ones as they come, those of films by the film's clock.

use std::time::{Duration, Instant};

use super::decode::VideoDecoder;
use super::facts::StreamFacts;
use super::film::FilmClock;
use super::live::LiveClock;
use super::stamps::{AHEAD, ContainerClock, Evidence, Stamp};
use super::watch::Watch;
use crate::source::Stop;

/// Gives pictures their times.
pub(super) enum Clock {
    /// Of a live stream, and when the last picture came.
    Live(LiveClock, Instant),
    /// Of a film.
    Film(FilmClock),
}

impl Clock {
    /// The clock for what was opened.
    pub(super) fn new(facts: &StreamFacts) -> Clock {
        let usual = Duration::try_from_secs_f64(1.0 / facts.fps.unwrap_or(25.0)).unwrap_or(Duration::from_millis(40));
        if facts.live {
            let origin = facts.start_s.map(|start| (start / facts.tick).round() as i64);
            return Clock::Live(LiveClock::new(facts.tick, origin, usual), Instant::now());
        }
        Clock::Film(FilmClock::new(ContainerClock {
            usual: nanoseconds(usual).max(1),
            tick: ((facts.tick * 1e9).round() as i64).max(1),
            end: facts.end.max(facts.length).map(nanoseconds),
            jumps: facts.clock_jumps,
        }))
    }

    /// The time of a picture, which may take a look at the next ones.
    pub(super) fn place(
        &mut self,
        stamp: Option<i64>,
        decoding: &mut VideoDecoder,
        stop: &Stop,
        watch: &Watch,
    ) -> Duration {
        match self {
            Clock::Live(clock, came) => {
                let waited = came.elapsed();
                *came = Instant::now();
                clock.place(stamp, waited)
            }
            Clock::Film(clock) => {
                let stamp = Stamp {
                    own: stamp.map(|stamp| decoding.beside.own(stamp)),
                    lasts: stamp.and_then(|stamp| decoding.beside.lasts(stamp)),
                };
                let time = clock.step(stamp).unwrap_or_else(|| settle(clock, stamp, decoding, stop, watch));
                Duration::from_nanos(u64::try_from(time).unwrap_or(0))
            }
        }
    }

    /// Goes on with the clock of a stream that was opened anew, `wait` after its last picture.
    pub(super) fn reopened(&mut self, facts: &StreamFacts, wait: Duration) {
        if let Clock::Live(clock, came) = self {
            clock.reopened(facts.tick, wait);
            *came = Instant::now();
        }
    }

    /// The latest time given out, by the container's own clock, s since its start.
    pub(super) fn own_last_s(&self) -> f64 {
        match self {
            Clock::Live(..) => 0.0,
            Clock::Film(clock) => clock.furthest() as f64 / 1e9,
        }
    }

    /// The last time given out, s, and how much of it lies in steps that nothing explains.
    pub(super) fn placed_s(&self) -> (f64, f64) {
        match self {
            Clock::Live(..) => (0.0, 0.0),
            Clock::Film(clock) => (clock.last().unwrap_or(0) as f64 / 1e9, clock.unexplained() as f64 / 1e9),
        }
    }

    /// A sentence about what was placed otherwise than its stamp says.
    pub(super) fn trouble(&self) -> Option<String> {
        match self {
            Clock::Live(..) => None,
            Clock::Film(clock) => clock.trouble(),
        }
    }
}

fn settle(clock: &mut FilmClock, stamp: Stamp, decoding: &mut VideoDecoder, stop: &Stop, watch: &Watch) -> i64 {
    let ahead = decoding.peek(AHEAD, stop, watch);
    let ahead: Vec<Option<i64>> = ahead.into_iter().map(|stamp| Some(decoding.beside.own(stamp?))).collect();
    let (before, last) = (clock.shift(), clock.last().unwrap_or(0));
    let from = last.saturating_sub(before);
    let sound_between = stamp.own.is_some_and(|own| decoding.beside.sound_between(from, own));
    let time = clock.settle(stamp, Evidence { ahead: &ahead, sound_between });
    if let Some(tap) = decoding.beside.tap().filter(|_| clock.shift() != before) {
        tap.shifted(clock.shift());
    }
    time
}

fn nanoseconds(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}
