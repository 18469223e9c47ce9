//! The pictures that a page wants: which part of which frame.

use std::collections::{BTreeMap, BTreeSet};

use crate::geometry::Circle;
use crate::session::{RecordedFrame, RecordedPlace, RecordedSession};

use super::inline::FramePart;
use super::judgement::{Judgement, operating_point};

/// What a picture of the page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PictureOf {
    /// The frame that shows most.
    KeyFrame,
    /// The place of this number.
    Place(u64),
    /// The still at this position of the list.
    Still(usize),
}

/// A part of a frame that is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct WantedPart {
    /// What it is for.
    pub(super) of: PictureOf,
    /// What it shows.
    pub(super) part: FramePart,
}

/// All that is wanted, by the position of the frame in the list of the session.
pub(super) type Wanted = BTreeMap<usize, Vec<WantedPart>>;

/// What a page of these places shows: the key frame of a film or the stills, and every place on its best frame.
pub(super) fn wanted(
    session: &RecordedSession,
    places: &[&RecordedPlace],
    stills: &[usize],
    key: Option<usize>,
) -> Wanted {
    let mut wanted = Wanted::new();
    let mut want = |frame: usize, of, part| wanted.entry(frame).or_default().push(WantedPart { of, part });
    if let Some(key) = key {
        want(key, PictureOf::KeyFrame, FramePart::Whole);
    }
    stills.iter().for_each(|still| want(*still, PictureOf::Still(*still), FramePart::Thumbnail));
    for place in places {
        if let Ok(frame) = session.frames.binary_search_by_key(&place.best_frame, |frame| frame.frame) {
            let circle = Circle { x: place.x as f32, y: place.y as f32, r: place.r as f32 };
            want(frame, PictureOf::Place(place.place), FramePart::Around(circle));
        }
    }
    wanted
}

/// The frame that shows most: the suspicious places first, then all of them, then what is largest. `None` where nothing was circled.
pub(super) fn key_frame(session: &RecordedSession) -> Option<usize> {
    let point = operating_point(&session.account);
    let places = session.account.places.iter();
    let suspicious: BTreeSet<u64> =
        places.filter(|place| Judgement::of(place, point) == Judgement::Suspicious).map(|place| place.place).collect();
    let worth = |frame: &RecordedFrame| {
        let seen = || frame.circles.iter().filter(|circle| circle.place.is_some());
        let warm = seen().filter(|circle| circle.place.is_some_and(|place| suspicious.contains(&place))).count();
        let radii: f32 = seen().map(|circle| circle.circle.r).sum();
        (warm, seen().count(), radii)
    };
    let frames = session.frames.iter().enumerate().map(|(at, frame)| (at, worth(frame)));
    let best = frames.filter(|(_, (_, seen, _))| *seen > 0).max_by(|(at, a), (other, b)| {
        // Of equals the first.
        (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)).then(other.cmp(at))
    });
    best.map(|(at, _)| at)
}
