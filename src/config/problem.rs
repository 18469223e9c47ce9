//! What can be wrong with a setting, in sentences.

use std::fmt;
use std::path::PathBuf;

use toml::Value;

use crate::near::distance;
use crate::shortened;

/// One thing wrong with the configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Where it was said: a file, an environment variable, a flag.
    pub origin: String,
    /// The full name of the key, such as `run.workers`.
    pub key: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What can be wrong with a key; the sentence says what would be right.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// There is no such section.
    UnknownSection {
        /// Those that there are.
        known: Vec<String>,
    },
    /// The section has no such key.
    UnknownKey {
        /// Those that it has.
        known: Vec<String>,
    },
    /// A section has a value in place of keys.
    NotASection(Value),
    /// The value is not allowed.
    NotAllowed {
        /// The value.
        value: Value,
        /// What is.
        allowed: String,
    },
    /// The part of the program that the setting is for cannot use the value.
    Unusable {
        /// The value.
        value: Value,
        /// Why.
        why: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { origin, key, fault } = self;
        let (section, name) = key.split_once('.').unwrap_or((key, key));
        write!(f, "{key} ({origin}): ")?;
        match fault {
            Fault::UnknownSection { known } => write!(f, "there is no such section; {}", meant(name, known)),
            Fault::UnknownKey { known } => write!(f, "[{section}] has no such key; {}", meant(name, known)),
            Fault::NotASection(value) => write!(f, "{value} is not a section"),
            Fault::NotAllowed { value, allowed } => write!(f, "{value} is not allowed; allowed: {allowed}"),
            Fault::Unusable { value, why } => write!(f, "{value} is not allowed: {why}"),
        }
    }
}

/// The name that was meant, or all that there are.
fn meant(name: &str, known: &[String]) -> String {
    let nearest = known.iter().map(|other| (distance(name, other), other)).min();
    match nearest.filter(|(distance, _)| *distance <= 2) {
        Some((_, meant)) => format!("did you mean {meant}?"),
        None => format!("there are: {}", known.join(", ")),
    }
}

/// Errors of putting the configuration together. Exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A configuration file cannot be read.
    #[error("cannot read the configuration file {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// A file is not TOML.
    #[error("{origin} is not valid TOML: {}", plain(&error.to_string()))]
    Syntax {
        /// The file.
        origin: String,
        /// What the parser said, with line and column.
        error: Box<toml::de::Error>,
    },
    /// The settings as shipped cannot be read. Never in a program that passed its tests.
    #[error("the settings as shipped cannot be read: {0}")]
    Defaults(Box<toml::de::Error>),
    /// The configuration cannot be written down.
    #[error("the configuration cannot be written down: {0}")]
    Unwritable(String),
    /// Keys that do not exist or values that are out of range: all of them.
    #[error("{}", list(.0))]
    Problems(Vec<Problem>),
}

/// What the parser of TOML says, in words of the file.
fn plain(said: &str) -> String {
    // It means by it that a number is none of its own.
    let line = said.lines().next().unwrap_or_default();
    match said.rsplit_once("as i128, expected") {
        Some(_) => format!("{line}: a number is too large; whole numbers go up to {}", i64::MAX),
        None => shortened(said),
    }
}

fn list(problems: &[Problem]) -> String {
    match problems {
        [only] => format!("the configuration has a problem: {only}"),
        several => {
            let lines: Vec<String> = several.iter().map(|problem| format!("\n  {problem}")).collect();
            format!("the configuration has {} problems:{}", several.len(), lines.concat())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_too_large_is_called_so() {
        let error = "min_size = 99999999999999999999".parse::<toml::Table>().unwrap_err();
        let said = plain(&error.to_string());
        assert!(said.contains("line 1") && said.contains("a number is too large"), "{said}");
        let error = "min_size = ".parse::<toml::Table>().unwrap_err();
        assert!(!plain(&error.to_string()).contains("too large"));
    }
}
