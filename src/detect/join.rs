//! Step 10, join: tracks become places, which name them. And which circles are listed.

use super::frame_skin::FrameSkin;
use super::setup::Setup;
use crate::finding::{Place, TrackedCircle};
use crate::frame::Frame;
use crate::place::PlaceBook;
use crate::track::Tracker;

/// What is listed for a frame.
pub(super) struct Listed {
    pub(super) circles: Vec<TrackedCircle>,
    /// The places of these circles, by number.
    pub(super) places: Vec<Place>,
}

/// The circles of the present frame that are called what is wanted, and are no parts of bodies by now.
pub(super) fn join(
    setup: &Setup,
    skin_map: &FrameSkin,
    tracker: &Tracker,
    book: &mut PlaceBook,
    frame: &Frame,
) -> Listed {
    let wanted = |circle: &TrackedCircle| setup.wanted_classes.contains(&circle.class);
    let mut circles = tracker.listed(&setup.naming);
    circles.retain(|circle| !skin_map.is_part(&setup.settings.skin, circle.finding.circle));
    // A lesion that is not wanted takes no number; one that has a number is called by all that was said of it.
    circles.retain(|circle| wanted(circle) || book.place_of(circle.track).is_some());
    let mut places = book.step(&mut circles, &setup.naming, frame.pts);
    circles.retain(wanted);
    places.retain(|place| circles.iter().any(|circle| circle.place == Some(place.number)));
    Listed { circles, places }
}
