//! One hint at a time, shown neither too soon nor too briefly: by the times of the frames.

use std::time::Duration;

use super::settings::CoachSettings;
use crate::assessment::Hint;

/// A hint, or none, and since when.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct HintSince {
    hint: Option<Hint>,
    since: Duration,
}

/// Decides which hint is shown.
#[derive(Clone, Debug, Default)]
pub struct Coach {
    wanted: HintSince,
    shown: HintSince,
    now: Duration,
}

impl Coach {
    /// The hint to show at the time of a frame on which this one is wanted. A change is shown once it has been wanted for `after_s`, and not before
    /// the hint that is shown was for `least_s`. Where times go back, it starts anew.
    pub fn step(&mut self, settings: &CoachSettings, at: Duration, wanted: Option<Hint>) -> Option<Hint> {
        if settings.silent {
            return None;
        }
        if at < self.now {
            *self = Coach::default();
            self.wanted.since = at;
        }
        self.now = at;
        if wanted != self.wanted.hint {
            self.wanted = HintSince { hint: wanted, since: at };
        }
        let lasted = |from: HintSince, seconds: f64| (at - from.since).as_secs_f64() >= seconds;
        let free = self.shown.hint.is_none() || lasted(self.shown, settings.least_s);
        if self.shown.hint != wanted && free && lasted(self.wanted, settings.after_s) {
            self.shown = HintSince { hint: wanted, since: at };
        }
        self.shown.hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SETTINGS: CoachSettings = CoachSettings { silent: false, after_s: 0.5, least_s: 1.0 };

    /// What is shown at every tenth of a second, given what is wanted.
    fn shown(wanted: &[Option<Hint>]) -> Vec<Option<Hint>> {
        let mut coach = Coach::default();
        let at = |frame: usize| Duration::from_millis(100 * frame as u64);
        wanted.iter().enumerate().map(|(frame, hint)| coach.step(&SETTINGS, at(frame), *hint)).collect()
    }

    const STILL: Option<Hint> = Some(Hint::HoldStill);
    const CLOSER: Option<Hint> = Some(Hint::ComeCloser);

    #[test]
    fn a_hint_comes_after_half_a_second_and_stays_for_one() {
        let said = shown(&[[STILL; 6].as_slice(), &[None; 14]].concat());
        assert_eq!(said[..5], [None; 5]);
        assert_eq!(said[5..15], [STILL; 10], "for a second");
        assert_eq!(said[15..], [None; 5]);
        let said = shown(&[[STILL; 12].as_slice(), &[CLOSER; 12]].concat());
        assert_eq!(said[5..17], [STILL; 12], "until the other was wanted for half a second");
        assert_eq!(said[17..], [CLOSER; 7]);
    }

    #[test]
    fn what_flickers_is_not_shown_and_what_is_shown_does_not_flicker() {
        let flickers: Vec<Option<Hint>> = (0..40).map(|frame| if frame % 4 == 0 { None } else { STILL }).collect();
        assert_eq!(shown(&flickers), [None; 40]);
        let said = shown(&[[STILL; 20].as_slice(), &flickers].concat());
        assert_eq!(said[5..], [STILL; 55]);
    }

    #[test]
    fn a_clock_that_goes_back_and_silence() {
        let mut coach = Coach::default();
        let at = Duration::from_secs;
        coach.step(&SETTINGS, at(10), STILL);
        assert_eq!(coach.step(&SETTINGS, at(11), STILL), STILL);
        assert_eq!(coach.step(&SETTINGS, at(2), STILL), None, "anew");
        assert_eq!(coach.step(&SETTINGS, at(3), STILL), STILL);
        let silent = CoachSettings { silent: true, ..SETTINGS };
        assert_eq!(coach.step(&silent, at(4), STILL), None);
    }

    fn hints() -> impl Strategy<Value = Vec<Option<Hint>>> {
        let hint = prop_oneof![Just(None), Just(STILL), Just(CLOSER), Just(Some(Hint::MoreLight))];
        prop::collection::vec((hint, 1usize..12), 1..12)
            .prop_map(|runs| runs.into_iter().flat_map(|(hint, length)| vec![hint; length]).collect())
    }

    proptest! {
        /// Every hint stays for a second, and was wanted for half a second before it came.
        #[test]
        fn hints_are_neither_hasty_nor_brief(wanted in hints()) {
            let said = shown(&wanted);
            for frame in 1..said.len() {
                if said[frame] == said[frame - 1] {
                    continue;
                }
                prop_assert!(frame >= 5 && wanted[frame - 5..=frame].iter().all(|hint| *hint == said[frame]));
                let before = said[frame - 1];
                prop_assert!(before.is_none() || frame >= 10 && said[frame - 10..frame].iter().all(|hint| *hint == before));
            }
        }
    }
}
