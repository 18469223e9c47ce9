//! What an earlier run left in its folder.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::files::unfinished;
use crate::sink::{PictureNames, TAKE_FILES};

/// The folder of annotated stills.
pub(crate) const PICTURES: &str = "annotated";

/// The folder of snapshots.
pub(crate) const SNAPSHOTS: &str = "snapshots";

/// Files of a run, or of a command about it, besides those of a take.
const MORE_FILES: [&str; 2] = ["demo.png", "replay.mp4"];

/// The part of a line of a list that says which still it is about.
#[derive(Deserialize)]
struct Line {
    frame: u64,
    file: Option<PathBuf>,
}

/// The files that runs leave in a folder: lists, videos, the account of the run, the annotated stills that the lists name, and the same of
/// every take. Files that are called otherwise are somebody else's.
pub(crate) fn results(folder: &Path) -> Vec<PathBuf> {
    let all = std::iter::once(folder.to_owned()).chain(takes(folder)).flat_map(|folder| files(&folder));
    let mut results: Vec<PathBuf> =
        all.filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_result)).collect();
    let lists = results.iter().filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    let stills: Vec<PathBuf> = lists.flat_map(|list| stills(folder, list)).collect();
    results.extend(stills);
    results
}

/// The files that exist and that a new run in this folder may write over, or remove.
pub(crate) fn written(folder: &Path) -> Vec<PathBuf> {
    let mut written = results(folder);
    written.extend(files(&folder.join(PICTURES)));
    written
}

/// The files of a folder, and links; none of one that is not there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let plain = entries.filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_dir()));
    plain.map(|entry| entry.path()).collect()
}

/// The folders of takes in the folder of a run. A link is none.
pub(crate) fn takes(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let takes = entries.filter(|entry| {
        entry.file_name().to_str().is_some_and(is_take) && entry.file_type().is_ok_and(|kind| kind.is_dir())
    });
    takes.map(|entry| entry.path()).collect()
}

/// Whether it is the name of a take's folder: `take-12`.
pub(crate) fn is_take(name: &str) -> bool {
    let number = name.strip_prefix("take-");
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a run, or a command about it, writes a file of this name into its folder.
pub(crate) fn is_result(name: &str) -> bool {
    let name = unfinished(name).unwrap_or(name);
    TAKE_FILES.contains(&name) || MORE_FILES.contains(&name)
}

/// The annotated stills that a list names and that exist.
pub(crate) fn stills(folder: &Path, list: &Path) -> Vec<PathBuf> {
    let Ok(file) = File::open(list) else { return Vec::new() };
    let lines = BufReader::new(file).lines().map_while(Result::ok);
    let named = lines.filter_map(|line| serde_json::from_str::<Line>(&line).ok()).filter(|line| line.file.is_some());
    let mut names = PictureNames::default();
    let paths = named.map(|line| folder.join(PICTURES).join(names.name(line.file.as_deref(), line.frame)));
    paths.filter(|path| path.symlink_metadata().is_ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_runs_write_is_taken_for_it() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("annotated")).unwrap();
        let list = concat!(r#"{"frame":0,"file":"x/a.jpg"}"#, "\n", r#"{"frame":1,"file":"y/a.png"}"#, "\n", r#"{"fr"#);
        for take in ["take-1", "take-x", "take-"] {
            std::fs::create_dir(root.path().join(take)).unwrap();
        }
        let own = [
            "annotated.mp4",
            "annotated/a-2.png",
            "annotated/a.png",
            "clean.mp4",
            "detections.jsonl",
            "report.html",
            "session.json",
            "take-1/clean.mp4",
            "take-1/places.csv",
        ];
        let others = [
            "annotated/b.png",
            "annotated-x.mp4",
            "film.mp4",
            "session.json.bak",
            "take-/clean.mp4",
            "take-1/notes.txt",
            "take-x/clean.mp4",
            "truth.jsonl",
        ];
        for name in own.into_iter().chain(others) {
            std::fs::write(root.path().join(name), if name == "detections.jsonl" { list } else { "" }).unwrap();
        }
        std::fs::write(root.path().join(".session.json.123-4.new"), "").unwrap();
        let mut found = results(root.path());
        found.sort();
        let mut expected: Vec<PathBuf> = own.iter().map(|name| root.path().join(name)).collect();
        expected.push(root.path().join(".session.json.123-4.new"));
        expected.sort();
        assert_eq!(found, expected);
        assert_eq!(written(root.path()).iter().filter(|path| path.ends_with("annotated/b.png")).count(), 1);
    }
}
