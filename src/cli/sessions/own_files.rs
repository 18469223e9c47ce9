//! What lies in the folder of a session, told apart: what lesionscope wrote, and what somebody else put there.

use std::collections::BTreeSet;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::paths::earlier::{PICTURES, SNAPSHOTS, is_result, is_take, stills};
use crate::files::LOCK;
use crate::session::ACCOUNT;

/// The content of a session's folder. Links are somebody else's, wherever they lead, and are not followed.
#[derive(Debug, Default)]
pub(super) struct FolderContent {
    /// Files that lesionscope wrote; the accounts of sessions come last, so that what was removed in part is a session still.
    pub(super) own: Vec<PathBuf>,
    /// Folders of such files, inner ones first, the session's own last.
    pub(super) folders: Vec<PathBuf>,
    /// All else.
    pub(super) foreign: Vec<PathBuf>,
    /// Size of [`FolderContent::own`], bytes.
    pub(super) bytes: u64,
}

impl FolderContent {
    /// Looks through the folder of a session, and through those of its takes.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub(super) fn of(folder: &Path) -> io::Result<FolderContent> {
        let mut content = FolderContent::default();
        content.look(folder)?;
        content.own.sort_by_key(|file| file.ends_with(ACCOUNT));
        Ok(content)
    }

    fn look(&mut self, folder: &Path) -> io::Result<()> {
        let lists = entries(folder)?.into_iter().filter(|entry| {
            let path = entry.path();
            is_file(entry) && own_name(&path) && path.extension().is_some_and(|ending| ending == "jsonl")
        });
        let stills: BTreeSet<PathBuf> = lists.flat_map(|list| stills(folder, &list.path())).collect();
        for entry in entries(folder)? {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_file(&entry) {
                self.sort(&entry, own_name(&path));
            } else if !entry.file_type()?.is_dir() {
                self.foreign.push(path);
            } else if name == PICTURES {
                self.look_within(&path, |picture| stills.contains(picture))?;
            } else if name == SNAPSHOTS {
                self.look_within(&path, is_snapshot)?;
            } else if is_take(&name) && path.join(ACCOUNT).symlink_metadata().is_ok_and(|meta| meta.is_file()) {
                self.look(&path)?;
            } else {
                self.foreign.push(path);
            }
        }
        self.folders.push(folder.to_owned());
        Ok(())
    }

    /// Looks through a folder that holds files of one kind.
    fn look_within(&mut self, folder: &Path, own: impl Fn(&Path) -> bool) -> io::Result<()> {
        for entry in entries(folder)? {
            let own = is_file(&entry) && own(&entry.path());
            self.sort(&entry, own);
        }
        self.folders.push(folder.to_owned());
        Ok(())
    }

    fn sort(&mut self, entry: &DirEntry, own: bool) {
        if !own {
            self.foreign.push(entry.path());
            return;
        }
        self.bytes += entry.metadata().map_or(0, |meta| meta.len());
        self.own.push(entry.path());
    }
}

fn entries(folder: &Path) -> io::Result<Vec<DirEntry>> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<DirEntry>>>()?;
    entries.sort_by_key(DirEntry::file_name);
    Ok(entries)
}

/// Whether it is a file itself, no link to one.
fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_file())
}

fn own_name(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| is_result(name) || name == LOCK)
}

/// `000123_clean.png`, `000123-2_annotated.png`.
fn is_snapshot(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".png"));
    let Some((numbers, "clean" | "annotated")) = name.and_then(|name| name.rsplit_once('_')) else { return false };
    let (frame, number) = numbers.split_once('-').unwrap_or((numbers, "1"));
    digits(frame) && digits(number)
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_told_from_what_was_put_there() {
        let root = tempfile::tempdir().unwrap();
        let own = [
            "annotated.mp4",
            "annotated/a.png",
            "clean.mp4",
            "detections.jsonl",
            "replay.mp4",
            "report.html",
            "snapshots/000012_clean.png",
            "snapshots/000012-2_annotated.png",
            "take-1/annotated.mp4",
            ".lesionscope.lock",
            "take-1/session.json",
            "session.json",
        ];
        let foreign = [
            "annotated/b.png",
            "notes.txt",
            "snapshots/arm.png",
            "snapshots/1_2_clean.png",
            "take-2/session.txt",
            "take-x/session.json",
        ];
        for name in own.into_iter().chain(foreign) {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let list = r#"{"frame":0,"file":"x/a.jpg"}"#;
            fs::write(path, if name == "detections.jsonl" { list } else { "" }).unwrap();
        }
        let content = FolderContent::of(root.path()).unwrap();
        let sorted = |paths: &[PathBuf]| -> BTreeSet<PathBuf> { paths.iter().cloned().collect() };
        assert_eq!(sorted(&content.own), own.iter().map(|name| root.path().join(name)).collect());
        assert!(content.own[10..].iter().all(|path| path.ends_with(ACCOUNT)), "{:?}", content.own);
        // Folders of others are left as wholes.
        let left = ["annotated/b.png", "notes.txt", "snapshots/arm.png", "snapshots/1_2_clean.png", "take-2", "take-x"];
        assert_eq!(sorted(&content.foreign), left.iter().map(|name| root.path().join(name)).collect());
        let folders = ["annotated", "snapshots", "take-1", ""].map(|name| root.path().join(name));
        assert_eq!(sorted(&content.folders), folders.into_iter().collect());
        assert_eq!(content.folders.last().unwrap(), root.path());
        assert_eq!(content.bytes, 28);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_never_followed_and_always_foreign() {
        use std::os::unix::fs::symlink;
        let (root, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(elsewhere.path().join("000001_clean.png"), "").unwrap();
        fs::write(elsewhere.path().join("session.json"), "").unwrap();
        for name in ["snapshots", "annotated", "take-1"] {
            symlink(elsewhere.path(), root.path().join(name)).unwrap();
        }
        symlink(elsewhere.path().join("session.json"), root.path().join("clean.mp4")).unwrap();
        let content = FolderContent::of(root.path()).unwrap();
        assert_eq!((content.own.len(), content.foreign.len(), content.folders.len()), (0, 4, 1));
    }
}
