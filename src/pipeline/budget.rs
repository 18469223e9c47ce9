//! Keeps the search within the time allowed: the only place where what is found depends on the clock, and only where that is asked for.

use std::time::Duration;

/// Effort never falls below this: an eighth of the windows still finds what stands out.
const LEAST: f32 = 0.125;
/// What effort is multiplied with after a frame that took too long.
const LESS: f32 = 0.8;
/// And after one that left time.
const MORE: f32 = 1.1;
/// A frame left time when it took less than this part of what is allowed.
const LEFT: f64 = 0.75;

/// How much effort a frame's search may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Budget {
    allowed: Duration,
    effort: f32,
}

impl Budget {
    /// A budget of so many ms a frame.
    pub(super) fn new(ms: f64) -> Budget {
        let allowed = Duration::try_from_secs_f64(ms / 1000.0).unwrap_or_default();
        Budget { allowed, effort: 1.0 }
    }

    /// Effort for the next frame, `0.125..=1`: the part of the windows that the settings ask for.
    pub(super) fn effort(&self) -> f32 {
        self.effort
    }

    /// Takes note of the time that a frame's search took.
    pub(super) fn took(&mut self, time: Duration) {
        if time > self.allowed {
            self.effort *= LESS;
        } else if time < self.allowed.mul_f64(LEFT) {
            self.effort *= MORE;
        }
        self.effort = self.effort.clamp(LEAST, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_frames_cut_the_effort_and_fast_ones_give_it_back() {
        let mut budget = Budget::new(20.0);
        budget.took(Duration::from_millis(20));
        assert_eq!(budget.effort(), 1.0);
        (0..100).for_each(|_| budget.took(Duration::from_millis(21)));
        assert_eq!(budget.effort(), LEAST);
        budget.took(Duration::from_millis(18));
        assert_eq!(budget.effort(), LEAST, "near the limit nothing changes");
        (0..100).for_each(|_| budget.took(Duration::from_millis(5)));
        assert_eq!(budget.effort(), 1.0);
    }

    #[test]
    fn no_time_given_is_no_limit() {}
}
