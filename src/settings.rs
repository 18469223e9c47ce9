//! The table of settings: `config/default.toml`, which is built into the program. It says of every key what it does, what is allowed, and why
//! it has its value; the checks and the help of the command line are made from it.
//!
//! Above a key stands what it does, then the reason. After its value stands what is allowed: `1 to 256 threads, or "auto": one a core` for
//! numbers (with a decimal point for those that need not be whole) and a word that stands for none; `"a", "b"` for a choice of words.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use serde::Serialize;
use toml::{Table, Value};

/// The table.
pub const DEFAULTS: &str = include_str!("../config/default.toml");

/// One key of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Section and key, such as `run.workers`.
    pub name: String,
    /// The value as shipped.
    pub value: Value,
    /// What it does, one sentence.
    pub about: String,
    /// What is allowed, in words; empty where any value of the kind is.
    pub note: String,
    /// The word that stands for no value.
    absent: Option<String>,
    allowed: Allowed,
}

/// What is allowed for a setting, apart from the word that stands for no value.
#[derive(Clone, Debug, PartialEq)]
enum Allowed {
    Whole(RangeInclusive<i64>),
    Real(RangeInclusive<f64>),
    Choice(Vec<String>),
    /// Whatever is of the same kind as the value as shipped.
    Any,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| DEFAULTS.parse().unwrap_or_default());
static SETTINGS: LazyLock<Vec<Setting>> = LazyLock::new(read);

/// All settings, in the order of the table.
pub fn all() -> &'static [Setting] {
    &SETTINGS
}

/// The setting of a name such as `run.workers`.
pub fn named(name: &str) -> Option<&'static Setting> {
    all().iter().find(|setting| setting.name == name)
}

/// The values as shipped, with the words that stand for none.
pub fn shipped() -> Table {
    TABLE.clone()
}

/// The values as shipped of some sections, ready to be read as settings: keys that have no value are left out.
pub fn sections(names: &[&str]) -> Table {
    let mut table = shipped();
    table.retain(|section, _| names.contains(&section));
    remove_absent(&mut table);
    table
}

/// Removes the keys whose word says that they have no value.
pub fn remove_absent(table: &mut Table) {
    for (section, content) in table {
        if let Value::Table(content) = content {
            content.retain(|key, value| {
                let absent = named(&format!("{section}.{key}")).and_then(Setting::absent);
                absent.is_none() || value.as_str() != absent
            });
        }
    }
}

/// What is wrong with the settings of a section that a program made, not read; `None` where nothing is.
pub fn objection(section: &str, settings: &impl Serialize) -> Option<String> {
    let table = match Table::try_from(settings) {
        Ok(table) => table,
        Err(error) => return Some(error.to_string()),
    };
    table.iter().find_map(|(key, value)| {
        let setting = named(&format!("{section}.{key}")).filter(|setting| !setting.allows(value))?;
        Some(format!("{}: {value} is not allowed; allowed: {}", setting.name, setting.allowed_values()))
    })
}

impl Setting {
    /// Section and key.
    pub fn parts(&self) -> (&str, &str) {
        self.name.split_once('.').unwrap_or((&self.name, ""))
    }

    /// The word that stands for no value: "auto", "none" or "off".
    pub fn absent(&self) -> Option<&str> {
        self.absent.as_deref()
    }

    /// A text as a value of the setting's kind. What cannot be read so stays a text, which [`Setting::allows`] refuses.
    pub fn read(&self, text: &str) -> Value {
        let text = text.trim();
        let as_text = || Value::String(text.to_owned());
        match (&self.allowed, &self.value) {
            (Allowed::Whole(_), _) => text.parse().map_or_else(|_| as_text(), Value::Integer),
            (Allowed::Real(_), _) => text.parse().map_or_else(|_| as_text(), Value::Float),
            (_, Value::Boolean(_)) => text.parse().map_or_else(|_| as_text(), Value::Boolean),
            (_, Value::Array(_)) => {
                let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
                Value::Array(words.map(|word| Value::String(word.to_owned())).collect())
            }
            _ => as_text(),
        }
    }

    /// Whether a value is allowed.
    pub fn allows(&self, value: &Value) -> bool {
        match (&self.allowed, value) {
            (Allowed::Whole(range), Value::Integer(number)) => range.contains(number),
            (Allowed::Real(range), Value::Float(number)) => range.contains(number),
            (Allowed::Real(range), Value::Integer(number)) => range.contains(&(*number as f64)),
            (Allowed::Whole(_) | Allowed::Real(_), value) => self.absent.is_some() && value.as_str() == self.absent(),
            (Allowed::Choice(words), value) => words.iter().any(|word| value.as_str() == Some(word)),
            (Allowed::Any, Value::Array(items)) => self.value.is_array() && items.iter().all(Value::is_str),
            (Allowed::Any, value) => value.same_type(&self.value),
        }
    }

    /// What is allowed, as the end of a sentence.
    pub fn allowed_values(&self) -> String {
        match (&self.allowed, &self.value) {
            (Allowed::Whole(_), _) => format!("a whole number, {}", self.note),
            (Allowed::Real(_), _) => format!("a number, {}", self.note),
            (Allowed::Choice(_), _) => self.note.clone(),
            (Allowed::Any, Value::Boolean(_)) => "true or false".to_owned(),
            (Allowed::Any, Value::Array(_)) => "a list of words".to_owned(),
            (Allowed::Any, _) => "a word".to_owned(),
        }
    }
}

/// Reads the table and its comments.
fn read() -> Vec<Setting> {
    let (mut settings, mut section, mut comment) = (Vec::new(), "", String::new());
    for line in DEFAULTS.lines() {
        if let Some(words) = line.strip_prefix('#') {
            comment += words;
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if let Some((key, rest)) = line.split_once(" = ") {
            let value = TABLE.get(section).and_then(|content| content.get(key));
            let note = rest.split_once(" # ").map_or("", |(_, note)| note);
            settings.extend(value.map(|value| setting(&format!("{section}.{key}"), value, note, &comment)));
        }
        comment.clear();
    }
    settings
}

fn setting(name: &str, value: &Value, note: &str, comment: &str) -> Setting {
    let about = comment.trim().split_inclusive(". ").next().unwrap_or_default().trim_end().to_owned();
    let absent = note.split_once("or \"").and_then(|(_, word)| word.split_once('"')).map(|(word, _)| word.to_owned());
    let (value, note, allowed) = (value.clone(), note.to_owned(), allowed(note));
    Setting { name: name.to_owned(), value, about, note, absent, allowed }
}

/// What a note allows.
fn allowed(note: &str) -> Allowed {
    if note.starts_with('"') {
        return Allowed::Choice(note.split('"').skip(1).step_by(2).map(str::to_owned).collect());
    }
    let words: Vec<&str> = note.split([' ', ',']).collect();
    let (low, high) = match words.as_slice() {
        [low, "to", high, ..] => (*low, Some(*high)),
        [low, "and", "more", ..] => (*low, None),
        _ => return Allowed::Any,
    };
    let whole = low.parse().ok().zip(high.map_or(Ok(i64::MAX), str::parse).ok());
    let real = low.parse().ok().zip(high.map_or(Ok(f64::MAX), str::parse).ok());
    match (whole, real) {
        (Some((low, high)), _) => Allowed::Whole(low..=high),
        (None, Some((low, high))) => Allowed::Real(low..=high),
        (None, None) => Allowed::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_says_what_it_does_and_allows_its_own_value() {
        let keys: usize = TABLE.values().filter_map(Value::as_table).map(Table::len).sum();
        assert_eq!(all().len(), keys, "a key of the table was not read");
        for setting in all() {
            let Setting { name, about, note, .. } = setting;
            assert!(about.len() > 10 && about.ends_with('.'), "{name}: a sentence on what it does, not {about:?}");
            assert!(setting.allows(&setting.value), "{name}");
            let number = setting.value.is_integer() || setting.value.is_float();
            let read = matches!(setting.allowed, Allowed::Whole(_) | Allowed::Real(_));
            assert!(read || !number, "{name}: {note:?} names no range");
            assert!(
                !read || setting.value.is_integer() == matches!(setting.allowed, Allowed::Whole(_)) || !number,
                "{name}"
            );
        }
    }

    #[test]
    fn notes_are_read() {
        let table = |note: &str| setting("a.b", &Value::Integer(1), note, " What it does. Why.");
        let of = table("1 to 256 threads, or \"auto\": one a core");
        assert_eq!((of.allowed, of.absent.as_deref()), (Allowed::Whole(1..=256), Some("auto")));
        assert_eq!(of.about, "What it does.");
        assert_eq!(table("0.5 to 64.0 px, or \"auto\": more").allowed, Allowed::Real(0.5..=64.0));
        assert_eq!(table("1 and more pictures, or \"none\"").allowed, Allowed::Whole(1..=i64::MAX));
        assert_eq!(table("\"a\", \"b\"").allowed, Allowed::Choice(vec!["a".to_owned(), "b".to_owned()]));
        let of = table("a model's folder, \"bundled\", or \"none\"");
        assert_eq!((of.allowed, of.absent.as_deref()), (Allowed::Any, Some("none")));
    }

    #[test]
    fn texts_become_values_of_the_kind() {
        let read = |name: &str, text: &str| named(name).unwrap().read(text);
        assert_eq!(read("run.workers", " 3"), Value::Integer(3));
        assert_eq!(read("run.workers", "auto"), Value::String("auto".to_owned()));
        assert_eq!(read("scan.stride_sides", "1"), Value::Float(1.0));
        assert_eq!(read("output.video", "false"), Value::Boolean(false));
        assert_eq!(read("scan.classes", "a, b").as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn settings_that_a_program_made_are_checked_as_well() {
        #[derive(Serialize)]
        struct Made {
            fps: f64,
            frames: Option<u64>,
        }
        assert_eq!(objection("scene", &Made { fps: 30.0, frames: None }), None);
        let said = objection("scene", &Made { fps: f64::NAN, frames: Some(3) }).unwrap();
        assert_eq!(said, "scene.fps: nan is not allowed; allowed: a number, 1.0 to 240.0 pictures a second");
    }

    #[test]
    fn sections_are_ready_to_be_read() {
        let table = sections(&["run", "scan"]);
        assert_eq!(table.len(), 2);
        assert!(!table["run"].as_table().unwrap().contains_key("workers"), "left to the program");
        assert_eq!(table["scan"]["refine"], Value::Boolean(true));
    }
}
