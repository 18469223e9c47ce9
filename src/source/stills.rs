//! Still pictures: a file, a folder or a glob, upright by their EXIF orientation.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Source, SourceError, SourceInfo, SourceStats, Stop};
use crate::counted;
use crate::frame::Frame;
use crate::pictures::{Still, is_picture, left_out, names, open, upright_size};

/// Stills are given one second each: their presentation time is their number in seconds.
const SECONDS_EACH: u64 = 1;

/// How many names of unreadable pictures a sentence lists.
const NAMED: usize = 5;

/// Pictures of files, one frame each. Of an animated picture the first is taken.
#[derive(Debug)]
pub struct StillsSource {
    waiting: VecDeque<PathBuf>,
    info: SourceInfo,
    spec: String,
    next_index: u64,
    unreadable: Vec<(PathBuf, String)>,
    /// Sentences on what was left out from the start.
    left_out: Vec<String>,
    /// What there is to say of single pictures, and of which.
    said: Vec<(String, Vec<PathBuf>)>,
}

impl StillsSource {
    /// Opens a picture file, all pictures right in a folder (not in folders within it), or all that a glob such as
    /// `shots/*.jpg` or `shots/**/*.png` matches; in natural order, `shot2` before `shot10`.
    ///
    /// # Errors
    /// When there is nothing of that name or no picture in it.
    pub fn open(spec: &str) -> Result<StillsSource, SourceError> {
        let path = Path::new(spec);
        let (mut files, others) = if path.is_dir() {
            in_folder(path)?
        } else if path.exists() {
            (vec![path.to_owned()], Vec::new())
        } else if spec.contains(['*', '?', '[']) {
            matched(spec)?
        } else {
            return Err(SourceError::NotFound {
                name: spec.to_owned(),
                kind: "file or folder",
                remedy: "name an existing picture, a folder of pictures, or a glob in quotes",
            });
        };
        files.sort_by(|a, b| natural(&a.to_string_lossy(), &b.to_string_lossy()));
        Ok(StillsSource { left_out: left_out(&others), ..StillsSource::of(spec, files) })
    }

    /// These picture files in this order, which need not lie in one folder. `spec` is their common name for people.
    pub fn of(spec: &str, files: Vec<PathBuf>) -> StillsSource {
        let size = if files.len() == 1 { files.first().and_then(|file| upright_size(file)) } else { None };
        StillsSource {
            info: SourceInfo {
                label: label(spec, &files),
                stem: stem(Path::new(spec)),
                live: false,
                size,
                frames: Some(files.len() as u64),
                fps: Some(1.0 / SECONDS_EACH as f64),
                #[cfg(feature = "video")]
                sound: None,
                stills: true,
            },
            waiting: files.into(),
            spec: spec.to_owned(),
            next_index: 0,
            unreadable: Vec::new(),
            left_out: Vec::new(),
            said: Vec::new(),
        }
    }

    /// The picture files that a glob matches.
    ///
    /// # Errors
    /// [`SourceError::Unusable`] when it is no glob or matches no picture.
    pub fn matching(glob: &str) -> Result<Vec<PathBuf>, SourceError> {
        matched(glob).map(|(files, _)| files)
    }

    /// The pictures that could not be read so far, and why.
    pub fn unreadable(&self) -> &[(PathBuf, String)] {
        &self.unreadable
    }

    fn none_readable(&self) -> SourceError {
        SourceError::Unusable(match self.unreadable.as_slice() {
            [(file, why)] => format!("{} cannot be read: {why}", file.display()),
            all => format!("{}: none of its {} pictures can be read; {}", self.spec, all.len(), self.why_unreadable()),
        })
    }

    fn say(&mut self, file: &Path, note: String) {
        match self.said.iter_mut().find(|(sentence, _)| *sentence == note) {
            Some((_, files)) => files.push(file.to_owned()),
            None => {
                tracing::warn!("{}: {note}", file.display());
                self.said.push((note, vec![file.to_owned()]));
            }
        }
    }

    /// What was left out and what was said of pictures, one sentence for all of which the same is said.
    fn notes(&self) -> Vec<String> {
        let mut notes = self.left_out.clone();
        if !self.unreadable.is_empty() {
            notes.push(format!("could not be read: {}", self.why_unreadable()));
        }
        notes.extend(self.said.iter().map(|(sentence, files)| {
            let listed: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
            match listed.as_slice() {
                [_] => format!("{}: {sentence}", names(&listed)),
                all => format!("{} ({}), each: {sentence}", counted(all.len(), "picture"), names(&listed)),
            }
        }));
        notes
    }

    fn why_unreadable(&self) -> String {
        let listed: Vec<_> =
            self.unreadable.iter().take(NAMED).map(|(file, why)| format!("{}: {why}", file.display())).collect();
        let rest = self.unreadable.len().saturating_sub(NAMED);
        let more = if rest > 0 { format!("; and {rest} more") } else { String::new() };
        format!("{}{more}", listed.join("; "))
    }
}

impl Source for StillsSource {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn next_frame(&mut self, stop: &Stop) -> Result<Option<Frame>, SourceError> {
        while let Some(file) = self.waiting.pop_front() {
            if stop.requested() {
                return Ok(None);
            }
            match open(&file) {
                Ok(Still { pixels, notes }) => {
                    notes.into_iter().for_each(|note| self.say(&file, note));
                    let index = self.next_index;
                    self.next_index += 1;
                    let pts = Duration::from_secs(index * SECONDS_EACH);
                    return Ok(Some(Frame { index, pts, pixels, file: Some(file) }));
                }
                Err(why) => {
                    // Of a lone picture the error says so.
                    if self.info.frames != Some(1) {
                        tracing::warn!("{} is skipped: {why}", file.display());
                    }
                    self.unreadable.push((file, why));
                }
            }
        }
        if self.next_index == 0 && !self.unreadable.is_empty() { Err(self.none_readable()) } else { Ok(None) }
    }

    fn stats(&self) -> SourceStats {
        SourceStats { unreadable: self.unreadable.len() as u64, notes: self.notes(), ..SourceStats::default() }
    }
}

/// Pictures among the paths, and what else there is.
type Sorted = (Vec<PathBuf>, Vec<PathBuf>);

fn in_folder(folder: &Path) -> Result<Sorted, SourceError> {
    let refused = |error: std::io::Error| {
        SourceError::Unusable(format!("the folder {} cannot be read: {error}", folder.display()))
    };
    let listed = std::fs::read_dir(folder).map_err(refused)?;
    let paths = listed.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(refused)?;
    let (files, others) = sorted(paths);
    if files.is_empty() {
        return Err(SourceError::Unusable(format!(
            "the folder {} holds no pictures; one with JPEG, PNG, TIFF, WebP, BMP, GIF, TGA, AVIF, JPEG 2000 or PNM files right in it \
             would do{}",
            folder.display(),
            besides(&others)
        )));
    }
    Ok((files, others))
}

fn sorted(mut paths: Vec<PathBuf>) -> Sorted {
    // In whatever order a folder is listed, the same names are named.
    paths.sort();
    paths.into_iter().partition(|path| is_picture(path) && path.is_file())
}

/// What was left out, as the end of a sentence that says that nothing is left.
fn besides(others: &[PathBuf]) -> String {
    left_out(others).into_iter().map(|sentence| format!("; {sentence}")).collect()
}

fn matched(spec: &str) -> Result<Sorted, SourceError> {
    let paths = glob::glob(spec)
        .map_err(|error| SourceError::Unusable(format!("{spec} is not a glob that can be understood: {error}")))?;
    // A folder that may not be listed is left out as one.
    let paths = paths.map(|found| found.unwrap_or_else(|error| error.path().to_owned())).collect();
    let (files, others) = sorted(paths);
    if files.is_empty() {
        return Err(SourceError::Unusable(format!(
            "{spec} matches no picture; a glob such as \"shots/*.jpg\" that matches some would do{}",
            besides(&others)
        )));
    }
    Ok((files, others))
}

fn label(spec: &str, files: &[PathBuf]) -> String {
    match files {
        [one] => one.file_name().unwrap_or(one.as_os_str()).to_string_lossy().into_owned(),
        all => format!("{spec}: {}", counted(all.len(), "picture")),
    }
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let safe: String = stem.chars().filter(|letter| letter.is_alphanumeric() || "-_".contains(*letter)).collect();
    if safe.is_empty() { "stills".to_owned() } else { safe }
}

/// Natural order: runs of digits compare as numbers, all else as text.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (x, y) = (leading(left), leading(right));
        if x.is_empty() || y.is_empty() {
            // Equal as numbers (`01` and `1`) still have an order.
            return x.len().cmp(&y.len()).then_with(|| a.cmp(b));
        }
        let order = if both_numbers(x, y) {
            let (x, y) = (x.trim_start_matches('0'), y.trim_start_matches('0'));
            x.len().cmp(&y.len()).then_with(|| x.cmp(y))
        } else {
            x.cmp(y)
        };
        if order.is_ne() {
            return order;
        }
        left = left.get(x.len()..).unwrap_or_default();
        right = right.get(y.len()..).unwrap_or_default();
    }
}

/// The run of digits, or of others, at the start.
fn leading(text: &str) -> &str {
    let digits = text.starts_with(|letter: char| letter.is_ascii_digit());
    let end = text.find(|letter: char| letter.is_ascii_digit() != digits).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn both_numbers(x: &str, y: &str) -> bool {
    x.starts_with(|letter: char| letter.is_ascii_digit()) && y.starts_with(|letter: char| letter.is_ascii_digit())
}

#[cfg(test)]
#[path = "stills_tests.rs"]
mod tests;
