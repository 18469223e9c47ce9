//! Files that a command is told to write: over those that exist only where that was asked for, and never over those that it reads.

use std::path::{Path, PathBuf};

use crate::cli::exit::Usage;
use crate::files::clash;

/// The flag that allows a command to write over files that exist; never over files that it reads.
pub(crate) const EXIST_OK: &str = "--exist-ok";

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
    ) -> Result<Outputs, Usage> {
        let mut files: Vec<PathBuf> = Vec::new();
        for (flag, path) in named.into_iter().filter_map(|(flag, path)| Some((flag, path.as_ref()?))) {
            let place = path.display();
            match std::fs::metadata(path) {
                Ok(there) if there.is_dir() => {
                    return Err(Usage(format!("{flag} {place}: is a folder; name a file in it")));
                }
                Ok(there) if there.is_file() && there.len() > 0 && !exist_ok => {
                    return Err(Usage(format!(
                        "{flag} {place}: exists; name another file, or say {EXIST_OK} to write over it"
                    )));
                }
                Ok(_) => {}
                Err(_) => folder_of(path, flag)?,
            }
            if files.iter().any(|other| place_of(other) == place_of(path)) {
                return Err(Usage(format!("{flag} {place}: is written by another flag already; name another file")));
            }
            files.push(path.clone());
        }
        Ok(Outputs { files })
    }

    /// Refuses files that are among what the command reads, whatever they are called.
    pub(crate) fn check_apart(&self, inputs: &[PathBuf]) -> Result<(), Usage> {
        apart(&self.files, inputs)
    }
}

/// Refuses to write a file that is read.
pub(crate) fn apart(written: &[PathBuf], read: &[PathBuf]) -> Result<(), Usage> {
    let Some((output, input)) = clash(written, read) else { return Ok(()) };
    let (output_named, input_named) = (output.display(), input.display());
    Err(Usage(if output == input {
        format!("{output_named} would be written over while it is read; name another place for what is written")
    } else {
        format!(
            "{output_named} would be written over, and is the same file as {input_named}, which is read; name another place for what is written"
        )
    }))
}

/// Refuses a file whose folder does not exist.
fn folder_of(path: &Path, flag: &str) -> Result<(), Usage> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(Usage(format!("{flag} {}: there is no folder {}; make it first", path.display(), folder.display())))
        }
        _ => Ok(()),
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
