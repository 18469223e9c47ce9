//! How familiar a picture is to a classifier that was taught close-ups alone and must answer with one of its lesions whatever it sees.

use serde::{Deserialize, Serialize};

use super::answer::OutputKind;

/// Pictures whose energies are needed, at least: the lowest twentieth of fewer would be one picture or none.
pub const PICTURES: usize = 40;

/// The energies of pictures of the kind that a classifier was taught.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Familiarity {
    /// Nineteen of twenty lie above.
    pub least: f32,
    /// Half of them lie above.
    pub usual: f32,
}

impl Familiarity {
    /// From the energies of at least [`PICTURES`] pictures; `None` for fewer, and for energies that hardly differ.
    pub fn of(mut energies: Vec<f32>) -> Option<Familiarity> {
        energies.retain(|energy| energy.is_finite());
        energies.sort_by(f32::total_cmp);
        let at = |part: usize| energies.get(energies.len() * part / 20).copied();
        let familiar = Familiarity { least: at(1)?, usual: at(10)? };
        (energies.len() >= PICTURES && familiar.usable()).then_some(familiar)
    }

    /// Whether its numbers are finite and far enough apart.
    pub fn usable(&self) -> bool {
        self.least.is_finite() && self.usual.is_finite() && self.usual - self.least > 1e-4
    }

    /// How familiar a picture of an energy is, `0..=1`: one half at [`Familiarity::least`], 0.95 at [`Familiarity::usual`].
    pub fn part(&self, energy: f32) -> f32 {
        const STEEP: f32 = 2.944_439; // ln(0.95 / 0.05)
        1.0 / (1.0 + (-STEEP * (energy - self.least) / (self.usual - self.least)).exp())
    }
}

/// The negative free energy of an answer, `log sum exp` of its logits (Liu et al. 2020); of classes that are answered each by itself
/// the sum over them of `log (1 + exp)` (Wang et al. 2021). Low for what the classifier has not seen the like of, as a tendency.
pub fn energy(kind: OutputKind, logits: &[f32]) -> f32 {
    let alone = |logit: &f32| logit.max(0.0) + (-logit.abs()).exp().ln_1p();
    match (kind, logits) {
        (OutputKind::Sigmoid, all) => all.iter().map(alone).sum(),
        // A single number is the second of two logits, the first being 0.
        (_, [one]) => alone(one),
        (_, all) => {
            let highest = all.iter().copied().fold(f32::MIN, f32::max);
            highest + all.iter().map(|logit| (logit - highest).exp()).sum::<f32>().ln()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energies_are_those_of_the_formulae() {
        let close = |a: f32, b: f32| (a - b).abs() < 1e-5;
        let logits = [1.0f32, -2.0, 0.5];
        let sum: f32 = logits.iter().map(|l| l.exp()).sum();
        assert!(
            close(energy(OutputKind::Softmax, &logits), sum.ln())
                && close(energy(OutputKind::Logits, &logits), sum.ln())
        );
        let joint: f32 = logits.iter().map(|l| (1.0 + l.exp()).ln()).sum();
        assert!(close(energy(OutputKind::Sigmoid, &logits), joint));
        assert!(close(energy(OutputKind::Softmax, &[3.0]), (1.0 + 3f32.exp()).ln()));
        assert_eq!(energy(OutputKind::Logits, &[1000.0, 0.0]), 1000.0, "no overflow");
    }

    #[test]
    fn a_twentieth_of_what_it_knows_is_unfamiliar() {
        let familiar = Familiarity::of((0..200).map(|i| i as f32).collect()).unwrap();
        let low = (0..200).filter(|i| familiar.part(*i as f32) < 0.5).count();
        assert_eq!(low, 10);
        assert!((familiar.part(familiar.usual) - 0.95).abs() < 1e-4 && familiar.part(-1e9) == 0.0);
        assert_eq!(Familiarity::of(vec![1.0; 200]), None, "all alike");
        assert_eq!(Familiarity::of((0..PICTURES - 1).map(|i| i as f32).collect()), None, "too few");
    }
}
