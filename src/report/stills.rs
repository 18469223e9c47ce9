//! The grid of a session of photographs: all of them small, by suspicion.

use std::path::Path;

use serde::Serialize;

use crate::counted;
use crate::finding::TrackState;
use crate::session::{RecordedFrame, RecordedPlace, RecordedSession};

use super::album::Album;
use super::drawn::{DrawnPicture, RingPlan, drawn};
use super::judgement::Judgement;
use super::wanted::PictureOf;
use super::words::shown;

/// Most photographs that are shown.
const MOST: usize = 240;

/// A photograph as the template shows it.
#[derive(Debug, Serialize)]
pub(super) struct Thumbnail {
    kind: Option<Judgement>,
    name: String,
    words: String,
    places: Vec<u64>,
    picture: Option<DrawnPicture>,
}

/// The positions of the photographs that are shown, the most suspicious first; none of a film.
pub(super) fn shown_stills(session: &RecordedSession, places: &[(&RecordedPlace, Judgement)]) -> Vec<usize> {
    let stills = session.frames.iter().enumerate().filter(|(_, frame)| frame.file.is_some());
    let mut stills: Vec<(usize, usize)> = stills.map(|(at, frame)| (rank(frame, places), at)).collect();
    stills.sort_unstable();
    stills.into_iter().take(MOST).map(|(_, at)| at).collect()
}

/// The photographs at these positions.
pub(super) fn thumbnails(
    session: &RecordedSession,
    positions: &[usize],
    places: &[(&RecordedPlace, Judgement)],
    album: &Album,
) -> Vec<Thumbnail> {
    let thumbnail = |at: &usize| {
        let frame = session.frames.get(*at)?;
        let numbers: Vec<u64> = frame.circles.iter().filter_map(|circle| circle.place).collect();
        let name = frame.file.as_deref().map(|file| Path::new(file).file_name().unwrap_or_default().to_string_lossy());
        let name = shown(&name.unwrap_or_default());
        let rings = frame.circles.iter().filter_map(|circle| {
            let (_, kind) = places.iter().find(|(place, _)| Some(place.place) == circle.place)?;
            Some(RingPlan { circle: circle.circle, kind: *kind, label: String::new(), absent: false })
        });
        let rings: Vec<RingPlan> = rings.collect();
        let words = words(frame);
        let picture = album.picture(PictureOf::Still(*at));
        let picture = picture.map(|picture| drawn(picture, &rings, format!("{name}: {words}")));
        let kind = places.get(rank(frame, places)).map(|(_, kind)| *kind);
        Some(Thumbnail { kind, name, words, places: numbers, picture })
    };
    positions.iter().filter_map(thumbnail).collect()
}

/// The position of the first of its places among all of them, which come in the order of the page.
fn rank(frame: &RecordedFrame, places: &[(&RecordedPlace, Judgement)]) -> usize {
    let of = |place: &RecordedPlace| frame.circles.iter().any(|circle| circle.place == Some(place.place));
    places.iter().position(|(place, _)| of(place)).unwrap_or(places.len())
}

fn words(frame: &RecordedFrame) -> String {
    if let Some(reason) = &frame.not_assessable {
        return format!("not assessable: {}", shown(reason));
    }
    let places = frame.circles.iter().filter(|circle| circle.place.is_some()).count();
    let off = frame.circles.iter().filter(|circle| !circle.on_skin && circle.state == TrackState::Confirmed).count();
    match (places, off) {
        (0, 0) => "nothing was circled".to_owned(),
        (0, off) => format!("{} off skin", counted(off, "look-alike")),
        (places, _) => counted(places, "place"),
    }
}
