//! Files that a command is told to write: over those that exist only where that was asked for, and never over those that it reads.

use std::path::{Path, PathBuf};

use crate::cli::paths::error::{FileFault, PathError};
use crate::files::clash;

/// The files that the flags of a command name.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    files: Vec<PathBuf>,
}

impl Outputs {
    /// Refuses files that exist, unless they may; files in folders that do not exist; one file named twice. An empty file and what is no
    /// regular file (`/dev/stdout`, a pipe) hold nothing that could be lost.
    pub(crate) fn new<'a>(
        named: impl IntoIterator<Item = (&'static str, &'a Option<PathBuf>)>,
        exist_ok: bool,
    ) -> Result<Outputs, PathError> {
        let mut files: Vec<PathBuf> = Vec::new();
        for (flag, path) in named.into_iter().filter_map(|(flag, path)| Some((flag, path.as_ref()?))) {
            let twice = files.iter().any(|other| place_of(other) == place_of(path)).then_some(FileFault::Twice);
            if let Some(fault) = fault(path, exist_ok).or(twice) {
                return Err(PathError::File { flag, file: path.clone(), fault });
            }
            files.push(path.clone());
        }
        Ok(Outputs { files })
    }

    /// Refuses files that are among what the command reads, whatever they are called.
    pub(crate) fn check_apart(&self, inputs: &[PathBuf]) -> Result<(), PathError> {
        apart(&self.files, inputs)
    }
}

/// Refuses to write a file that is read.
pub(crate) fn apart(written: &[PathBuf], read: &[PathBuf]) -> Result<(), PathError> {
    match clash(written, read) {
        Some((written, read)) => Err(PathError::IsRead { written: written.to_owned(), read: read.to_owned() }),
        None => Ok(()),
    }
}

/// Why a file cannot be written, if it cannot.
fn fault(path: &Path, exist_ok: bool) -> Option<FileFault> {
    match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => Some(FileFault::IsFolder),
        Ok(there) => (there.is_file() && there.len() > 0 && !exist_ok).then_some(FileFault::Exists),
        Err(_) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir());
            folder.map(|folder| FileFault::NoFolder(folder.to_owned()))
        }
    }
}

/// The place of a file that may not exist yet.
fn place_of(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let place = || Some(folder.canonicalize().ok()?.join(path.file_name()?));
    path.canonicalize().ok().or_else(place).unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_holds_something_is_written_over_unasked() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| Some(root.path().join(name));
        std::fs::write(root.path().join("full"), "x").unwrap();
        std::fs::write(root.path().join("empty"), "").unwrap();
        let refusal = |path: Option<PathBuf>, exist_ok| {
            Outputs::new([("--json", &path)], exist_ok).err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert!(refusal(at("full"), false).contains("--exist-ok"));
        assert!(refusal(at("missing/new"), true).contains("there is no folder"));
        assert!(refusal(Some(root.path().to_owned()), true).contains("is a folder"));
        for (path, exist_ok) in [(at("full"), true), (at("empty"), false), (at("new"), false), (None, false)] {
            assert_eq!(refusal(path, exist_ok), "");
        }
        let twice = Outputs::new([("--json", &at("new")), ("--report", &at("./new"))], true).unwrap_err().to_string();
        assert!(twice.contains("--report") && twice.contains("another flag"), "{twice}");
    }

    #[test]
    fn what_is_read_is_never_written() {
        let root = tempfile::tempdir().unwrap();
        let (data, link) = (root.path().join("manifest.tsv"), root.path().join("report.html"));
        std::fs::write(&data, "x").unwrap();
        std::fs::hard_link(&data, &link).unwrap();
        let outputs = Outputs::new([("--report", &Some(link))], true).unwrap();
        let refused = outputs.check_apart(std::slice::from_ref(&data)).unwrap_err().to_string();
        assert!(refused.contains("report.html") && refused.contains("manifest.tsv"), "{refused}");
        assert!(outputs.check_apart(&[root.path().join("other")]).is_ok());
    }
}
