//! Small systems of linear equations.

/// Unknowns: zoom, turn, shift right, shift down, gain, offset.
pub(super) const UNKNOWNS: usize = 6;

/// Sums of a weighted least-squares problem: the normal equations of rows that are added one by one.
#[derive(Clone, Debug, Default)]
pub(super) struct Normal {
    matrix: [[f64; UNKNOWNS]; UNKNOWNS],
    right: [f64; UNKNOWNS],
}

impl Normal {
    /// Adds the row `row . x = value` with a weight.
    pub(super) fn add(&mut self, row: &[f32; UNKNOWNS], value: f32, weight: f32) {
        for (i, line) in self.matrix.iter_mut().enumerate() {
            let scaled = f64::from(weight * row[i]);
            for (sum, &other) in line.iter_mut().zip(row).take(i + 1) {
                *sum += scaled * f64::from(other);
            }
            self.right[i] += scaled * f64::from(value);
        }
    }

    /// The least-squares solution by Cholesky decomposition, drawn to zero by `damping` (relative to each unknown's own
    /// weight); `None` when the rows do not determine it.
    pub(super) fn solve(&self, damping: f64) -> Option<[f64; UNKNOWNS]> {
        let mut lower = [[0.0_f64; UNKNOWNS]; UNKNOWNS];
        for i in 0..UNKNOWNS {
            for j in 0..=i {
                let known: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
                let diagonal = if i == j { self.matrix[i][i] * damping } else { 0.0 };
                let rest = self.matrix[i][j] + diagonal - known;
                lower[i][j] = match i == j {
                    true if rest > 1e-9 * self.matrix[i][i].max(1e-12) => rest.sqrt(),
                    true => return None,
                    false => rest / lower[j][j],
                };
            }
        }
        let mut x = self.right;
        for i in 0..UNKNOWNS {
            let known: f64 = (0..i).map(|k| lower[i][k] * x[k]).sum();
            x[i] = (x[i] - known) / lower[i][i];
        }
        for i in (0..UNKNOWNS).rev() {
            let known: f64 = (i + 1..UNKNOWNS).map(|k| lower[k][i] * x[k]).sum();
            x[i] = (x[i] - known) / lower[i][i];
        }
        x.iter().all(|value| value.is_finite()).then_some(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_that_a_solution_made_give_it_back(
            x in prop::array::uniform6(-3.0_f32..3.0), rows in prop::collection::vec(prop::array::uniform6(-1.0_f32..1.0), 30..60)
        ) {
            let mut normal = Normal::default();
            for row in &rows {
                let value: f32 = row.iter().zip(&x).map(|(a, b)| a * b).sum();
                normal.add(row, value, 1.0);
            }
            let found = normal.solve(0.0).unwrap();
            for (a, b) in found.iter().zip(x) {
                prop_assert!((a - f64::from(b)).abs() < 1e-3, "{:?} for {:?}", found, x);
            }
        }
    }

    #[test]
    fn too_few_rows_determine_nothing() {
        let mut normal = Normal::default();
        assert!(normal.solve(0.0).is_none());
        normal.add(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 1.0, 1.0);
        assert!(normal.solve(0.0).is_none());
    }
}
