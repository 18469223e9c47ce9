//! Whether a film ended before its announced end.

use std::time::Duration;

use super::facts::StreamFacts;
use crate::counted;

/// Least time, s, in steps that nothing explains, by which parts of a playlist are known to be missing.
const HOLE_S: f64 = 0.5;

/// How far a film came.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FilmProgress {
    /// End of the last picture by the container's clock, s since its start.
    pub(super) seen_s: f64,
    /// Latest end of a packet of any stream, likewise.
    pub(super) latest_s: f64,
    /// End of the last picture as it was placed, s.
    pub(super) placed_s: f64,
    /// Time of it in steps that nothing explains, s.
    pub(super) unexplained_s: f64,
    /// Whether some time stamps made no sense.
    pub(super) wild: bool,
    /// Pictures given out.
    pub(super) pictures: u64,
    /// Whether an error or damage was the last that was met.
    pub(super) broken: bool,
}

/// A sentence when the film that `name` names stopped before its announced end.
pub(super) fn sentence(name: &str, facts: &StreamFacts, reached: FilmProgress) -> Option<String> {
    let FilmProgress { seen_s, latest_s, placed_s, unexplained_s, wild, pictures, broken } = reached;
    let pictures = counted(pictures, "picture");
    // Edit lists and variable rates move the end by a few pictures.
    let slack = 0.25 + 3.0 / facts.fps.unwrap_or(25.0);
    let short_of = |have: f64, announced: Duration| {
        let announced = announced.as_secs_f64();
        (have + slack + announced * 0.01 < announced).then_some(announced)
    };
    let announced = match (facts.end, facts.length) {
        // The end is but a stamp, of which some are wrong.
        _ if facts.is_measured() && wild => None,
        // Pictures that are the same as the one before are left out of AVI files, so their last one may come earlier.
        (Some(end), _) if facts.format == "avi" => short_of(seen_s.max(latest_s), end),
        (Some(end), _) => short_of(seen_s, end),
        // A container's length is that of its longest stream, so it is compared with the latest packet of any.
        (None, Some(length)) => short_of(latest_s.max(seen_s), length),
        (None, None) => None,
    };
    let came = placed_s - unexplained_s;
    let holes = facts.length.filter(|_| facts.is_list() && unexplained_s >= HOLE_S);
    let missing = holes.and_then(|length| Some(short_of(came, length)? - came));
    if let Some(announced) = announced {
        Some(format!(
            "{name} ends at {seen_s:.2} s of the {announced:.2} s that it announces: it is cut off or damaged; what was before that was processed ({pictures})"
        ))
    } else if let Some(missing) = missing {
        Some(format!(
            "{name}: {missing:.2} s of the {:.2} s that the playlist announces did not come: parts of it could not be fetched; what came was processed ({pictures})",
            came + missing
        ))
    } else if facts.cut || broken {
        Some(format!(
            "{name} breaks off in the middle of a picture at {seen_s:.2} s: it is cut off or damaged; what was before that was processed ({pictures})"
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::video::orientation::Orientation;

    fn facts(format: &str, end_s: Option<f64>, length_s: Option<f64>) -> StreamFacts {
        StreamFacts {
            tick: 0.001,
            start_s: Some(0.0),
            live: false,
            format: format.to_owned(),
            open_end: false,
            cut: false,
            clock_jumps: false,
            frames: None,
            fps: Some(30.0),
            end: end_s.map(Duration::from_secs_f64),
            length: length_s.map(Duration::from_secs_f64),
            orientation: Orientation::UPRIGHT,
            aspect: None,
            alpha: true,
            interlaced: false,
            note: None,
        }
    }

    fn at(seen_s: f64) -> FilmProgress {
        FilmProgress { seen_s, latest_s: seen_s, placed_s: seen_s, pictures: 11, ..FilmProgress::default() }
    }

    #[test]
    fn what_is_announced_is_compared_with_what_came() {
        let says = |facts: &StreamFacts, reached: FilmProgress, words: &str| {
            let sentence = sentence("a", facts, reached).unwrap_or_default();
            assert!(sentence.contains(words) && sentence.is_empty() == words.is_empty(), "{facts:?}: {sentence}");
        };
        let cut = "ends at 0.37 s of the 2.00 s";
        says(&facts("mov", Some(2.0), None), at(2.0), "");
        says(&facts("mov", Some(2.0), None), at(0.37), cut);
        says(&facts("asf", None, Some(2.0)), at(0.37), cut);
        says(&facts("avi", Some(2.0), Some(0.6)), at(0.37), cut);
        says(&facts("avi", Some(2.0), None), FilmProgress { latest_s: 2.0, ..at(0.37) }, "");
        says(&facts("h264", None, None), at(0.37), "");
        says(&facts("h264", None, None), FilmProgress { broken: true, ..at(0.37) }, "breaks off in the middle");
        says(&StreamFacts { cut: true, ..facts("gif", Some(0.37), None) }, at(0.37), "breaks off in the middle");
        let measured = facts("mpegts", Some(50.9), Some(50.9));
        says(&measured, FilmProgress { wild: true, ..at(2.0) }, "");
        says(&measured, FilmProgress { wild: true, broken: true, ..at(2.0) }, "breaks off in the middle");
        says(&measured, at(2.0), "ends at 2.00 s of the 50.90 s");
    }

    #[test]
    fn holes_of_a_playlist_are_told_from_pauses() {
        let list = facts("hls", None, Some(6.04));
        let reached = |unexplained_s| FilmProgress { unexplained_s, ..at(6.0) };
        assert_eq!(sentence("a", &list, reached(0.0)), None);
        let said = sentence("a", &list, reached(1.0)).unwrap();
        assert!(said.contains("1.04 s of the 6.04 s that the playlist announces did not come"), "{said}");
        // A jump of the clock between parts that are all there.
        assert_eq!(sentence("a", &list, FilmProgress { unexplained_s: 1.0, placed_s: 7.0, ..at(7.0) }), None);
        assert_eq!(sentence("a", &facts("mov", Some(6.0), None), reached(1.0)), None);
    }
}
