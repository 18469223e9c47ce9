//! The folder that a command writes into: one that exists only where that was asked for, and never one that another run writes into.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::cli::interrupt::undo_at_end;
use crate::cli::paths::earlier;
use crate::cli::paths::error::PathError;
use crate::cli::paths::outputs::apart;
use crate::config::OutputSettings;
use crate::files::Lock;

/// Where the files of a run are to go.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    /// The folder itself, if it was named.
    out: Option<PathBuf>,
    /// Whether it may exist.
    exist_ok: bool,
    /// Where the numbered folders lie and what they are called, for when it was not.
    settings: OutputSettings,
}

impl Destination {
    /// The folder `out`, or a numbered one as the settings say.
    pub(crate) fn new(out: Option<&Path>, exist_ok: bool, settings: &OutputSettings) -> Destination {
        Destination { out: out.map(Path::to_owned), exist_ok, settings: settings.clone() }
    }

    /// Refuses what cannot be right, before any work is done: a folder that was named and exists, a name that leads elsewhere.
    pub(crate) fn check(&self) -> Result<(), PathError> {
        let Some(out) = &self.out else { return check_name(&self.settings.name) };
        match std::fs::metadata(out) {
            Ok(there) if !there.is_dir() => Err(PathError::NotAFolder(out.clone())),
            Ok(_) if !self.exist_ok => Err(PathError::FolderExists(out.clone())),
            _ => Ok(()),
        }
    }

    /// Refuses a folder whose results, which a run would write over, are among what it reads.
    pub(crate) fn check_apart(&self, inputs: &[PathBuf]) -> anyhow::Result<()> {
        let numbered = || Path::new(&self.settings.project).join(&self.settings.name);
        let folder = self.out.clone().unwrap_or_else(numbered);
        if self.exist_ok { Ok(apart(&earlier::written(&folder), inputs)?) } else { Ok(()) }
    }

    /// Makes the folder and takes the right to write into it.
    pub(crate) fn create(&self) -> Result<RunFolder, PathError> {
        self.check()?;
        if let Some(out) = &self.out {
            return RunFolder::new(out, self.exist_ok);
        }
        let Destination { settings, exist_ok, .. } = self;
        let project = Path::new(&settings.project);
        let numbered = |n: u64| project.join(format!("{}{n}", settings.name));
        let names = std::iter::once(project.join(&settings.name)).chain((2..).map(numbered));
        for folder in names {
            match RunFolder::new(&folder, *exist_ok && (!folder.exists() || folder.is_dir())) {
                Err(PathError::FolderExists(_)) => {}
                made => return made,
            }
        }
        Err(PathError::FolderExists(project.to_owned()))
    }
}

/// A folder that this process alone writes into, as long as this lives.
#[derive(Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
    /// Shared with the end of the process, which does not wait for this to be dropped.
    claim: Arc<Mutex<Option<FolderClaim>>>,
}

/// What is given back when nothing is written into a folder any more.
#[derive(Debug)]
struct FolderClaim {
    lock: Option<Lock>,
    /// What was not there before, the folder itself first: it goes again when nothing came into it.
    made: Vec<PathBuf>,
}

impl RunFolder {
    /// Makes a folder, or takes one that exists where it may.
    ///
    /// # Errors
    /// When it exists and may not, when it cannot be made or written into, or when somebody else writes into it.
    pub(crate) fn new(path: &Path, exist_ok: bool) -> Result<RunFolder, PathError> {
        let unmade = |error| PathError::Uncreatable { folder: path.to_owned(), error };
        let missing = |folder: &&Path| !folder.as_os_str().is_empty() && folder.symlink_metadata().is_err();
        let mut made: Vec<PathBuf> = path.ancestors().skip(1).take_while(missing).map(Path::to_owned).collect();
        if let Some(parent) = made.first() {
            std::fs::create_dir_all(parent).map_err(unmade)?;
        }
        match std::fs::create_dir(path) {
            Ok(()) => made.insert(0, path.to_owned()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists && !exist_ok => {
                return Err(PathError::FolderExists(path.to_owned()));
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(unmade(error)),
        }
        let mut claim = FolderClaim { lock: None, made };
        claim.lock = Some(Lock::take(path)?);
        let folder = RunFolder { path: path.to_owned(), claim: Arc::new(Mutex::new(Some(claim))) };
        let left = folder.claim.clone();
        undo_at_end(move || drop(give_back(&left)));
        Ok(folder)
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the results of an earlier run, so that nobody takes them for those of the one that begins.
    ///
    /// # Errors
    /// When one of them is among what the run reads: then all of them stay.
    pub(crate) fn clear(&self, inputs: &[PathBuf]) -> Result<(), PathError> {
        apart(&earlier::written(&self.path), inputs)?;
        for path in earlier::results(&self.path) {
            std::fs::remove_file(&path).map_err(|error| PathError::Unremovable { file: path, error })?;
        }
        for take in earlier::takes(&self.path) {
            // One with something of somebody else's stays.
            std::fs::remove_dir(take).ok();
        }
        Ok(())
    }

    /// Gives up a run that did not begin: what it prepared in a new folder is removed.
    pub(crate) fn discard(self) {
        let made = |claim: &FolderClaim| claim.made.contains(&self.path);
        if self.claim.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(made) {
            // What stays is an empty file in a folder of its own.
            earlier::results(&self.path).iter().for_each(|path| drop(std::fs::remove_file(path)));
            std::fs::remove_dir(self.path.join(earlier::PICTURES)).ok();
        }
    }
}

fn give_back(claim: &Mutex<Option<FolderClaim>>) -> Option<FolderClaim> {
    claim.lock().unwrap_or_else(PoisonError::into_inner).take()
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        drop(give_back(&self.claim));
    }
}

impl Drop for FolderClaim {
    fn drop(&mut self) {
        drop(self.lock.take());
        for folder in &self.made {
            // Works with empty folders only.
            std::fs::remove_dir(folder).ok();
        }
    }
}

/// Writes what comes first into a folder.
type WriteFirst = Box<dyn Fn(&Path) -> anyhow::Result<()> + Send + Sync>;

/// A run folder that is made when the first file goes into it.
pub(crate) struct LazyFolder {
    destination: Destination,
    inputs: Vec<PathBuf>,
    first: WriteFirst,
    made: Mutex<Option<RunFolder>>,
}

impl LazyFolder {
    /// A folder that is not made yet, for a run that reads `inputs`; `first` writes into it once it is.
    pub(crate) fn new(destination: Destination, inputs: Vec<PathBuf>, first: WriteFirst) -> LazyFolder {
        LazyFolder { destination, inputs, first, made: Mutex::new(None) }
    }

    /// The folder, made now if it was not before.
    pub(crate) fn path(&self) -> anyhow::Result<PathBuf> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = &*made {
            return Ok(folder.path().to_owned());
        }
        let folder = self.destination.create()?;
        folder.clear(&self.inputs)?;
        if let Err(error) = (self.first)(folder.path()) {
            folder.discard();
            return Err(error);
        }
        let path = folder.path().to_owned();
        *made = Some(folder);
        Ok(path)
    }

    /// The folder, if it was made.
    pub(crate) fn made(&self) -> Option<PathBuf> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|folder| folder.path().to_owned())
    }
}

/// Refuses names of run folders that are none: `../x`, `/tmp/x`, `a/b`.
fn check_name(name: &str) -> Result<(), PathError> {
    use std::path::Component;
    let mut parts = Path::new(name).components();
    let plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
    if plain && !name.contains(['/', '\\']) && !name.chars().any(char::is_control) {
        return Ok(());
    }
    Err(PathError::Name(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(project: &Path) -> OutputSettings {
        let project = project.to_str().unwrap().to_owned();
        OutputSettings {
            project,
            name: "exp".into(),
            video: true,
            save_clean: false,
            blur_faces: false,
            jsonl: true,
            report: true,
        }
    }

    #[test]
    fn runs_are_numbered_and_empty_ones_leave_nothing() {
        let root = tempfile::tempdir().unwrap();
        let settings = settings(&root.path().join("runs"));
        let name = |exist_ok| {
            let folder = Destination::new(None, exist_ok, &settings).create().unwrap();
            std::fs::write(folder.path().join("session.json"), "").unwrap();
            folder.path().file_name().unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!([name(false), name(false), name(true), name(false)], ["exp", "exp2", "exp", "exp3"]);
        drop(Destination::new(None, false, &settings).create().unwrap());
        Destination::new(None, false, &settings).create().unwrap().discard();
        assert_eq!(std::fs::read_dir(root.path().join("runs")).unwrap().count(), 3);
    }

    #[test]
    fn a_named_folder_that_exists_is_refused_unless_allowed() {
        let root = tempfile::tempdir().unwrap();
        let settings = settings(root.path());
        assert!(Destination::new(Some(root.path()), false, &settings).create().is_err());
        let folder = Destination::new(Some(root.path()), true, &settings).create().unwrap();
        assert_eq!(folder.path(), root.path());
        let second = Destination::new(Some(root.path()), true, &settings).create().unwrap_err().to_string();
        assert!(second.contains("another run"), "{second}");
        let file = root.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(Destination::new(Some(&file), true, &settings).check().is_err());
        drop(folder);
        assert!(root.path().is_dir());
    }

    #[test]
    fn a_name_leads_nowhere() {
        for (name, plain) in [
            ("exp", true),
            ("second try.1", true),
            ("../x", false),
            ("/tmp/x", false),
            ("a/b", false),
            ("a/", false),
            ("a\\b", false),
            (".", false),
            ("..", false),
            ("", false),
            ("a\nb", false),
        ] {
            assert_eq!(check_name(name).is_ok(), plain, "{name:?}");
        }
    }
}
