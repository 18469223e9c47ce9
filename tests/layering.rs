//! The layers of the design as a table, and a check that the sources keep to it: imports go down only and never in a circle, the lower layers
//! have no files, threads, clock and environment, only `cli` prints, and no file outgrows its idea.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "layering/circles.rs"]
mod circles;
#[path = "layering/paths.rs"]
mod paths;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use circles::circles;
use paths::{Names, Parts, absolute, module, names};

/// From the top to the bottom: modules of one layer, with those of the same layer that each may import.
const LAYERS: &[&[(&str, &[&str])]] = &[
    &[("main", &["cli"]), ("cli", &["config", "scanner"]), ("config", &[]), ("scanner", &[])],
    &[("pipeline", &[]), ("report", &[])],
    &[("source", &[]), ("sink", &["classifier"]), ("classifier", &[])],
    &[("detect", &[]), ("explain", &[]), ("evaluate", &["detect", "explain"]), ("train", &["detect"])],
    &[("data", &[]), ("session", &[])],
    // scan, draw and skin take the words for classes, scores and places from model, nothing else.
    &[
        ("scan", &["model"]),
        ("model", &[]),
        ("cache", &["motion"]),
        ("motion", &[]),
        ("track", &[]),
        ("place", &["track"]),
        ("quality", &[]),
        ("draw", &["model"]),
        ("skin", &["model"]),
    ],
    &[("frame", &[]), ("pixels", &["frame"]), ("pictures", &["pixels"]), ("sound", &[])],
    &[
        ("finding", &["geometry", "assessment"]),
        ("assessment", &[]),
        ("truth", &["geometry"]),
        ("geometry", &[]),
        ("statistics", &[]),
    ],
    // How many threads there may be, not threads; files and pictures as every layer handles them.
    &[
        ("cores", &[]),
        ("files", &[]),
        ("counted", &[]),
        ("near", &[]),
        ("printable", &[]),
        ("settings", &[]),
        ("shortened", &[]),
    ],
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
    ("session", &["std::fs"]),
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

/// One source file: where it lies in `src`, and its text.
struct Source<'a> {
    place: &'a str,
    text: &'a str,
}

/// Layer of a module and its allowances within the layer.
fn layer(module: &str) -> Option<(usize, &'static [&'static str])> {
    LAYERS.iter().enumerate().find_map(|(depth, modules)| {
        modules.iter().find(|(name, _)| *name == module).map(|(_, allowed)| (depth, *allowed))
    })
}

/// The text without the test module at its end. A test module that is only declared here (`mod tests;`) cuts nothing off.
fn untested(text: &str) -> &str {
    let inline = text.match_indices("#[cfg(test)]\nmod ").find(|(at, _)| {
        let declaration = text[*at..].lines().nth(1).unwrap_or_default();
        declaration.ends_with('{')
    });
    inline.map_or(text, |(at, _)| &text[..at])
}

/// The text without comments and tests.
fn code(text: &str) -> String {
    let lines = untested(text).lines().map(|line| line.split_once("//").map_or(line, |(before, _)| before));
    lines.collect::<Vec<_>>().join("\n")
}

/// The modules at the root of the crate that a file names, imported, passed on or in expressions. Names of types and macros are none.
fn imports(module: &[String], names: &Names) -> BTreeSet<String> {
    let paths = names.used.iter().chain(names.passed_on.iter().map(|(_, path)| path));
    let firsts = paths.filter_map(|path| absolute(&BTreeMap::new(), module, path)?.into_iter().next());
    firsts.filter(|first| first.starts_with(|letter: char| letter.is_ascii_lowercase())).collect()
}

/// Everything a file does that its layer forbids.
fn faults(source: &Source) -> Vec<String> {
    let own = module(source.place);
    let top = own.first().map_or("", String::as_str);
    let Some((depth, allowed)) = layer(top) else {
        return vec![format!("{}: the module '{top}' has no place in the table of layers", source.place)];
    };
    let code = code(source.text);
    let mut faults = Vec::new();
    for import in imports(&own, &names(untested(source.text))).iter().filter(|import| *import != top) {
        match layer(import) {
            Some((below, _)) if below > depth => {}
            Some((same, _)) if same == depth && allowed.contains(&import.as_str()) => {}
            Some(_) => faults.push(format!("{} imports '{import}', which is not below it", source.place)),
            None => faults.push(format!("{} imports '{import}', which is in no layer", source.place)),
        }
    }
    let readable = READERS.iter().find(|(name, _)| *name == top).map_or(&[][..], |(_, ways)| *ways);
    for world in WORLD.iter().filter(|world| depth >= PURE_FROM && !readable.contains(world)) {
        if code.contains(world) {
            faults.push(format!("{} touches the world: {world}", source.place));
        }
    }
    for print in PRINTING.iter().filter(|_| depth > 0 || top == "config") {
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

/// Place and text of every source file that is no test.
fn all_sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for path in sources(&root) {
        let place = path.strip_prefix(&root).unwrap();
        if !is_tests(place) {
            found.push((place.to_str().unwrap().to_owned(), std::fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

/// What every file names, by its module.
fn named<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> BTreeMap<Parts, Names> {
    files.into_iter().map(|(place, text)| (module(place), names(untested(text)))).collect()
}

#[test]
fn the_sources_keep_to_their_layers() {
    let all = all_sources();
    let sources = all.iter().filter(|(place, _)| place != "lib.rs");
    let found: Vec<String> = sources.flat_map(|(place, text)| faults(&Source { place, text })).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let all = all_sources();
    let found = circles(&named(all.iter().map(|(place, text)| (place.as_str(), text.as_str()))));
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
    let check = |module: &str, text: &str| faults(&Source { place: &format!("{module}/planted.rs"), text });
    for (module, text, expect) in [
        ("scan", "use crate::source::Source;", "imports 'source'"),
        ("scan", "use crate::{frame::Frame, pipeline::{run, Parts}};", "imports 'pipeline'"),
        ("track", "use crate::{\n    frame::Frame,\n    model::{Model},\n};", "imports 'model'"),
        ("detect", "fn f() { crate::sink::jsonl::g() }", "imports 'sink'"),
        ("source", "use crate::sink::Sink;", "imports 'sink'"),
        ("scan", "use super::super::source::Source;", "imports 'source'"),
        ("scan", "use super::{plan::Plan, super::{frame::Frame, pipeline::{run, Parts}}};", "imports 'pipeline'"),
        ("track", "fn f() -> u8 { super::super::sink::jsonl::g() }", "imports 'sink'"),
        ("track", "const URL: &str = \"rtsp://\"; pub use crate::model::Model;", "imports 'model'"),
        ("scan", "pub(in crate::scan) fn f(x: crate::train::Report) {}", "imports 'train'"),
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
    let check = |module: &str, text: &str| faults(&Source { place: &format!("{module}/fine.rs"), text });
    for (module, text) in [
        ("pipeline", "use crate::{detect::Worker, frame::Frame, source::{Source, Stop}};\nstd::thread::scope(f);"),
        ("scan", "use crate::geometry::Square; // never crate::source, nor std::fs\n"),
        ("evaluate", "let text = std::fs::read_to_string(path);"),
        ("cli", "println!(\"done\"); use crate::config::Config;"),
        ("scan", "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::pipeline::run;\n    println!();\n}\n"),
        ("scan", "use crate::scan::plan::Plan;"),
        ("scan", "use super::plan::Plan; use super::super::geometry::Square; const WORDS: &str = \"crate::cli\";"),
    ] {
        assert_eq!(check(module, text), Vec::<String>::new(), "{module}: {text}");
    }
}

#[test]
fn planted_circles_are_found() {
    for (files, expect) in [
        (
            &[("draw/text.rs", "use super::words;"), ("draw/words.rs", "use super::text::Type;")][..],
            "draw/text -> draw/words -> draw/text",
        ),
        (
            &[("scan/mod.rs", "mod audit;\nuse self::audit::Auditor;"), ("scan/audit.rs", "use crate::scan::Scan;")],
            "scan -> scan/audit -> scan",
        ),
        // Named without `self`, as children may be.
        (
            &[("scan/mod.rs", "mod plan;\nfn f() { plan::g() }"), ("scan/plan.rs", "use super::f;")],
            "scan -> scan/plan -> scan",
        ),
        (
            &[
                ("m/a/x.rs", "use super::super::{b::{c::{F, G}, d}, e};"),
                ("m/b/c.rs", "fn f() { let x: super::super::h::X = 1; }"),
                ("m/h.rs", "fn f() -> crate::m::a::x::Y { 'a' }"),
            ],
            "m/a/x -> m/b/c -> m/h -> m/a/x",
        ),
        // Passed on by their parent, under another name.
        (
            &[
                ("m/mod.rs", "mod a;\nmod b;\npub use self::b::{inner::B as Better, C};"),
                ("m/a.rs", "use super::Better;"),
                ("m/b.rs", "#[cfg(test)]\nmod tests;\nuse super::a::A; const URL: &str = \"http://\";"),
            ],
            "m/a -> m/b -> m/a",
        ),
    ] {
        assert_eq!(circles(&named(files.iter().copied())), [format!("a circle of imports: {expect}")]);
    }
}

#[test]
fn what_is_no_import_makes_no_circle() {
    for files in [
        // Declared and passed on.
        &[("m/mod.rs", "pub mod a;\npub use self::a::A;\npub(crate) use a::B;"), ("m/a.rs", "use super::C;")][..],
        &[
            ("m/a.rs", "use super::b::B;"),
            ("m/b.rs", "//! See super::a and [`crate::m::a::A`].\npub(in crate::m::a) const B: &str = \"super::a\";"),
        ],
        &[
            ("m/a.rs", "use super::b::B;"),
            ("m/b.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n    use super::super::a::A;\n}\n"),
        ],
        &[
            ("m/a.rs", "use super::b::B;"),
            ("m/b.rs", "use ffmpeg::a; fn f(x: &'a str) { x.a::<B>(); r#\"super::a\"#; '\\''; a::b() }"),
        ],
        &[("m/a.rs", "use self::A; use super::a::B;"), ("m/b.rs", "use super::a::A;")],
    ] {
        assert_eq!(circles(&named(files.iter().copied())), Vec::<String>::new(), "{files:?}");
    }
}
