//! Laying tables of settings over each other, each checked against the table of all settings.

use toml::{Table, Value};

use super::problem::{Fault, Problem};
use crate::settings;

/// Prefix of environment variables that set something: `LESIONSCOPE_SECTION_KEY`.
const PREFIX: &str = "LESIONSCOPE_";

/// Variables with the prefix that are not settings.
const NOT_SETTINGS: &[&str] = &["LESIONSCOPE_LOG"];

/// The section whose keys are names that nobody here knows.
const NAMES: &str = "classes";

/// Settings, and where they were made.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingsLayer {
    /// The file, the environment variable, or the flag.
    pub origin: String,
    /// Sections with their keys.
    pub table: Table,
}

impl SettingsLayer {
    /// One setting, such as `run.workers`.
    pub fn new(origin: impl Into<String>, name: &str, value: impl Into<Value>) -> SettingsLayer {
        let mut table = Table::new();
        put(&mut table, name.split_once('.').unwrap_or((name, "")), value.into());
        SettingsLayer { origin: origin.into(), table }
    }
}

fn put(table: &mut Table, (section, key): (&str, &str), value: Value) {
    if let Value::Table(content) = table.entry(section).or_insert_with(|| Value::Table(Table::new())) {
        content.insert(key.to_owned(), value);
    }
}

/// Lays `layer` over `base`, which starts as the defaults and so knows every section. What is wrong is added to `problems` and left out.
/// `refusal` says why settings as a whole cannot be read: each value is tried alone.
pub(super) fn overlay(
    base: &mut Table,
    layer: SettingsLayer,
    problems: &mut Vec<Problem>,
    refusal: &dyn Fn(Table) -> Option<String>,
) {
    let mut report = |key: String, fault| problems.push(Problem { origin: layer.origin.clone(), key, fault });
    for (section, content) in layer.table {
        let Some(Value::Table(known)) = base.get(&section) else {
            report(section, Fault::UnknownSection { known: base.keys().cloned().collect() });
            continue;
        };
        let Value::Table(content) = content else {
            report(section, Fault::NotASection(content));
            continue;
        };
        let known: Vec<String> = known.keys().cloned().collect();
        for (key, value) in content {
            let name = format!("{section}.{key}");
            let fault = match settings::named(&name) {
                // Names of data are whatever somebody chose.
                None if section == NAMES && value.is_str() => None,
                None => Some(Fault::UnknownKey { known: known.clone() }),
                Some(setting) if !setting.allows(&value) => {
                    Some(Fault::NotAllowed { value: value.clone(), allowed: setting.allowed_values() })
                }
                Some(_) => {
                    let mut alone = settings::shipped();
                    put(&mut alone, (&section, &key), value.clone());
                    refusal(alone).map(|why| Fault::Unusable { value: value.clone(), why })
                }
            };
            match fault {
                Some(fault) => report(name, fault),
                None => put(base, (&section, &key), value),
            }
        }
    }
}

/// The settings that environment variables make, one layer a variable.
pub(super) fn from_env(variables: impl Iterator<Item = (String, String)>) -> Vec<SettingsLayer> {
    let mut layers: Vec<SettingsLayer> = variables
        .filter(|(name, _)| name.starts_with(PREFIX) && !NOT_SETTINGS.contains(&name.as_str()))
        .map(|(variable, text)| {
            let (name, value) = setting(&variable, &text);
            SettingsLayer::new(format!("environment {variable}"), &name, value)
        })
        .collect();
    layers.sort_by(|a, b| a.origin.cmp(&b.origin));
    layers
}

/// The setting that a variable makes. What is none keeps a name of its own, so that [`overlay`] reports it.
fn setting(variable: &str, text: &str) -> (String, Value) {
    let upper = |name: &str| format!("{PREFIX}{}", name.replace('.', "_").to_uppercase());
    if let Some(setting) = settings::all().iter().find(|setting| upper(&setting.name) == variable) {
        return (setting.name.clone(), setting.read(text));
    }
    let section = |section: &String| {
        let key = variable.strip_prefix(&upper(&format!("{section}.")))?;
        Some(format!("{section}.{}", key.to_lowercase()))
    };
    let name = settings::shipped().keys().find_map(section).unwrap_or_else(|| variable.to_owned());
    (name, Value::String(text.to_owned()))
}
