//! A folder of photos, or an annotation file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::LabelledPhoto;
use super::formats::{Format, boxes, coco, format_of};
use crate::counted;
use crate::data::{self, FolderSides, Side};
use crate::evaluate::truth_files::EvaluateError;
use crate::files;

/// How many names a sentence lists.
const NAMED: usize = 5;

/// Photos that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct PhotoFolder {
    /// Name of the folder.
    pub name: String,
    /// The photos, by path, none twice; at least one.
    pub photos: Vec<LabelledPhoto>,
    /// Sentences on what lies beside them and is not judged.
    pub left_out: Vec<String>,
}

impl PhotoFolder {
    /// Keeps the photos of a side; without a side, the development side of those whose side somebody says, and all others. Returns the sentence on
    /// it.
    pub fn keep(&mut self, side: Option<Side>) -> String {
        let count = self.photos.len();
        let of = |photo: &LabelledPhoto| photo.side.unwrap_or_else(|| data::half_of(&photo.group));
        match side {
            Some(side) => self.photos.retain(|photo| of(photo) == side),
            None => self.photos.retain(|photo| photo.side.is_none_or(|side| side == Side::Development)),
        }
        let kept = self.photos.len();
        match side.or_else(|| (kept < count).then_some(Side::Development)) {
            Some(side) => format!("{kept} of {}, the {} side", counted(count as u64, "photo"), side.name()),
            None => format!("all {}", counted(count as u64, "photo")),
        }
    }
}

/// Reads a `boxes.json`, a COCO file, or a folder: with a `boxes.json` in it, else with the one annotation file in it, else
/// with all its pictures as free of lesions. `is_picture` tells picture files by their name.
///
/// # Errors
/// One sentence that names the file when there is no such file or folder, it cannot be read, is no annotation, lists a picture twice,
/// has a box that does not lie within its picture, or holds no picture.
pub fn read_photos(path: &Path, is_picture: &dyn Fn(&Path) -> bool) -> Result<PhotoFolder, EvaluateError> {
    let (folder, mut photos) = if path.is_dir() {
        let photos = match annotations_in(path)? {
            Some(file) => annotated(&file)?,
            None => free_of_lesions(path, is_picture)?,
        };
        (path, photos)
    } else if path.exists() {
        (path.parent().unwrap_or(Path::new(".")), annotated(path)?)
    } else {
        return Err(content(
            path,
            "there is no such file or folder; name a boxes.json, a COCO annotation file or a folder of pictures",
        ));
    };
    photos.sort_by(|a, b| a.path.cmp(&b.path));
    if let Some(pair) = photos.windows(2).find(|pair| pair.first().map(|a| &a.path) == pair.last().map(|b| &b.path)) {
        let name = pair.first().map(|photo| photo.path.display().to_string()).unwrap_or_default();
        return Err(content(path, &format!("lists {name} twice; every picture has one entry")));
    }
    if photos.is_empty() {
        return Err(content(path, "lists no picture; there must be at least one"));
    }
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let sides = FolderSides::read(folder).map_err(|error| content(path, &error.to_string()))?;
    for photo in &mut photos {
        photo.side = sides.side(&photo.path);
        if let Some(row) = sides.row(&photo.path) {
            (photo.group, photo.class) = (row.group.clone(), row.class.clone());
        }
    }
    let left_out = beside(folder, &photos, is_picture)?;
    Ok(PhotoFolder { name: name_of(folder), photos, left_out })
}

/// What lies in a folder beside its photos: pictures that are not listed, and what is no picture.
fn beside(
    folder: &Path,
    photos: &[LabelledPhoto],
    is_picture: &dyn Fn(&Path) -> bool,
) -> Result<Vec<String>, EvaluateError> {
    let listed: BTreeSet<&Path> = photos.iter().map(|photo| photo.path.as_path()).collect();
    let is_json = |path: &Path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let others = files(folder)?.into_iter().filter(|path| !listed.contains(path.as_path()) && !is_json(path));
    let (unlisted, none): (Vec<PathBuf>, Vec<PathBuf>) = others.partition(|path| is_picture(path));
    let sentence = |paths: Vec<PathBuf>, one: &str, many: &str| {
        let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let names: Vec<String> =
            paths.iter().take(NAMED).map(|path| crate::printable(&name(path)).into_owned()).collect();
        let more = if paths.len() > NAMED { ", ..." } else { "" };
        let what = if paths.len() == 1 { one } else { many };
        (!paths.is_empty()).then(|| format!("left out: {} {what} ({}{more})", paths.len(), names.join(", ")))
    };
    let both = [
        sentence(unlisted, "picture beside that is not listed", "pictures beside that are not listed"),
        sentence(none, "file that is no picture", "files that are no pictures"),
    ];
    Ok(both.into_iter().flatten().collect())
}

/// The folder's own name, of `.` as well.
fn name_of(folder: &Path) -> String {
    let whole = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    whole.file_name().map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn content(path: &Path, problem: &str) -> EvaluateError {
    EvaluateError::Content { path: path.to_owned(), problem: problem.to_owned() }
}

/// Reads an annotation file of either format.
fn annotated(file: &Path) -> Result<Vec<LabelledPhoto>, EvaluateError> {
    let root = file.parent().unwrap_or(Path::new("."));
    let value = json(file)?;
    let read = match format_of(&value) {
        Some(Format::Boxes) => boxes(value, root),
        Some(Format::Coco) => coco(value, root),
        None => Err("is no annotation; a boxes.json ({\"a.jpg\": {\"w\": .., \"h\": .., \"mole_boxes_xyxy\": [[left, top, right, \
                     bottom], ..]}, ..}) or a COCO file (with \"images\" and \"annotations\") would do"
            .to_owned()),
    };
    read.map_err(|problem| content(file, &problem))
}

fn json(file: &Path) -> Result<Value, EvaluateError> {
    let failed = |source| EvaluateError::File { path: file.to_owned(), source };
    let text = files::text(file).map_err(failed)?;
    data::json::json(&text).map_err(|e| {
        content(
            file,
            &format!("is not JSON ({e}); a boxes.json, a COCO annotation file or a folder of pictures would do"),
        )
    })
}

/// The annotation file of a folder. A JSON file with something else in it is none; one that cannot be read as JSON is an
/// error, because the lesions that it may tell of would count as false.
pub fn annotations_in(folder: &Path) -> Result<Option<PathBuf>, EvaluateError> {
    let usual = folder.join("boxes.json");
    if usual.is_file() {
        return Ok(Some(usual));
    }
    let is_json = |path: &Path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let mut found = BTreeSet::new();
    for file in files(folder)?.into_iter().filter(|path| is_json(path)) {
        if format_of(&json(&file)?).is_some() {
            found.insert(file);
        }
    }
    if found.len() > 1 {
        let names: Vec<String> = found.iter().map(|file| file.display().to_string()).collect();
        return Err(content(
            folder,
            &format!("holds several annotation files ({}); name one of them", names.join(", ")),
        ));
    }
    Ok(found.pop_first())
}

fn free_of_lesions(folder: &Path, is_picture: &dyn Fn(&Path) -> bool) -> Result<Vec<LabelledPhoto>, EvaluateError> {
    let photos: Vec<LabelledPhoto> =
        files(folder)?.into_iter().filter(|path| is_picture(path)).map(free_photo).collect();
    if photos.is_empty() {
        return Err(content(
            folder,
            "holds no picture; one with a boxes.json, a COCO file or pictures right in it would do",
        ));
    }
    Ok(photos)
}

/// A picture that nobody boxed anything on.
fn free_photo(path: PathBuf) -> LabelledPhoto {
    let group = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    LabelledPhoto { path, size: None, boxes: Vec::new(), group, class: String::new(), side: None }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, EvaluateError> {
    let failed = |source| EvaluateError::File { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    Ok(files)
}
