//! Label Studio, rectangles over a video (<https://labelstud.io/tags/videorectangle>): a list with one task, whose predictions a labelling project
//! with `<Labels name="label">`, `<Video name="video">` and `<VideoRectangle name="box">` shows.

use serde::Serialize;

use super::file::ExportedFile;
use super::runs::{LesionRun, RunCircle, runs};
use super::view::ExportView;
use crate::geometry::Size;
use crate::session::SessionError;

#[derive(Serialize)]
struct Task<'a> {
    data: TaskData<'a>,
    predictions: [Prediction<'a>; 1],
}

#[derive(Serialize)]
struct TaskData<'a> {
    video: &'static str,
    source: &'a str,
}

#[derive(Serialize)]
struct Prediction<'a> {
    model_version: &'a str,
    result: Vec<Rectangle<'a>>,
}

#[derive(Serialize)]
struct Rectangle<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    from_name: &'static str,
    to_name: &'static str,
    origin: &'static str,
    score: f32,
    meta: Meta,
    value: RectangleValue<'a>,
}

#[derive(Serialize)]
struct Meta {
    text: [String; 1],
}

#[derive(Serialize)]
struct RectangleValue<'a> {
    #[serde(rename = "framesCount")]
    frames_count: u64,
    duration: f64,
    sequence: Vec<Keyframe>,
    labels: [&'a str; 1],
}

/// Where a rectangle is; sizes in percent of the picture.
#[derive(Serialize)]
struct Keyframe {
    /// Number of the picture in a film of constant rate, from 1.
    frame: u64,
    /// Whether it goes on to the next one.
    enabled: bool,
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    rotation: u8,
    time: f64,
}

/// One file.
pub(super) fn files(view: &ExportView) -> Result<Vec<ExportedFile>, SessionError> {
    let (step, sizes) = (view.step_s()?, view.sizes()?);
    // Label Studio lays its rectangles over one size: the first picture's, as the film has it.
    let size = sizes.first().copied().unwrap_or_default();
    let end = view.frames.last().map_or(0.0, |frame| frame.frame.time_s) + step;
    let film = Film { step, end, size };
    // Bridged over one picture that was dropped, so that what is in view all the time is one rectangle.
    let result =
        runs(view, 2.5 * step).iter().zip(1..).map(|(run, number)| film.rectangle(view, run, number)).collect();
    let account = &view.session.account;
    let task = Task {
        data: TaskData { video: "clean.mp4", source: &account.source },
        predictions: [Prediction { model_version: &account.model.name, result }],
    };
    Ok(ExportedFile::alone(view.json(&[task])?))
}

/// The film that the rectangles lie over.
struct Film {
    /// Length of a picture, s.
    step: f64,
    /// Length of all, s.
    end: f64,
    size: Size,
}

impl Film {
    fn rectangle<'a>(&self, view: &ExportView<'a>, run: &LesionRun, number: u64) -> Rectangle<'a> {
        let last = run.circles.len() - 1;
        let sequence = run.circles.iter().enumerate().map(|(at, circle)| self.keyframe(circle, at < last)).collect();
        let class = view.classes.get(run.class()).copied().unwrap_or_default();
        let name = if run.is_place() { format!("place {}", run.id) } else { "not counted".to_owned() };
        Rectangle {
            id: format!("lesionscope-{number}"),
            kind: "videorectangle",
            from_name: "box",
            to_name: "video",
            origin: "prediction",
            score: run.circles.iter().map(|circle| circle.circle.circle.score).fold(0.0, f32::max),
            meta: Meta { text: [name] },
            value: RectangleValue {
                frames_count: (self.end / self.step).round() as u64,
                duration: (self.end * 1e4).round() / 1e4,
                sequence,
                labels: [class],
            },
        }
    }

    fn keyframe(&self, circle: &RunCircle, enabled: bool) -> Keyframe {
        let (region, time) = (circle.circle.region, circle.frame.frame.time_s);
        let percent = |px: f64, of: u32| (px / f64::from(of.max(1)) * 1e6).round() / 1e4;
        Keyframe {
            frame: (time / self.step).round() as u64 + 1,
            enabled,
            x: percent(region.left, self.size.width),
            y: percent(region.top, self.size.height),
            width: percent(region.width, self.size.width),
            height: percent(region.height, self.size.height),
            rotation: 0,
            time,
        }
    }
}
