//! What the numbers of an output mean.

use serde::{Deserialize, Serialize};

use crate::model::Exclusivity;

/// What the numbers of an output are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputKind {
    /// Probabilities that sum to 1.
    Softmax,
    /// Probabilities, each class by itself (multi-label); a single one is that of the second of two classes.
    Sigmoid,
    /// Real numbers that softmax turns into probabilities.
    Logits,
}

impl OutputKind {
    /// Whether the probabilities exclude each other, for an output with that many numbers.
    pub fn exclusivity(self, numbers: usize) -> Exclusivity {
        if self == OutputKind::Sigmoid && numbers > 1 { Exclusivity::Independent } else { Exclusivity::Exclusive }
    }

    /// The numbers of an output as one probability a class, summing to 1 where the classes exclude each other; an error says why they are none.
    pub fn probabilities(self, numbers: &[f32], classes: usize) -> Result<Vec<f32>, String> {
        if let Some(wrong) = numbers.iter().find(|number| !number.is_finite()) {
            return Err(format!("answers with {wrong}, which is no score; is the picture scaled as in its training?"));
        }
        let sigmoid = |number: f32| 1.0 / (1.0 + (-number).exp());
        let mut scores = match (numbers, self) {
            ([one], OutputKind::Logits) => vec![1.0 - sigmoid(*one), sigmoid(*one)],
            ([one], _) => vec![1.0 - one, *one],
            (many, OutputKind::Logits) => {
                let highest = many.iter().copied().fold(f32::MIN, f32::max);
                many.iter().map(|number| (number - highest).exp()).collect()
            }
            (many, _) => many.to_vec(),
        };
        if scores.len() != classes {
            return Err(format!("answers with {} numbers for {classes} classes", numbers.len()));
        }
        scores.iter_mut().for_each(|score| *score = score.max(0.0));
        if self.exclusivity(numbers.len()) == Exclusivity::Independent {
            scores.iter_mut().for_each(|score| *score = score.min(1.0));
            return Ok(scores);
        }
        let sum: f32 = scores.iter().sum();
        scores.iter_mut().for_each(|score| *score = if sum > 0.0 { *score / sum } else { 1.0 / classes as f32 });
        Ok(scores)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_probabilities() {
        let close = |a: Vec<f32>, b: &[f32]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(close(OutputKind::Softmax.probabilities(&[0.2, 0.8], 2).unwrap(), &[0.2, 0.8]));
        assert!(close(OutputKind::Sigmoid.probabilities(&[0.9], 2).unwrap(), &[0.1, 0.9]), "the second of two");
        assert!(close(OutputKind::Sigmoid.probabilities(&[0.9, 0.3], 2).unwrap(), &[0.9, 0.3]), "each by itself");
        assert_eq!(OutputKind::Sigmoid.probabilities(&[1.001, -0.001], 2).unwrap(), [1.0, 0.0], "rounding");
        assert!(close(OutputKind::Softmax.probabilities(&[0.9, 0.3], 2).unwrap(), &[0.75, 0.25]));
        assert!(close(OutputKind::Logits.probabilities(&[1000.0, 1000.0], 2).unwrap(), &[0.5, 0.5]), "no overflow");
        assert!(close(OutputKind::Logits.probabilities(&[0.0], 2).unwrap(), &[0.5, 0.5]));
    }

    #[test]
    fn what_is_no_probability_is_said() {
        assert!(OutputKind::Softmax.probabilities(&[f32::NAN, 1.0], 2).unwrap_err().contains("scaled"));
        assert!(OutputKind::Softmax.probabilities(&[0.5, 0.5], 3).unwrap_err().contains("2 numbers for 3 classes"));
    }
}
