//! The documents keep together: relative links, their anchors and the source files that are named exist, README and ARCHITECTURE stay short,
//! and every file of measured tables says which command writes it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Folders that hold documents besides the root, whose own folders are not looked into.
const FOLDERS: &[&str] = &["docs", "models", "benches"];

/// Documents that have to stay short, and their most lines.
const SHORT: &[(&str, usize)] = &[("README.md", 180), ("ARCHITECTURE.md", 150)];

/// Folders with the files that documents name.
const NAMED: &[&str] = &["src", "crates", "tests", "benches", "examples", "models", "docs", ".ci"];

/// Documents that speak of what was, and may name files that are gone.
const HISTORY: &[&str] = &["CHANGELOG.md"];

/// Rows of a table in README, its heading not counted.
const MOST_ROWS: usize = 8;

/// A line of prose, and its number from 1.
struct Prose<'a> {
    number: usize,
    line: &'a str,
}

/// The lines of a document that are not within a fenced block.
fn prose(text: &str) -> Vec<Prose<'_>> {
    let mut fence: Option<&str> = None;
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, Some(mark)) => fence = Some(mark),
            (None, None) => found.push(Prose { number: at + 1, line }),
            (Some(_), _) => {}
        }
    }
    found
}

/// The line without what stands between backticks.
fn without_code(line: &str) -> String {
    let mut parts = line.split('`');
    let mut text = parts.next().unwrap_or_default().to_owned();
    while let (Some(code), Some(after)) = (parts.next(), parts.next()) {
        // Something stays, so that a link whose text is code is a link still.
        text.push_str(if code.is_empty() { "" } else { "x" });
        text.push_str(after);
    }
    text
}

/// The source files and scripts that a line names between backticks, by their whole path or its end.
fn files_named(line: &str) -> Vec<&str> {
    let is_path = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || "._/-".contains(c));
    let is_source = |word: &str| [".rs", ".sh", ".py"].iter().any(|ending| word.ends_with(ending));
    line.split('`').skip(1).step_by(2).filter(|code| is_source(code) && is_path(code)).collect()
}

/// The targets of the links and pictures of a line: `[text](target)`, `![text](target "title")`.
fn targets(line: &str) -> Vec<String> {
    let text = without_code(line);
    let after = text.match_indices("](").map(|(at, mark)| &text[at + mark.len()..]);
    let target = |rest: &str| {
        let inside = rest.split_once(')').map_or(rest, |(inside, _)| inside);
        inside.split_whitespace().next().unwrap_or_default().to_owned()
    };
    after.map(target).collect()
}

/// The anchor that a heading gets, as GitHub makes it: lower case, blanks as hyphens, no punctuation.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The text of a heading: without the marks of emphasis and code, and of a link its text alone.
fn shown(heading: &str) -> String {
    let mut text = String::new();
    let mut rest = heading;
    while let Some((before, after)) = rest.split_once("](") {
        text.push_str(before);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text
}

/// The anchors of a document. The second heading of one name gets `-1`, the third `-2`.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for Prose { line, .. } in prose(text) {
        let level = line.chars().take_while(|c| *c == '#').count();
        let Some(heading) = line.get(level..).filter(|rest| (1..=6).contains(&level) && rest.starts_with(' ')) else {
            continue;
        };
        let plain = anchor(&shown(heading));
        let numbered = (1..).map(|n| format!("{plain}-{n}"));
        let free = std::iter::once(plain.clone()).chain(numbered).find(|name| !found.contains(name));
        found.extend(free);
    }
    found
}

/// The rows of every table of a document, its heading not counted, with the line that it begins on.
fn tables(text: &str) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut last = 0;
    for Prose { number, .. } in prose(text).into_iter().filter(|prose| prose.line.trim_start().starts_with('|')) {
        match found.last_mut().filter(|_| last + 1 == number) {
            Some((_, lines)) => *lines += 1,
            None => found.push((number, 1)),
        }
        last = number;
    }
    // The heading and the line below it.
    found.into_iter().map(|(start, lines)| (start, lines.saturating_sub(2))).collect()
}

/// Whether a link leads out of the repository.
fn foreign(target: &str) -> bool {
    target.contains("://") || target.starts_with("mailto:")
}

/// What is wrong with a link of the document at `place`, if anything is.
fn broken(place: &Path, text: &str, target: &str) -> Option<String> {
    let (file, wanted) = target.split_once('#').map_or((target, None), |(file, name)| (file, Some(name)));
    let path = place.parent().unwrap_or(Path::new("")).join(file);
    if target.is_empty() {
        return Some("a link without a target".to_owned());
    }
    if file.starts_with('/') || !file.is_empty() && !path.exists() {
        return Some(format!("{target}: there is no such file"));
    }
    let wanted = wanted?;
    let there = match (file.is_empty(), path.extension().is_some_and(|ending| ending == "md")) {
        (true, _) => anchors(text),
        (false, true) => anchors(&std::fs::read_to_string(&path).unwrap()),
        (false, false) => return Some(format!("{target}: only documents have headings")),
    };
    (!there.contains(wanted)).then(|| format!("{target}: there is no such heading"))
}

/// The documents of a folder, and of its folders where `deep`.
fn documents(folder: &Path, deep: bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && deep {
            found.extend(documents(&path, deep));
        } else if path.is_file() && path.extension().is_some_and(|ending| ending == "md") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// All files of a folder and of those in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// The documents of the root and of [`FOLDERS`].
fn all_documents() -> Vec<PathBuf> {
    let inside = FOLDERS.iter().flat_map(|folder| documents(&root().join(folder), true));
    documents(root(), false).into_iter().chain(inside).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

#[test]
fn relative_links_lead_somewhere() {
    let (mut faults, mut links) = (Vec::new(), 0);
    for path in all_documents() {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        for Prose { number, line } in prose(&text) {
            for target in targets(line).into_iter().filter(|target| !foreign(target)) {
                links += 1;
                faults.extend(broken(&path, &text, &target).map(|what| format!("{name}:{number}: {what}")));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert!(links > 50, "only {links} links were found; are the documents where they were?");
}

#[test]
fn source_files_that_are_named_exist() {
    let known: Vec<PathBuf> = NAMED.iter().flat_map(|folder| files(&root().join(folder))).collect();
    let mut faults = Vec::new();
    for path in all_documents() {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        if HISTORY.contains(&name.as_str()) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for Prose { number, line } in prose(&text) {
            // `ends_with` compares whole parts of paths: `run.rs` is no end of `train/rerun.rs`.
            let gone = files_named(line).into_iter().filter(|file| !known.iter().any(|path| path.ends_with(file)));
            faults.extend(gone.map(|file| format!("{name}:{number}: there is no {file}")));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn what_people_read_first_is_short() {
    for (name, most) in SHORT {
        let lines = read(name).lines().count();
        assert!(lines <= *most, "{name} has {lines} lines; more than {most} are not read");
    }
    for (start, rows) in tables(&read("README.md")) {
        assert!(rows <= MOST_ROWS, "README.md:{start}: a table of {rows} rows; more than {MOST_ROWS} belong into docs");
    }
}

#[test]
fn the_quick_start_names_the_commands_that_ci_runs() {
    let readme = read("README.md");
    for command in [".ci/packages demo && ", ".ci/packages tests && "] {
        let lines = readme.lines().filter(|line| line.starts_with(command)).count();
        assert_eq!(lines, 1, "README.md has {lines} lines that begin with {command:?}; .ci/run reads the second");
    }
}

#[test]
fn measured_tables_say_how_they_are_made() {
    let script = read("benches/results.sh");
    for path in documents(&root().join("docs/results"), false) {
        let section = path.file_stem().unwrap().to_str().unwrap();
        // What `.ci/heavy` came to is no table of measurements.
        if ["README", "heavy"].contains(&section) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let head: String = text.lines().take(8).collect::<Vec<_>>().join("\n");
        assert!(head.contains(&format!("`benches/results.sh {section}`")), "{section}.md does not name its command");
        assert!(
            head.contains("| commit | processor | date |"),
            "{section}.md does not say what was measured, and when"
        );
        assert!(script.contains(&format!("\n{section}() {{")), "benches/results.sh has no section {section}");
    }
}

#[test]
fn headings_get_the_anchors_that_github_gives_them() {
    let text = "# A map, and *why*\n```sh\n# no heading\n```\n## `session.json`\n## Twice\n## Twice\n### [Linked](x.md) one\n#none\n";
    let expected = ["a-map-and-why", "sessionjson", "twice", "twice-1", "linked-one"];
    assert_eq!(anchors(text), expected.into_iter().map(str::to_owned).collect());
}

#[test]
fn links_are_found_and_code_is_not() {
    assert_eq!(targets("See [a](b.md), ![c](d.png \"e\") and [`f`](#g)."), ["b.md", "d.png", "#g"]);
    assert_eq!(targets("`[a](b.md)` shows how, [c](d.md) is one"), ["d.md"]);
    assert_eq!(targets("no link"), Vec::<String>::new());
    assert_eq!(files_named("`a/b.rs`, b.rs, `run.sh --all`, `*.py` and `c.py`"), ["a/b.rs", "c.py"]);
    assert_eq!(prose("a\n```\n[b](c)\n```\nd\n").iter().map(|prose| prose.number).collect::<Vec<_>>(), [1, 5]);
    assert!(foreign("https://example.org/a.md") && foreign("mailto:a@b") && !foreign("docs/a.md"));
}

#[test]
fn planted_faults_are_found() {
    let place = root().join("README.md");
    let found = |target: &str| broken(&place, "# Here\n", target).unwrap_or_default();
    assert_eq!(found("#here"), "");
    assert_eq!(found("Cargo.toml"), "");
    assert!(found("#there").contains("no such heading"));
    assert!(found("docs/nowhere.md").contains("no such file"));
    assert!(found("/etc/passwd").contains("no such file"));
    assert!(found("Cargo.toml#package").contains("only documents"));
    assert!(found("").contains("without a target"));
    let table = format!("| a |\n|---|\n{}\ntext\n| b |\n|---|\n| 1 |\n", "| 1 |\n".repeat(9));
    assert_eq!(tables(&table), [(1, 9), (14, 1)]);
}
