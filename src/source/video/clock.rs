//! From a stream's time stamps to presentation times that never go backwards.

use std::time::Duration;

/// Jumps back by more than this are a new beginning of the stream's clock (a camera that was restarted, a wrapped
/// counter), not pictures out of order.
const NEW_CLOCK: Duration = Duration::from_secs(1);

/// Turns time stamps into times since the start of the container.
#[derive(Debug)]
pub(super) struct Clock {
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

impl Clock {
    /// A clock for time stamps in ticks of `tick` seconds, counted from `origin` (from the first picture when unknown).
    /// `gap` is the usual time between pictures.
    pub(super) fn new(tick: f64, origin: Option<i64>, gap: Duration) -> Clock {
        Clock { tick, origin, base: Duration::ZERO, gap, last: None }
    }

    /// Goes on with the clock of a stream that was opened anew, `wait` after its last picture.
    pub(super) fn reopened(&mut self, tick: f64, wait: Duration) {
        self.base = self.last.unwrap_or_default().saturating_add(wait);
        self.tick = tick;
        self.origin = None;
    }

    /// The presentation time of the next picture. Without a time stamp it follows the one before by the usual gap;
    /// a time before that of the picture before becomes that time.
    pub(super) fn place(&mut self, stamp: Option<i64>) -> Duration {
        let floor = self.last.unwrap_or_default();
        let follow = self.last.map_or(self.base, |last| last.saturating_add(self.gap));
        let time = match stamp {
            None => follow,
            Some(stamp) => {
                let time = self.since_origin(stamp);
                if time.saturating_add(NEW_CLOCK) < floor {
                    self.base = follow;
                    self.origin = Some(stamp);
                    follow
                } else {
                    time
                }
            }
        };
        let time = time.max(floor);
        self.last = Some(time);
        time
    }

    /// The last time given out.
    pub(super) fn last(&self) -> Option<Duration> {
        self.last
    }

    fn since_origin(&mut self, stamp: i64) -> Duration {
        let origin = *self.origin.get_or_insert(stamp);
        let seconds = stamp.saturating_sub(origin) as f64 * self.tick;
        self.base.saturating_add(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn millis(clock: &mut Clock, stamp: Option<i64>) -> u128 {
        clock.place(stamp).as_millis()
    }

    #[test]
    fn times_count_from_the_origin_and_gaps_fill_in() {
        let mut clock = Clock::new(0.001, Some(1000), Duration::from_millis(40));
        assert_eq!(millis(&mut clock, Some(1100)), 100);
        assert_eq!(millis(&mut clock, None), 140);
        assert_eq!(millis(&mut clock, Some(1130)), 140, "never backwards");
        assert_eq!(millis(&mut clock, Some(1200)), 200);
    }

    #[test]
    fn a_new_clock_goes_on_where_the_old_one_stopped() {
        let mut clock = Clock::new(0.001, None, Duration::from_millis(40));
        assert_eq!(millis(&mut clock, Some(90_000)), 0);
        assert_eq!(millis(&mut clock, Some(95_000)), 5000);
        assert_eq!(millis(&mut clock, Some(10)), 5040);
        assert_eq!(millis(&mut clock, Some(50)), 5080);
        clock.reopened(0.01, Duration::from_secs(2));
        assert_eq!(millis(&mut clock, Some(700)), 7080);
        assert_eq!(millis(&mut clock, Some(701)), 7090);
    }

    proptest! {
        #[test]
        fn times_never_go_back(stamps in prop::collection::vec(prop::option::of(any::<i64>()), 0..50)) {
            let mut clock = Clock::new(1e-9, None, Duration::from_millis(1));
            let times: Vec<_> = stamps.into_iter().map(|stamp| clock.place(stamp)).collect();
            prop_assert!(times.is_sorted());
        }
    }
}
