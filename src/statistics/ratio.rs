//! Ratios of sums, counted clip by clip or patient by patient.

use super::interval::{Interval, bootstrap, wilson};

/// What one clip, patient or photograph adds to a ratio.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RatioPart {
    /// Parts of one group are not independent: the bootstrap draws whole groups.
    pub group: usize,
    /// Added above the line.
    pub hits: f64,
    /// Added below it.
    pub of: f64,
}

/// The ratio of the sums; `None` where the sum below the line is 0.
pub fn ratio<'a>(parts: impl IntoIterator<Item = &'a RatioPart>) -> Option<f64> {
    let (hits, of) = parts.into_iter().fold((0.0, 0.0), |(hits, of), part| (hits + part.hits, of + part.of));
    (of > 0.0).then(|| hits / of)
}

/// 95 % interval of a ratio: bootstrap over groups. Where a share is 0 or 1, resampling has nothing to vary: then it is Wilson's, each group that
/// counts taken for one trial.
pub fn ratio_interval(parts: &[RatioPart], is_share: bool) -> Option<Interval> {
    let value = ratio(parts)?;
    if is_share && (value == 0.0 || value == 1.0) {
        let groups = parts.iter().filter(|part| part.of > 0.0).map(|part| part.group);
        let trials = groups.collect::<std::collections::BTreeSet<_>>().len();
        return wilson(if value == 0.0 { 0 } else { trials }, trials);
    }
    bootstrap(parts, |part| part.group, |drawn| ratio(drawn.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(parts: &[(usize, f64, f64)]) -> Vec<RatioPart> {
        parts.iter().map(|&(group, hits, of)| RatioPart { group, hits, of }).collect()
    }

    #[test]
    fn sums_are_divided_not_shares_averaged() {
        assert_eq!(ratio(&parts(&[(0, 1.0, 1.0), (1, 0.0, 9.0)])), Some(0.1));
        assert_eq!(ratio(&parts(&[(0, 0.0, 0.0)])), None);
    }

    #[test]
    fn the_interval_holds_the_ratio_and_is_as_wide_as_the_groups_are_few() {
        let clips = |copies: usize| -> Vec<RatioPart> {
            (0..copies).flat_map(|n| parts(&[(2 * n, 8.0, 10.0), (2 * n + 1, 4.0, 10.0)])).collect()
        };
        let width = |copies: usize| {
            let Interval { low, high } = ratio_interval(&clips(copies), true).unwrap();
            assert!(low <= 0.6 && 0.6 <= high);
            high - low
        };
        assert!(width(20) < 0.5 * width(2));
        assert_eq!(ratio_interval(&parts(&[(0, 5.0, 5.0), (0, 3.0, 3.0), (1, 2.0, 2.0)]), true), wilson(2, 2));
        assert_eq!(
            ratio_interval(&parts(&[(0, 0.0, 5.0), (1, 0.0, 5.0)]), false),
            Some(Interval { low: 0.0, high: 0.0 }),
            "a rate"
        );
    }
}
