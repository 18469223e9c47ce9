//! Comma-separated values (RFC 4180): one line a circle and frame, `pandas.read_csv` needs no options.

use csv::Writer;

use super::file::ExportedFile;
use super::view::{ExportView, ExportedCircle, ExportedFrame};
use crate::finding::{TrackState, listed_px};
use crate::session::{LIST, SessionError};

/// The columns before those of the classes' scores.
const COLUMNS: [&str; 17] = [
    "frame",
    "time_s",
    "file",
    "width",
    "height",
    "id",
    "track",
    "place",
    "state",
    "class",
    "undecided",
    "score",
    "evidence",
    "on_skin",
    "x",
    "y",
    "r",
];

/// One file. After [`COLUMNS`] comes `score_NAME` for every class of the model.
pub(super) fn files(view: &ExportView) -> Result<Vec<ExportedFile>, SessionError> {
    let failed = |error: String| SessionError::content(&view.session.folder.join(LIST), error);
    let mut table = Writer::from_writer(Vec::new());
    let scores = view.session.classes.iter().map(|name| format!("score_{name}"));
    let head = COLUMNS.into_iter().map(str::to_owned).chain(scores);
    table.write_record(head).map_err(|error| failed(error.to_string()))?;
    for frame in &view.frames {
        for circle in &frame.circles {
            table.write_record(record(frame, circle)).map_err(|error| failed(error.to_string()))?;
        }
    }
    Ok(ExportedFile::alone(table.into_inner().map_err(|error| failed(error.to_string()))?))
}

/// What is not known is empty.
fn record(frame: &ExportedFrame, exported: &ExportedCircle) -> Vec<String> {
    let (frame, circle) = (frame.frame, exported.circle);
    let known = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
    let state = if circle.state == TrackState::Confirmed { "confirmed" } else { "tentative" };
    let first = [
        frame.frame.to_string(),
        frame.time_s.to_string(),
        frame.file.clone().unwrap_or_default(),
        known(frame.size.map(|size| size.width.into())),
        known(frame.size.map(|size| size.height.into())),
        exported.id.to_string(),
        circle.track.to_string(),
        known(exported.place),
        state.to_owned(),
        circle.class.clone(),
        circle.undecided.to_string(),
        circle.score.to_string(),
        circle.evidence.to_string(),
        circle.on_skin.to_string(),
        listed_px(circle.circle.x).to_string(),
        listed_px(circle.circle.y).to_string(),
        listed_px(circle.circle.r).to_string(),
    ];
    first.into_iter().chain(circle.scores.iter().map(f32::to_string)).collect()
}
