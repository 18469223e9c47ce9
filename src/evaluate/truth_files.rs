//! Files of truth: one JSON line a frame.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, IntoInnerError, Write};
use std::path::{Path, PathBuf};

use crate::files::{Replacement, commit};
use crate::truth::TruthFrame;

/// Errors of reading or writing what an evaluation works on; each names the file, and the line where there is one.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// The file or folder cannot be read or written.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A line is not what it should be.
    #[error("{}:{line}: {problem}", .path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// The file or folder as a whole is not what it should be.
    #[error("{}: {problem}", .path.display())]
    Content {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong, and what would be right.
        problem: String,
    },
}

/// Reads a truth file. Fails with file and line on the first line that is not a frame, whose numbers make no sense, or whose
/// frame number is not above the one before, and on a file without frames.
pub fn read_truth(path: &Path) -> Result<Vec<TruthFrame>, EvaluateError> {
    let mut frames: Vec<TruthFrame> = Vec::new();
    read_lines(path, |frame: TruthFrame| {
        if let Some(problem) = problem_of(&frame) {
            return Err(problem);
        }
        if let Some(last) = frames.last()
            && last.frame >= frame.frame
        {
            return Err(format!("frame {} follows frame {}; numbers must rise", frame.frame, last.frame));
        }
        frames.push(frame);
        Ok(())
    })?;
    if frames.is_empty() {
        let problem = "holds no frame; a truth file has one JSON object a line".to_owned();
        return Err(EvaluateError::Content { path: path.to_owned(), problem });
    }
    Ok(frames)
}

/// Writes a truth file, one line a frame, whole or not at all.
pub fn write_truth(path: &Path, frames: impl Iterator<Item = TruthFrame>) -> Result<(), EvaluateError> {
    let write = || -> std::io::Result<()> {
        let mut file = BufWriter::new(Replacement::begin(path)?);
        for frame in frames {
            serde_json::to_writer(&mut file, &frame)?;
            file.write_all(b"\n")?;
        }
        commit([file.into_inner().map_err(IntoInnerError::into_error)?])
    };
    write().map_err(|source| EvaluateError::File { path: path.to_owned(), source })
}

/// Parses every line that is not blank and hands it on; a problem that `take` returns is reported with file and line.
pub(super) fn read_lines<T: serde::de::DeserializeOwned>(
    path: &Path,
    mut take: impl FnMut(T) -> Result<(), String>,
) -> Result<(), EvaluateError> {
    let failed = |source| EvaluateError::File { path: path.to_owned(), source };
    let file = BufReader::new(File::open(path).map_err(failed)?);
    for (n, text) in file.lines().enumerate() {
        let wrong = |problem: String| EvaluateError::Line { path: path.to_owned(), line: n + 1, problem };
        let text = text.map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidData => wrong("is not UTF-8; save the file as UTF-8".to_owned()),
            _ => failed(error),
        })?;
        // Some editors begin a file with a byte order mark.
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            continue;
        }
        let parsed = serde_json::from_str(text).map_err(|e| e.to_string());
        parsed.and_then(&mut take).map_err(wrong)?;
    }
    Ok(())
}

/// What makes no sense about a frame, if anything.
fn problem_of(frame: &TruthFrame) -> Option<String> {
    if frame.skin.len() < 3 {
        return Some(format!("skin has {} corners; an outline has three or more", frame.skin.len()));
    }
    let bad = frame.lesions.iter().find(|l| !(l.x.is_finite() && l.y.is_finite() && l.r.is_finite() && l.r > 0.0));
    bad.map(|l| format!("lesion {} has x {}, y {}, r {}; r must be above 0", l.id, l.x, l.y, l.r))
}
