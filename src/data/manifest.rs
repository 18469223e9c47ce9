//! A manifest: a table with a line for every picture.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::DataError;
use super::half::half;
use super::row::{Row, UNNAMED};
use super::side::Side;
use super::table::Table;
use crate::files::visible;
use crate::near::near;

/// Columns that are understood.
const COLUMNS: [&str; 8] = ["path", "class", "split", "group", "source", "licence", "mask", "note"];

/// The rows of a manifest, and the columns that nothing is done with.
pub(super) fn rows(path: &Path) -> Result<(Vec<Row>, Vec<String>), DataError> {
    let table = Table::read(path)?;
    let wrong = |what: String| DataError::content(path, what);
    let [Some(file), Some(class)] = ["path", "class"].map(|name| table.column(name)) else {
        return Err(wrong(
            "line 1 must name the columns, separated by tabs, semicolons or commas, at least path and class (split, group, source, \
             licence, mask, note are known too)"
                .to_owned(),
        ));
    };
    let unknown: Vec<String> =
        table.headings().iter().filter(|name| !COLUMNS.contains(&name.as_str())).cloned().collect();
    for name in &unknown {
        if let Some(meant) = near(name, COLUMNS.into_iter()).first().filter(|meant| table.column(meant).is_none()) {
            return Err(wrong(format!("line 1 names a column {name:?}; did you mean {meant}?")));
        }
    }
    let root = path.parent().filter(|root| !root.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let named = ["split", "group", "source", "licence", "mask", "note"].map(|name| table.column(name));
    let mut listed: BTreeMap<PathBuf, usize> = BTreeMap::new();
    let mut rows = Vec::new();
    for (number, cells) in &table.lines {
        let cell = |at: Option<usize>| at.and_then(|at| cells.get(at)).map_or("", String::as_str);
        let [split, group, source, licence, mask, note] = named.map(cell);
        let relative = cell(Some(file));
        if relative.is_empty() {
            return Err(wrong(format!("line {number}: no path")));
        }
        let place = placed(root, relative);
        if let Some(before) = listed.insert(place.clone(), *number) {
            return Err(wrong(format!("lines {before} and {number} both list {relative}; every picture has one line")));
        }
        let (group, source) = (visible(group), visible(source));
        let own = group.split(';').next().unwrap_or(&group);
        let group = if own.is_empty() { plain(relative) } else { own.to_owned() };
        let side = side(&visible(split), &group).map_err(|what| wrong(format!("line {number}: {what}")))?;
        rows.push(Row {
            path: place,
            mask: (!mask.is_empty()).then(|| placed(root, mask)),
            class: visible(cell(Some(class))).trim().to_owned(),
            group,
            grouped: !own.is_empty(),
            source: if source.is_empty() { UNNAMED } else { &*source }.to_owned(),
            licence: licence.to_owned(),
            side,
            skin_type: fitzpatrick(note),
        });
    }
    Ok((rows, unknown))
}

/// A path as the manifest writes it: relative to the manifest, or absolute; with backslashes where it was written on Windows.
fn placed(root: &Path, relative: &str) -> PathBuf {
    let place = root.join(plain_dots(relative));
    match relative.contains('\\') && !place.exists() {
        true => root.join(plain(relative)),
        false => place,
    }
}

fn plain_dots(relative: &str) -> &str {
    let mut rest = relative;
    while let Some(more) = rest.strip_prefix("./") {
        rest = more;
    }
    rest
}

/// The same name of a picture however it is written.
fn plain(relative: &str) -> String {
    plain_dots(&relative.replace('\\', "/")).to_owned()
}

/// The side that a manifest names. What is only said to be held out is halved by the hash of its group.
fn side(split: &str, group: &str) -> Result<Option<Side>, String> {
    match split.to_lowercase().as_str() {
        "" => Ok(None),
        "train" | "training" => Ok(Some(Side::Train)),
        "val" | "valid" | "validation" | "test" | "testing" | "eval" | "holdout" => Ok(Some(half(group))),
        "dev" | "development" => Ok(Some(Side::Development)),
        "report" => Ok(Some(Side::Report)),
        _ => Err(format!(
            "{split:?} is no side of a split; train, development and report are, val and test (which are halved into development and \
             report), or nothing: then a rule decides"
        )),
    }
}

/// The number in `fitzpatrick=2` or `fitzpatrick=2.0` of a note of `;`-separated entries.
fn fitzpatrick(note: &str) -> Option<u8> {
    let value = note.split(';').find_map(|entry| entry.trim().strip_prefix("fitzpatrick="))?;
    value.split('.').next()?.parse().ok().filter(|number| (1..=6).contains(number))
}
