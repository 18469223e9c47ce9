//! The area under the ROC curve.

/// Area under the ROC curve: the chance that a positive outscores a negative, ties counting half (Mann and Whitney 1947).
/// One half when either side is empty.
pub fn auc(positives: &[f32], negatives: &[f32]) -> f32 {
    if positives.is_empty() || negatives.is_empty() {
        return 0.5;
    }
    let mut all: Vec<(f32, bool)> =
        positives.iter().map(|&s| (s, true)).chain(negatives.iter().map(|&s| (s, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut rank_sum, mut at) = (0f64, 0);
    while at < all.len() {
        // NaN does not equal itself: it makes a run of one, so that the walk always goes on.
        let end = at + all[at..].iter().take_while(|(score, _)| *score == all[at].0).count().max(1);
        let rank = (at + end + 1) as f64 / 2.0;
        rank_sum += rank * all[at..end].iter().filter(|(_, positive)| *positive).count() as f64;
        at = end;
    }
    let (p, n) = (positives.len() as f64, negatives.len() as f64);
    ((rank_sum - p * (p + 1.0) / 2.0) / (p * n)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_ends_whatever_the_scores_are() {
        let area = auc(&[f32::NAN, 0.5, f32::INFINITY], &[f32::NAN, -f32::NAN, 0.5, f32::NEG_INFINITY]);
        assert!((0.0..=1.0).contains(&area), "{area}");
    }

    proptest! {
        #[test]
        fn auc_equals_the_count_of_won_pairs(p in prop::collection::vec(0u8..6, 1..20), n in prop::collection::vec(0u8..6, 1..20)) {
            let wins: f32 = p.iter().flat_map(|a| n.iter().map(move |b| if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 })).sum();
            let (a, b): (Vec<f32>, Vec<f32>) = (p.iter().map(|&v| v as f32).collect(), n.iter().map(|&v| v as f32).collect());
            prop_assert!((auc(&a, &b) - wins / (p.len() * n.len()) as f32).abs() < 1e-5);
        }
    }
}
