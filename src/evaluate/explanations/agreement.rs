//! Do the methods say the same? Maps of one window compared with each other.

use serde::Serialize;

use crate::explain::Map;

/// Side of the grid on which maps are compared: pixel by pixel, grain would hide what they have in common.
const GRID: usize = 32;
/// Part of the places that counts as the top of a map.
const TOP: f32 = 0.2;

/// A map as places in order.
pub struct Ranking {
    /// The rank of every place, the highest 0.
    ranks: Vec<f64>,
}

impl Ranking {
    /// Of a map as it is shown.
    pub fn new(shown: &Map) -> Ranking {
        Ranking::of(&shown.resized(GRID, GRID))
    }

    fn of(map: &Map) -> Ranking {
        let mut ranks = vec![0f64; map.values.len()];
        map.order().into_iter().enumerate().for_each(|(rank, at)| ranks[at] = rank as f64);
        Ranking { ranks }
    }

    /// Spearman's rank correlation, `-1..=1`: 1 for the same order of places.
    pub fn correlation(&self, other: &Ranking) -> f32 {
        let middle = (self.ranks.len() as f64 - 1.0) / 2.0;
        let of = |f: &dyn Fn(f64, f64) -> f64| {
            self.ranks.iter().zip(&other.ranks).map(|(a, b)| f(a - middle, b - middle)).sum::<f64>()
        };
        (of(&|a, b| a * b) / of(&|a, _| a * a).max(1e-12)) as f32
    }

    /// Intersection over union of the highest fifths, `0..=1`; 0.11 by chance.
    pub fn top(&self, other: &Ranking) -> f32 {
        let most = (TOP * self.ranks.len() as f32).round() as f64;
        let both = self.ranks.iter().zip(&other.ranks).filter(|(a, b)| **a < most && **b < most).count() as f32;
        both / (2.0 * most as f32 - both).max(1.0)
    }
}

/// Spearman's rank correlation of two maps at the size of the first, absolute: whether they have the same places, high or low.
pub fn rank_correlation(a: &Map, b: &Map) -> f32 {
    Ranking::of(a).correlation(&Ranking::of(&b.resized(a.cols, a.rows))).abs()
}

/// Means over windows of what every two methods have in common.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Agreement {
    /// The methods, in the order of rows and columns.
    pub methods: Vec<String>,
    /// Rank correlation, `-1..=1`.
    pub rank: Vec<Vec<f32>>,
    /// Intersection over union of the highest fifths, `0..=1`.
    pub top: Vec<Vec<f32>>,
}

impl Agreement {
    /// Of the rankings of every window, one a method.
    pub fn new(methods: &[&str], windows: &[Vec<Ranking>]) -> Agreement {
        let mean = |value: &dyn Fn(&Ranking, &Ranking) -> f32| -> Vec<Vec<f32>> {
            let cell = |a: usize, b: usize| {
                let both = windows.iter().filter_map(|window| Some(value(window.get(a)?, window.get(b)?)));
                both.sum::<f32>() / windows.len().max(1) as f32
            };
            (0..methods.len()).map(|a| (0..methods.len()).map(|b| cell(a, b)).collect()).collect()
        };
        Agreement {
            methods: methods.iter().map(|name| (*name).to_owned()).collect(),
            rank: mean(&Ranking::correlation),
            top: mean(&Ranking::top),
        }
    }

    /// Means over all other methods of a method's rank correlation and of what its top has in common with theirs; `None`
    /// when there is no other.
    pub fn with_others(&self, method: &str) -> Option<(f32, f32)> {
        let at = self.methods.iter().position(|name| name == method)?;
        let others = self.methods.len().checked_sub(1).filter(|others| *others > 0)? as f32;
        let mean = |cells: &[Vec<f32>]| {
            cells
                .get(at)
                .map(|row| row.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, v)| v).sum::<f32>() / others)
        };
        Some((mean(&self.rank)?, mean(&self.top)?))
    }
}

#[cfg(test)]
mod tests {
    use super::super::baselines;
    use super::*;

    fn map(value: &dyn Fn(usize) -> f32) -> Map {
        Map { cols: 20, rows: 20, values: (0..400).map(value).collect() }
    }

    #[test]
    fn the_rank_correlation_is_one_for_the_same_order_and_nothing_for_noise() {
        let rising = map(&|i| i as f32);
        assert!((rank_correlation(&rising, &map(&|i| (i as f32).powi(3))) - 1.0).abs() < 1e-6);
        assert!((rank_correlation(&rising, &map(&|i| -(i as f32))) - 1.0).abs() < 1e-6, "absolute");
        let [_, (_, noise)] = baselines(20);
        assert!(rank_correlation(&rising, &noise) < 0.15);
    }

    #[test]
    fn methods_agree_with_themselves_and_not_with_their_opposite() {
        let (rising, falling) = (map(&|i| i as f32), map(&|i| -(i as f32)));
        let window = || [&rising, &rising, &falling].map(Ranking::of).into_iter().collect::<Vec<_>>();
        let agreement = Agreement::new(&["a", "b", "c"], &[window(), window()]);
        assert!((agreement.rank[0][1] - 1.0).abs() < 1e-6 && (agreement.rank[0][2] + 1.0).abs() < 1e-6);
        assert_eq!((agreement.top[0][1], agreement.top[0][2]), (1.0, 0.0));
        let (rank, top) = agreement.with_others("a").unwrap();
        assert!(rank.abs() < 1e-6 && (top - 0.5).abs() < 1e-6);
        assert_eq!(agreement.with_others("d"), None);
        assert_eq!(Agreement::new(&["a"], &[]).with_others("a"), None);
    }
}
