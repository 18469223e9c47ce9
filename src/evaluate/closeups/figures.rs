//! Figures of a binary decision and of calibration, with bootstrap intervals over groups.

use serde::Serialize;

use crate::statistics::{Interval, auc, bootstrap};

/// Bins of the calibration.
pub const BINS: usize = 15;

/// One decision to judge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// Score for being a positive.
    pub score: f32,
    /// Whether it is one.
    pub positive: bool,
    /// Number of its group.
    pub group: usize,
}

/// How sure an answer is, and whether it is right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Confidence {
    /// The highest score, `0..=1`.
    pub score: f32,
    /// Whether it belongs to the true class.
    pub right: bool,
}

/// How well a score tells positives from negatives. Shares are `0..=1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Separation {
    /// Number of positives.
    pub positives: usize,
    /// Number of negatives.
    pub negatives: usize,
    /// Area under the ROC curve.
    pub auc: f32,
    /// Its 95 % interval: percentiles of a bootstrap that draws whole groups (Efron and Tibshirani 1993, chapter 13).
    pub interval: Interval,
    /// Sensitivity at the operating point whose specificity is 0.9 at least.
    pub sensitivity_at_90_specificity: f32,
    /// Specificity at the operating point whose sensitivity is 0.9 at least.
    pub specificity_at_90_sensitivity: f32,
    /// The ROC curve, from (0, 0) to (1, 1): false positive rate and sensitivity.
    pub roc: Vec<(f32, f32)>,
}

/// The figures of some scores; `None` without positives or without negatives. The same for the same input.
pub fn separation(scored: &[Decision]) -> Option<Separation> {
    let positives = scored.iter().filter(|s| s.positive).count();
    let negatives = scored.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let roc = roc(scored);
    let best = |keep: &dyn Fn(&(f32, f32)) -> bool, value: &dyn Fn(&(f32, f32)) -> f32| {
        roc.iter().filter(|point| keep(point)).map(value).fold(0.0, f32::max)
    };
    Some(Separation {
        positives,
        negatives,
        auc: area(scored.iter()),
        interval: interval(scored),
        sensitivity_at_90_specificity: best(&|p| p.0 <= 0.1 + 1e-6, &|p| p.1),
        specificity_at_90_sensitivity: best(&|p| p.1 >= 0.9 - 1e-6, &|p| 1.0 - p.0),
        roc,
    })
}

fn area<'a>(scored: impl Iterator<Item = &'a Decision>) -> f32 {
    let (positives, negatives): (Vec<&Decision>, Vec<&Decision>) = scored.partition(|s| s.positive);
    let scores = |side: Vec<&Decision>| side.into_iter().map(|s| s.score).collect::<Vec<f32>>();
    auc(&scores(positives), &scores(negatives))
}

fn interval(scored: &[Decision]) -> Interval {
    let area = |drawn: &[&Decision]| {
        let positives = drawn.iter().filter(|s| s.positive).count();
        // A sample of one kind has no area.
        let both = positives > 0 && positives < drawn.len();
        both.then(|| f64::from(area(drawn.iter().copied())))
    };
    bootstrap(scored, |s| s.group, area).unwrap_or(Interval { low: 0.0, high: 1.0 })
}

/// One point for every distinct score, ties together.
fn roc(scored: &[Decision]) -> Vec<(f32, f32)> {
    let mut sorted: Vec<&Decision> = scored.iter().collect();
    sorted.sort_by(|a, b| b.score.total_cmp(&a.score));
    let all = sorted.iter().filter(|s| s.positive).count();
    let (mut hits, mut points) = (0, vec![(0.0, 0.0)]);
    for (i, one) in sorted.iter().enumerate() {
        hits += usize::from(one.positive);
        if sorted.get(i + 1).is_none_or(|next| next.score < one.score) {
            let wrong = (i + 1 - hits) as f32 / (sorted.len() - all).max(1) as f32;
            points.push((wrong, hits as f32 / all.max(1) as f32));
        }
    }
    points
}

/// A bin of the calibration plot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// Answers in it.
    pub count: usize,
    /// Their mean confidence, `0..=1`.
    pub confidence: f32,
    /// Share of them that were right, `0..=1`.
    pub right: f32,
}

/// Confidence and correctness in [`BINS`] bins of equal width.
pub fn calibration(answers: &[Confidence]) -> Vec<CalibrationBin> {
    let mut bins = vec![CalibrationBin::default(); BINS];
    for &Confidence { score: confidence, right } in answers {
        let at = ((confidence.clamp(0.0, 1.0) * BINS as f32) as usize).min(BINS - 1);
        if let Some(bin) = bins.get_mut(at) {
            bin.count += 1;
            bin.confidence += confidence;
            bin.right += f32::from(u8::from(right));
        }
    }
    for bin in &mut bins {
        let count = bin.count.max(1) as f32;
        (bin.confidence, bin.right) = (bin.confidence / count, bin.right / count);
    }
    bins
}

/// Expected calibration error (Guo et al. 2017): mean gap between confidence and share of right answers, bins weighted by
/// their number.
pub fn calibration_error(bins: &[CalibrationBin]) -> f32 {
    let all: usize = bins.iter().map(|bin| bin.count).sum();
    bins.iter().map(|bin| bin.count as f32 * (bin.confidence - bin.right).abs()).sum::<f32>() / all.max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decision(score: f32, positive: bool, group: usize) -> Decision {
        Decision { score, positive, group }
    }

    #[test]
    fn perfect_and_useless_scores() {
        let perfect: Vec<Decision> = (0..40).map(|i| decision(i as f32, i >= 20, i)).collect();
        let found = separation(&perfect).unwrap();
        assert_eq!((found.auc, found.interval), (1.0, Interval { low: 1.0, high: 1.0 }));
        assert_eq!((found.sensitivity_at_90_specificity, found.specificity_at_90_sensitivity), (1.0, 1.0));
        let useless: Vec<Decision> = (0..40).map(|i| decision(0.5, i % 2 == 0, i)).collect();
        let found = separation(&useless).unwrap();
        assert_eq!((found.auc, found.roc), (0.5, vec![(0.0, 0.0), (1.0, 1.0)]));
        assert_eq!(found.sensitivity_at_90_specificity, 0.0);
        assert_eq!(separation(&useless[..0]), None);
    }

    #[test]
    fn a_group_counts_as_one_in_the_interval() {
        // The same ten lesions, once each and twenty times each: the interval does not narrow.
        let score = |i: usize| ((i * 37 % 10) as f32, i.is_multiple_of(2));
        let once: Vec<Decision> = (0..10).map(|i| decision(score(i).0, score(i).1, i)).collect();
        let often: Vec<Decision> = (0..200).map(|i| decision(score(i % 10).0, score(i % 10).1, i % 10)).collect();
        let (a, b) = (separation(&once).unwrap(), separation(&often).unwrap());
        assert!((a.auc - b.auc).abs() < 1e-6);
        assert!((a.interval.low - b.interval.low).abs() < 1e-6 && (a.interval.high - b.interval.high).abs() < 1e-6);
        assert!(a.interval.low < f64::from(a.auc) && f64::from(a.auc) < a.interval.high);
    }

    #[test]
    fn confidence_that_comes_true_has_no_error() {
        let answers =
            |score: f32| -> Vec<Confidence> { (0..100).map(|i| Confidence { score, right: i % 4 != 0 }).collect() };
        let honest = answers(0.75);
        assert!(calibration_error(&calibration(&honest)) < 1e-6);
        let boastful = answers(1.0);
        assert!((calibration_error(&calibration(&boastful)) - 0.25).abs() < 1e-6);
        assert_eq!(calibration_error(&calibration(&[])), 0.0);
    }

    proptest! {
        #[test]
        fn the_area_under_the_curve_is_the_auc(values in prop::collection::vec((0u8..9, any::<bool>()), 2..60)) {
            let scored: Vec<Decision> = values.iter().enumerate().map(|(i, (s, p))| decision(f32::from(*s), *p, i)).collect();
            let Some(found) = separation(&scored) else { return Ok(()) };
            let trapezes = found.roc.windows(2).map(|w| (w[1].0 - w[0].0) * (w[0].1 + w[1].1) / 2.0);
            prop_assert!((trapezes.sum::<f32>() - found.auc).abs() < 1e-4);
        }
    }
}
