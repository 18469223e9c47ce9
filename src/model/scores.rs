//! What a classifier answers, and how its numbers belong together.

/// How the probabilities of the classes of a window belong together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exclusivity {
    /// A window is of exactly one class: they sum to 1.
    #[default]
    Exclusive,
    /// Each class is a question of its own, yes or no (multi-label): several may be likely, or none.
    Independent,
}

impl Exclusivity {
    /// Probability, `0..=1`, that a window is of one at least of the classes with these probabilities.
    ///
    /// Of exclusive classes the sum. Of independent ones the highest: whatever they have to do with each other, that one of them holds is no less
    /// likely than the likeliest. `1 - product (1 - p)` would make a yes of seven faint noes, and lesions of different kinds are not the
    /// independent events that it takes them for.
    pub fn any(self, probabilities: impl Iterator<Item = f32>) -> f32 {
        match self {
            Exclusivity::Exclusive => probabilities.sum::<f32>().clamp(0.0, 1.0),
            Exclusivity::Independent => probabilities.fold(0.0, f32::max).clamp(0.0, 1.0),
        }
    }
}

/// The classifier's answer for one window.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// One probability a class in the order of [`Model::classes`](crate::model::Model::classes), summing to 1 where [`Model::exclusivity`](crate::model::Model::exclusivity) says so.
    pub classes: Vec<f32>,
    /// Probability, `0..=1`, that what surrounds the centre of the window is skin.
    pub context: f32,
    /// How familiar the window is to a classifier that knows what it was taught, `0..=1`; 1 of one that does not.
    pub familiar: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probability_of_any_is_a_sum_or_the_highest_and_never_above_one() {
        let any = |exclusivity: Exclusivity, of: &[f32]| exclusivity.any(of.iter().copied());
        assert!((any(Exclusivity::Exclusive, &[0.1, 0.2, 0.3]) - 0.6).abs() < 1e-6);
        assert_eq!(any(Exclusivity::Exclusive, &[0.7, 0.4]), 1.0);
        assert_eq!(any(Exclusivity::Independent, &[0.1; 7]), 0.1, "seven faint noes are no yes");
        assert_eq!(any(Exclusivity::Independent, &[0.9, 0.8]), 0.9);
        assert_eq!((any(Exclusivity::Exclusive, &[]), any(Exclusivity::Independent, &[])), (0.0, 0.0));
    }
}
