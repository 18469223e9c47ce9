//! Circles of imports between files: what is in one cannot be understood, changed or tested without the others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::paths::{Names, Parts, absolute};

/// How often what a file names may be passed on before it is found.
const PASSED_ON: usize = 8;

/// The deepest file that a path from the root of the crate names, or the one that it comes from where it is passed on.
fn file(files: &BTreeMap<Parts, Names>, path: &[String], left: usize) -> Option<Parts> {
    let length = (0..=path.len()).rev().find(|length| files.contains_key(&path[..*length]))?;
    let (module, rest) = path.split_at(length);
    let passed_on = files.get(module)?.passed_on.iter().find(|(name, _)| rest.first() == Some(name));
    let from = passed_on.filter(|_| left > 0).and_then(|(_, from)| absolute(files, module, from));
    from.and_then(|from| file(files, &from, left - 1)).or_else(|| Some(module.to_vec()))
}

/// The files that each file imports.
fn imports(files: &BTreeMap<Parts, Names>) -> BTreeMap<&Parts, BTreeSet<Parts>> {
    let of = |(module, names): (&Parts, &Names)| -> BTreeSet<Parts> {
        let paths = names.used.iter().filter_map(|path| absolute(files, module, path));
        paths.filter_map(|path| file(files, &path, PASSED_ON)).filter(|other| other != module).collect()
    };
    files.iter().map(|(module, names)| (module, of((module, names)))).collect()
}

/// The shortest way from a file back to itself.
fn way_back(imports: &BTreeMap<&Parts, BTreeSet<Parts>>, start: &Parts) -> Option<Vec<Parts>> {
    let mut ways = VecDeque::from([vec![start.clone()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in imports.get(way.last()?).into_iter().flatten() {
            if next == start {
                return Some(way);
            }
            if seen.insert(next.clone()) {
                ways.push_back(way.iter().chain([next]).cloned().collect());
            }
        }
    }
    None
}

/// The shortest circle of every file that is part of one, each once.
pub(crate) fn circles(files: &BTreeMap<Parts, Names>) -> Vec<String> {
    let imports = imports(files);
    let mut circles = BTreeSet::new();
    for start in files.keys() {
        let Some(mut way) = way_back(&imports, start) else { continue };
        let first = way.iter().enumerate().min_by_key(|(_, module)| *module).map_or(0, |(at, _)| at);
        way.rotate_left(first);
        way.extend(way.first().cloned());
        circles.insert(way.iter().map(|module| module.join("/")).collect::<Vec<_>>().join(" -> "));
    }
    circles.into_iter().map(|circle| format!("a circle of imports: {circle}")).collect()
}
