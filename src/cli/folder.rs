//! The folder that a run writes into: never one that exists, unless that was asked for.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;

use super::exit::Usage;
use crate::config::OutputSettings;

/// Where the files of a run are to go.
#[derive(Clone, Debug)]
pub(super) struct Destination {
    /// The folder itself, if it was named.
    pub(super) out: Option<PathBuf>,
    /// Whether it may exist.
    pub(super) exist_ok: bool,
}

impl Destination {
    /// Refuses a folder that was named and exists, before any work is done.
    pub(super) fn check(&self) -> Result<(), Usage> {
        match &self.out {
            Some(out) if out.exists() && (!out.is_dir() || !self.exist_ok) => Err(taken(out)),
            _ => Ok(()),
        }
    }

    /// Makes the folder.
    pub(super) fn create(&self, settings: &OutputSettings) -> anyhow::Result<PathBuf> {
        if let Some(out) = &self.out {
            self.check()?;
            std::fs::create_dir_all(out).with_context(|| unmade(out))?;
            return Ok(out.clone());
        }
        let project = Path::new(&settings.project);
        std::fs::create_dir_all(project).with_context(|| unmade(project))?;
        for n in 1_u64.. {
            let suffix = if n == 1 { String::new() } else { n.to_string() };
            let folder = project.join(format!("{}{suffix}", settings.name));
            match std::fs::create_dir(&folder) {
                Ok(()) => return Ok(folder),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    if self.exist_ok && folder.is_dir() {
                        return Ok(folder);
                    }
                }
                Err(error) => return Err(error).with_context(|| unmade(&folder)),
            }
        }
        anyhow::bail!("{} is full", project.display())
    }
}

/// A run folder that is made when the first file goes into it.
pub(super) struct LazyFolder {
    destination: Destination,
    settings: OutputSettings,
    made: Mutex<Option<PathBuf>>,
}

impl LazyFolder {
    /// A folder that is not made yet.
    pub(super) fn new(destination: Destination, settings: OutputSettings) -> LazyFolder {
        LazyFolder { destination, settings, made: Mutex::new(None) }
    }

    /// The folder, made now if it was not before.
    pub(super) fn path(&self) -> anyhow::Result<PathBuf> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = &*made {
            return Ok(folder.clone());
        }
        let folder = self.destination.create(&self.settings)?;
        *made = Some(folder.clone());
        Ok(folder)
    }

    /// The folder, if it was made.
    pub(super) fn made(&self) -> Option<PathBuf> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn taken(out: &Path) -> Usage {
    Usage(format!("{} exists; name another folder, or say --exist-ok to write over what is there", out.display()))
}

fn unmade(folder: &Path) -> String {
    format!("cannot create the folder {}", folder.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(project: &Path) -> OutputSettings {
        let project = project.to_str().unwrap().to_owned();
        OutputSettings { project, name: "exp".into(), video: true, save_clean: false, jsonl: true }
    }

    #[test]
    fn runs_are_numbered() {
        let root = tempfile::tempdir().unwrap();
        let settings = settings(&root.path().join("runs"));
        let name = |exist_ok| {
            let folder = Destination { out: None, exist_ok }.create(&settings).unwrap();
            folder.file_name().unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!([name(false), name(false), name(true), name(false)], ["exp", "exp2", "exp", "exp3"]);
    }

    #[test]
    fn a_named_folder_that_exists_is_refused_unless_allowed() {
        let root = tempfile::tempdir().unwrap();
        let (out, settings) = (Some(root.path().to_owned()), settings(root.path()));
        assert!(Destination { out: out.clone(), exist_ok: false }.create(&settings).is_err());
        assert_eq!(Destination { out, exist_ok: true }.create(&settings).unwrap(), root.path());
        let file = root.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(Destination { out: Some(file), exist_ok: true }.check().is_err());
    }
}
