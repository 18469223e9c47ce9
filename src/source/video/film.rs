//! Times of the pictures of a film: the time stamps where they make sense, the film's own pace where they do not.

use super::stamps::{ContainerClock, Counts, Evidence, Stamp};

/// Steps of up to so many pictures are never doubted: about a second of film, longer than what cameras leave out when they
/// hang for a moment or the light fails, shorter than what a clock jumps by where pieces were joined.
const PLAIN_PICTURES: i64 = 25;

/// Bounds of the time of those, ns: films of few pictures a second keep their pauses, fast ones may pause for a second.
const PLAIN: (i64, i64) = (1_000_000_000, 60_000_000_000);

/// Steps, ns, that nothing explains and that may be holes, from this on.
const HOLE: i64 = 500_000_000;

/// Longest step, ns, that is believed at all (and that recordings can hold): six hours.
const LONGEST: i64 = 21_600_000_000_000;

/// Plain steps after which a new beginning of the clock is known to be one.
const TRUSTED: u32 = 8;

/// Steps from which the film's pace is taken.
const PACE_OF: usize = 5;

/// Steps of up to so many ticks of the container's clock may be what a muxer writes behind a wild time stamp, to have stamps that grow:
/// one tick more for every picture, in the order of decoding.
const CREEP_TICKS: i64 = 8;

/// As a part of the film's pace, such steps are at most this.
const CREEP_PART: i64 = 10;

/// As a part of it, a single step of that many ticks is at most this; longer ones are taken as they are, for cameras make them too.
const STILL_PART: i64 = 100;

/// Stamps that close together by which a clock is known to stand still.
const STANDING: usize = 3;

/// Places the pictures of a film. Times grow with every picture, by the rule:
///
/// 1. A step forward of up to twice the film's pace, or one of up to a second that the length of the picture before explains, is taken as it
///    is, but for steps of a few ticks of the clock that are far below the pace. Any other time stamp is in doubt, and the next three
///    pictures are looked at.
/// 2. Where one of those goes on from the picture before but lies before this one, or where this one does not lie behind the
///    picture before, only the stamps up to there are wrong: those pictures are spread evenly in between.
/// 3. Where the clock stands still or moves by a few ticks a picture (which is how muxers mend the stamps behind a wild one), it tells
///    nothing: the picture follows the one before at the film's own pace.
/// 4. Else a step forward of up to 25 pictures (a second at least, a minute at most) is taken as it is.
/// 5. A longer one is a true pause where the length of the picture before explains it or sound runs through it, or where the container's
///    clock does not jump by its nature, the next pictures go on from there and the announced end is not passed; six hours at most.
/// 6. Everything else (a step back, a jump) is a new beginning of the clock: the picture follows the one before at the film's own
///    pace, the median of its last plain steps, and later pictures keep their distance from it. Should the old clock come
///    back, it holds again.
///
/// So films of constant and of variable rate keep their time stamps exactly. All that is placed by rules 2, 3 and 6 is counted.
#[derive(Debug)]
pub(super) struct FilmClock {
    announced: ContainerClock,
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
    counts: Counts,
    /// The last two stamps, ns.
    recent: [Option<i64>; 2],
    /// Time in steps that nothing explains, ns.
    unexplained: i64,
    first_trouble: Option<i64>,
    /// Latest time by the container's own clock, ns.
    furthest: i64,
}

impl FilmClock {
    /// A clock for a film that begins now.
    pub(super) fn new(announced: ContainerClock) -> FilmClock {
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
            counts: Counts::default(),
            recent: [None; 2],
            unexplained: 0,
            first_trouble: None,
            furthest: 0,
        }
    }

    /// The time of a picture whose stamp makes sense by itself, ns; `None` when it is in doubt.
    pub(super) fn step(&mut self, stamp: Stamp) -> Option<i64> {
        let Some(own) = stamp.own else { return Some(self.put(self.follow(), stamp)) };
        let time = own.saturating_add(self.shift);
        let step = time.saturating_sub(self.last.unwrap_or(-1));
        let explained = step <= PLAIN.0 && self.explains(step);
        let creeps = self.last.is_some() && step <= self.creep();
        let sure = step > 0 && !creeps && (step <= 2 * self.pace() || explained);
        sure.then(|| self.accept(time, stamp))
    }

    /// The time of a picture whose stamp is in doubt, ns.
    pub(super) fn settle(&mut self, stamp: Stamp, evidence: Evidence) -> i64 {
        let Some(own) = stamp.own else { return self.put(self.follow(), stamp) };
        let (last, follow) = (self.last.unwrap_or(-1), self.follow());
        let time = own.saturating_add(self.shift);
        let at_home = own.saturating_add(self.home);
        let plain = |time: i64| time > last && time.saturating_sub(last) <= self.plain;
        let stands = self.stands(own, evidence.ahead);
        if plain(at_home) && at_home.abs_diff(follow) < time.abs_diff(follow) {
            self.shift = self.home;
            return self.put(at_home, stamp);
        }
        let close = |between: &i64| !stands || between.saturating_sub(last) <= self.pace() * 3 / 2;
        if let Some(between) = self.between(own, evidence.ahead).filter(close) {
            self.note(follow).spread += 1;
            return self.put(between, stamp);
        }
        let step = time.saturating_sub(last);
        let most = if stands { self.creep() } else { self.still() };
        let creeps = self.last.is_some() && step.saturating_abs() <= most;
        let pause = || plain(time) || self.explained_pause(own, step) || (time > last && self.pauses(own, evidence));
        if !creeps && !stands && pause() {
            if step >= HOLE && !self.explains(step) && !evidence.sound_between {
                self.unexplained = self.unexplained.saturating_add(step - self.pace());
            }
            return self.accept(time, stamp);
        }
        self.run = 0;
        self.shift = follow.saturating_sub(own);
        let counts = self.note(follow);
        if creeps {
            counts.standing += 1
        } else {
            counts.jumps += 1
        }
        self.put(follow, stamp)
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

    /// Time, ns, in steps of half a second and more that neither the lengths of pictures nor sound explains.
    pub(super) fn unexplained(&self) -> i64 {
        self.unexplained
    }

    /// A sentence about what was placed otherwise than its stamp says.
    pub(super) fn trouble(&self) -> Option<String> {
        self.first_trouble.map(|at| self.counts.sentence(at))
    }

    /// Largest step, ns, of a clock that stands still.
    fn creep(&self) -> i64 {
        self.announced.tick.saturating_mul(CREEP_TICKS).min(self.pace() / CREEP_PART)
    }

    /// Largest step, ns, that no clock makes which does not stand still, wherever it is met.
    fn still(&self) -> i64 {
        self.creep().min(self.pace() / STILL_PART)
    }

    /// Whether several stamps around here stand still, this one among them or between them.
    fn stands(&self, own: i64, ahead: &[Option<i64>]) -> bool {
        let before = || self.recent.iter().flatten().copied();
        let after = || ahead.iter().flatten().copied();
        before().chain(after()).chain([own]).any(|from| {
            let near = |stamp: &i64| (from..=from.saturating_add(self.creep())).contains(stamp);
            let (before, here, after) = (before().filter(near).count(), near(&own), after().filter(near).count());
            before + after + usize::from(here) >= STANDING && (here || (before > 0 && after > 0))
        })
    }

    /// Whether a step is as long as the picture before.
    fn explains(&self, step: i64) -> bool {
        self.lasts.is_some_and(|lasts| step <= lasts.saturating_add(lasts / 4))
    }

    /// Whether a long step is a pause because the picture before is said to last as long.
    fn explained_pause(&self, own: i64, step: i64) -> bool {
        step > 0 && self.explains(step) && step <= LONGEST && (step <= self.plain || !self.beyond(own))
    }

    /// Where a picture lies when one of the next goes on from the picture before, by the present clock or the one that was
    /// trusted.
    fn between(&self, own: i64, ahead: &[Option<i64>]) -> Option<i64> {
        let (last, pace) = (self.last.unwrap_or(-1), self.pace());
        let still = if self.last.is_some() { self.still() } else { 0 };
        let mut pictures = 1;
        for next in ahead {
            pictures += 1;
            let Some(next) = next else { continue };
            let room = |shift: i64| {
                let (time, next) = (own.saturating_add(shift), next.saturating_add(shift));
                let room = next.saturating_sub(last);
                let wrong = time <= last.saturating_add(still) || next.saturating_add(still) < time;
                let goes_on = room > 0 && room <= self.plain.saturating_mul(pictures) && wrong;
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

    fn note(&mut self, at: i64) -> &mut Counts {
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
    fn accept(&mut self, time: i64, stamp: Stamp) -> i64 {
        let step = time.saturating_sub(self.last.unwrap_or(time));
        if (1..=self.plain).contains(&step) {
            self.steps[self.seen % PACE_OF] = step;
            self.seen += 1;
        }
        self.run = self.run.saturating_add(1);
        if self.run == TRUSTED {
            self.home = self.shift;
        }
        self.put(time, stamp)
    }

    fn put(&mut self, time: i64, stamp: Stamp) -> i64 {
        // An announced end may come from a stamp that is not believed; one beyond it says nothing.
        let own = stamp.own.filter(|own| !self.beyond(*own));
        self.furthest = self.furthest.max(own.unwrap_or_else(|| time.saturating_sub(self.shift)));
        if stamp.own.is_some() {
            self.recent = [self.recent[1], stamp.own];
        }
        self.last = Some(time);
        self.lasts = stamp.lasts;
        time
    }
}

#[cfg(test)]
#[path = "film_tests.rs"]
mod tests;
