//! Times, shares and names as the page says them.

use crate::printable;

/// A time of a film as minutes and seconds, with hours from the first hour on: `0:03`, `12:40`, `1:02:03`.
pub(super) fn clock(time_s: f64) -> String {
    let whole = time_s.clamp(0.0, 1e7) as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// A length of time: `4.8 s`, `2 min 5 s`.
pub(super) fn length(time_s: f64) -> String {
    if time_s < 60.0 {
        return format!("{time_s:.1} s");
    }
    let whole = time_s.min(1e7).round() as u64;
    format!("{} min {} s", whole / 60, whole % 60)
}

/// A share of one: `83 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// Text of others as it may be shown: nothing in it is a command to a terminal or a page.
pub(super) fn shown(text: &str) -> String {
    printable(text).into_owned()
}

/// The name of a class for people: `benign keratosis`.
pub(super) fn class_name(name: &str) -> String {
    shown(name).replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_shares_are_short() {
        assert_eq!([0.0, 59.9, 61.0, 3723.5].map(clock), ["0:00", "0:59", "1:01", "1:02:03"]);
        assert_eq!([0.25, 4.84, 125.2].map(length), ["0.2 s", "4.8 s", "2 min 5 s"]);
        assert_eq!([0.0, 0.834, 1.0].map(percent), ["0 %", "83 %", "100 %"]);
        assert_eq!(clock(f64::INFINITY), clock(1e7));
        assert_eq!(class_name("benign_keratosis\u{1b}"), "benign keratosis\\u{1b}");
    }
}
