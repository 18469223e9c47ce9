//! How the cores are shared out where the settings leave it open.

use std::thread::available_parallelism;

/// Cores of this machine, at least 1.
pub fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// Threads of a video decoder or encoder: as many as were asked for, else half the cores. The scan runs beside it and has work
/// for all of them, and every further thread holds back a picture.
pub fn codec_threads(asked: Option<usize>) -> usize {
    asked.unwrap_or_else(|| cores().div_ceil(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_counts_and_else_half_the_cores_at_least_one() {
        assert_eq!(codec_threads(Some(5)), 5);
        assert!(codec_threads(None) >= 1 && 2 * codec_threads(None) >= cores());
    }
}
