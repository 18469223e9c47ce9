//! Flags that several commands share, and the table of settings that they make, which goes over all others.
//!
//! A flag that is a setting is a field with the setting's name in a struct that is laid over the setting's section, so that ranges and
//! units are checked where all settings are: in `config`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use toml::{Table, Value};

use super::models::flags::ModelFlags;
use super::paths::folder::Destination;
use crate::config::OutputSettings;

/// Flags of the scan, shared by the commands that run one.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Scan")]
pub(crate) struct ScanFlags {
    /// Model.
    #[command(flatten)]
    pub(crate) model: ModelFlags,
    /// What is searched for.
    #[command(flatten)]
    search: SearchFlags,
    /// Search with windows of this side only, px: the same as --min-size and --max-size together.
    #[arg(long, value_name = "PX", conflicts_with_all = ["min_size", "max_size"])]
    window: Option<i64>,
    /// Who searches.
    #[command(flatten)]
    effort: EffortFlags,
}

/// Flags of the section `[scan]`.
#[derive(Debug, Default, Args, Serialize)]
#[command(next_help_heading = "Scan")]
struct SearchFlags {
    /// Evidence, 0 to 1, from which something is circled.
    #[arg(long, value_name = "0..1", allow_negative_numbers = true)]
    conf: Option<f64>,
    /// Circle what is called one of these classes only, as named in the model.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    classes: Option<Vec<String>>,
    /// Longest step between neighbouring windows, as a fraction of their side.
    #[arg(long, value_name = "FRACTION", allow_negative_numbers = true)]
    stride: Option<f64>,
    /// Ratio of the sides of neighbouring scales.
    #[arg(long, value_name = "RATIO", allow_negative_numbers = true)]
    scale_factor: Option<f64>,
    /// Side of the smallest windows, px.
    #[arg(long, value_name = "PX", allow_negative_numbers = true)]
    min_size: Option<i64>,
    /// Side of the largest windows, px; 0: the short side of the picture.
    #[arg(long, value_name = "PX", allow_negative_numbers = true)]
    max_size: Option<i64>,
    /// Show every window to the classifier: no coarse level, no cache. Slow.
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    exhaustive: bool,
    /// Scan every n-th frame exhaustively as well, and say what cascade and cache missed. Slow.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    audit: Option<i64>,
}

/// Flags of the section `[run]` that say how much is done.
#[derive(Debug, Default, Args, Serialize)]
#[command(next_help_heading = "Scan")]
struct EffortFlags {
    /// Time allowed for the search of a frame, ms: where it takes longer, fewer windows are looked at, and the run says so. 0: no limit.
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    budget_ms: Option<f64>,
    /// Worker threads of the classifier; 0: one a core.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    workers: Option<i64>,
}

/// Flags of where the pictures come from, shared by `live` and `headless`.
#[derive(Debug, Default, Args, Serialize)]
#[command(next_help_heading = "Source")]
pub(crate) struct SourceFlags {
    /// Look at every n-th picture.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) vid_stride: Option<i64>,
    /// Look at no more pictures than this a second of the source's time.
    #[arg(long, value_name = "FPS", allow_negative_numbers = true)]
    pub(crate) max_fps: Option<f64>,
    /// End after this many pictures.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) frames: Option<i64>,
}

/// Flags of where the files go.
#[derive(Debug, Default, Args, Serialize)]
#[command(next_help_heading = "Files")]
pub(crate) struct OutputFlags {
    /// Folder of the run folders.
    #[arg(long, value_name = "DIR")]
    pub(crate) project: Option<String>,
    /// Name of the run folder within the project, without /; a number is added when it exists.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The run folder itself, in place of --project and --name; it must not exist.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["project", "name"])]
    #[serde(skip)]
    pub(crate) out: Option<PathBuf>,
    /// Write into a run folder that exists: the results of the run before are removed first; what is read is never written over.
    #[arg(long)]
    #[serde(skip)]
    pub(crate) exist_ok: bool,
    /// Write the video without overlays as well.
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) save_clean: bool,
}

/// Flags of every command that runs a source into a folder.
#[derive(Debug, Default, Args)]
pub(crate) struct RunFlags {
    /// Scan.
    #[command(flatten)]
    pub(crate) scan: ScanFlags,
    /// Source.
    #[command(flatten)]
    pace: SourceFlags,
    /// Files.
    #[command(flatten)]
    output: OutputFlags,
}

impl RunFlags {
    /// Where the files go.
    pub(crate) fn destination(&self, output: &OutputSettings) -> Destination {
        Destination::new(self.output.out.as_deref(), self.output.exist_ok, output)
    }
}

/// Flags of the section `[explain]` for commands that lay explanations over what they show.
#[derive(Debug, Default, Args, Serialize)]
pub(crate) struct ExplainFlags {
    /// Lay over each confirmed circle what its score rests on, by this method (lesionscope explain --list names them), or
    /// window-map, the map that the circles come from; in the window, the key m changes it.
    #[arg(long = "explain", value_name = "METHOD")]
    method: Option<String>,
    /// Draw a line around the highest places of each map: 0.8 encloses the highest fifth; 0 draws none.
    #[arg(long, value_name = "QUANTILE")]
    contour: Option<f64>,
}

/// A table of settings that grows by the flags that were given.
#[derive(Debug, Default)]
pub(crate) struct Flags(Table);

impl Flags {
    /// Lays flags over a section: fields that were not given are left out.
    ///
    /// # Errors
    /// When a value has no form in TOML.
    pub(crate) fn lay(&mut self, section: &str, flags: &impl Serialize) -> Result<(), toml::ser::Error> {
        let given = Table::try_from(flags)?;
        if let Value::Table(table) = self.0.entry(section).or_insert_with(|| Value::Table(Table::new())) {
            table.extend(given);
        }
        Ok(())
    }

    /// Lays one value over a section.
    pub(crate) fn set(&mut self, section: &str, key: &str, value: impl Into<Value>) {
        if let Value::Table(table) = self.0.entry(section).or_insert_with(|| Value::Table(Table::new())) {
            table.insert(key.to_owned(), value.into());
        }
    }

    /// The flags of the scan.
    ///
    /// # Errors
    /// As [`Flags::lay`].
    pub(crate) fn scan(&mut self, flags: &ScanFlags) -> Result<(), toml::ser::Error> {
        self.lay("scan", &flags.search)?;
        if let Some(side) = flags.window {
            self.set("scan", "min_size", side);
            self.set("scan", "max_size", side);
        }
        self.lay("run", &flags.effort)
    }

    /// The flags of a run.
    ///
    /// # Errors
    /// As [`Flags::lay`].
    pub(crate) fn run(&mut self, flags: &RunFlags) -> Result<(), toml::ser::Error> {
        self.scan(&flags.scan)?;
        self.lay("run", &flags.pace)?;
        self.lay("output", &flags.output)
    }

    /// The table.
    pub(crate) fn table(self) -> Table {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_that_were_given_become_settings_and_no_others() {
        let mut flags = Flags::default();
        let search = SearchFlags { conf: Some(0.5), classes: Some(vec!["nevus".to_owned()]), ..SearchFlags::default() };
        flags.scan(&ScanFlags { search, window: Some(64), ..ScanFlags::default() }).unwrap();
        flags.lay("output", &OutputFlags { save_clean: true, exist_ok: true, ..OutputFlags::default() }).unwrap();
        let wanted = toml::toml! {
            scan = { conf = 0.5, classes = ["nevus"], min_size = 64, max_size = 64 }
            run = {}
            output = { save_clean = true }
        };
        assert_eq!(flags.table(), wanted);
    }
}
