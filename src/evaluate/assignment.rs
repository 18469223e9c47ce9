//! The assignment of rows to columns with the greatest sum.

/// Greatest sum of weights when every row is given one column at most and every column to one row at most; all rows have the same length. The
/// Hungarian method (Kuhn 1955, Munkres 1957) with potentials, rows taken in one by one: rows x rows x columns steps.
pub(super) fn greatest(weights: &[Vec<u64>]) -> u64 {
    let rows = weights.len();
    // Columns that are worth nothing leave a row without a column.
    let columns = weights.first().map_or(0, Vec::len).max(rows);
    let weight = |row: usize, column: usize| weights[row - 1].get(column - 1).copied().unwrap_or(0) as i64;
    let (mut row_potential, mut column_potential) = (vec![0i64; rows + 1], vec![0i64; columns + 1]);
    // Rows and columns count from 1; column 0 holds the row that is taken in.
    let mut row_of = vec![0usize; columns + 1];
    for row in 1..=rows {
        row_of[0] = row;
        let (mut before, mut least) = (vec![0usize; columns + 1], vec![i64::MAX; columns + 1]);
        let (mut visited, mut at) = (vec![false; columns + 1], 0);
        while row_of[at] != 0 {
            visited[at] = true;
            let (from, mut step, mut next) = (row_of[at], i64::MAX, 0);
            for column in (1..=columns).filter(|&column| !visited[column]) {
                let slack = -weight(from, column) - row_potential[from] - column_potential[column];
                if slack < least[column] {
                    (least[column], before[column]) = (slack, at);
                }
                if least[column] < step {
                    (step, next) = (least[column], column);
                }
            }
            for column in 0..=columns {
                if visited[column] {
                    row_potential[row_of[column]] += step;
                    column_potential[column] -= step;
                } else if least[column] < i64::MAX {
                    least[column] -= step;
                }
            }
            at = next;
        }
        while at != 0 {
            row_of[at] = row_of[before[at]];
            at = before[at];
        }
    }
    (1..=columns).filter(|&column| row_of[column] > 0).map(|column| weight(row_of[column], column) as u64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All assignments, one after the other.
    fn naive(weights: &[Vec<u64>], taken: &mut Vec<bool>) -> u64 {
        let Some((row, rest)) = weights.split_first() else { return 0 };
        let mut best = naive(rest, taken);
        for column in 0..row.len() {
            if !taken[column] {
                taken[column] = true;
                best = best.max(row[column] + naive(rest, taken));
                taken[column] = false;
            }
        }
        best
    }

    #[test]
    fn the_greedy_choice_is_not_the_best() {
        assert_eq!(greatest(&[vec![10, 9], vec![9, 1]]), 18);
        assert_eq!(greatest(&[]), 0);
        assert_eq!(greatest(&[vec![], vec![]]), 0);
        assert_eq!(greatest(&[vec![3], vec![5], vec![4]]), 5, "more rows than columns");
    }

    proptest! {
        #[test]
        fn it_is_the_best_of_all(columns in 0usize..5, cells in prop::collection::vec(0u64..20, 0..20)) {
            let weights: Vec<Vec<u64>> = cells.chunks_exact(columns.max(1)).map(|row| row[..columns].to_vec()).collect();
            prop_assert_eq!(greatest(&weights), naive(&weights, &mut vec![false; columns]));
        }
    }
}
