//! A folder of close-ups with one folder a class.

use std::path::{Path, PathBuf};

use super::error::DataError;
use super::row::Row;
use crate::files::visible;
use crate::pictures::is_picture;

/// What a folder holds.
pub(super) struct FolderListing {
    /// Its pictures.
    pub(super) rows: Vec<Row>,
    /// What else there is, down to the folders of classes.
    pub(super) others: Vec<PathBuf>,
    /// Folders in it without a picture, by name.
    pub(super) empty: Vec<String>,
}

/// Lists the pictures right in a folder, which have no class, and those in its folders, which are called after classes. Hidden folders and those
/// that programs leave behind (`__MACOSX`) are no classes.
pub(super) fn listed(root: &Path) -> Result<FolderListing, DataError> {
    let mut all = FolderListing { rows: Vec::new(), others: Vec::new(), empty: Vec::new() };
    for entry in entries(root)? {
        let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !entry.is_dir() {
            all.add(root, entry, "");
        } else if name.starts_with(['.', '_']) {
            all.others.push(entry);
        } else {
            let before = all.rows.len();
            let inside = entries(&entry)?;
            inside.into_iter().for_each(|path| all.add(root, path, visible(&name).trim()));
            if all.rows.len() == before {
                all.empty.push(name);
            }
        }
    }
    Ok(all)
}

impl FolderListing {
    fn add(&mut self, root: &Path, path: PathBuf, class: &str) {
        if !is_picture(&path) || !path.is_file() {
            self.others.push(path);
            return;
        }
        // Relative to the folder, however that was typed, and the same on every system.
        let relative = path.strip_prefix(root).unwrap_or(&path);
        let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        self.rows.push(Row {
            mask: None,
            class: class.to_owned(),
            group: parts.join("/"),
            grouped: false,
            source: "folder".into(),
            licence: "the user's own".into(),
            side: None,
            skin_type: None,
            path,
        });
    }
}

/// What lies in a folder, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let failed = |error: std::io::Error| DataError::content(folder, format!("cannot be listed ({error})"));
    let listed = std::fs::read_dir(folder).map_err(failed)?;
    let mut paths =
        listed.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    paths.sort();
    Ok(paths)
}
