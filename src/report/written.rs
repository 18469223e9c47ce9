//! The page of a session in its folder.

use std::path::{Path, PathBuf};

use crate::files::replace;
use crate::session::RecordedSession;

use super::album::PictureSource;
use super::error::ReportError;
use super::list::ListedReport;
use super::page::page;

/// The report of a session, in its folder.
pub const REPORT: &str = "report.html";

/// Makes the report of a session, given by its folder or by a file in it, and writes it there, whole or not at all.
///
/// # Errors
/// When there is no session, it cannot be read, or the page cannot be written.
pub fn write(session: &Path, from: PictureSource) -> Result<ListedReport, ReportError> {
    let session = RecordedSession::open(session)?;
    let made = page(&session, from)?;
    let path: PathBuf = session.folder.join(REPORT);
    replace(&path, made.html.as_bytes())?;
    Ok(ListedReport { path, headline: made.headline, filmed: made.filmed })
}
