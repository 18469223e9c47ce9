//! The report of a session: one page that people open first. It stands for itself (pictures, style and script are inside, nothing comes from
//! a network); only the film with circles lies beside it.
//!
//! [`page()`] makes the page of a [`RecordedSession`](crate::session::RecordedSession), [`write()`] puts it into the session's folder, and
//! [`list()`] makes a page with links to several.

mod album;
mod card;
mod chart;
mod drawn;
mod error;
mod inline;
mod judgement;
mod key;
mod list;
mod page;
mod sightings;
mod stills;
mod wanted;
mod words;
mod written;

pub use self::album::{PictureSource, Reopen};
pub use self::error::ReportError;
pub use self::list::{ListedReport, list};
pub use self::page::{ReportPage, page};
pub use self::written::{REPORT, write};

#[cfg(test)]
mod tests;
