//! The picture at the top: the frame that shows most, with all places where the camera stood still.

use serde::Serialize;

use crate::geometry::Circle;
use crate::session::{RecordedPlace, RecordedSession};

use super::album::Album;
use super::drawn::{DrawnPicture, RingPlan, drawn};
use super::judgement::Judgement;
use super::sightings::Sightings;
use super::wanted::PictureOf;
use super::words::{class_name, clock};

/// The picture as the template shows it.
#[derive(Debug, Serialize)]
pub(super) struct KeyFigure {
    heading: &'static str,
    caption: String,
    picture: DrawnPicture,
}

/// The figure of a key frame, if its picture was found.
pub(super) fn key_figure(
    session: &RecordedSession,
    position: usize,
    sightings: &Sightings,
    places: &[(&RecordedPlace, Judgement)],
    album: &Album,
) -> Option<KeyFigure> {
    let picture = album.picture(PictureOf::KeyFrame)?;
    let frame = session.frames.get(position)?;
    let still = sightings.camera_still(&session.account.places);
    let ring = |(place, kind): &(&RecordedPlace, Judgement)| {
        let here = frame.circles.iter().find(|circle| circle.place == Some(place.place)).map(|circle| circle.circle);
        let there = Circle { x: place.x as f32, y: place.y as f32, r: place.r as f32 };
        let circle = here.or(still.then_some(there))?;
        Some(RingPlan { circle, kind: *kind, label: format!("#{}", place.place), absent: here.is_none() })
    };
    let rings: Vec<RingPlan> = places.iter().filter_map(ring).collect();
    let named = |(place, kind): &(&RecordedPlace, Judgement)| {
        let name = place.class.as_deref().map_or("no class".to_owned(), class_name);
        format!("#{} {name}, {}", place.place, kind.words())
    };
    let of_frame = |(place, _): &&(&RecordedPlace, Judgement)| {
        frame.circles.iter().any(|circle| circle.place == Some(place.place))
    };
    let here: Vec<String> = places.iter().filter(of_frame).map(named).collect();
    let start_s = session.frames.first().map_or(0.0, |first| first.time_s);
    let at = clock(frame.time_s - start_s);
    let absent = !picture.annotated && rings.iter().any(|ring| ring.absent);
    let missing = places.len() - here.len();
    let caption = match (still, absent, missing) {
        (_, _, 0) => format!("The picture at {at}: all places are on it."),
        (true, true, _) => format!(
            "The picture at {at}. The camera stood still, so all places are drawn on it; those with a dashed circle were seen at another time."
        ),
        _ => format!(
            "The picture at {at}, which shows most. {} seen at {}: see the cards.",
            if missing == 1 { "One more place was".to_owned() } else { format!("{missing} more places were") },
            if missing == 1 { "another time" } else { "other times" }
        ),
    };
    let alt = format!("A frame of the film with circles: {}", here.join("; "));
    Some(KeyFigure { heading: "Where they are", caption, picture: drawn(picture, &rings, alt) })
}
