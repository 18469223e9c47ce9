//! Folders that one process at a time writes into.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::system::numbers;

/// Name of the file that is locked while somebody writes into its folder. It goes with the lock; a killed process leaves it behind
/// unlocked, which hinders nobody.
pub const LOCK: &str = ".lesionscope.lock";

/// Longest account of who holds a lock that is read, bytes.
const LONGEST: u64 = 256;

/// The right to write into a folder, given back when this is dropped.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    /// Locked as long as it is open; `None` where the file system knows no locks.
    file: Option<File>,
}

/// Why a folder is not to be written into.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else writes into it.
    #[error("{} is being written by another run{who}; wait for its end, or name another folder", .folder.display())]
    Taken {
        /// The folder.
        folder: PathBuf,
        /// Who, in brackets after a space, as far as that is known.
        who: String,
    },
    /// Nobody can write into it.
    #[error("{} cannot be written into: {error}", .folder.display())]
    Unusable {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

impl Lock {
    /// Takes the right to write into a folder that exists.
    ///
    /// # Errors
    /// When another process, or another part of this one, has it; when nothing can be written there. A file system without locks is
    /// warned about in the log, and nothing else.
    pub fn take(folder: &Path) -> Result<Lock, LockError> {
        let path = folder.join(LOCK);
        let unusable = |error| LockError::Unusable { folder: folder.to_owned(), error };
        loop {
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
            let mut file = file.map_err(unusable)?;
            match file.try_lock() {
                Ok(()) if names(&path, &file) => {
                    // For people only.
                    file.set_len(0).and_then(|()| file.write_all(holder().as_bytes())).ok();
                    return Ok(Lock { path, file: Some(file) });
                }
                // The one who had it removed the file between the opening and the locking.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let mut said = String::new();
                    (&mut file).take(LONGEST).read_to_string(&mut said).ok();
                    let said: String = said.chars().filter(|letter| !letter.is_control()).collect();
                    let who = if said.is_empty() { said } else { format!(" ({said})") };
                    return Err(LockError::Taken { folder: folder.to_owned(), who });
                }
                Err(TryLockError::Error(error)) => {
                    tracing::warn!(
                        "{}: the file system has no locks ({error}); mind that no other run writes there",
                        folder.display()
                    );
                    return Ok(Lock { path, file: None });
                }
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is still locked, so that nobody else's is removed. What cannot be removed hinders nobody.
        fs::remove_file(&self.path).ok();
        drop(self.file.take());
    }
}

/// Who this is: for the sentence that another process shows.
fn holder() -> String {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = if host.trim().is_empty() { String::new() } else { format!(" on {}", host.trim()) };
    format!("process {}{host}", std::process::id())
}

/// Whether the path still names the open file. Where files have no numbers an open one keeps its name.
fn names(path: &Path, file: &File) -> bool {
    let (Ok(named), Ok(opened)) = (fs::metadata(path), file.metadata()) else { return false };
    numbers(&named) == numbers(&opened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_no_trace_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(folder.path()).unwrap();
        let refused = Lock::take(folder.path()).unwrap_err().to_string();
        let own = format!("process {}", std::process::id());
        assert!(refused.contains(&own) && refused.contains(&folder.path().display().to_string()), "{refused}");
        drop(lock);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        drop(Lock::take(folder.path()).unwrap());
    }

    #[test]
    fn what_a_killed_run_left_hinders_nobody() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(LOCK), "process 1 on mars, which is long gone").unwrap();
        let lock = Lock::take(folder.path()).unwrap();
        assert!(!fs::read_to_string(folder.path().join(LOCK)).unwrap().contains("mars"));
        drop(lock);
    }

    #[test]
    fn of_many_at_once_one_gets_it() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..50 {
            let taken: Vec<_> = std::thread::scope(|scope| {
                let tries: Vec<_> = (0..4).map(|_| scope.spawn(|| Lock::take(folder.path()))).collect();
                tries.into_iter().filter_map(|one| one.join().unwrap().ok()).collect()
            });
            assert_eq!(taken.len(), 1);
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = Lock::take(Path::new("/not/there")).unwrap_err().to_string();
        assert!(error.contains("/not/there"), "{error}");
    }
}
