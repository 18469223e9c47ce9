//! Keeping time over a camera that goes away and comes back: presentation times, gaps, patience.

use std::time::{Duration, Instant};

/// The clock of one camera. Fed with the moments of its pictures, it gives presentation times and counts the gaps.
#[derive(Debug)]
pub(super) struct Gaps {
    /// Without pictures for longer than this, the camera is taken to have hung.
    stall: Duration,
    /// When the first picture was taken.
    first: Option<Instant>,
    /// Time of the picture before, from the first.
    last_pts: Option<Duration>,
    /// When the picture before arrived; before the first picture, when the camera was opened.
    last_arrival: Instant,
    /// How often the camera had been opened again at the picture before.
    reopened: u32,
    /// Gaps that have ended.
    pub(super) count: u32,
    /// Time without pictures in them.
    pub(super) time: Duration,
}

impl Gaps {
    /// Starts the clock of a camera that was opened at `opened`.
    pub(super) fn new(stall: Duration, opened: Instant) -> Self {
        let (first, last_pts) = (None, None);
        Self { stall, first, last_pts, last_arrival: opened, reopened: 0, count: 0, time: Duration::ZERO }
    }

    /// Takes note of a picture that arrived at `now` and was taken at `taken`, after `reopened` returns of the camera.
    /// Returns its presentation time, which always grows, and the length of the gap that it ends, if it ends one.
    pub(super) fn picture(&mut self, now: Instant, taken: Instant, reopened: u32) -> (Duration, Option<Duration>) {
        let first = *self.first.get_or_insert(taken);
        let silence = now.saturating_duration_since(self.last_arrival);
        // Waiting for the very first picture is no gap: cameras take their time to start.
        let hung = self.last_pts.is_some() && silence > self.stall;
        let gap = (hung || reopened != self.reopened).then_some(silence);
        if let Some(gap) = gap {
            self.count += 1;
            self.time += gap;
        }
        (self.last_arrival, self.reopened) = (now, reopened);
        let mut pts = taken.saturating_duration_since(first);
        if let Some(last) = self.last_pts
            && pts <= last
        {
            pts = last + Duration::from_micros(1);
        }
        self.last_pts = Some(pts);
        (pts, gap)
    }

    /// How long there has been no picture at `now`.
    pub(super) fn silence(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.last_arrival)
    }

    /// Whether a silence this long is a gap.
    pub(super) fn is_gap(&self, silence: Duration) -> bool {
        self.last_pts.is_some() && silence > self.stall
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STALL: Duration = Duration::from_secs(2);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_camera_that_was_opened_again_and_one_that_hung_count_once_each() {
        let start = Instant::now();
        let mut gaps = Gaps::new(STALL, start);
        let at = |gaps: &mut Gaps, when: u64, reopened| gaps.picture(start + ms(when), start + ms(when), reopened);
        assert_eq!(at(&mut gaps, 5000, 0), (ms(0), None), "a slow start is no gap");
        assert_eq!(at(&mut gaps, 5033, 0), (ms(33), None));
        assert_eq!(at(&mut gaps, 6033, 1), (ms(1033), Some(ms(1000))));
        assert_eq!(at(&mut gaps, 6066, 1), (ms(1066), None));
        assert_eq!(at(&mut gaps, 9066, 1), (ms(4066), Some(ms(3000))));
        assert_eq!((gaps.count, gaps.time), (2, ms(4000)));
        assert!(gaps.is_gap(gaps.silence(start + ms(12_000))) && !gaps.is_gap(gaps.silence(start + ms(10_000))));
    }

    proptest! {
        #[test]
        fn times_grow_whatever_the_driver_says(taken in prop::collection::vec(0u64..1000, 1..50)) {
            let start = Instant::now();
            let mut gaps = Gaps::new(STALL, start);
            let mut last = None;
            for (i, taken) in taken.iter().enumerate() {
                let (pts, _) = gaps.picture(start + ms(i as u64), start + ms(*taken), 0);
                prop_assert!(last.is_none_or(|last| pts > last));
                last = Some(pts);
            }
            prop_assert_eq!(gaps.count, 0);
        }
    }
}
