//! Times of the pictures of a live stream: never backwards, with its true gaps.

use std::time::Duration;

/// Jumps back by more than this are a new beginning of the stream's clock (a camera that was restarted, a wrapped
/// counter), not pictures out of order.
const NEW_CLOCK: Duration = Duration::from_secs(1);

/// Jumps forward by this much more than the time that one waited are a new beginning as well. Streams in pieces of some seconds come in bursts.
const LEEWAY: Duration = Duration::from_secs(10);

/// Turns time stamps into times since the start of the container.
#[derive(Debug)]
pub(super) struct LiveClock {
    /// Seconds of one tick.
    tick: f64,
    /// Time stamp of the container's start.
    origin: Option<i64>,
    /// Added to every time: what went before a new beginning.
    base: Duration,
    /// Usual time between pictures, for those without a time stamp.
    gap: Duration,
    last: Option<Duration>,
}

impl LiveClock {
    /// A clock for time stamps in ticks of `tick` seconds, counted from `origin` (from the first picture when unknown).
    /// `gap` is the usual time between pictures.
    pub(super) fn new(tick: f64, origin: Option<i64>, gap: Duration) -> LiveClock {
        LiveClock { tick, origin, base: Duration::ZERO, gap, last: None }
    }

    /// Goes on with the clock of a stream that was opened anew, `wait` after its last picture.
    pub(super) fn reopened(&mut self, tick: f64, wait: Duration) {
        self.base = self.last.unwrap_or_default().saturating_add(wait);
        self.tick = tick;
        self.origin = None;
    }

    /// The presentation time of the next picture, which came `waited` after the one before. Without a time stamp it follows
    /// that by the usual gap; a time before that of the picture before becomes that time.
    pub(super) fn place(&mut self, stamp: Option<i64>, waited: Duration) -> Duration {
        let floor = self.last.unwrap_or_default();
        let follow = self.last.map_or(self.base, |last| last.saturating_add(self.gap));
        let time = match stamp {
            None => follow,
            Some(stamp) => {
                let seconds = self.since_origin(stamp);
                let time =
                    self.base.saturating_add(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX));
                let back = self.base.as_secs_f64() + seconds + NEW_CLOCK.as_secs_f64() < floor.as_secs_f64();
                let latest = floor.saturating_add(waited).saturating_add(LEEWAY);
                if back || (self.last.is_some() && time > latest) {
                    self.base = follow.max(floor.saturating_add(waited));
                    self.origin = Some(stamp);
                    self.base
                } else {
                    time
                }
            }
        };
        let time = time.max(floor);
        self.last = Some(time);
        time
    }

    /// Seconds since the origin, which may lie ahead.
    fn since_origin(&mut self, stamp: i64) -> f64 {
        let origin = *self.origin.get_or_insert(stamp);
        stamp.saturating_sub(origin) as f64 * self.tick
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn millis(clock: &mut LiveClock, stamp: Option<i64>) -> u128 {
        clock.place(stamp, Duration::ZERO).as_millis()
    }

    #[test]
    fn times_count_from_the_origin_and_gaps_fill_in() {
        let mut clock = LiveClock::new(0.001, Some(1000), Duration::from_millis(40));
        assert_eq!(millis(&mut clock, Some(1100)), 100);
        assert_eq!(millis(&mut clock, None), 140);
        assert_eq!(millis(&mut clock, Some(1130)), 140, "never backwards");
        assert_eq!(millis(&mut clock, Some(1200)), 200);
    }

    #[test]
    fn a_new_clock_goes_on_where_the_old_one_stopped() {
        let mut clock = LiveClock::new(0.001, None, Duration::from_millis(40));
        assert_eq!(millis(&mut clock, Some(90_000)), 0);
        assert_eq!(millis(&mut clock, Some(95_000)), 5000);
        assert_eq!(millis(&mut clock, Some(10)), 5040);
        assert_eq!(millis(&mut clock, Some(50)), 5080);
        clock.reopened(0.01, Duration::from_secs(2));
        assert_eq!(millis(&mut clock, Some(700)), 7080);
        assert_eq!(millis(&mut clock, Some(701)), 7090);
    }

    #[test]
    fn gaps_stay_and_jumps_without_a_wait_are_none() {
        let mut clock = LiveClock::new(0.001, None, Duration::from_millis(40));
        let mut place = |stamp, waited| clock.place(Some(stamp), Duration::from_millis(waited)).as_millis();
        assert_eq!(place(0, 0), 0);
        assert_eq!(place(20_000, 19_900), 20_000, "a camera that was away");
        assert_eq!(place(26_000, 0), 26_000, "the next piece came early");
        assert_eq!(place(70_000_000, 40), 26_040, "a new clock");
        assert_eq!(place(70_000_040, 40), 26_080);
        assert_eq!(place(50, 3000), 29_080, "back, after three seconds");
    }

    proptest! {
        #[test]
        fn times_never_go_back(stamps in prop::collection::vec(prop::option::of(any::<i64>()), 0..50)) {
            let mut clock = LiveClock::new(1e-9, None, Duration::from_millis(1));
            let times: Vec<_> = stamps.into_iter().map(|stamp| clock.place(stamp, Duration::ZERO)).collect();
            prop_assert!(times.is_sorted());
        }
    }
}
