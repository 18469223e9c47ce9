//! What to train on: a manifest of images with classes and groups, or a folder of close-ups with one folder a class.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::TrainError;
use crate::pictures::is_picture;

/// What an image of the training data shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// A close-up of one lesion; index into the model's classes.
    Lesion(usize),
    /// Something that is neither skin nor lesion.
    Background,
    /// People and places; the mask says where skin is.
    SkinScene,
    /// Skin all over, no lesion.
    Skin,
}

/// The side of the split an image stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Learnt from.
    Train,
    /// Measured on, never learnt from.
    Validation,
}

/// One image of the training data.
#[derive(Clone, Debug)]
pub struct Item {
    /// The image file.
    pub path: PathBuf,
    /// Its mask (white: lesion or skin), when there is one.
    pub mask: Option<PathBuf>,
    /// What it shows.
    pub content: Content,
    /// Patient or lesion: never on both sides.
    pub group: String,
    /// Clinic, camera or collection.
    pub source: String,
    /// Licence, for the model card.
    pub licence: String,
    /// Side of the split.
    pub side: Side,
}

/// Share of the groups of a class put on the validation side when the data does not say.
const VALIDATION_SHARE: f64 = 0.15;

/// One image as the data describes it, whatever its class is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The image file.
    pub path: PathBuf,
    /// Its mask, when there is one.
    pub mask: Option<PathBuf>,
    /// The class as the data names it; empty when it does not say.
    pub class: String,
    /// Patient or lesion.
    pub group: String,
    /// Clinic, camera or collection.
    pub source: String,
    /// Licence.
    pub licence: String,
    /// Side of the split, when the data says.
    pub side: Option<Side>,
    /// Fitzpatrick skin type, `1..=6`, when the data says.
    pub skin_type: Option<u8>,
}

/// Reads a manifest (`.tsv`) or a folder with one folder a class. `classes` are the model's lesion classes by name; images
/// of other classes are left out.
pub fn read(data: &Path, classes: &dyn Fn(&str) -> Option<usize>) -> Result<Vec<Item>, TrainError> {
    let item = |row: Row| {
        let content = content(&row.class, classes)?;
        let Row { path, mask, group, source, licence, .. } = row;
        let side = row.side.unwrap_or_else(|| side_of(&group));
        let group = format!("{source}/{group}");
        Some(Item { path, mask, content, group, source, licence, side })
    };
    check_folders(data, classes)?;
    let items: Vec<Item> = rows(data)?.into_iter().filter_map(item).collect();
    check(&items, data)?;
    Ok(items)
}

/// Every image that a manifest (`.tsv`) names, or that lies in a folder or, with its class, in the folders of that folder.
pub fn rows(data: &Path) -> Result<Vec<Row>, TrainError> {
    let manifest = data.join("manifest.tsv");
    match (data.is_dir(), manifest.is_file()) {
        (true, true) => manifest_rows(&manifest),
        (true, false) => folder_rows(data),
        (false, _) if data.is_file() => manifest_rows(data),
        _ => Err(TrainError::data(
            data,
            "there is no such file or folder; name a manifest.tsv or a folder with one folder a class",
        )),
    }
}

fn manifest_rows(path: &Path) -> Result<Vec<Row>, TrainError> {
    let text = std::fs::read_to_string(path).map_err(|e| TrainError::data(path, format!("cannot be read ({e})")))?;
    let root = path.parent().unwrap_or(Path::new("."));
    let mut lines = text.lines().enumerate();
    let header: Vec<&str> = lines.next().map(|(_, line)| line.split('\t').collect()).unwrap_or_default();
    let column = |name: &str| header.iter().position(|h| *h == name);
    let (Some(file), Some(class)) = (column("path"), column("class")) else {
        return Err(TrainError::data(
            path,
            "line 1 must name the columns, tab-separated, at least path and class (split, group, source, licence, mask, note are known too)",
        ));
    };
    let named = ["split", "group", "source", "licence", "mask", "note"].map(column);
    let mut rows = Vec::new();
    for (number, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split('\t').collect();
        let cell = |at: Option<usize>| at.and_then(|at| cells.get(at)).map_or("", |cell| cell.trim());
        let [split, group, source, licence, mask, note] = named.map(cell);
        let relative = cell(Some(file));
        if relative.is_empty() {
            return Err(TrainError::data(path, format!("line {}: no path", number + 1)));
        }
        let group = if group.is_empty() { relative } else { group };
        rows.push(Row {
            path: root.join(relative),
            mask: (!mask.is_empty()).then(|| root.join(mask)),
            class: cell(Some(class)).to_owned(),
            group: group.split(';').next().unwrap_or(group).to_owned(),
            source: if source.is_empty() { "unnamed" } else { source }.to_owned(),
            licence: licence.to_owned(),
            side: match split {
                "train" => Some(Side::Train),
                "val" | "test" => Some(Side::Validation),
                _ => None,
            },
            skin_type: fitzpatrick(note),
        });
    }
    Ok(rows)
}

/// The number in `fitzpatrick=2` or `fitzpatrick=2.0` of a note of `;`-separated entries.
fn fitzpatrick(note: &str) -> Option<u8> {
    let value = note.split(';').find_map(|entry| entry.trim().strip_prefix("fitzpatrick="))?;
    value.split('.').next()?.parse().ok().filter(|number| (1..=6).contains(number))
}

fn folder_rows(root: &Path) -> Result<Vec<Row>, TrainError> {
    let entries = |path: &Path| -> Result<Vec<PathBuf>, TrainError> {
        let listed = std::fs::read_dir(path).map_err(|e| TrainError::data(path, format!("cannot be listed ({e})")))?;
        let mut paths: Vec<PathBuf> = listed.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
        paths.sort();
        Ok(paths)
    };
    let row = |path: PathBuf, class: &str| Row {
        mask: None,
        class: class.to_owned(),
        group: path.to_string_lossy().into_owned(),
        source: "folder".into(),
        licence: "the user's own".into(),
        side: None,
        skin_type: None,
        path,
    };
    let mut rows = Vec::new();
    for entry in entries(root)? {
        if entry.is_dir() {
            let class = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            rows.extend(entries(&entry)?.into_iter().filter(|path| is_picture(path)).map(|path| row(path, &class)));
        } else if is_picture(&entry) {
            rows.push(row(entry, ""));
        }
    }
    Ok(rows)
}

/// A folder that is called after a class and holds no picture is more likely a mistake than a wish.
fn check_folders(data: &Path, classes: &dyn Fn(&str) -> Option<usize>) -> Result<(), TrainError> {
    if data.join("manifest.tsv").is_file() {
        return Ok(());
    }
    let folders = std::fs::read_dir(data).into_iter().flatten().flatten().map(|entry| entry.path());
    for folder in folders.filter(|path| path.is_dir()) {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        if content(&name, classes).is_some() && !files.any(|file| is_picture(&file.path())) {
            return Err(TrainError::data(
                &folder,
                "holds no picture; put close-ups of that class into it or remove it",
            ));
        }
    }
    Ok(())
}

fn content(class: &str, classes: &dyn Fn(&str) -> Option<usize>) -> Option<Content> {
    match class {
        "background" => Some(Content::Background),
        "skin-scene" => Some(Content::SkinScene),
        "skin" => Some(Content::Skin),
        class => classes(class).map(Content::Lesion),
    }
}

/// The same group always falls on the same side, whatever else is in the data (FNV-1a of its name).
fn side_of(group: &str) -> Side {
    let hash = group.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let share = (hash >> 11) as f64 / (1u64 << 53) as f64;
    if share < VALIDATION_SHARE { Side::Validation } else { Side::Train }
}

fn check(items: &[Item], data: &Path) -> Result<(), TrainError> {
    if !items.iter().any(|item| matches!(item.content, Content::Lesion(_)) && item.side == Side::Train) {
        return Err(TrainError::data(
            data,
            "no lesion image to train on; name folders (or the manifest's class column) after classes such as nevus or melanoma",
        ));
    }
    let mut sides: BTreeMap<&str, BTreeSet<bool>> = BTreeMap::new();
    for item in items {
        sides.entry(&item.group).or_default().insert(item.side == Side::Train);
    }
    match sides.iter().find(|(_, sides)| sides.len() > 1) {
        Some((group, _)) => Err(TrainError::data(
            data,
            format!("group {group} stands on both sides of the split; a patient or lesion belongs to one"),
        )),
        None => Ok(()),
    }
}
