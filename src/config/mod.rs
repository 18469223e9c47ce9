//! The configuration: defaults < `--config FILE` < environment < flags, merged as tables, checked as a whole, parsed once.

mod layers;
mod problem;
mod ranges;
#[cfg(test)]
mod tests;

use std::path::Path;

use serde::{Deserialize, Serialize};
use toml::Table;

pub use problem::{ConfigError, Problem};
pub use ranges::{RANGES, Range};

use crate::pipeline::RunSettings;
use layers::{Layer, from_env, overlay};

/// The defaults, as shipped: every key with its unit and reason.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");

/// All settings of a run; the sections belong to the modules that use them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Pace and workers.
    pub run: RunSettings,
    /// Which files are written, and where.
    pub output: OutputSettings,
}

/// Which files are written, and where; section `[output]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputSettings {
    /// Folder of the run folders.
    pub project: String,
    /// Name of the run folder; a number is added when it exists.
    pub name: String,
    /// Whether the annotated video (or pictures) is written.
    pub video: bool,
    /// Whether the video without overlays is written.
    pub save_clean: bool,
    /// Whether `detections.jsonl` is written.
    pub jsonl: bool,
}

impl Config {
    /// The defaults with the file, the environment variables and the flags laid over them. All problems are reported at once.
    pub fn load(
        file: Option<&Path>,
        variables: impl Iterator<Item = (String, String)>,
        flags: Table,
    ) -> Result<Config, ConfigError> {
        let mut merged = parse("the built-in configuration", DEFAULTS)?;
        let mut over = Vec::new();
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), error })?;
            let origin = path.display().to_string();
            over.push(Layer { table: parse(&origin, &text)?, origin });
        }
        over.extend(from_env(&merged, variables));
        over.push(Layer { origin: "command line".to_owned(), table: flags });
        let mut problems = Vec::new();
        for layer in over {
            overlay(&mut merged, layer, &mut problems);
        }
        if !problems.is_empty() {
            return Err(ConfigError::Problems(problems));
        }
        let config: Config = merged
            .try_into()
            .map_err(|error| ConfigError::Syntax { origin: "the configuration".to_owned(), error: Box::new(error) })?;
        config.checked()
    }

    /// The effective configuration as TOML.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }

    /// Checks what concerns several keys at once.
    fn checked(self) -> Result<Config, ConfigError> {
        Ok(self)
    }
}

fn parse(origin: &str, text: &str) -> Result<Table, ConfigError> {
    text.parse().map_err(|error| ConfigError::Syntax { origin: origin.to_owned(), error: Box::new(error) })
}
