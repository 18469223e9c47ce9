//! Small systems of linear equations.

use pulp::{Arch, Simd, WithSimd};

/// Unknowns: zoom, turn, shift right, shift down, gain, offset.
pub(super) const UNKNOWNS: usize = 6;

/// Rows that are added together: they fill a vector.
pub(super) const LANES: usize = 16;

/// One value of each of some rows.
pub(super) type Lanes = [f32; LANES];

/// Sums of a weighted least-squares problem: the normal equations of its rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Normal {
    matrix: [[f64; UNKNOWNS]; UNKNOWNS],
    right: [f64; UNKNOWNS],
}

impl Normal {
    /// Of rows `row . x = value`, unknown by unknown, with their values and weights.
    pub(super) fn of(rows: &[[Lanes; UNKNOWNS]], values: &[Lanes], weights: &[Lanes]) -> Normal {
        let (matrix, right) = Arch::new().dispatch(Rows { rows, values, weights });
        let sum = |lanes: Lanes| lanes.into_iter().map(f64::from).sum();
        Normal { matrix: matrix.map(|line| line.map(sum)), right: right.map(sum) }
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

/// Rows whose normal equations are wanted. Not a closure: what is called through one is not inlined, and so built without the vectors that
/// it is dispatched for.
struct Rows<'a> {
    rows: &'a [[Lanes; UNKNOWNS]],
    values: &'a [Lanes],
    weights: &'a [Lanes],
}

impl WithSimd for Rows<'_> {
    type Output = ([[Lanes; UNKNOWNS]; UNKNOWNS], [Lanes; UNKNOWNS]);

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        let mut matrix = [[[0.0; LANES]; UNKNOWNS]; UNKNOWNS];
        let mut right = [[0.0; LANES]; UNKNOWNS];
        for ((row, value), weight) in self.rows.iter().zip(self.values).zip(self.weights) {
            for i in 0..UNKNOWNS {
                let mut scaled = row[i];
                scaled.iter_mut().zip(weight).for_each(|(row, weight)| *row *= weight);
                for j in 0..=i {
                    add(&mut matrix[i][j], &scaled, &row[j]);
                }
                add(&mut right[i], &scaled, value);
            }
        }
        (matrix, right)
    }
}

#[inline(always)]
fn add(sums: &mut Lanes, a: &Lanes, b: &Lanes) {
    for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
        *sum += a * b;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Some rows with their values, side by side, with zeros after the last.
    fn normal(rows: &[([f32; UNKNOWNS], f32)]) -> Normal {
        let mut sides = vec![[[0.0; LANES]; UNKNOWNS]; rows.len().div_ceil(LANES)];
        let mut values = vec![[0.0; LANES]; sides.len()];
        let weights = vec![[1.0; LANES]; sides.len()];
        for (at, (row, value)) in rows.iter().enumerate() {
            let (block, lane) = (at / LANES, at % LANES);
            (0..UNKNOWNS).for_each(|i| sides[block][i][lane] = row[i]);
            values[block][lane] = *value;
        }
        Normal::of(&sides, &values, &weights)
    }

    proptest! {
        #[test]
        fn rows_that_a_solution_made_give_it_back(
            x in prop::array::uniform6(-3.0_f32..3.0), rows in prop::collection::vec(prop::array::uniform6(-1.0_f32..1.0), 30..60)
        ) {
            let valued: Vec<_> = rows.iter().map(|row| (*row, row.iter().zip(&x).map(|(a, b)| a * b).sum())).collect();
            let found = normal(&valued).solve(0.0).unwrap();
            for (a, b) in found.iter().zip(x) {
                prop_assert!((a - f64::from(b)).abs() < 1e-3, "{:?} for {:?}", found, x);
            }
        }
    }

    #[test]
    fn too_few_rows_determine_nothing() {
        assert!(Normal::default().solve(0.0).is_none());
        assert!(normal(&[([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 1.0)]).solve(0.0).is_none());
    }
}
