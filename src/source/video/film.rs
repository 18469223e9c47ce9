//! Times of the pictures of a film: the time stamps where they make sense, the film's own pace where they do not.

use std::time::Duration;

/// Steps of up to so many pictures are never doubted: about a second of film, longer than what cameras leave out when they
/// hang for a moment or the light fails, shorter than what a clock jumps by where pieces were joined.
const PLAIN_PICTURES: i64 = 25;

/// Bounds of the time of those, ns: films of few pictures a second keep their pauses, fast ones may pause for a second.
const PLAIN: (i64, i64) = (1_000_000_000, 60_000_000_000);

/// Longest step, ns, that is believed at all (and that recordings can hold): six hours.
const LONGEST: i64 = 21_600_000_000_000;

/// Plain steps after which a new beginning of the clock is known to be one.
const TRUSTED: u32 = 8;

/// Steps from which the film's pace is taken.
const PACE_OF: usize = 5;

/// Pictures to look ahead when a time stamp is in doubt.
pub(super) const AHEAD: usize = 3;

/// A picture's time stamp, ns since the start of the container, and the length of its packet, ns, where it is known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stamp {
    pub(super) own: Option<i64>,
    pub(super) lasts: Option<i64>,
}

/// What else is known when a time stamp is in doubt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence<'a> {
    /// Time stamps of the next pictures, up to [`AHEAD`] of them.
    pub(super) ahead: &'a [Option<i64>],
    /// Whether there is sound all the way from the picture before to this one.
    pub(super) sound_between: bool,
}

/// What the container says of its clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Announced {
    /// Usual time between pictures, ns.
    pub(super) usual: i64,
    /// End of the container, ns since its start.
    pub(super) end: Option<i64>,
    /// Whether its clock may jump where pieces were joined or packets lost (MPEG transport and program streams).
    pub(super) jumps: bool,
}

/// Places the pictures of a film. Times grow with every picture, by the rule:
///
/// 1. A step forward of up to twice the film's pace, or one that the length of the picture before explains, is taken as it is.
///    Any other time stamp is in doubt, and the next three pictures are looked at.
/// 2. Where one of those goes on from the picture before but lies before this one, or where this one does not lie behind the
///    picture before, only the stamps up to there are wrong: those pictures are spread evenly in between.
/// 3. Else a step forward of up to 25 pictures (a second at least, a minute at most) is taken as it is.
/// 4. A longer one is a true pause where sound runs through it, or where the container's clock does not jump by its nature, the
///    next pictures go on from there and the announced end is not passed; six hours at most.
/// 5. Everything else (a step back, a jump) is a new beginning of the clock: the picture follows the one before at the film's own
///    pace, the median of its last plain steps, and later pictures keep their distance from it. Should the old clock come
///    back, it holds again.
///
/// So films of constant and of variable rate keep their time stamps exactly. All that is placed by rules 2 and 5 is counted.
#[derive(Debug)]
pub(super) struct FilmClock {
    announced: Announced,
    plain: i64,
    last: Option<i64>,
    /// Length of the last picture by its packet.
    lasts: Option<i64>,
    /// Added to time stamps: what jumps took away or gave.
    shift: i64,
    /// The last shift that was trusted, which may come back.
    home: i64,
    /// Plain steps with the present shift.
    run: u32,
    steps: [i64; PACE_OF],
    seen: usize,
    /// Pictures that were spread, jumps that were taken out.
    counts: (u64, u64),
    first_trouble: Option<i64>,
    /// Latest time by the container's own clock, ns.
    furthest: i64,
}

impl FilmClock {
    /// A clock for a film that begins now.
    pub(super) fn new(announced: Announced) -> FilmClock {
        FilmClock {
            announced,
            plain: announced.usual.saturating_mul(PLAIN_PICTURES).clamp(PLAIN.0, PLAIN.1),
            last: None,
            lasts: None,
            shift: 0,
            home: 0,
            run: 0,
            steps: [announced.usual; PACE_OF],
            seen: 0,
            counts: (0, 0),
            first_trouble: None,
            furthest: 0,
        }
    }

    /// The time of a picture whose stamp makes sense by itself, ns; `None` when it is in doubt.
    pub(super) fn step(&mut self, stamp: Stamp) -> Option<i64> {
        let Some(own) = stamp.own else { return Some(self.put(self.follow(), stamp.lasts)) };
        let time = own.saturating_add(self.shift);
        let step = time.saturating_sub(self.last.unwrap_or(-1));
        let explained = self.lasts.is_some_and(|lasts| step <= lasts.saturating_add(lasts / 4));
        let pause = step > self.plain && (step > LONGEST || self.beyond(own));
        let sure = step > 0 && (step <= 2 * self.pace() || (explained && !pause));
        sure.then(|| self.accept(time, stamp.lasts))
    }

    /// The time of a picture whose stamp is in doubt, ns.
    pub(super) fn settle(&mut self, stamp: Stamp, evidence: Evidence) -> i64 {
        let Some(own) = stamp.own else { return self.put(self.follow(), stamp.lasts) };
        let (last, follow) = (self.last.unwrap_or(-1), self.follow());
        let time = own.saturating_add(self.shift);
        let at_home = own.saturating_add(self.home);
        let plain = |time: i64| time > last && time.saturating_sub(last) <= self.plain;
        if plain(at_home) && at_home.abs_diff(follow) < time.abs_diff(follow) {
            self.shift = self.home;
            return self.put(at_home, stamp.lasts);
        }
        if let Some(between) = self.between(own, evidence.ahead) {
            self.note(follow).0 += 1;
            return self.put(between, stamp.lasts);
        }
        if plain(time) || (time > last && self.pauses(own, evidence)) {
            return self.accept(time, stamp.lasts);
        }
        self.run = 0;
        self.shift = follow.saturating_sub(own);
        self.note(follow).1 += 1;
        self.put(follow, stamp.lasts)
    }

    /// What is added to time stamps at present, ns.
    pub(super) fn shift(&self) -> i64 {
        self.shift
    }

    /// The latest time by the container's own clock, ns since its start.
    pub(super) fn furthest(&self) -> i64 {
        self.furthest
    }

    /// The last time given out, ns.
    pub(super) fn last(&self) -> Option<i64> {
        self.last
    }

    /// A sentence about what was placed otherwise than its stamp says.
    pub(super) fn trouble(&self) -> Option<String> {
        let at = Duration::from_nanos(u64::try_from(self.first_trouble?).unwrap_or(0)).as_secs_f64();
        let (spread, jumps) = self.counts;
        let mut parts = Vec::new();
        if spread > 0 {
            parts.push(format!("pictures placed between their neighbours: {spread}"));
        }
        if jumps > 0 {
            parts.push(format!("jumps of the clock replaced by the film's own pace: {jumps}"));
        }
        Some(format!("the film has time stamps that jump, the first of them at {at:.2} s; {}", parts.join(", ")))
    }

    /// Where a picture lies when one of the next goes on from the picture before, by the present clock or the one that was
    /// trusted.
    fn between(&self, own: i64, ahead: &[Option<i64>]) -> Option<i64> {
        let (last, pace) = (self.last.unwrap_or(-1), self.pace());
        let mut pictures = 1;
        for next in ahead {
            pictures += 1;
            let Some(next) = next else { continue };
            let room = |shift: i64| {
                let (time, next) = (own.saturating_add(shift), next.saturating_add(shift));
                let room = next.saturating_sub(last);
                let goes_on = room > 0 && room <= self.plain.saturating_mul(pictures) && (time <= last || next < time);
                goes_on.then_some(room)
            };
            let rooms = [self.shift, self.home].into_iter().filter_map(room);
            let Some(room) = rooms.min_by_key(|room| room.abs_diff(pace * pictures)) else { continue };
            if self.last.is_none() {
                return Some(room.saturating_sub(pace * (pictures - 1)).max(0));
            }
            // More pictures than there is room for: the clock did step back.
            return (room / pictures > pace * 2 / 5).then_some(last.saturating_add(room / pictures));
        }
        None
    }

    /// Whether a long step forward is a pause of the film.
    fn pauses(&self, own: i64, evidence: Evidence) -> bool {
        let step = own.saturating_add(self.shift).saturating_sub(self.last.unwrap_or(0));
        if step > LONGEST {
            return false;
        }
        if evidence.sound_between {
            return true;
        }
        let ahead: Vec<i64> = evidence.ahead.iter().copied().flatten().collect();
        let goes_on = ahead.is_sorted()
            && ahead.iter().all(|next| *next > own)
            && (!ahead.is_empty() || self.announced.end.is_some());
        goes_on && !self.announced.jumps && !self.beyond(own)
    }

    /// Whether a stamp lies beyond the announced end.
    fn beyond(&self, own: i64) -> bool {
        self.announced.end.is_some_and(|end| own > end.saturating_add(end / 100).saturating_add(self.plain))
    }

    fn note(&mut self, at: i64) -> &mut (u64, u64) {
        self.first_trouble.get_or_insert(at);
        &mut self.counts
    }

    fn follow(&self) -> i64 {
        self.last.map_or(0, |last| last.saturating_add(self.pace()))
    }

    /// The median of the last plain steps.
    fn pace(&self) -> i64 {
        let mut steps = self.steps;
        steps.sort_unstable();
        steps[PACE_OF / 2].max(1)
    }

    /// Takes a stamp as it is.
    fn accept(&mut self, time: i64, lasts: Option<i64>) -> i64 {
        let step = time.saturating_sub(self.last.unwrap_or(time));
        if (1..=self.plain).contains(&step) {
            self.steps[self.seen % PACE_OF] = step;
            self.seen += 1;
        }
        self.run = self.run.saturating_add(1);
        if self.run == TRUSTED {
            self.home = self.shift;
        }
        self.put(time, lasts)
    }

    fn put(&mut self, time: i64, lasts: Option<i64>) -> i64 {
        self.furthest = self.furthest.max(time.saturating_sub(self.shift));
        self.last = Some(time);
        self.lasts = lasts;
        time
    }
}

#[cfg(test)]
#[path = "film_tests.rs"]
mod tests;
