//! Flags that several commands share, and the table of settings that they make, which goes over all others.

use std::path::PathBuf;

use clap::Args;
use toml::{Table, Value};

use super::models::flags::ModelFlags;

/// Flags of the scan, shared by the commands that run one.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Scan")]
pub(crate) struct ScanFlags {
    /// Model.
    #[command(flatten)]
    pub(crate) model: ModelFlags,
    /// Evidence, 0 to 1, from which something is circled.
    #[arg(long, value_name = "0..1", allow_negative_numbers = true)]
    pub(crate) conf: Option<f64>,
    /// Search for these classes only, as named in the model.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) classes: Option<Vec<String>>,
    /// Search with windows of this side only, px: the same as --min-size and --max-size together.
    #[arg(long, value_name = "PX", conflicts_with_all = ["min_size", "max_size"])]
    pub(crate) window: Option<i64>,
    /// Longest step between neighbouring windows, as a fraction of their side.
    #[arg(long, value_name = "FRACTION", allow_negative_numbers = true)]
    pub(crate) stride: Option<f64>,
    /// Ratio of the sides of neighbouring scales.
    #[arg(long, value_name = "RATIO", allow_negative_numbers = true)]
    pub(crate) scale_factor: Option<f64>,
    /// Side of the smallest windows, px.
    #[arg(long, value_name = "PX", allow_negative_numbers = true)]
    pub(crate) min_size: Option<i64>,
    /// Side of the largest windows, px; 0: the short side of the picture.
    #[arg(long, value_name = "PX", allow_negative_numbers = true)]
    pub(crate) max_size: Option<i64>,
    /// Show every window to the classifier: no coarse level, no cache. Slow.
    #[arg(long)]
    pub(crate) exhaustive: bool,
    /// Scan every n-th frame exhaustively as well, and say what cascade and cache missed. Slow.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) audit: Option<i64>,
    /// Time allowed for the search of a frame, ms: where it takes longer, fewer windows are looked at, and the run says so. 0: no limit.
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    pub(crate) budget_ms: Option<f64>,
    /// Worker threads of the classifier; 0: one a core.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) workers: Option<i64>,
}

/// Flags of where the pictures come from, shared by `live` and `headless`.
#[derive(Debug, Default, Args)]
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
#[derive(Debug, Default, Args)]
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
    pub(crate) out: Option<PathBuf>,
    /// Write into a run folder that exists: the results of the run before are removed first; what is read is never written over.
    #[arg(long)]
    pub(crate) exist_ok: bool,
    /// Write the video without overlays as well.
    #[arg(long)]
    pub(crate) save_clean: bool,
}

/// A table of settings that grows by flags that were given.
#[derive(Debug, Default)]
pub(crate) struct Flags(Table);

impl Flags {
    /// Sets a key of a section if there is a value.
    pub(crate) fn set(&mut self, section: &str, key: &str, value: Option<impl Into<Value>>) {
        let Some(value) = value else { return };
        let section = self.0.entry(section).or_insert_with(|| Value::Table(Table::new()));
        if let Some(table) = section.as_table_mut() {
            table.insert(key.to_owned(), value.into());
        }
    }

    /// The flags of the scan.
    pub(crate) fn scan(&mut self, flags: &ScanFlags) {
        self.set("scan", "conf", flags.conf);
        self.set("scan", "classes", flags.classes.clone());
        self.set("scan", "min_size", flags.window.or(flags.min_size));
        self.set("scan", "max_size", flags.window.or(flags.max_size));
        self.set("scan", "stride", flags.stride);
        self.set("scan", "scale_factor", flags.scale_factor);
        self.set("scan", "exhaustive", flags.exhaustive.then_some(true));
        self.set("scan", "audit", flags.audit);
        self.set("run", "workers", flags.workers);
        self.set("run", "budget_ms", flags.budget_ms);
    }

    /// The flags of the source.
    pub(crate) fn pace(&mut self, flags: &SourceFlags) {
        self.set("run", "vid_stride", flags.vid_stride);
        self.set("run", "max_fps", flags.max_fps);
        self.set("run", "frames", flags.frames);
    }

    /// The flags of the files.
    pub(crate) fn output(&mut self, flags: &OutputFlags) {
        self.set("output", "project", flags.project.clone());
        self.set("output", "name", flags.name.clone());
        self.set("output", "save_clean", flags.save_clean.then_some(true));
    }

    /// The table.
    pub(crate) fn table(self) -> Table {
        self.0
    }
}
