//! Times, shares and names as the page says them.

use serde_json::Value;

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

/// A share of one: `83 %`, in one piece.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0}\u{a0}%", share * 100.0)
}

/// Text of others as it may be shown: nothing in it is a command to a terminal or a page.
pub(super) fn shown(text: &str) -> String {
    printable(text).into_owned()
}

/// The name of a class for people: `benign keratosis`.
pub(super) fn class_name(name: &str) -> String {
    shown(name).replace('_', " ")
}

/// What would have made for better pictures, and for how long, the longest first: `hold still (1.2 s), more light (0.4 s)`. `seconds`: the
/// time of every hint by its name.
pub(super) fn hints(seconds: &Value) -> Option<String> {
    let times = seconds.as_object()?.iter().filter_map(|(hint, time)| Some((class_name(hint), time.as_f64()?)));
    let mut times: Vec<(String, f64)> = times.filter(|(_, time_s)| *time_s >= 0.1).collect();
    times.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let words: Vec<String> = times.iter().map(|(hint, time_s)| format!("{hint} ({})", length(*time_s))).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_shares_are_short() {
        assert_eq!([0.0, 59.9, 61.0, 3723.5].map(clock), ["0:00", "0:59", "1:01", "1:02:03"]);
        assert_eq!([0.25, 4.84, 125.2].map(length), ["0.2 s", "4.8 s", "2 min 5 s"]);
        assert_eq!([0.0, 0.834, 1.0].map(percent), ["0\u{a0}%", "83\u{a0}%", "100\u{a0}%"]);
        assert_eq!(clock(f64::INFINITY), clock(1e7));
        let seconds = serde_json::json!({"more_light": 0.4, "hold_still": 1.25, "come_closer": 0.0, "odd": "x"});
        assert_eq!(hints(&seconds).as_deref(), Some("hold still (1.2 s), more light (0.4 s)"));
        assert_eq!(hints(&Value::Null), None);
        assert_eq!(class_name("benign_keratosis\u{1b}"), "benign keratosis\\u{1b}");
    }
}
