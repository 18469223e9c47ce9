//! Labelled pictures as a manifest or a folder lists them.

use std::path::{Path, PathBuf};

use super::error::DataError;
use super::row::Row;
use super::{folder, manifest};
use crate::printable;

/// How many names a sentence lists.
pub(super) const NAMED: usize = 5;

/// Labelled pictures.
#[derive(Clone, Debug)]
pub struct Data {
    /// The manifest or folder, as it was named.
    pub path: PathBuf,
    /// The pictures that there are.
    pub rows: Vec<Row>,
    /// The pictures that the data lists and that are not there.
    pub missing: Vec<Row>,
    /// Sentences on what was left out so far.
    pub left_out: Vec<String>,
    /// Folders without a picture, which may be called after a class.
    pub(super) empty: Vec<String>,
}

impl Data {
    /// Reads a manifest (a file, or `manifest.tsv` or `manifest.csv` in a folder), or a folder with one folder a class.
    ///
    /// # Errors
    /// When there is no such file or folder, it cannot be read, or a manifest is not what it should be.
    pub fn open(path: &Path) -> Result<Data, DataError> {
        let inside: Vec<PathBuf> =
            ["manifest.tsv", "manifest.csv"].iter().map(|name| path.join(name)).filter(|file| file.is_file()).collect();
        let mut data = Data {
            path: path.to_owned(),
            rows: Vec::new(),
            missing: Vec::new(),
            left_out: Vec::new(),
            empty: Vec::new(),
        };
        match (inside.as_slice(), path.is_dir()) {
            ([manifest], true) => data.list(manifest)?,
            ([], true) => data.look_into(path)?,
            (_, true) => {
                return Err(DataError::content(path, "holds manifest.tsv and manifest.csv; name one of them"));
            }
            _ if path.exists() => data.list(path)?,
            _ => {
                return Err(DataError::content(
                    path,
                    "there is no such file or folder; name a manifest.tsv or a folder with one folder a class",
                ));
            }
        }
        Ok(data)
    }

    fn list(&mut self, manifest: &Path) -> Result<(), DataError> {
        let (rows, unknown) = manifest::rows(manifest)?;
        (self.rows, self.missing) = rows.into_iter().partition(|row| row.path.is_file());
        let paths: Vec<String> = self.missing.iter().map(|row| row.path.display().to_string()).collect();
        if self.rows.is_empty() && !paths.is_empty() {
            let first = paths.first().map(String::as_str).unwrap_or_default();
            return Err(DataError::content(
                manifest,
                format!(
                    "none of its {} pictures is there, {first} to begin with; paths are relative to the manifest",
                    paths.len()
                ),
            ));
        }
        self.leave_out("listed picture that is not there", "listed pictures that are not there", &paths);
        if !unknown.is_empty() {
            self.left_out.push(format!("columns that nothing is done with: {}", listed(&unknown)));
        }
        Ok(())
    }

    fn look_into(&mut self, folder: &Path) -> Result<(), DataError> {
        let folder::FolderListing { rows, others, empty } = folder::listed(folder)?;
        let name = |path: &PathBuf| path.strip_prefix(folder).unwrap_or(path).display().to_string();
        let hidden = |path: &PathBuf| {
            path.file_name().is_some_and(|name| {
                let name = name.to_string_lossy();
                name.starts_with('.') || ["__MACOSX", "Thumbs.db", "desktop.ini"].contains(&name.as_ref())
            })
        };
        let (behind, others): (Vec<PathBuf>, Vec<PathBuf>) = others.into_iter().partition(hidden);
        let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = others.into_iter().partition(|path| path.is_dir());
        let names = |paths: Vec<PathBuf>| paths.iter().map(name).collect::<Vec<String>>();
        (self.rows, self.empty) = (rows, empty.clone());
        self.leave_out("thing that systems leave behind", "things that systems leave behind", &names(behind));
        self.leave_out("folder within the folder of a class", "folders within folders of classes", &names(folders));
        self.leave_out("file that is no picture", "files that are no pictures", &names(files));
        self.leave_out("folder without a picture", "folders without pictures", &empty);
        Ok(())
    }

    /// Notes that these were left out, by what one of them and several are.
    pub(crate) fn leave_out(&mut self, one: &str, many: &str, names: &[String]) {
        match names {
            [] => {}
            [_] => self.left_out.push(format!("left out: 1 {one} ({})", listed(names))),
            _ => self.left_out.push(format!("left out: {} {many} ({})", names.len(), listed(names))),
        }
    }

    /// How many pictures there are or are listed.
    pub fn count(&self) -> usize {
        self.rows.len() + self.missing.len()
    }
}

/// The first names of some, and how many there are besides.
fn listed(names: &[String]) -> String {
    let mut first: Vec<String> = names.iter().take(NAMED).map(|name| printable(name).into_owned()).collect();
    if names.len() > NAMED {
        first.push(format!("and {} more", names.len() - NAMED));
    }
    first.join(", ")
}
