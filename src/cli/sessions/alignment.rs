//! Which picture of a film belongs to which line of a session's list. Says where they do not belong together.

use crate::session::{RecordedEnd, RecordedFrame, RecordedSession};

/// Times of a film and of a list differ by no more, s: the one counts ticks, the other has four decimals.
const TOLERANCE_S: f64 = 0.005;

/// Time by which a film may end before the list of a run that did not come to its end, s: what the encoder held.
const LOST_S: f64 = 3.0;

/// What the pictures of a film are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FilmKind {
    /// The recording without overlays: one picture a line, times from the first picture on.
    Clean,
    /// What was recorded from: frames that were not looked at are in it too, and go by without circles.
    Source,
}

/// Goes through a film and a list side by side.
#[derive(Debug)]
pub(super) struct Alignment {
    kind: FilmKind,
    /// The line that comes next.
    next: usize,
    /// Added to times of the film, s; known from the first picture on.
    offset_s: Option<f64>,
    tolerance_s: f64,
}

impl Alignment {
    /// At the beginning of both.
    pub(super) fn new(kind: FilmKind, frames: &[RecordedFrame]) -> Alignment {
        let steps = frames.windows(2).map(|pair| pair[1].time_s - pair[0].time_s);
        let shortest = steps.filter(|step| *step > 0.0).fold(f64::INFINITY, f64::min);
        Alignment { kind, next: 0, offset_s: None, tolerance_s: (0.4 * shortest).min(TOLERANCE_S) }
    }

    /// The line of the next picture, given its number in the film and its time; `None` for one that was not looked at.
    ///
    /// # Errors
    /// A sentence that goes on from the film's name when the list has no such picture.
    pub(super) fn line(&mut self, frames: &[RecordedFrame], index: u64, time_s: f64) -> Result<Option<usize>, String> {
        let Some(line) = frames.get(self.next) else {
            return match self.kind {
                FilmKind::Clean => Err(format!("it has more pictures than the {} of the session", frames.len())),
                FilmKind::Source => Ok(None),
            };
        };
        let offset = match self.kind {
            FilmKind::Clean => *self.offset_s.get_or_insert(line.time_s - time_s),
            FilmKind::Source if index < line.frame => return Ok(None),
            FilmKind::Source => 0.0,
        };
        let off = time_s + offset - line.time_s;
        if off.abs() > self.tolerance_s || (self.kind == FilmKind::Source && index != line.frame) {
            return Err(format!(
                "its picture {index} is at {time_s:.3} s, where the session has frame {} at {:.3} s",
                line.frame, line.time_s
            ));
        }
        self.next += 1;
        Ok(Some(self.next - 1))
    }

    /// Whether the list has ended, so that what is left of a film was not looked at.
    pub(super) fn ended(&self, frames: &[RecordedFrame]) -> bool {
        self.kind == FilmKind::Source && self.next >= frames.len()
    }

    /// Looks at what is left of the list when the film has ended. A run that was cut off may have lost the last pictures of its film.
    ///
    /// # Errors
    /// A sentence that goes on from the film's name when it is shorter than the session.
    pub(super) fn finish(&self, session: &RecordedSession) -> Result<(), String> {
        let left = session.frames.get(self.next..).unwrap_or_default();
        let (Some(first), Some(last)) = (left.first(), left.last()) else { return Ok(()) };
        let cut_off = session.account.end != RecordedEnd::Finished && last.time_s - first.time_s <= LOST_S;
        if cut_off && self.next > 0 {
            return Ok(());
        }
        Err(format!("it ends after {} of the {} frames of the session", self.next, session.frames.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::RecordedAccount;

    fn session(times: &[(u64, f64)], end: RecordedEnd) -> RecordedSession {
        let frame = |(frame, time_s): &(u64, f64)| RecordedFrame {
            frame: *frame,
            time_s: *time_s,
            size: None,
            file: None,
            dropped: 0,
            circles: Vec::new(),
            not_assessable: None,
        };
        RecordedSession {
            folder: "exp".into(),
            account: RecordedAccount { end, ..RecordedAccount::default() },
            classes: Vec::new(),
            frames: times.iter().map(frame).collect(),
            warnings: Vec::new(),
        }
    }

    /// The lines of the pictures of a film, and whether the two belong together to the end.
    fn aligned(kind: FilmKind, session: &RecordedSession, film: &[(u64, f64)]) -> Result<Vec<Option<usize>>, String> {
        let mut alignment = Alignment::new(kind, &session.frames);
        let frames = &session.frames;
        let lines = film.iter().map(|(index, time)| alignment.line(frames, *index, *time)).collect::<Result<_, _>>()?;
        alignment.finish(session).map(|()| lines)
    }

    const PLAIN: [(u64, f64); 4] = [(0, 0.0), (1, 0.0333), (2, 0.0667), (3, 0.1)];

    #[test]
    fn a_clean_film_has_the_pictures_of_the_list_in_its_own_time() {
        let finished = session(&PLAIN, RecordedEnd::Finished);
        let film = [(0, 0.0), (1, 0.033_33), (2, 0.066_68), (3, 0.1)];
        let all = Ok(vec![Some(0), Some(1), Some(2), Some(3)]);
        assert_eq!(aligned(FilmKind::Clean, &finished, &film), all);
        // A take begins anew while the frames of its session go on.
        let take = session(&[(90, 3.0), (91, 3.0333), (93, 3.1), (94, 3.1333)], RecordedEnd::Finished);
        assert_eq!(aligned(FilmKind::Clean, &take, &[(0, 0.0), (1, 0.0333), (2, 0.1), (3, 0.1333)]), all);
    }

    #[test]
    fn a_film_of_another_session_is_told_by_its_number_of_pictures_and_by_their_times() {
        let finished = session(&PLAIN, RecordedEnd::Finished);
        for (film, words) in [
            (&PLAIN[..3], "ends after 3 of the 4 frames"),
            (&[], "ends after 0 of the 4 frames"),
            (&[(0, 0.0), (1, 0.04), (2, 0.08)], "picture 1 is at 0.040 s"),
            (&[(0, 0.0), (1, 0.0333), (2, 0.0667), (3, 0.1), (4, 0.1333)], "more pictures than the 4"),
        ] {
            let said = aligned(FilmKind::Clean, &finished, film).unwrap_err();
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn what_was_recorded_from_may_have_pictures_that_nobody_looked_at() {
        let strided = session(&[(0, 0.0), (2, 0.0667)], RecordedEnd::Finished);
        let lines = aligned(FilmKind::Source, &strided, &PLAIN);
        assert_eq!(lines, Ok(vec![Some(0), None, Some(1), None]));
        let said = aligned(FilmKind::Source, &strided, &[(0, 0.0), (1, 0.04), (2, 0.08)]).unwrap_err();
        assert!(said.contains("picture 2 is at 0.080 s"), "{said}");
        assert!(aligned(FilmKind::Source, &strided, &PLAIN[..2]).is_err());
    }

    #[test]
    fn a_run_that_was_killed_may_have_lost_the_end_of_its_film() {
        for (end, fine) in [(RecordedEnd::Running, true), (RecordedEnd::Failed, true), (RecordedEnd::Finished, false)] {
            assert_eq!(aligned(FilmKind::Clean, &session(&PLAIN, end), &PLAIN[..2]).is_ok(), fine);
        }
        let long = session(&[(0, 0.0), (1, 1.0), (2, 9.0)], RecordedEnd::Running);
        assert!(aligned(FilmKind::Clean, &long, &[(0, 0.0)]).is_err());
    }
}
