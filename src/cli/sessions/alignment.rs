//! Which picture of a film belongs to which line of a session's list. Says where they do not belong together.

use crate::session::{RecordedEnd, RecordedFrame, RecordedSession};

/// Times of a film and of a list differ by no more, s: the one counts ticks, the other has four decimals.
const TOLERANCE_S: f64 = 0.005;

/// Time by which a film may end before the list of a run that did not come to its end, s: what the encoder held.
const LOST_S: f64 = 3.0;

/// Lines in which the first picture of a film is looked for: those before it were left out by the encoder.
const FIRST_LINES: usize = 64;

/// What the pictures of a film are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FilmKind {
    /// The recording without overlays: a picture a line, but for those that the encoder left out, which the account counts.
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
    /// Lines that were passed over: the film has no picture of them.
    passed: u64,
    /// Added to times of the film, s; known from the first picture on.
    offset_s: Option<f64>,
    tolerance_s: f64,
}

impl Alignment {
    /// At the beginning of both.
    pub(super) fn new(kind: FilmKind, frames: &[RecordedFrame]) -> Alignment {
        let steps = frames.iter().zip(frames.iter().skip(1)).map(|(this, next)| next.time_s - this.time_s);
        let shortest = steps.filter(|step| *step > 0.0).fold(f64::INFINITY, f64::min);
        Alignment { kind, next: 0, passed: 0, offset_s: None, tolerance_s: (0.4 * shortest).min(TOLERANCE_S) }
    }

    /// The line of the next picture, given its number in the film and its time; `None` for one that was not looked at.
    ///
    /// # Errors
    /// A sentence that goes on from the film's name when the list has no such picture.
    pub(super) fn line(&mut self, frames: &[RecordedFrame], index: u64, time_s: f64) -> Result<Option<usize>, String> {
        match self.kind {
            FilmKind::Clean => {
                let time = time_s + self.offset_s(frames, time_s);
                while frames.get(self.next).is_some_and(|line| line.time_s < time - self.tolerance_s) {
                    (self.next, self.passed) = (self.next + 1, self.passed + 1);
                }
                let line = frames.get(self.next).ok_or_else(|| {
                    format!("it goes on at {time_s:.3} s, where the {} frames of the session have ended", frames.len())
                })?;
                self.agree(line, index, (time_s, time))?;
            }
            FilmKind::Source => {
                let Some(line) = frames.get(self.next).filter(|line| line.frame <= index) else { return Ok(None) };
                self.agree(line, index, (time_s, if line.frame == index { time_s } else { f64::INFINITY }))?;
            }
        }
        self.next += 1;
        Ok(Some(self.next - 1))
    }

    /// Refuses a picture that is not at the time of a line; `time`: that of the film, and on the clock of the list.
    fn agree(&self, line: &RecordedFrame, index: u64, (time_s, time): (f64, f64)) -> Result<(), String> {
        if (time - line.time_s).abs() <= self.tolerance_s {
            return Ok(());
        }
        let (frame, at) = (line.frame, line.time_s);
        Err(format!("its picture {index} is at {time_s:.3} s, where the session has frame {frame} at {at:.3} s"))
    }

    /// What is added to times of a clean film: nothing where its first picture has the time of a line, else it begins with the list.
    fn offset_s(&mut self, frames: &[RecordedFrame], time_s: f64) -> f64 {
        let tolerance_s = self.tolerance_s;
        *self.offset_s.get_or_insert_with(|| {
            let same = |line: &RecordedFrame| (line.time_s - time_s).abs() <= tolerance_s;
            let first = frames.first().map_or(0.0, |line| line.time_s - time_s);
            if frames.iter().take(FIRST_LINES).any(same) { 0.0 } else { first }
        })
    }

    /// Whether the list has ended, so that what is left of a film was not looked at.
    pub(super) fn ended(&self, frames: &[RecordedFrame]) -> bool {
        self.kind == FilmKind::Source && self.next >= frames.len()
    }

    /// Looks at what is left of the list when the film has ended. A run that was cut off may have lost the last pictures of its film.
    ///
    /// # Errors
    /// A sentence that goes on from the film's name when it has fewer pictures than were recorded.
    pub(super) fn finish(&self, session: &RecordedSession) -> Result<(), String> {
        let left = session.frames.get(self.next..).unwrap_or_default();
        let missing = self.passed + left.len() as u64;
        let left_s = left.first().zip(left.last()).map_or(0.0, |(first, last)| last.time_s - first.time_s);
        let cut_off = session.account.end != RecordedEnd::Finished && left_s <= LOST_S && self.next > 0;
        if missing == 0 || cut_off || (self.kind == FilmKind::Clean && missing <= left_out(session)) {
            return Ok(());
        }
        let all = session.frames.len() as u64;
        Err(format!("it has {} of the {all} frames of the session", all - missing))
    }
}

/// Pictures that the encoder left out of the clean film, as the account counts them.
fn left_out(session: &RecordedSession) -> u64 {
    let recording = session.account.more.get("recording");
    recording.and_then(|counts| counts.pointer("/clean.mp4/dropped")?.as_u64()).unwrap_or(0)
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
            (&PLAIN[..3], "it has 3 of the 4 frames"),
            (&[], "it has 0 of the 4 frames"),
            (&[(0, 0.0), (1, 0.04), (2, 0.08)], "picture 1 is at 0.040 s"),
            (&[(0, 0.0), (1, 0.0333), (2, 0.0667), (3, 0.1), (4, 0.1333)], "the 4 frames of the session have ended"),
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
    fn pictures_that_the_encoder_left_out_are_counted_in_the_account() {
        let mut session = session(&PLAIN, RecordedEnd::Finished);
        let film = [(0, 0.0333), (1, 0.1)];
        assert!(aligned(FilmKind::Clean, &session, &film).unwrap_err().contains("it has 2 of the 4 frames"));
        let counts = serde_json::json!({"clean.mp4": {"pictures": 2, "dropped": 2}});
        session.account.more.insert("recording".to_owned(), counts);
        assert_eq!(aligned(FilmKind::Clean, &session, &film), Ok(vec![Some(1), Some(3)]));
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
