//! What all formats go by: the chosen circles of every frame, with ids, boxes and numbers for their classes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use crate::files::Names;
use crate::finding::{TrackState, listed_px};
use crate::geometry::{Circle, Region, Size};
use crate::session::{LIST, RecordedCircle, RecordedFrame, RecordedSession, SessionError};

/// Which circles are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircleChoice {
    /// Only those that skin surrounds.
    pub on_skin_only: bool,
    /// Those of tentative tracks too.
    pub tentative: bool,
}

/// The chosen circles of a session.
pub(super) struct ExportView<'a> {
    pub(super) session: &'a RecordedSession,
    /// In the order of the list; the n-th is the n-th picture of the clean film.
    pub(super) frames: Vec<ExportedFrame<'a>>,
    /// Names of the lesion classes.
    pub(super) classes: Vec<&'a str>,
}

/// A frame and its chosen circles.
pub(super) struct ExportedFrame<'a> {
    pub(super) frame: &'a RecordedFrame,
    /// Its name as a picture, without an ending.
    pub(super) stem: String,
    pub(super) circles: Vec<ExportedCircle<'a>>,
}

/// A chosen circle.
pub(super) struct ExportedCircle<'a> {
    pub(super) circle: &'a RecordedCircle,
    /// Its place as it is known at the end: places may turn out to be one.
    pub(super) place: Option<u64>,
    /// The same for all circles of one lesion, none twice in a frame: the number of the place, or for a circle without a place the number of
    /// its track, counted on from the last place.
    pub(super) id: u64,
    /// Its class in [`ExportView::classes`].
    pub(super) class: usize,
    /// The square around it, px, as far as it lies in the picture.
    pub(super) region: Region,
}

impl<'a> ExportView<'a> {
    pub(super) fn new(session: &'a RecordedSession, choice: CircleChoice) -> ExportView<'a> {
        let mut view = ExportView { session, frames: Vec::new(), classes: lesion_classes(session) };
        let joined = joined(session);
        let circles = session.frames.iter().flat_map(|frame| &frame.circles);
        let places = session.account.places.iter().map(|place| place.place);
        let last_place = circles.filter_map(|circle| circle.place).chain(places).max().unwrap_or(0);
        let mut names = Names::default();
        for (position, frame) in session.frames.iter().enumerate() {
            let stem = frame.file.as_deref().and_then(|file| Path::new(file).file_stem());
            let stem = stem.map_or_else(|| format!("{position:06}"), |stem| stem.to_string_lossy().into_owned());
            let mut given = BTreeSet::new();
            let mut circles = Vec::new();
            for circle in frame.circles.iter().filter(|circle| chosen(circle, choice)) {
                let Some(region) = region(&circle.circle, frame.size) else { continue };
                let by_track = last_place.saturating_add(circle.track);
                let place = joined.get(&circle.track).copied().or(circle.place).filter(|place| !given.contains(place));
                let id = place.unwrap_or(by_track);
                given.insert(id);
                circles.push(ExportedCircle { circle, place, id, class: view.class(&circle.class), region });
            }
            view.frames.push(ExportedFrame { frame, stem: names.name(&stem), circles });
        }
        view
    }

    /// The number of a class, a new one for a class that the account does not name.
    fn class(&mut self, name: &'a str) -> usize {
        let known = self.classes.iter().position(|class| *class == name);
        known.unwrap_or_else(|| {
            self.classes.push(name);
            self.classes.len() - 1
        })
    }

    /// A value as JSON.
    pub(super) fn json(&self, value: &impl Serialize) -> Result<Vec<u8>, SessionError> {
        serde_json::to_vec(value).map_err(|error| SessionError::content(&self.session.folder, error))
    }

    /// The sizes of all pictures.
    ///
    /// # Errors
    /// When the list does not say them.
    pub(super) fn sizes(&self) -> Result<Vec<Size>, SessionError> {
        let sizes: Option<Vec<Size>> = self.frames.iter().map(|frame| frame.frame.size).collect();
        sizes.ok_or_else(|| {
            let why = "it says no size of the pictures, which this format needs, because an older lesionscope wrote it; csv, mot and \
                       webvtt can do without";
            SessionError::content(&self.session.folder.join(LIST), why)
        })
    }

    /// The length of a picture, s: the median of the steps between the times.
    ///
    /// # Errors
    /// When the pictures are stills, or only one has a time.
    pub(super) fn step_s(&self) -> Result<f64, SessionError> {
        let times: Vec<f64> = self.frames.iter().map(|frame| frame.frame.time_s).collect();
        let mut steps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).filter(|step| *step > 0.0).collect();
        steps.sort_by(f64::total_cmp);
        let stills = self.frames.iter().any(|frame| frame.frame.file.is_some());
        steps.get(steps.len() / 2).copied().filter(|_| !stills).ok_or_else(|| {
            let why =
                "this format is about a film, and here are stills or a single picture; coco, yolo and csv take those";
            SessionError::content(&self.session.folder.join(LIST), why)
        })
    }
}

/// The place of every track, as it was known at the end.
fn joined(session: &RecordedSession) -> BTreeMap<u64, u64> {
    let places = session.account.places.iter();
    places.flat_map(|place| place.tracks.iter().map(|track| (*track, place.place))).collect()
}

/// The classes that circles may be called by, as the account has them; else all that have scores.
fn lesion_classes(session: &RecordedSession) -> Vec<&str> {
    let lesions = session.account.classes.iter().filter(|class| class.kind == "lesion");
    let lesions: Vec<&str> = lesions.map(|class| class.name.as_str()).collect();
    if lesions.is_empty() { session.classes.iter().map(String::as_str).collect() } else { lesions }
}

fn chosen(circle: &RecordedCircle, choice: CircleChoice) -> bool {
    let state = match circle.state {
        TrackState::Confirmed => true,
        TrackState::Tentative => choice.tentative,
        TrackState::Lost => false,
    };
    state && (circle.on_skin || !choice.on_skin_only)
}

/// The square around a circle, to a tenth of a pixel; `None` when nothing of it lies in the picture.
fn region(circle: &Circle, size: Option<Size>) -> Option<Region> {
    let (width, height) = size.map_or((f64::MAX, f64::MAX), |size| (size.width.into(), size.height.into()));
    let least = if size.is_some() { 0.0 } else { f64::MIN };
    let [x, y, r] = [circle.x, circle.y, circle.r].map(listed_px);
    let (left, top) = ((x - r).max(least), (y - r).max(least));
    let (right, bottom) = ((x + r).min(width), (y + r).min(height));
    let [left, top, width, height] = [left, top, right - left, bottom - top].map(|px| (px * 10.0).round() / 10.0);
    (width > 0.0 && height > 0.0).then_some(Region { left, top, width, height })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_square_around_a_circle_ends_where_the_picture_does() {
        let circle = |x, y| Circle { x, y, r: 10.1 };
        let size = Some(Size { width: 100, height: 50 });
        let square = |x, y, size| region(&circle(x, y), size).map(|r| [r.left, r.top, r.width, r.height]);
        assert_eq!(square(50.0, 25.0, size), Some([39.9, 14.9, 20.2, 20.2]));
        assert_eq!(square(0.0, 45.0, size), Some([0.0, 34.9, 10.1, 15.1]));
        assert_eq!(square(0.0, 45.0, None), Some([-10.1, 34.9, 20.2, 20.2]));
        assert_eq!(square(-11.0, 25.0, size), None);
        assert_eq!(square(50.0, 70.0, size), None);
    }
}
