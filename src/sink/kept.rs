//! The takes of a run that are kept: where they may not take more room than allowed, the oldest go first.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

use super::take::TAKE_FILES;
use crate::files::unfinished;

/// A take that has ended.
struct FinishedTake {
    folder: PathBuf,
    bytes: u64,
}

/// The finished takes of a run, oldest first.
pub(super) struct KeptTakes {
    takes: VecDeque<FinishedTake>,
    /// What all takes together may have, bytes.
    most: Option<u64>,
    /// Names of those that went.
    gone: Vec<String>,
}

impl KeptTakes {
    /// No takes yet, of which all together may have so many bytes.
    pub(super) fn new(most: Option<u64>) -> KeptTakes {
        KeptTakes { takes: VecDeque::new(), most, gone: Vec::new() }
    }

    /// A take of this run has ended.
    pub(super) fn add(&mut self, folder: PathBuf) {
        if self.most.is_some() {
            self.takes.push_back(FinishedTake { bytes: bytes(&folder), folder });
        }
    }

    /// Removes the oldest finished takes until all that are kept, with `running` ones, have no more than they may. The newest take stays.
    pub(super) fn make_room(&mut self, running: &[&Path]) {
        let Some(most) = self.most else { return };
        let finished = self.takes.iter().map(|take| take.bytes).sum::<u64>();
        let mut sum = finished + running.iter().map(|folder| bytes(folder)).sum::<u64>();
        let stay = usize::from(running.is_empty());
        while sum > most && self.takes.len() > stay {
            let Some(oldest) = self.takes.pop_front() else { return };
            remove(&oldest.folder);
            sum = sum.saturating_sub(oldest.bytes);
            self.gone.extend(oldest.folder.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
    }

    /// A sentence about those that went.
    pub(super) fn warning(&self) -> Option<String> {
        let (first, last) = (self.gone.first()?, self.gone.last()?);
        let names = if first == last { format!("{first} was") } else { format!("{first} to {last} were") };
        Some(format!("{names} removed, as all takes together may have record.max_disk_gb"))
    }
}

/// The files of a take in a folder. What is called otherwise is somebody else's.
fn files(folder: &Path) -> Vec<PathBuf> {
    // A link in the place of the folder leads to what this run did not write.
    if !fs::symlink_metadata(folder).is_ok_and(|data| data.is_dir()) {
        return Vec::new();
    }
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let own = entries.filter(|entry| {
        let name = entry.file_name();
        let name = name.to_str().map(|name| unfinished(name).unwrap_or(name));
        name.is_some_and(|name| TAKE_FILES.contains(&name)) && entry.file_type().is_ok_and(|kind| !kind.is_dir())
    });
    own.map(|entry| entry.path()).collect()
}

fn bytes(folder: &Path) -> u64 {
    files(folder).iter().filter_map(|file| Some(fs::symlink_metadata(file).ok()?.len())).sum()
}

/// Removes the files of a take, and its folder when nothing else is in it.
fn remove(folder: &Path) {
    for file in files(folder) {
        // What cannot be removed stays, as does the folder.
        fs::remove_file(file).ok();
    }
    fs::remove_dir(folder).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(root: &Path, name: &str, size: usize) -> PathBuf {
        let folder = root.join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("annotated.mp4"), vec![0; size]).unwrap();
        fs::write(folder.join("session.json"), "{}").unwrap();
        folder
    }

    fn names(root: &Path) -> Vec<String> {
        let entries = fs::read_dir(root).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_oldest_takes_go_first_and_the_running_one_never() {
        let root = tempfile::tempdir().unwrap();
        let mut kept = KeptTakes::new(Some(5000));
        for n in 1..=4 {
            kept.add(take(root.path(), &format!("take-{n}"), 1500));
        }
        let running = take(root.path(), "take-5", 1000);
        kept.make_room(&[&running]);
        assert_eq!(names(root.path()), ["take-3", "take-4", "take-5"], "1004 and 2 x 1502 bytes are below 5000");
        assert!(kept.warning().unwrap().starts_with("take-1 to take-2 were removed"));
        fs::write(running.join("annotated.mp4"), vec![0; 9000]).unwrap();
        kept.make_room(&[&running]);
        assert_eq!(names(root.path()), ["take-5"], "the running take stays, however large");
        kept.add(running);
        kept.make_room(&[]);
        assert_eq!(names(root.path()), ["take-5"], "and the newest, once it has ended");
    }

    #[test]
    fn what_the_run_did_not_write_stays() {
        let root = tempfile::tempdir().unwrap();
        let outside = take(root.path(), "outside", 100);
        let mut kept = KeptTakes::new(Some(0));
        let first = take(root.path(), "take-1", 100);
        fs::write(first.join("notes.txt"), "mine").unwrap();
        fs::create_dir(first.join("clean.mp4")).unwrap();
        kept.add(first.clone());
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&outside, root.path().join("take-2")).unwrap();
            kept.add(root.path().join("take-2"));
        }
        kept.make_room(&[&outside]);
        assert_eq!(names(&first), ["clean.mp4", "notes.txt"]);
        assert_eq!(names(&outside), ["annotated.mp4", "session.json"]);
    }

    #[test]
    fn without_a_limit_nothing_goes() {
        let root = tempfile::tempdir().unwrap();
        let mut kept = KeptTakes::new(None);
        kept.add(take(root.path(), "take-1", 100));
        kept.make_room(&[]);
        assert!(names(root.path()) == ["take-1"] && kept.warning().is_none());
    }
}
