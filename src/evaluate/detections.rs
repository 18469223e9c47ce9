//! Circles from a `detections.jsonl` that a session wrote.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::matching::SeenCircle;
use super::truth_files::{EvaluateError, read_lines};
use crate::finding::TrackState;
use crate::frame::Frame;
use crate::geometry::{Circle, Size};

/// The circles of one processed frame.
#[derive(Clone, Debug)]
pub struct SeenFrame {
    /// Number of the frame.
    pub frame: u64,
    /// Size of the frame, when known.
    pub size: Option<Size>,
    /// Its circles.
    pub circles: Vec<SeenCircle>,
    /// The frame itself, when it is at hand.
    pub picture: Option<Arc<Frame>>,
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
    /// Lists by others need not have it: then all circles count as one track.
    #[serde(default)]
    track: u64,
    #[serde(default)]
    place: Option<u64>,
    state: TrackState,
    class: String,
    score: f32,
    /// Files of earlier versions do not have it.
    evidence: Option<f32>,
    #[serde(default)]
    scores: BTreeMap<String, f32>,
    x: f32,
    y: f32,
    r: f32,
    on_skin: bool,
}

/// Reads a detections file; `size` is that of the clip, when known. Fails with file and line on the first line that is
/// not a frame of schema `lesionscope/1`.
pub fn read_detections(path: &Path, size: Option<Size>) -> Result<Vec<SeenFrame>, EvaluateError> {
    let mut frames = Vec::new();
    read_lines(path, |line: Line| {
        if line.schema != "lesionscope/1" {
            return Err(format!("schema is {:?}; this version reads \"lesionscope/1\"", line.schema));
        }
        let circles = line.circles.into_iter().map(seen).collect();
        frames.push(SeenFrame { frame: line.frame, size, circles, picture: None });
        Ok(())
    })?;
    Ok(frames)
}

/// Names of classes that are no lesions.
const NO_LESION: [&str; 2] = ["background", "skin"];

fn seen(line: LineCircle) -> SeenCircle {
    // Without a second opinion and with all classes searched for, the sum is the evidence.
    let lesions = line.scores.iter().filter(|(name, _)| !NO_LESION.contains(&name.as_str()));
    let sum = lesions.map(|(_, score)| score).sum::<f32>().max(line.score);
    SeenCircle {
        track: line.track,
        place: line.place,
        circle: Circle { x: line.x, y: line.y, r: line.r },
        class: line.class,
        score: line.score,
        evidence: line.evidence.unwrap_or(sum),
        on_skin: line.on_skin,
        state: line.state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_evidence_is_the_written_one_or_the_sum_over_the_lesion_classes() {
        let circle = |more: &str| {
            let text = format!(
                r#"{{"state":"confirmed","class":"nevus","score":0.5,{more}"x":1,"y":1,"r":1,"on_skin":true}}"#
            );
            seen(serde_json::from_str(&text).unwrap()).evidence
        };
        let scores = r#""scores":{"background":0.1,"skin":0.1,"nevus":0.5,"melanoma":0.25},"#;
        assert_eq!(circle(scores), 0.75);
        assert_eq!(circle(&format!("{scores}\"evidence\":0.7,")), 0.7);
        assert_eq!(circle(""), 0.5);
    }
}
