//! Circles from a `detections.jsonl` that a session wrote.

use std::path::Path;

use serde::Deserialize;

use super::matching::SeenCircle;
use super::truth::{EvaluateError, read_lines};
use crate::finding::TrackState;
use crate::geometry::Circle;

/// The circles of one processed frame.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenFrame {
    /// Number of the frame.
    pub frame: u64,
    /// Size of the frame, px, when known.
    pub size: Option<(u32, u32)>,
    /// Its circles.
    pub circles: Vec<SeenCircle>,
}

/// What is read of a line; everything else on it is left alone.
#[derive(Deserialize)]
struct Line {
    schema: String,
    frame: u64,
    circles: Vec<LineCircle>,
}

#[derive(Deserialize)]
struct LineCircle {
    state: TrackState,
    class: String,
    score: f32,
    x: f32,
    y: f32,
    r: f32,
    on_skin: bool,
}

/// Reads a detections file; `size` is that of the clip, px, when known. Fails with file and line on the first line that is
/// not a frame of schema `lesionscope/1`.
pub fn read_detections(path: &Path, size: Option<(u32, u32)>) -> Result<Vec<SeenFrame>, EvaluateError> {
    let mut frames = Vec::new();
    read_lines(path, |line: Line| {
        if line.schema != "lesionscope/1" {
            return Err(format!("schema is {:?}; this version reads \"lesionscope/1\"", line.schema));
        }
        let circles = line.circles.into_iter().map(seen).collect();
        frames.push(SeenFrame { frame: line.frame, size, circles });
        Ok(())
    })?;
    Ok(frames)
}

fn seen(line: LineCircle) -> SeenCircle {
    let circle = Circle { x: line.x, y: line.y, r: line.r };
    SeenCircle { circle, class: line.class, score: line.score, on_skin: line.on_skin, state: line.state }
}
