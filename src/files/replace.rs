//! Files that are replaced in one step: whoever reads sees the old content or the new one, also after a crash or on a full disk.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::RwLockReadGuard;
use std::sync::atomic::{AtomicU64, Ordering};

use super::hold::replacing;

/// End of the names of files that are being written.
const ENDING: &str = ".new";

/// Writes `bytes` beside `path`, makes sure that they are on the disk, and renames them to `path`. Links are followed, so that what they
/// point at is replaced. What is no regular file (`/dev/stdout`, a pipe) is written to directly.
///
/// # Errors
/// When the bytes cannot be written; what was at `path` is then as it was, and nothing is left beside it. The error names the file.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut new = Replacement::begin(path)?;
    new.write_all(bytes)?;
    commit([new])
}

/// The new content of a file, on its way: it takes the place of the old one with [`commit`]; dropped before, it leaves no trace.
#[derive(Debug)]
pub struct Replacement {
    /// As it was named, for sentences.
    named: PathBuf,
    /// The place that it is to take, links followed.
    target: PathBuf,
    /// Where it is written meanwhile; `None` for what is no regular file, and once it took its place.
    beside: Option<PathBuf>,
    file: File,
    /// Until this is gone, the process does not end of its own will: it would leave the new file behind.
    _replacing: RwLockReadGuard<'static, ()>,
}

impl Replacement {
    /// Begins an empty file beside `path`.
    ///
    /// # Errors
    /// When nothing can be written there, or the file that is there is write-protected. The error names the file.
    pub fn begin(path: &Path) -> io::Result<Replacement> {
        Replacement::open(path).map_err(|error| naming(path, &error))
    }

    fn open(path: &Path) -> io::Result<Replacement> {
        let (named, replacing) = (path.to_owned(), replacing());
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let old = match fs::metadata(&target) {
            Ok(old) => Some(old),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if let Some(old) = &old {
            // Refuses what is write-protected, which a renaming would not ask about.
            let file = OpenOptions::new().write(true).open(&target)?;
            if !old.is_file() {
                return Ok(Replacement { named, target, beside: None, file, _replacing: replacing });
            }
        }
        let beside = beside(&target);
        let file = OpenOptions::new().write(true).create_new(true).open(&beside)?;
        let new = Replacement { named, target, beside: Some(beside), file, _replacing: replacing };
        if let Some(old) = old {
            new.file.set_permissions(old.permissions())?;
        }
        Ok(new)
    }

    /// Where the new content is written until it takes its place; `None` for what is no regular file. It may be written there by its name too.
    pub fn beside(&self) -> Option<&Path> {
        self.beside.as_deref()
    }

    fn place(&mut self) -> io::Result<()> {
        if let Some(beside) = &self.beside {
            fs::rename(beside, &self.target).map_err(|error| naming(&self.named, &error))?;
            self.beside = None;
        }
        Ok(())
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|error| naming(&self.named, &error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush().map_err(|error| naming(&self.named, &error))
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if let Some(beside) = &self.beside {
            // It may be gone already, with its folder.
            fs::remove_file(beside).ok();
        }
    }
}

/// Puts files that belong together in their places: not before all of them are on the disk.
///
/// # Errors
/// When one cannot be written: then all old ones stay. The error names the file.
pub fn commit(files: impl IntoIterator<Item = Replacement>) -> io::Result<()> {
    let mut files: Vec<Replacement> = files.into_iter().collect();
    for new in files.iter().filter(|new| new.beside.is_some()) {
        new.file.sync_all().map_err(|error| naming(&new.named, &error))?;
    }
    files.iter_mut().try_for_each(Replacement::place)
}

/// The name of a file whose new content the given name stands for while it is written; `None` for other names.
pub fn unfinished(name: &str) -> Option<&str> {
    let (name, number) = name.strip_prefix('.')?.strip_suffix(ENDING)?.rsplit_once('.')?;
    number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-').then_some(name)
}

/// A name in the same folder that nobody else uses: two processes, or threads, may replace the same file.
fn beside(path: &Path) -> PathBuf {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}-{number}{ENDING}", std::process::id()));
    path.with_file_name(name)
}

/// The same error, with the file in its sentence.
fn naming(path: &Path, error: &io::Error) -> io::Error {
    let full = matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge);
    let was_there = || fs::metadata(path).is_ok_and(|old| old.is_file() && old.len() > 0);
    let hint = if full && was_there() { "; what was there before is unchanged" } else { "" };
    io::Error::new(error.kind(), format!("{} cannot be written: {error}{hint}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_content_is_there_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        for content in ["one", "two"] {
            replace(&path, content.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_replaced_stays_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("folder");
        fs::create_dir_all(path.join("inside")).unwrap();
        assert!(replace(&path, b"new").is_err());
        assert!(path.join("inside").is_dir());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let error = replace(&folder.path().join("missing/file"), b"new").unwrap_err();
        assert!(error.to_string().contains("missing/file"), "{error}");
    }

    #[test]
    fn files_that_belong_together_change_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        let begun = |content: &[u8]| {
            [&one, &two].map(|path| {
                let mut new = Replacement::begin(path).unwrap();
                new.write_all(content).unwrap();
                new
            })
        };
        commit(begun(b"old")).unwrap();
        drop(begun(b"new"));
        assert_eq!((fs::read(&one).unwrap(), fs::read(&two).unwrap()), (b"old".to_vec(), b"old".to_vec()));
        commit(begun(b"new")).unwrap();
        assert_eq!((fs::read(&one).unwrap(), fs::read(&two).unwrap()), (b"new".to_vec(), b"new".to_vec()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn names_of_unfinished_files_are_known_as_such() {
        let beside = beside(Path::new("r/session.json"));
        assert_eq!(unfinished(beside.file_name().unwrap().to_str().unwrap()), Some("session.json"));
        for other in [".session.json", "session.json", ".new", ".a.new", "session.json.1.new"] {
            assert_eq!(unfinished(other), None, "{other}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_no_file_is_written_to_and_named_when_it_is_full() {
        replace(Path::new("/dev/null"), b"new").unwrap();
        let error = replace(Path::new("/dev/full"), b"new").unwrap_err();
        assert!(error.kind() == ErrorKind::StorageFull && error.to_string().contains("/dev/full"), "{error}");
        assert!(!error.to_string().contains("unchanged"), "nothing was there: {error}");
    }

    #[test]
    fn what_was_there_is_only_spoken_of_where_something_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let said = || naming(&path, &io::Error::from(ErrorKind::StorageFull)).to_string();
        assert!(!said().contains("unchanged"), "{}", said());
        fs::write(&path, "old").unwrap();
        assert!(said().contains("what was there before is unchanged"), "{}", said());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_permissions_stay() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
