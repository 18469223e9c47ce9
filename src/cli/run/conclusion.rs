//! The end of a run or take: its account, and what is made from its files once they are finished.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::run::video::indices_to_front;
use crate::cli::sessions::report;
use crate::config::Config;
use crate::sink::{RunEnd, Session, SinkError};

/// What a run or take that has ended was.
pub(crate) struct EndedSession<'a> {
    pub(crate) folder: &'a Path,
    /// The word that the user named the source by; empty where its pictures are not those of the session.
    pub(crate) source: &'a str,
    pub(crate) config: &'a Config,
    /// How long it took.
    pub(crate) ran: Duration,
}

/// Writes the account of what has ended, then what is made from the files of its folder; what could not be made is said in the account. Gives
/// the path of the report, where there is one.
///
/// # Errors
/// When the account cannot be written.
pub(crate) fn conclude(session: &mut Session, ended: &EndedSession) -> Result<Option<PathBuf>, SinkError> {
    let file = ended.folder.join("session.json");
    session.write(&file)?;
    // Whoever asked for the end does not wait for more than what would be lost.
    let staying = if session.end == RunEnd::Finished { indices_to_front(ended.folder) } else { Vec::new() };
    if !staying.is_empty() {
        session.warnings.extend(staying);
        session.write(&file)?;
    }
    let looked_at = session.frames > 0;
    let report = looked_at.then(|| report::at_end(ended.folder, ended.source, ended.config, ended.ran)).flatten();
    Ok(report.map(|report| report.path))
}
