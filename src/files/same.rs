//! Whether two paths are one file, whatever they are called.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::system::numbers;

/// Whether both paths exist and are the same file, by symbolic or hard links too.
pub fn same(a: &Path, b: &Path) -> bool {
    identity(a).is_some_and(|identity_of_a| Some(identity_of_a) == identity(b))
}

/// The first of the files to be written that is also read, perhaps by another name (symbolic and hard links count): its path among the
/// written, and among the read ones.
pub fn clash<'a>(written: &'a [PathBuf], read: &'a [PathBuf]) -> Option<(&'a Path, &'a Path)> {
    let files = |path: &&PathBuf| path.is_file();
    let written: HashMap<_, _> =
        written.iter().filter(files).filter_map(|path| Some((identity(path)?, path.as_path()))).collect();
    if written.is_empty() {
        return None;
    }
    read.iter().find_map(|path| Some((*written.get(&identity(path)?)?, path.as_path())))
}

/// What no other file has.
#[derive(PartialEq, Eq, Hash)]
enum Identity {
    Numbers(u64, u64),
    Path(PathBuf),
}

fn identity(path: &Path) -> Option<Identity> {
    match numbers(&std::fs::metadata(path).ok()?) {
        Some((device, file)) => Some(Identity::Numbers(device, file)),
        None => std::fs::canonicalize(path).ok().map(Identity::Path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn links_are_the_same_file_and_copies_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "x").unwrap();
        std::fs::copy(at("file"), at("copy")).unwrap();
        std::fs::hard_link(at("file"), at("hard")).unwrap();
        std::os::unix::fs::symlink(at("file"), at("soft")).unwrap();
        assert!(same(&at("file"), &at("hard")) && same(&at("soft"), &at("hard")));
        assert!(!same(&at("file"), &at("copy")) && !same(&at("file"), &at("missing")));
        assert!(!same(&at("missing"), &at("missing")));
        let read = [at("missing"), at("soft")];
        assert_eq!(clash(&[at("copy"), at("hard")], &read), Some((at("hard").as_path(), at("soft").as_path())));
        assert_eq!(clash(&[at("copy"), at("missing")], &read), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_no_file_can_be_read_and_written() {
        let null = [PathBuf::from("/dev/null")];
        assert_eq!(clash(&null, &null), None);
    }
}
