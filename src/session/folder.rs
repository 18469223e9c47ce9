//! The folder of a session.

use std::path::{Path, PathBuf};

use super::account::RecordedAccount;
use super::error::SessionError;
use super::frames::{FrameList, RecordedFrame};
use super::{ACCOUNT, LIST, OWN};

/// A session that was recorded: one run of `headless`, or one take of `live`.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedSession {
    /// Its folder.
    pub folder: PathBuf,
    /// `session.json`.
    pub account: RecordedAccount,
    /// Names of the classes, in the order of the scores of every circle; empty where no circle was listed.
    pub classes: Vec<String>,
    /// `detections.jsonl`, a frame a line, in the order of the file.
    pub frames: Vec<RecordedFrame>,
    /// What could not be read, as sentences.
    pub warnings: Vec<String>,
}

impl RecordedSession {
    /// Reads a session, given by its folder or by a file in it.
    ///
    /// # Errors
    /// When there is no session, or a file of it cannot be read. A last line that was cut off is no error, but a warning.
    pub fn open(path: &Path) -> Result<RecordedSession, SessionError> {
        let folder = session_folder(path)?;
        let account = RecordedAccount::read(&folder)?;
        if let Some(take) = first_take(&folder).filter(|_| !folder.join(LIST).exists()) {
            let problem =
                format!("it is a run in takes, each a session of its own; name one, such as {}", take.display());
            return Err(SessionError::content(&folder, problem));
        }
        let FrameList { frames, classes, warning } = FrameList::read(&folder.join(LIST))?;
        Ok(RecordedSession { folder, account, classes, frames, warnings: warning.into_iter().collect() })
    }
}

/// The folder of the session that a path names, itself or by a file in it.
///
/// # Errors
/// When there is nothing, no `session.json` in that folder, or a link where a file of the session belongs. Of a folder with takes, the sentence names the first.
pub fn session_folder(path: &Path) -> Result<PathBuf, SessionError> {
    let meta = std::fs::metadata(path).map_err(|error| SessionError::unreadable(path, error))?;
    let folder = if meta.is_dir() {
        path
    } else {
        // Of a file in the current folder the parent is empty.
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
    };
    if let Some(link) = OWN.map(|name| folder.join(name)).into_iter().find(|path| path.is_symlink()) {
        let problem = "it is a link, which no run makes; what a session has is read and written in its folder alone";
        return Err(SessionError::content(&link, problem));
    }
    if folder.join(ACCOUNT).is_file() {
        return Ok(folder.to_owned());
    }
    let instead = match first_take(folder) {
        Some(take) => format!("; its takes are sessions, such as {}", take.display()),
        None => ", which every run writes into its folder (runs/exp, for example)".to_owned(),
    };
    Err(SessionError::content(folder, format!("it is no session: there is no {ACCOUNT}{instead}")))
}

/// The first take in the folder of a run, if there is one.
fn first_take(folder: &Path) -> Option<PathBuf> {
    Some(folder.join("take-1")).filter(|take| take.join(ACCOUNT).is_file())
}
