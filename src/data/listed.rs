//! What is said of the files of a folder that is read by itself: by a `side.txt` in it, and by the manifest of a folder above.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::DataError;
use super::manifest;
use super::row::Row;
use super::side::Side;
use crate::files;

/// A file that says on which side all of its folder stands, in one word.
const SIDE: &str = "side.txt";

/// How many folders above are searched for a manifest.
const ABOVE: usize = 3;

/// What is known of the files of a folder.
#[derive(Clone, Debug, Default)]
pub struct FolderSides {
    whole: Option<Side>,
    rows: BTreeMap<PathBuf, Row>,
}

impl FolderSides {
    /// Reads what there is. Nothing at all is no error.
    ///
    /// # Errors
    /// When a `side.txt` has another word, or a manifest is not what it should be.
    pub fn read(folder: &Path) -> Result<FolderSides, DataError> {
        let Ok(folder) = folder.canonicalize() else { return Ok(FolderSides::default()) };
        let file = folder.join(SIDE);
        let whole = match files::text(&file) {
            Err(_) => None,
            Ok(text) => Some(Side::named(text.trim()).ok_or_else(|| {
                DataError::content(&file, format!("{:?} is no side; write train, development or report", text.trim()))
            })?),
        };
        let manifests = folder.ancestors().take(ABOVE + 1).flat_map(|above| {
            ["manifest.tsv", "manifest.csv"].map(|name| above.join(name)).into_iter().filter(|path| path.is_file())
        });
        let mut rows = BTreeMap::new();
        if let Some(manifest) = manifests.into_iter().next() {
            let inside = manifest::rows(&manifest)?.0.into_iter().filter(|row| row.path.starts_with(&folder));
            rows.extend(inside.map(|row| (row.path.clone(), row)));
        }
        Ok(FolderSides { whole, rows })
    }

    /// The row that lists a file.
    pub fn row(&self, file: &Path) -> Option<&Row> {
        self.rows.get(&file.canonicalize().ok()?)
    }

    /// The side of a file; `None` where nobody says.
    pub fn side(&self, file: &Path) -> Option<Side> {
        let listed = || self.row(file).map(|row| row.side.unwrap_or_else(|| row.held_out_side()));
        self.whole.or_else(listed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_file_speaks_for_all_and_a_manifest_above_for_those_that_it_lists() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("wide/hands");
        std::fs::create_dir_all(&folder).unwrap();
        for name in ["a.jpg", "b.jpg", "c.jpg"] {
            std::fs::write(folder.join(name), name).unwrap();
        }
        let side = |name: &str| FolderSides::read(&folder).unwrap().side(&folder.join(name));
        assert_eq!(side("a.jpg"), None);
        let manifest = "path,class,split,group\nwide/hands/a.jpg,hand,train,\nwide/hands/b.jpg,hand,val,person:1\n";
        std::fs::write(root.path().join("manifest.csv"), manifest).unwrap();
        assert_eq!(["a.jpg", "b.jpg", "c.jpg"].map(side), [Some(Side::Train), Some(Side::Report), None]);
        let known = FolderSides::read(&folder).unwrap();
        assert_eq!(known.row(&folder.join("b.jpg")).map(|row| row.group.as_str()), Some("person:1"));
        std::fs::write(folder.join(SIDE), "development\n").unwrap();
        assert_eq!(["a.jpg", "b.jpg", "c.jpg"].map(side), [Some(Side::Development); 3]);
        std::fs::write(folder.join(SIDE), "left\n").unwrap();
        let why = FolderSides::read(&folder).unwrap_err().to_string();
        assert!(why.contains("side.txt") && why.contains("development"), "{why}");
    }
}
