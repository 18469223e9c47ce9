//! Distribution of stage times in constant memory.

use std::time::Duration;

use crate::sink::Percentiles;

/// Buckets grow by this factor, so a percentile is off by 1 % at most.
const GROWTH: f64 = 1.02;

/// Lowest time told apart, seconds.
const FLOOR: f64 = 1e-6;

/// Buckets: from a microsecond to about 400 s.
const BUCKETS: usize = 1000;

/// A histogram of durations with logarithmic buckets.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    longest: Duration,
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram { counts: vec![0; BUCKETS], total: 0, longest: Duration::ZERO }
    }
}

impl Histogram {
    /// Counts a duration.
    pub fn add(&mut self, time: Duration) {
        let bucket = ((time.as_secs_f64() / FLOOR).max(1.0).ln() / GROWTH.ln()) as usize;
        if let Some(count) = self.counts.get_mut(bucket.min(BUCKETS - 1)) {
            *count += 1;
        }
        self.total += 1;
        self.longest = self.longest.max(time);
    }

    /// Percentiles in milliseconds.
    pub fn percentiles(&self) -> Percentiles {
        let longest = self.longest.as_secs_f64() * 1e3;
        let at = |share: f64| self.quantile(share).min(longest);
        Percentiles { p50: at(0.50), p95: at(0.95), p99: at(0.99), max: longest }
    }

    /// The time, ms, that `share` of the counted durations do not exceed; 0 when nothing was counted.
    fn quantile(&self, share: f64) -> f64 {
        let rank = (share * self.total as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        let bucket = self.counts.iter().position(|count| {
            seen += count;
            seen >= rank
        });
        bucket.map_or(0.0, |bucket| FLOOR * GROWTH.powf(bucket as f64 + 0.5) * 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_known_times_are_within_two_percent() {
        let mut times = Histogram::default();
        (1..=1000).rev().for_each(|ms| times.add(Duration::from_millis(ms)));
        let found = times.percentiles();
        for (found, truth) in [(found.p50, 500.0), (found.p95, 950.0), (found.p99, 990.0), (found.max, 1000.0)] {
            assert!((found / truth - 1.0_f64).abs() < 0.02, "{found} for {truth}");
        }
    }

    #[test]
    fn nothing_counted_is_zero_and_extremes_are_kept() {
        assert_eq!(Histogram::default().percentiles().p99, 0.0);
        let mut times = Histogram::default();
        times.add(Duration::ZERO);
        times.add(Duration::from_secs(10_000));
        assert_eq!(times.percentiles().max, 1e7);
    }
}
