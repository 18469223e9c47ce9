//! Laying tables of settings over each other, each checked against the defaults: unknown keys, kinds of values, ranges.

use toml::{Table, Value};

use super::problem::Problem;
use super::ranges;
use crate::near::distance;

/// Prefix of environment variables that set something: `LESIONSCOPE_SECTION_KEY`.
const PREFIX: &str = "LESIONSCOPE_";

/// Variables with the prefix that are not settings.
const NOT_SETTINGS: &[&str] = &["LESIONSCOPE_LOG"];

/// The section whose keys are names that nobody here knows.
const NAMES: &str = "classes";

/// A table that says something, and where it was said.
pub(super) struct Layer {
    pub(super) origin: String,
    pub(super) table: Table,
}

/// Lays `layer` over `base`, which starts as the defaults and so knows every key. What is wrong is added to `problems` and left out.
pub(super) fn overlay(base: &mut Table, layer: Layer, problems: &mut Vec<Problem>) {
    merge(base, layer.table, "", &mut |key, complaint| {
        problems.push(Problem { origin: layer.origin.clone(), key, complaint });
    });
}

fn merge(base: &mut Table, over: Table, path: &str, report: &mut impl FnMut(String, String)) {
    for (name, value) in over {
        let key = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let known: Vec<String> = base.keys().cloned().collect();
        match (base.get_mut(&name), value) {
            // Names of data are whatever somebody chose.
            (None, value @ Value::String(_)) if path == NAMES => {
                base.insert(name, value);
            }
            (None, _) => report(key, unknown(&name, &known, path)),
            (Some(Value::Table(below)), Value::Table(above)) => merge(below, above, &key, report),
            (Some(Value::Table(_)), value) => report(key, format!("{value} is not a section")),
            (Some(below), value) => match complaint(&key, below, &value) {
                Some(complaint) => report(key, complaint),
                None => *below = value,
            },
        }
    }
}

/// What is wrong with a value that would take the place of another, if anything.
fn complaint(key: &str, below: &Value, value: &Value) -> Option<String> {
    if let Some(complaint) = ranges::complaint(key, value) {
        return Some(complaint);
    }
    let fits = match (below, value) {
        (Value::Float(_), Value::Integer(_)) => true,
        (Value::Array(_), Value::Array(items)) => items.iter().all(Value::is_str),
        (below, value) => below.same_type(value),
    };
    (!fits).then(|| format!("{value} is not allowed; allowed: {}", kind(below)))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Boolean(_) => "true or false",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Array(_) => "a list of words",
        _ => "a word",
    }
}

fn unknown(name: &str, known: &[String], section: &str) -> String {
    let place =
        if section.is_empty() { "there is no such section".to_owned() } else { format!("[{section}] has no such key") };
    let near = known.iter().map(|key| (distance(name, key), key)).min();
    match near.filter(|(distance, _)| *distance <= 2) {
        Some((_, key)) => format!("{place}; did you mean {key}?"),
        None => format!("{place}; there are: {}", known.join(", ")),
    }
}

/// The settings that environment variables make, one layer a variable. A variable with the prefix that names no section is kept
/// under its own name, so that [`overlay`] reports it.
pub(super) fn from_env(defaults: &Table, variables: impl Iterator<Item = (String, String)>) -> Vec<Layer> {
    let mut layers: Vec<Layer> = variables
        .filter(|(name, _)| name.starts_with(PREFIX) && !NOT_SETTINGS.contains(&name.as_str()))
        .map(|(name, text)| Layer { table: setting(defaults, &name, &text), origin: format!("environment {name}") })
        .collect();
    layers.sort_by(|a, b| a.origin.cmp(&b.origin));
    layers
}

/// The setting that a variable makes. A key that its section does not have is kept there, so that the keys of that section are reported.
fn setting(defaults: &Table, name: &str, text: &str) -> Table {
    let as_text = || Value::String(text.to_owned());
    for (section, content) in defaults {
        if let Some(key) = name.strip_prefix(&format!("{PREFIX}{section}_").to_uppercase()) {
            let key = key.to_lowercase();
            let value = content.get(&key).map_or_else(as_text, |like| parse_like(like, text));
            return Table::from_iter([(section.clone(), Value::Table(Table::from_iter([(key, value)])))]);
        }
    }
    Table::from_iter([(name.to_owned(), as_text())])
}

/// A text as a value of the same kind as `like`; what cannot be read so stays a text, and is then reported as of the wrong kind.
fn parse_like(like: &Value, text: &str) -> Value {
    let text = text.trim();
    let as_text = || Value::String(text.to_owned());
    match like {
        Value::Boolean(_) => text.parse().map_or_else(|_| as_text(), Value::Boolean),
        Value::Integer(_) => text.parse().map_or_else(|_| as_text(), Value::Integer),
        Value::Float(_) => text.parse().map_or_else(|_| as_text(), Value::Float),
        Value::Array(_) => {
            let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
            Value::Array(words.map(|word| Value::String(word.to_owned())).collect())
        }
        _ => as_text(),
    }
}
