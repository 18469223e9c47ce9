//! The files that a command reads, as far as they can be known before it begins: none of them is ever written over.

use std::path::{Path, PathBuf};

use crate::cli::globals::Globals;
use crate::cli::models::flags::ModelFlags;
use crate::data::{Data, Row};
use crate::evaluate::scenes::clips;
use crate::source::SourceKind;
use crate::train::folder::FILES as TRAINED;

/// The network of a folder that `import` made.
const FOREIGN: &str = "model.onnx";

/// What a run reads: its source, its models, its settings.
pub(crate) fn of_run(globals: &Globals, source: &str, model: &ModelFlags) -> Vec<PathBuf> {
    let mut files = of_source(source);
    files.extend(of_settings(globals, model));
    files
}

/// Models and settings.
pub(crate) fn of_settings(globals: &Globals, model: &ModelFlags) -> Vec<PathBuf> {
    globals.config.iter().cloned().chain(of_model(model)).collect()
}

/// The files of the models that flags name, and what describes them.
fn of_model(flags: &ModelFlags) -> Vec<PathBuf> {
    flags.places().flat_map(|place| of_model_place(place)).chain(flags.foreign.labels.clone()).collect()
}

/// The files of a model: all of its folder that this or a later command reads, or the one file that it is.
pub(crate) fn of_model_place(place: &Path) -> Vec<PathBuf> {
    let parts = TRAINED.into_iter().chain([FOREIGN]).map(|part| place.join(part));
    std::iter::once(place.to_owned()).chain(parts).collect()
}

/// The files of models that are named one by one, and the settings.
pub(crate) fn of_places<'a>(globals: &Globals, places: impl IntoIterator<Item = &'a PathBuf>) -> Vec<PathBuf> {
    globals.config.iter().cloned().chain(places.into_iter().flat_map(|place| of_model_place(place))).collect()
}

/// Close-ups with their masks, and the manifest that names them.
pub(crate) fn of_closeups(data: &Path, rows: &[Row]) -> Vec<PathBuf> {
    let pictures = rows.iter().flat_map(|row| std::iter::once(row.path.clone()).chain(row.mask.clone()));
    [data.to_owned(), data.join("manifest.tsv"), data.join("manifest.csv")].into_iter().chain(pictures).collect()
}

/// Close-ups, or clips with their truth.
pub(crate) fn of_data(data: &Path) -> Vec<PathBuf> {
    let mut files = of_closeups(data, &Data::open(data).map(|data| data.rows).unwrap_or_default());
    files.extend(clips(data).unwrap_or_default().into_iter().flat_map(|clip| [clip.video, clip.truth]));
    files
}

/// The files that the word given to `--source` names: one, those right in a folder, or those that a glob matches.
fn of_source(word: &str) -> Vec<PathBuf> {
    let Ok(SourceKind::Stills(word) | SourceKind::Video(word)) = SourceKind::of(word) else { return Vec::new() };
    let path = Path::new(&word);
    if path.is_dir() {
        let entries = std::fs::read_dir(path).into_iter().flatten();
        return entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    }
    if path.exists() {
        return vec![path.to_owned()];
    }
    glob::glob(&word).map(|paths| paths.filter_map(Result::ok).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_belongs_to_a_model_counts_as_read() {
        let files = of_model_place(Path::new("m"));
        for name in [
            "model.toml",
            "model.onnx",
            "weights.safetensors",
            "split.json",
            "README.md",
            "checkpoint.json",
            "checkpoint.safetensors",
            "history.svg",
        ] {
            assert!(files.contains(&Path::new("m").join(name)), "{name}");
        }
    }

    #[test]
    fn words_stand_for_files() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("a.png");
        std::fs::write(&file, "").unwrap();
        let folder = root.path().display();
        for word in [
            format!("{folder}"),
            format!("{folder}/*.png"),
            format!("{folder}/a.png"),
            format!("file://{folder}/a.png"),
        ] {
            assert_eq!(of_source(&word), std::slice::from_ref(&file), "{word}");
        }
        for word in ["scene:1", "0", "rtsp://camera/stream", "[", "nothing/*.png"] {
            assert!(of_source(word).is_empty(), "{word}");
        }
    }
}
