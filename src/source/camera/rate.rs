//! How often a camera delivers pictures.

use std::cmp::Ordering;
use std::fmt;

/// A rate as the driver states it: so many pictures in so many seconds, 30000 in 1001 s for instance. Written as `29.97`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameRate {
    pictures: u32,
    seconds: u32,
}

impl FrameRate {
    /// A rate, in lowest terms; `None` when a number is 0.
    pub fn new(pictures: u32, seconds: u32) -> Option<FrameRate> {
        let (mut a, mut divisor) = (pictures, seconds);
        while a > 0 {
            (a, divisor) = (divisor % a, a);
        }
        (pictures > 0 && seconds > 0).then(|| FrameRate { pictures: pictures / divisor, seconds: seconds / divisor })
    }

    /// So many pictures every second; `None` for 0.
    pub fn whole(pictures: u32) -> Option<FrameRate> {
        FrameRate::new(pictures, 1)
    }

    /// Pictures a second when that is a whole number.
    pub fn as_whole(self) -> Option<u32> {
        (self.seconds == 1).then_some(self.pictures)
    }

    /// Pictures, and the seconds in which they come, in lowest terms.
    pub fn fraction(self) -> (u32, u32) {
        (self.pictures, self.seconds)
    }

    /// Pictures a second.
    pub fn per_second(self) -> f64 {
        f64::from(self.pictures) / f64::from(self.seconds)
    }
}

impl Ord for FrameRate {
    fn cmp(&self, other: &Self) -> Ordering {
        let product = |a: u32, b: u32| u64::from(a) * u64::from(b);
        product(self.pictures, other.seconds).cmp(&product(other.pictures, self.seconds))
    }
}

impl PartialOrd for FrameRate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Three digits tell all rates that are in use apart; a whole one has none.
        let text = format!("{:.3}", self.per_second());
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_told_as_they_are() {
        let said = |pictures, seconds| FrameRate::new(pictures, seconds).unwrap().to_string();
        assert_eq!(said(30000, 1001), "29.97");
        assert_eq!(said(24000, 1001), "23.976");
        assert_eq!((said(15, 2), said(60, 2), said(100, 1)), ("7.5".into(), "30".into(), "100".into()));
        assert_eq!((FrameRate::new(0, 1), FrameRate::new(1, 0)), (None, None));
    }

    #[test]
    fn equal_rates_are_one_and_the_faster_is_greater() {
        assert_eq!(FrameRate::new(60, 2), FrameRate::whole(30));
        assert_eq!(FrameRate::new(60, 2).unwrap().as_whole(), Some(30));
        assert_eq!(FrameRate::new(30000, 1001).unwrap().as_whole(), None);
        assert!(
            FrameRate::new(30000, 1001) < FrameRate::whole(30) && FrameRate::new(30000, 1001) > FrameRate::whole(29)
        );
    }
}
