//! The allowed values of every numeric setting, and of every word with a fixed choice: one table, checked before anything runs.

use toml::Value;

/// Allowed values of a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// A whole number within these bounds, both included.
    Whole(i64, i64),
    /// A number within these bounds, both included.
    Real(f64, f64),
    /// One of these words.
    Word(&'static [&'static str]),
}

/// Full name of the key, allowed values, unit (empty for pure numbers).
pub const RANGES: &[(&str, Range, &str)] = &[
    ("run.workers", Range::Whole(0, 256), "threads"),
    ("run.vid_stride", Range::Whole(1, 1000), "pictures"),
    ("run.max_fps", Range::Real(0.0, 1000.0), "pictures a second"),
    ("run.frames", Range::Whole(0, i64::MAX), "pictures"),
];

/// What is wrong with the value of a key, if anything.
pub(super) fn complaint(key: &str, value: &Value) -> Option<String> {
    let (_, range, unit) = RANGES.iter().find(|(name, ..)| *name == key)?;
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    let wrong = |allowed: String| Some(format!("{value} is not allowed; allowed: {allowed}"));
    match (range, value) {
        (Range::Whole(low, high), Value::Integer(n)) if (low..=high).contains(&n) => None,
        (Range::Whole(low, i64::MAX), _) => wrong(format!("a whole number from {low}{unit}")),
        (Range::Whole(low, high), _) => wrong(format!("a whole number from {low} to {high}{unit}")),
        (Range::Real(low, high), Value::Float(x)) if (low..=high).contains(&x) => None,
        (Range::Real(low, high), Value::Integer(n)) if (*low..=*high).contains(&(*n as f64)) => None,
        (Range::Real(low, high), _) => wrong(format!("a number from {low} to {high}{unit}")),
        (Range::Word(words), Value::String(word)) if words.contains(&word.as_str()) => None,
        (Range::Word(words), _) => wrong(words.join(", ")),
    }
}
