//! 95 % intervals: a bootstrap that draws whole groups, and Wilson's for shares of independent trials.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// A 95 % interval. JSON has it as `[low, high]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(into = "[f64; 2]")]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end, not below the lower one.
    pub high: f64,
}

impl From<Interval> for [f64; 2] {
    fn from(interval: Interval) -> [f64; 2] {
        [interval.low, interval.high]
    }
}

/// One of some trials that come in groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Number of its group: trials of a group are not independent.
    pub group: usize,
    /// Whether it hit.
    pub hit: bool,
}

/// Samples of the bootstrap.
const RESAMPLES: usize = 1000;

/// The normal quantile of a two-sided 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// Percentiles 2.5 and 97.5 of a statistic over samples that draw whole groups with replacement (Efron and Tibshirani 1993,
/// chapter 13): what belongs together is never taken apart. Samples without the statistic are passed over; `None` when
/// there is no other. The same for the same input.
pub fn bootstrap<T>(
    values: &[T],
    group: impl Fn(&T) -> usize,
    statistic: impl Fn(&[&T]) -> Option<f64>,
) -> Option<Interval> {
    let mut groups: BTreeMap<usize, Vec<&T>> = BTreeMap::new();
    for one in values {
        groups.entry(group(one)).or_default().push(one);
    }
    let groups: Vec<Vec<&T>> = groups.into_values().collect();
    if groups.is_empty() {
        return None;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut found = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        let drawn = (0..groups.len()).filter_map(|_| groups.get(rng.random_range(0..groups.len())));
        found.extend(statistic(&drawn.flatten().copied().collect::<Vec<&T>>()));
    }
    found.sort_by(f64::total_cmp);
    let at = |share: f64| found.get((share * (found.len().max(1) - 1) as f64).round() as usize).copied();
    Some(Interval { low: at(0.025)?, high: at(0.975)? })
}

/// Wilson's score interval (1927) of a share, `0..=1`; `None` without trials. `hits` is at most `trials`.
pub fn wilson(hits: usize, trials: usize) -> Option<Interval> {
    if trials == 0 {
        return None;
    }
    let (n, p) = (trials as f64, hits as f64 / trials as f64);
    let scale = 1.0 + Z * Z / n;
    let middle = (p + Z * Z / (2.0 * n)) / scale;
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).max(0.0).sqrt() / scale;
    // At 0 and 1 the border is exact; rounding must not put the share outside of its interval.
    Some(Interval { low: (middle - half).clamp(0.0, p), high: (middle + half).clamp(p, 1.0) })
}

/// Interval of the share of hits among trials that come in groups. Where all or none hit, resampling has nothing to vary:
/// then it is Wilson's, each group taken for one trial.
pub fn share_interval(trials: &[Trial]) -> Option<Interval> {
    let hits = trials.iter().filter(|trial| trial.hit).count();
    if hits == 0 || hits == trials.len() {
        let groups = trials.iter().map(|trial| trial.group).collect::<std::collections::BTreeSet<_>>().len();
        return wilson(if hits == 0 { 0 } else { groups }, groups);
    }
    bootstrap(
        trials,
        |trial| trial.group,
        |drawn| Some(drawn.iter().filter(|trial| trial.hit).count() as f64 / drawn.len().max(1) as f64),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wilson_agrees_with_published_values() {
        // Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        for (hits, trials, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let Interval { low: a, high: b } = wilson(hits, trials).unwrap();
            assert!((a - low).abs() < 1e-4 && (b - high).abs() < 1e-4, "{hits}/{trials}: {a} {b}");
        }
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn nothing_and_everything_still_have_a_width() {
        assert_eq!(share_interval(&[]), None);
        let none: Vec<Trial> = (0..30).map(|i| Trial { group: i % 10, hit: false }).collect();
        assert_eq!(share_interval(&none), wilson(0, 10), "ten groups, whatever the number of trials");
        let all: Vec<Trial> = none.iter().map(|trial| Trial { hit: true, ..*trial }).collect();
        assert_eq!(share_interval(&all), wilson(10, 10));
    }

    proptest! {
        #[test]
        fn a_share_lies_within_its_intervals(trials in prop::collection::vec((0usize..12, any::<bool>()), 1..60)) {
            let trials: Vec<Trial> = trials.into_iter().map(|(group, hit)| Trial { group, hit }).collect();
            let hits = trials.iter().filter(|trial| trial.hit).count();
            let share = hits as f64 / trials.len() as f64;
            let Interval { low: a, high: b } = wilson(hits, trials.len()).unwrap();
            prop_assert!(0.0 <= a && a <= share && share <= b && b <= 1.0);
            let Interval { low: a, high: b } = share_interval(&trials).unwrap();
            prop_assert!(0.0 <= a && a <= b && b <= 1.0);
        }
    }
}
