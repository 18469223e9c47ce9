//! What a replay is made of, be it written or shown.

use super::film::FilmPicture;
use crate::draw::View;
use crate::finding::Detection;
use crate::session::{RecordedSession, Redrawing};

/// A session that is drawn anew.
pub(super) struct Replay {
    pub(super) session: RecordedSession,
    pub(super) redrawing: Redrawing,
    pub(super) view: View,
}

impl Replay {
    /// What was found on a picture; nothing where nobody looked at it.
    pub(super) fn detection(&self, picture: &FilmPicture) -> Detection {
        let line = picture.line.and_then(|line| self.session.frames.get(line));
        line.map(|line| self.redrawing.detection(line)).unwrap_or_default()
    }
}
