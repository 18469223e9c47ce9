//! The layers of the design as a table, and a check that the sources keep to it: imports go down only, the lower layers have no
//! files, threads, clock and environment, only `cli` prints, and no file outgrows its idea.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// From the top to the bottom: modules of one layer, with those of the same layer that each may import.
const LAYERS: &[&[(&str, &[&str])]] = &[
    &[("main", &["cli"]), ("cli", &["config", "scanner"]), ("config", &[]), ("scanner", &[])],
    &[("pipeline", &[])],
    &[("source", &[]), ("sink", &["classifier"]), ("classifier", &[])],
    &[("detect", &[]), ("explain", &[]), ("evaluate", &["detect", "explain"]), ("train", &["detect"])],
    &[("data", &[])],
    // scan and draw take the words for classes and scores from model, nothing else.
    &[
        ("scan", &["model"]),
        ("model", &[]),
        ("cache", &["motion"]),
        ("motion", &[]),
        ("track", &[]),
        ("draw", &["model"]),
        ("skin", &[]),
    ],
    &[("frame", &[]), ("pixels", &["frame"]), ("pictures", &["pixels"]), ("sound", &[])],
    &[("finding", &["geometry"]), ("truth", &["geometry"]), ("geometry", &[]), ("statistics", &[])],
    // How many threads there may be, not threads; files and pictures as every layer handles them.
    &[("cores", &[]), ("files", &[]), ("counted", &[]), ("near", &[]), ("printable", &[]), ("shortened", &[])],
];

/// From this layer on, down to the bottom, no files, threads, clock, environment.
const PURE_FROM: usize = 3;

/// What the pure layers may not touch.
const WORLD: &[&str] = &[
    "std::fs",
    "std::thread",
    "std::env",
    "std::net",
    "std::process",
    "Instant::now",
    "SystemTime",
    "std::time::Instant",
];

/// Modules of the pure layers that read data and models, and the ways in which they may.
const READERS: &[(&str, &[&str])] = &[
    ("train", &["std::fs"]),
    ("data", &["std::fs"]),
    ("evaluate", &["std::fs"]),
    ("model", &["std::fs"]),
    ("cores", &["std::thread"]),
    // A pipe may never be opened by anybody else: its reader is left behind.
    ("files", &["std::fs", "std::process", "std::thread"]),
    ("pictures", &["std::fs"]),
];

/// What nothing below `cli` does.
const PRINTING: &[&str] = &["println!", "eprintln!", "print!(", "eprint!(", "dbg!"];

/// Lines of a file, tests at its end not counted.
const MOST_LINES: usize = 300;

/// One source file: the module it belongs to and its text.
struct Source<'a> {
    place: &'a str,
    module: &'a str,
    text: &'a str,
}

/// Layer of a module and its allowances within the layer.
fn layer(module: &str) -> Option<(usize, &'static [&'static str])> {
    LAYERS.iter().enumerate().find_map(|(depth, modules)| {
        modules.iter().find(|(name, _)| *name == module).map(|(_, allowed)| (depth, *allowed))
    })
}

/// The text without comments, and without the test module at its end. A test module that is only declared here (`mod tests;`)
/// cuts nothing off.
fn code(text: &str) -> String {
    let inline = text.match_indices("#[cfg(test)]\nmod ").find(|(at, _)| {
        let declaration = text[*at..].lines().nth(1).unwrap_or_default();
        declaration.ends_with('{')
    });
    let body = inline.map_or(text, |(at, _)| &text[..at]);
    body.lines().map(|line| line.split_once("//").map_or(line, |(before, _)| before)).collect::<Vec<_>>().join("\n")
}

/// The modules that a text imports through `crate::`, groups `crate::{a::x, b}` included.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::").chain(code.match_indices("lesionscope::")) {
        let rest = code[at..].split_once("::").map_or("", |(_, rest)| rest);
        match rest.strip_prefix('{') {
            Some(group) => found.extend(group_heads(group)),
            None => found.extend(word(rest)),
        }
    }
    found
}

/// The first words of the entries of a group, up to its closing brace.
fn group_heads(group: &str) -> Vec<String> {
    let (mut depth, mut entry, mut heads) = (0_usize, String::new(), Vec::new());
    for letter in group.chars() {
        match letter {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.extend(word(std::mem::take(&mut entry).trim())),
            _ => {}
        }
        if letter != ',' || depth > 0 {
            entry.push(letter);
        }
    }
    heads.extend(word(entry.trim()));
    heads
}

/// The module name at the start of a text; names of types and macros are none.
fn word(text: &str) -> Option<String> {
    let word: String = text.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
    word.starts_with(|letter: char| letter.is_ascii_lowercase()).then_some(word)
}

/// Everything a file does that its layer forbids.
fn faults(source: &Source) -> Vec<String> {
    let Some((depth, allowed)) = layer(source.module) else {
        return vec![format!("{}: the module '{}' has no place in the table of layers", source.place, source.module)];
    };
    let code = code(source.text);
    let mut faults = Vec::new();
    for import in imports(&code).iter().filter(|import| *import != source.module) {
        match layer(import) {
            Some((below, _)) if below > depth => {}
            Some((same, _)) if same == depth && allowed.contains(&import.as_str()) => {}
            Some(_) => faults.push(format!("{} imports '{import}', which is not below it", source.place)),
            None => faults.push(format!("{} imports '{import}', which is in no layer", source.place)),
        }
    }
    let readable = READERS.iter().find(|(name, _)| *name == source.module).map_or(&[][..], |(_, ways)| *ways);
    for world in WORLD.iter().filter(|world| depth >= PURE_FROM && !readable.contains(world)) {
        if code.contains(world) {
            faults.push(format!("{} touches the world: {world}", source.place));
        }
    }
    for print in PRINTING.iter().filter(|_| depth > 0 || source.module == "config") {
        if code.contains(print) {
            faults.push(format!("{} prints: {print}", source.place));
        }
    }
    let lines = code.lines().count();
    if lines > MOST_LINES {
        faults.push(format!("{} has {lines} lines; more than {MOST_LINES} are more than one idea", source.place));
    }
    faults
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found
}

/// Files that hold nothing but tests.
fn is_tests(place: &Path) -> bool {
    let name = place.file_stem().unwrap_or_default().to_string_lossy();
    name == "tests" || name.ends_with("_tests") || place.components().any(|part| part.as_os_str() == "tests")
}

#[test]
fn the_sources_keep_to_their_layers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for path in sources(&root) {
        let place = path.strip_prefix(&root).unwrap();
        if is_tests(place) || place == Path::new("lib.rs") {
            continue;
        }
        let first = place.components().next().unwrap().as_os_str().to_str().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let module = first.trim_end_matches(".rs");
        found.extend(faults(&Source { place: place.to_str().unwrap(), module, text: &text }));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_module_of_the_library_has_a_layer() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    for line in text.lines().filter_map(|line| line.strip_prefix("pub mod ")) {
        assert!(layer(line.trim_end_matches(';')).is_some(), "{line}");
    }
}

#[test]
fn planted_faults_are_found() {
    let check = |module: &str, text: &str| faults(&Source { place: "planted.rs", module, text });
    for (module, text, expect) in [
        ("scan", "use crate::source::Source;", "imports 'source'"),
        ("scan", "use crate::{frame::Frame, pipeline::{run, Parts}};", "imports 'pipeline'"),
        ("track", "use crate::{\n    frame::Frame,\n    model::{Model},\n};", "imports 'model'"),
        ("detect", "fn f() { crate::sink::jsonl::g() }", "imports 'sink'"),
        ("source", "use crate::sink::Sink;", "imports 'sink'"),
        ("scan", "use crate::nowhere::X;", "in no layer"),
        ("track", "let t = std::time::Instant::now();", "Instant::now"),
        ("cache", "use std::fs::File;", "std::fs"),
        ("train", "std::thread::spawn(f);", "std::thread"),
        ("sink", "println!(\"{x}\");", "prints"),
        ("elsewhere", "", "no place in the table"),
    ] {
        let found = check(module, text);
        assert!(found.iter().any(|fault| fault.contains(expect)), "{module}: {text}: {found:?}");
    }
    assert!(check("scan", &"let x = 1;\n".repeat(MOST_LINES + 1))[0].contains("301 lines"));
}

#[test]
fn what_is_allowed_is_not_found() {
    let check = |module: &str, text: &str| faults(&Source { place: "fine.rs", module, text });
    for (module, text) in [
        ("pipeline", "use crate::{detect::Worker, frame::Frame, source::{Source, Stop}};\nstd::thread::scope(f);"),
        ("scan", "use crate::geometry::Square; // never crate::source, nor std::fs\n"),
        ("evaluate", "let text = std::fs::read_to_string(path);"),
        ("cli", "println!(\"done\"); use crate::config::Config;"),
        ("scan", "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::pipeline::run;\n    println!();\n}\n"),
        ("scan", "use crate::scan::plan::Plan;"),
    ] {
        assert_eq!(check(module, text), Vec::<String>::new(), "{module}: {text}");
    }
}
