//! Which lesion class a circle is called by.

/// The lesion classes, and when a lesion is called suspicious.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NamingRule {
    /// Indices of the lesion classes.
    pub lesions: Vec<usize>,
    /// Of them, the suspicious ones.
    pub suspicious: Vec<usize>,
    /// Share of the suspicious classes in the lesion classes from which a suspicious class is called, `0..=1`; 0: the class
    /// with the highest score is called.
    pub share: f32,
}

impl NamingRule {
    /// Share of the suspicious classes in the lesion classes, `0..=1`.
    pub fn suspicious_share(&self, scores: &[f32]) -> f32 {
        let sum = |of: &[usize]| of.iter().filter_map(|index| scores.get(*index)).sum::<f32>();
        (sum(&self.suspicious) / sum(&self.lesions).max(f32::MIN_POSITIVE)).clamp(0.0, 1.0)
    }

    /// Whether these scores leave open what is called: the share of the suspicious classes lies within `margin` of where they are called, or
    /// another class that might be called is as near to the one that is, as a share of the lesion classes.
    pub fn leaves_open(&self, scores: &[f32], margin: f32) -> bool {
        let score = |index: &usize| scores.get(*index).copied().unwrap_or(0.0);
        let sum = self.lesions.iter().map(score).sum::<f32>().max(f32::MIN_POSITIVE);
        let called = self.call(scores);
        let alike =
            |index: &usize| self.share == 0.0 || self.suspicious.contains(index) == self.suspicious.contains(&called);
        let others = self.lesions.iter().filter(|index| **index != called && alike(index));
        let near = |index: &usize| (score(&called) - score(index)) / sum < margin;
        let torn = self.share > 0.0
            && !self.suspicious.is_empty()
            && (self.suspicious_share(scores) - self.share).abs() < margin;
        torn || others.into_iter().any(near)
    }

    /// Index of the class called: the one with the highest score among the suspicious classes when they have their share,
    /// among the others when not. The first of equals; 0 without lesion classes.
    pub fn call(&self, scores: &[f32]) -> usize {
        let score = |index: &usize| scores.get(*index).copied().unwrap_or(0.0);
        let sum = |of: &[usize]| of.iter().map(score).sum::<f32>();
        let suspicious = sum(&self.suspicious) >= self.share * sum(&self.lesions);
        let open = |index: &usize| self.share == 0.0 || self.suspicious.contains(index) == suspicious;
        let best = |open: &dyn Fn(&usize) -> bool| {
            let candidates = self.lesions.iter().copied().filter(|index| open(index));
            candidates.max_by(|a, b| score(a).total_cmp(&score(b)).then(b.cmp(a)))
        };
        best(&open).or_else(|| best(&|_| true)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suspicious_classes_are_called_from_their_share_on() {
        let naming = |share| NamingRule { lesions: vec![1, 2, 3], suspicious: vec![2], share };
        let scores = [0.2, 0.4, 0.3, 0.1];
        assert_eq!(naming(0.0).call(&scores), 1, "the highest score");
        assert_eq!(naming(0.3).call(&scores), 2, "0.3 of 0.8 is more than three tenths");
        assert_eq!(naming(0.4).call(&scores), 1);
        assert_eq!(naming(0.9).call(&[0.0, 0.3, 0.5, 0.2]), 1, "not suspicious enough");
        assert_eq!(NamingRule { suspicious: Vec::new(), ..naming(0.5) }.call(&scores), 1);
        assert_eq!(NamingRule::default().call(&scores), 0);
    }

    #[test]
    fn scores_leave_open_what_is_called_near_the_share_and_between_equals() {
        let naming = |share| NamingRule { lesions: vec![1, 2, 3], suspicious: vec![2], share };
        let scores = [0.2, 0.4, 0.3, 0.1];
        assert!((naming(0.3).suspicious_share(&scores) - 0.375).abs() < 1e-6);
        assert!(naming(0.35).leaves_open(&scores, 0.05) && !naming(0.3).leaves_open(&scores, 0.05));
        assert!(naming(0.0).leaves_open(&scores, 0.15) && !naming(0.0).leaves_open(&scores, 0.1), "0.1 of 0.8 apart");
        assert!(!naming(0.9).leaves_open(&[0.0, 0.6, 0.0, 0.4], 0.05));
        assert!(naming(0.9).leaves_open(&[0.0, 0.51, 0.0, 0.49], 0.05), "of the others, two are alike");
        assert!(
            !NamingRule::default().leaves_open(&scores, 0.05) && NamingRule::default().suspicious_share(&[]) == 0.0
        );
    }
}
