//! Step 10, join: tracks become places, which name them. And which circles are listed.

use super::memory::Memory;
use super::setup::Setup;
use crate::finding::{Place, TrackedCircle};
use crate::frame::Frame;
use crate::geometry::Circle;
use crate::place::{Appearance, PlaceBook, PlaceFrame};
use crate::track::Tracker;

/// The frame that is concluded.
pub(super) struct JoinedFrame<'a> {
    pub(super) frame: &'a Frame,
    /// Whether it is a picture that stands alone.
    pub(super) alone: bool,
}

/// What is listed for a frame.
pub(super) struct Listed {
    pub(super) circles: Vec<TrackedCircle>,
    /// The places of these circles, by number.
    pub(super) places: Vec<Place>,
}

/// The circles of the present frame that are called what is wanted, and that the skin map does not deny by now.
pub(super) fn join(
    setup: &Setup,
    memory: &Memory,
    tracker: &Tracker,
    book: &mut PlaceBook,
    JoinedFrame { frame, alone }: JoinedFrame,
) -> Listed {
    let skin_map = memory.frame_skin();
    let wanted = |circle: &TrackedCircle| setup.wanted_classes.contains(&circle.class);
    let mut circles = tracker.listed(&setup.naming);
    circles.retain(|circle| !skin_map.denies(&setup.settings.skin, circle.finding.circle));
    // A lesion that is not wanted takes no number; one that has a number is called by all that was said of it.
    circles.retain(|circle| wanted(circle) || book.place_of(circle.track).is_some());
    let appearance = |circle: Circle| Appearance::of(&frame.pixels, circle);
    let place_frame = PlaceFrame {
        time: frame.pts,
        size: frame.size(),
        from_first: memory.present.from_first(),
        camera_lost: memory.camera_lost,
        alone,
        naming: &setup.naming,
        appearance: &appearance,
    };
    let mut places = book.step(&mut circles, &place_frame);
    circles.retain(wanted);
    places.retain(|place| circles.iter().any(|circle| circle.place == Some(place.number)));
    Listed { circles, places }
}
