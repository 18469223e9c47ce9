//! Whether two paths are one file, whatever they are called.

use std::path::Path;

/// Whether both paths exist and are the same file, by symbolic or hard links too.
pub fn same(a: &Path, b: &Path) -> bool {
    identity(a).is_some_and(|identity_of_a| Some(identity_of_a) == identity(b))
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let data = std::fs::metadata(path).ok()?;
    Some((data.dev(), data.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<std::path::PathBuf> {
    std::fs::canonicalize(path).ok()
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
    }
}
