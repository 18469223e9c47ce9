//! The film of a session, picture by picture, with what was listed of each.

use std::path::PathBuf;

use super::alignment::{Alignment, FilmKind};
use crate::cli::exit::Usage;
use crate::cli::setup::open_source;
use crate::config::Config;
use crate::frame::Frame;
use crate::session::RecordedSession;
use crate::source::{Source, SourceInfo, Stop};

/// The film without overlays, in the folder of a session.
pub(super) const CLEAN: &str = "clean.mp4";

/// A film that is read along with a session's list.
pub(super) struct SessionFilm {
    source: Box<dyn Source>,
    name: String,
    alignment: Alignment,
}

/// A picture of it.
pub(super) struct FilmPicture {
    pub(super) frame: Frame,
    /// Its place in the session's list; `None` where nobody looked at it.
    pub(super) line: Option<usize>,
}

impl SessionFilm {
    /// Opens the clean film of a session, or what it was recorded from, where that is named.
    ///
    /// # Errors
    /// When there is none, when it is no film, or when its pictures have another size than those of the session.
    pub(super) fn open(
        session: &RecordedSession,
        source: Option<&str>,
        config: &Config,
    ) -> anyhow::Result<SessionFilm> {
        let stills = session.frames.iter().any(|frame| frame.file.is_some());
        if stills || session.frames.is_empty() {
            let what = if stills { "stills, which a replay does not draw anew" } else { "no frame" };
            return Err(Usage(format!("{} is a session of {what}", session.folder.display())).into());
        }
        if source.is_some() && session.account.covers_faces() {
            let said = "faces were covered in this session: it is drawn over its clean.mp4, not over what it was recorded from; leave --source out";
            return Err(Usage(said.to_owned()).into());
        }
        let (kind, word) = match source {
            Some(word) => (FilmKind::Source, word.to_owned()),
            None => (FilmKind::Clean, clean(session)?),
        };
        let source = open_source(&word, config)?;
        let name = source.info().label.clone();
        if source.info().live || source.info().stills {
            return Err(Usage(format!("{name} is no film; name the film that the session was recorded from")).into());
        }
        let alignment = Alignment::new(kind, &session.frames);
        Ok(SessionFilm { source, name, alignment })
    }

    /// What is known of the film.
    pub(super) fn info(&self) -> &SourceInfo {
        self.source.info()
    }

    /// The next picture, and at the end, or once `stop` was requested, `None`.
    ///
    /// # Errors
    /// When it cannot be read, or when film and session do not belong together.
    pub(super) fn next(&mut self, session: &RecordedSession, stop: &Stop) -> anyhow::Result<Option<FilmPicture>> {
        if self.alignment.ended(&session.frames) {
            return Ok(None);
        }
        let Some(frame) = self.source.next_frame(stop)? else {
            if !stop.requested() {
                self.alignment.finish(session).map_err(|why| self.stranger(&why))?;
            }
            return Ok(None);
        };
        let line = self.alignment.line(&session.frames, frame.index, frame.pts.as_secs_f64());
        let line = line.map_err(|why| self.stranger(&why))?;
        let recorded = line.and_then(|line| session.frames.get(line)?.size);
        let (found, near) = (frame.size(), |a: u32, b: u32| a.abs_diff(b) <= 1);
        // Films have even sides.
        if let Some(size) = recorded.filter(|size| !near(size.width, found.width) || !near(size.height, found.height)) {
            return Err(self.stranger(&format!("its pictures have {found} px, those of the session {size} px")).into());
        }
        Ok(Some(FilmPicture { frame, line }))
    }

    fn stranger(&self, why: &str) -> Usage {
        Usage(format!("{} and the session do not belong together: {why}; --source names another film", self.name))
    }
}

/// The path of the clean film.
fn clean(session: &RecordedSession) -> Result<String, Usage> {
    let path: PathBuf = session.folder.join(CLEAN);
    let Some(word) = path.to_str().filter(|_| path.is_file()) else {
        return Err(Usage(format!(
            "{} is not there; sessions have it with --save-clean. --source names the film that this one was recorded from",
            path.display()
        )));
    };
    // A path that begins like an address, a number or a scene is a path all the same.
    Ok(if path.is_absolute() { word.to_owned() } else { format!("./{word}") })
}
