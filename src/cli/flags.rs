//! Flags as settings: the table that goes over all others.

use toml::{Table, Value};

use super::args::{OutputFlags, ScanFlags, SourceFlags};

/// A table of settings that grows by flags that were given.
#[derive(Debug, Default)]
pub(super) struct Flags(Table);

impl Flags {
    /// Sets a key of a section if there is a value.
    pub(super) fn set(&mut self, section: &str, key: &str, value: Option<impl Into<Value>>) {
        let Some(value) = value else { return };
        let section = self.0.entry(section).or_insert_with(|| Value::Table(Table::new()));
        if let Some(table) = section.as_table_mut() {
            table.insert(key.to_owned(), value.into());
        }
    }

    /// The flags of the scan.
    pub(super) fn scan(&mut self, flags: &ScanFlags) {
        self.set("scan", "conf", flags.conf);
        self.set("scan", "classes", flags.classes.clone());
        self.set("scan", "min_size", flags.window.or(flags.min_size));
        self.set("scan", "max_size", flags.window.or(flags.max_size));
        self.set("scan", "stride", flags.stride);
        self.set("scan", "scale_factor", flags.scale_factor);
        self.set("scan", "exhaustive", flags.exhaustive.then_some(true));
        self.set("scan", "audit", flags.audit);
        self.set("run", "workers", flags.workers);
    }

    /// The flags of the source.
    pub(super) fn pace(&mut self, flags: &SourceFlags) {
        self.set("run", "vid_stride", flags.vid_stride);
        self.set("run", "max_fps", flags.max_fps);
        self.set("run", "frames", flags.frames);
    }

    /// The flags of the files.
    pub(super) fn output(&mut self, flags: &OutputFlags) {
        self.set("output", "project", flags.project.clone());
        self.set("output", "name", flags.name.clone());
        self.set("output", "save_clean", flags.save_clean.then_some(true));
    }

    /// The table.
    pub(super) fn table(self) -> Table {
        self.0
    }
}
