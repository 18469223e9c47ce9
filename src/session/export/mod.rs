//! Recorded sessions in the formats of other programs: one file a format, from what was recorded to bytes.

mod coco;
mod csv;
mod file;
mod label_studio;
mod mot;
mod runs;
mod view;
mod webvtt;
mod yolo;

pub use self::file::ExportedFile;
pub use self::view::CircleChoice;
use self::view::ExportView;
use super::{RecordedSession, SessionError};

/// A format that others read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Object detection as COCO has it (pycocotools).
    Coco,
    /// A label file a picture, and `data.yaml` (Ultralytics).
    Yolo,
    /// A sequence of the MOTChallenge (TrackEval, motmetrics).
    Mot,
    /// One line a circle and frame (pandas, spreadsheets).
    Csv,
    /// Subtitles of the film (browsers, players).
    Webvtt,
    /// A task with rectangles over a video (Label Studio).
    LabelStudio,
}

impl ExportFormat {
    /// What the name of the file, or of the folder, ends in.
    pub fn ending(self) -> &'static str {
        match self {
            ExportFormat::Coco => "coco.json",
            ExportFormat::Yolo => "yolo",
            ExportFormat::Mot => "mot",
            ExportFormat::Csv => "csv",
            ExportFormat::Webvtt => "vtt",
            ExportFormat::LabelStudio => "label-studio.json",
        }
    }

    /// Whether it is a folder of files.
    pub fn is_folder(self) -> bool {
        matches!(self, ExportFormat::Yolo | ExportFormat::Mot)
    }
}

/// The files of a session in another format.
///
/// # Errors
/// When the format needs what the session does not say: the size of its pictures, or times.
pub fn export(
    session: &RecordedSession,
    format: ExportFormat,
    choice: CircleChoice,
) -> Result<Vec<ExportedFile>, SessionError> {
    let view = ExportView::new(session, choice);
    match format {
        ExportFormat::Coco => coco::files(&view),
        ExportFormat::Yolo => yolo::files(&view),
        ExportFormat::Mot => mot::files(&view),
        ExportFormat::Csv => csv::files(&view),
        ExportFormat::Webvtt => webvtt::files(&view),
        ExportFormat::LabelStudio => label_studio::files(&view),
    }
}

#[cfg(test)]
mod tests;
