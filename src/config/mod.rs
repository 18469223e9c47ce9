//! The configuration: defaults < `--config FILE` < environment < flags, merged as tables, checked as a whole, parsed once.

mod layers;
mod problem;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use toml::Table;

pub use layers::SettingsLayer;
pub use problem::{ConfigError, Fault, Problem};

use crate::cache::CacheSettings;
use crate::draw::DrawSettings;
use crate::explain::ExplainSettings;
use crate::pipeline::RunSettings;
use crate::place::PlaceSettings;
use crate::quality::{CoachSettings, QualitySettings};
use crate::scan::ScanSettings;
use crate::settings;
use crate::sink::video::VideoSinkSettings;
use crate::skin::SkinSettings;
use crate::source::SceneSettings;
use crate::source::camera::CameraSettings;
use crate::source::video::VideoSettings;
use crate::track::{OpinionSettings, TrackSettings};
use crate::train::TrainSettings;
use layers::{from_env, overlay};

/// All settings of a run; the sections belong to the modules that use them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Pace and workers.
    pub run: RunSettings,
    /// Which files are written, and where.
    pub output: OutputSettings,
    /// Windows, cascade and peaks.
    pub scan: ScanSettings,
    /// Scores kept between frames.
    pub cache: CacheSettings,
    /// Findings followed through time.
    pub track: TrackSettings,
    /// Tracks joined to places.
    pub place: PlaceSettings,
    /// Whether a finding is on skin.
    pub skin: SkinSettings,
    /// What the second network is asked.
    pub opinion: OpinionSettings,
    /// From where on a picture is too poor to judge by.
    pub quality: QualitySettings,
    /// How hints are given to who films.
    pub coach: CoachSettings,
    /// What is drawn.
    pub draw: DrawSettings,
    /// How circles are explained.
    pub explain: ExplainSettings,
    /// Encoding of recorded video.
    pub record: VideoSinkSettings,
    /// What is wished of a camera.
    pub camera: CameraSettings,
    /// Video files and streams.
    pub video: VideoSettings,
    /// Generated scenes.
    pub scene: SceneSettings,
    /// Training of a classifier.
    pub train: TrainSettings,
    /// What classes of labelled pictures are called here: their names in the data, and the classes that they stand for.
    pub classes: BTreeMap<String, String>,
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
    /// Whether faces are made unrecognisable in all pictures that are written and shown.
    pub blur_faces: bool,
    /// Whether `detections.jsonl` is written.
    pub jsonl: bool,
    /// Whether `report.html` is made at the end.
    pub report: bool,
}

impl Config {
    /// The defaults.
    ///
    /// # Errors
    /// Never in a program that passed its tests, which read what is shipped.
    pub fn shipped() -> Result<Config, ConfigError> {
        Config::load(None, std::iter::empty(), Vec::new())
    }

    /// The defaults with the file, the environment variables and the flags laid over them. All problems are reported at once.
    pub fn load(
        file: Option<&Path>,
        variables: impl Iterator<Item = (String, String)>,
        flags: Vec<SettingsLayer>,
    ) -> Result<Config, ConfigError> {
        let mut layers = Vec::new();
        if let Some(path) = file {
            let text =
                crate::files::text(path).map_err(|error| ConfigError::Unreadable { path: path.to_owned(), error })?;
            let origin = path.display().to_string();
            let table =
                text.parse().map_err(|error| ConfigError::Syntax { origin: origin.clone(), error: Box::new(error) })?;
            layers.push(SettingsLayer { table, origin });
        }
        layers.extend(from_env(variables));
        layers.extend(flags);
        let (mut merged, mut problems) = (settings::shipped(), Vec::new());
        let refusal = |table| Config::read(table).err().map(|error| error.message().to_owned());
        for layer in layers {
            overlay(&mut merged, layer, &mut problems, &refusal);
        }
        // Values with a problem were left out, so that the rest can still be checked together.
        let config = Config::read(merged).map_err(|error| ConfigError::Defaults(Box::new(error)))?;
        problems.extend(config.conflicts());
        if problems.is_empty() { Ok(config) } else { Err(ConfigError::Problems(problems)) }
    }

    fn read(mut table: Table) -> Result<Config, toml::de::Error> {
        settings::remove_absent(&mut table);
        table.try_into()
    }

    /// The effective configuration as TOML.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        toml::to_string(&self.to_json()?).map_err(|error| ConfigError::Unwritable(error.to_string()))
    }

    /// The effective configuration as JSON, with numbers as short as they were written.
    pub fn to_json(&self) -> Result<Value, ConfigError> {
        let mut value = serde_json::to_value(self).map_err(|error| ConfigError::Unwritable(error.to_string()))?;
        shorten(&mut value);
        for setting in settings::all() {
            let (section, key) = setting.parts();
            if let (Some(word), Some(value)) = (setting.absent(), value.get_mut(section).and_then(|of| of.get_mut(key)))
                && value.is_null()
            {
                *value = word.into();
            }
        }
        Ok(value)
    }

    /// What is wrong between several keys, each of them allowed by itself.
    fn conflicts(&self) -> Vec<Problem> {
        let (scan, skin) = (&self.scan, &self.skin);
        let mut conflicts = Vec::new();
        let mut report = |key: &str, value: toml::Value, allowed| {
            let fault = Fault::NotAllowed { value, allowed };
            conflicts.push(Problem { origin: "all taken together".to_owned(), key: key.to_owned(), fault });
        };
        if let (Some(max), Some(min)) = (scan.max_size_px, scan.min_size_px)
            && max < min
        {
            let allowed = format!("\"auto\", or scan.min_size_px = {min} and more");
            report("scan.max_size_px", i64::from(max).into(), allowed);
        }
        if let (Some(most), None) = (self.record.max_disk_gb, self.record.segment_minutes) {
            let allowed =
                "\"none\", or record.segment_minutes set as well: takes that have ended are what can go".to_owned();
            report("record.max_disk_gb", most.into(), allowed);
        }
        if skin.leave > skin.enter {
            report("skin.leave", short(skin.leave).into(), format!("skin.enter = {} and less", skin.enter));
        }
        conflicts
    }
}

/// The number as it was written: 0.95, not 0.949999988079071.
fn short(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(f64::from(number))
}

/// Undoes the widening of 32-bit numbers: 0.3330000042915344 was written as 0.333.
fn shorten(value: &mut Value) {
    match value {
        Value::Object(section) => section.values_mut().for_each(shorten),
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Number(number) => {
            let narrow = number.as_f64().filter(|_| number.is_f64()).map(|wide| (wide, wide as f32));
            let exact = narrow.filter(|(wide, narrow)| f64::from(*narrow) == *wide);
            if let Some(short) = exact.and_then(|(_, narrow)| Number::from_f64(short(narrow))) {
                *number = short;
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}
