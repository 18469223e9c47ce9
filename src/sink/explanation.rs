//! The files of an explanation: a contact sheet, a picture and the raw numbers of every map, and what is known about them.

use std::path::{Path, PathBuf};

use image::RgbImage;
use serde::Serialize;

use super::SinkError;
use super::pictures::save;
use crate::files;

/// One map in the list of an explanation.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MapRecord {
    /// Name of the method.
    pub method: &'static str,
    /// What its map says, and what it does not.
    pub about: &'static str,
    /// Time that it took, milliseconds.
    pub ms: f64,
    /// Mean score as the highest places of the map are hidden, `0..=1`: low is good.
    pub deletion: f32,
    /// Mean score as they are shown, `0..=1`: high is good.
    pub insertion: f32,
    /// Scores on the way of deletion.
    pub deletion_curve: Vec<f32>,
    /// Scores on the way of insertion.
    pub insertion_curve: Vec<f32>,
}

/// What `explanation.json` says.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ExplanationRecord {
    /// Always `lesionscope-explanation/1`.
    pub schema: &'static str,
    /// What the picture came from.
    pub source: String,
    /// Number of the picture in its source.
    pub frame: u64,
    /// Name of the picture's file, where the source is made of files.
    pub picture: Option<String>,
    /// Name and checksum of the network that was asked.
    pub model: (String, String),
    /// The class that the maps are about.
    pub class: String,
    /// Its score, `0..=1`.
    pub score: f32,
    /// The window, px of the picture: left, top, side.
    pub window: (f32, f32, f32),
    /// The maps.
    pub maps: Vec<MapRecord>,
}

/// Files of one explanation: `NAME.png` beside a folder `NAME`.
pub struct ExplanationFiles {
    sheet: PathBuf,
    folder: PathBuf,
}

impl ExplanationFiles {
    /// Makes the folder of that name in `out`; a number is added when it, or the sheet, is there already: nothing is written over.
    pub fn create(out: &Path, name: &str) -> Result<ExplanationFiles, SinkError> {
        let clean = files::name(name);
        let free = |n: u32| {
            let name = if n == 1 { clean.clone() } else { format!("{clean}-{n}") };
            let taken = [out.join(&name), sheet(out, &name)].iter().any(|path| path.symlink_metadata().is_ok());
            (!taken).then_some(name)
        };
        let name = (1..).find_map(free).unwrap_or(clean);
        let folder = out.join(&name);
        std::fs::create_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
        Ok(ExplanationFiles { sheet: sheet(out, &name), folder })
    }

    /// Writes the contact sheet; its path.
    pub fn sheet(&self, sheet: &RgbImage) -> Result<&Path, SinkError> {
        save(sheet, &self.sheet)?;
        Ok(&self.sheet)
    }

    /// Writes `NAME.png`, as far as the name is one of a file; a number is added when there is one already.
    pub fn picture(&self, name: &str, picture: &RgbImage) -> Result<(), SinkError> {
        let clean = files::name(name);
        let file = |n: u32| if n == 1 { format!("{clean}.png") } else { format!("{clean}-{n}.png") };
        let free = (1..).map(file).find(|file| !self.folder.join(file).exists());
        let path = self.folder.join(free.unwrap_or_else(|| file(1)));
        save(picture, &path)
    }

    /// Writes the numbers of a map, `METHOD.npy`: float32, rows by columns.
    pub fn numbers(&self, method: &str, rows: usize, cols: usize, values: &[f32]) -> Result<(), SinkError> {
        write(&self.folder.join(files::name(method) + ".npy"), &npy(rows, cols, values))
    }

    /// Writes `explanation.json`.
    pub fn record(&self, record: &ExplanationRecord) -> Result<(), SinkError> {
        let path = self.folder.join("explanation.json");
        let text = serde_json::to_string_pretty(record).map_err(|error| failed(&path, &error))?;
        write(&path, text.as_bytes())
    }
}

/// The contact sheet of the explanation `name`.
fn sheet(out: &Path, name: &str) -> PathBuf {
    out.join(format!("{name}.png"))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), SinkError> {
    files::replace(path, bytes).map_err(|error| SinkError::Failed(error.to_string()))
}

fn failed(path: &Path, why: &dyn std::fmt::Display) -> SinkError {
    SinkError::Failed(format!("{}: cannot be written: {why}", path.display()))
}

/// NumPy's format, version 1.0: a header padded to 64 bytes, then little-endian numbers.
fn npy(rows: usize, cols: usize, values: &[f32]) -> Vec<u8> {
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {cols}), }}");
    // Magic, version and length take 10 bytes, the line feed one.
    let padding = 63 - (header.len() + 10) % 64;
    header.extend(std::iter::repeat_n(' ', padding));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_npy_file_is_laid_out_as_its_specification_says() {
        for (rows, cols) in [(1, 1), (16, 16), (128, 1000)] {
            let bytes = npy(rows, cols, &vec![1.5; rows * cols]);
            let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
            assert_eq!((10 + length) % 64, 0);
            assert_eq!(bytes[10 + length - 1], b'\n');
            assert_eq!(bytes.len(), 10 + length + 4 * rows * cols);
            assert!(String::from_utf8_lossy(&bytes[10..10 + length]).contains(&format!("'shape': ({rows}, {cols})")));
        }
    }

    #[test]
    fn names_never_lead_out_of_the_folder_and_are_never_taken_twice() {
        let root = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            ExplanationFiles::create(root.path(), "../../etc/x y").unwrap();
        }
        let mut names: Vec<String> = std::fs::read_dir(root.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert_eq!(names, ["-.-..-etc-x y", "-.-..-etc-x y-2"]);
        std::fs::write(root.path().join("arm.png"), "a picture that is explained").unwrap();
        let files = ExplanationFiles::create(root.path(), "arm").unwrap();
        assert_eq!(files.sheet(&RgbImage::new(1, 1)).unwrap(), root.path().join("arm-2.png"));
        let files = ExplanationFiles::create(root.path(), "prototypes").unwrap();
        for class in ["../ESCAPED", "benign/unclear", "benign-unclear"] {
            files.picture(class, &RgbImage::new(2, 2)).unwrap();
        }
        let written = |name: &str| root.path().join("prototypes").join(name).is_file();
        assert!(["-.-ESCAPED.png", "benign-unclear.png", "benign-unclear-2.png"].into_iter().all(written));
        assert!(!root.path().join("ESCAPED.png").exists());
    }
}
