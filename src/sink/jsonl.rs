//! `detections.jsonl`: one line a frame that was looked at, written whole or not at all, so that neither a crash nor a full disk leaves half of
//! one.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{RenderedFrame, Sink, SinkError, rounded};
use crate::assessment::Hint;
use crate::finding::{
    AgedExplanation, ScoreOrigin, TrackState, TrackedCircle, Trust, WindowCounts, listed_px, listed_score,
};
use crate::geometry::Size;

/// Version of the line format, in every line.
pub const DETECTIONS_SCHEMA: &str = "lesionscope/1";

/// One line: what was seen on one frame.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct FrameLine<'a> {
    schema: &'static str,
    frame: u64,
    time_s: f64,
    width: u32,
    height: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    dropped: u64,
    circles: Vec<CircleEntry<'a>>,
    windows: WindowCounts,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_assessable: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<Hint>,
    ms: Times,
}

/// A circle of a line. `x`, `y`, `r` are pixels of the source frame; scores are the model's.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CircleEntry<'a> {
    track: u64,
    state: TrackState,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<u64>,
    class: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    undecided: bool,
    score: f64,
    evidence: f64,
    scores: Map<String, Value>,
    x: f64,
    y: f64,
    r: f64,
    on_skin: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    familiar: Option<f64>,
    origin: ScoreOrigin,
    age: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<ExplanationEntry>,
}

/// What a circle's score rests on, where that was asked for; the numbers are those of [`Trust`](crate::finding::Trust), `age` the
/// frames since they were found.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ExplanationEntry {
    method: &'static str,
    agreement: f64,
    drop: f64,
    inside: Option<f64>,
    doubtful: bool,
    age: u64,
}

/// Milliseconds spent on the frame, by stage.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Times {
    decode: f64,
    detect: f64,
    render: f64,
}

/// Writes `detections.jsonl`.
pub struct JsonlSink {
    path: PathBuf,
    file: File,
    /// Length of the whole lines, bytes.
    whole: u64,
    /// Whether a line could not be written: what comes after it is not the list that was asked for.
    broken: bool,
    classes: Vec<String>,
}

impl JsonlSink {
    /// Creates the file. `classes`: names in the order of the scores.
    pub fn create(path: &Path, classes: Vec<String>) -> Result<JsonlSink, SinkError> {
        let file = File::create(path)
            .map_err(|error| SinkError::Unusable(format!("cannot create {}: {error}", path.display())))?;
        Ok(JsonlSink { path: path.to_owned(), file, whole: 0, broken: false, classes })
    }

    fn failed(&self, error: impl std::fmt::Display) -> SinkError {
        SinkError::Failed(format!("cannot write {}: {error}", self.path.display()))
    }
}

impl Sink for JsonlSink {
    fn put(&mut self, item: &RenderedFrame) -> Result<(), SinkError> {
        let mut text = serde_json::to_vec(&line(item, &self.classes)).map_err(|error| self.failed(error))?;
        text.push(b'\n');
        if self.broken {
            return Ok(());
        }
        if let Err(error) = self.file.write_all(&text) {
            self.broken = true;
            // Devices have no length to set.
            self.file.set_len(self.whole).ok();
            return Err(self.failed(error));
        }
        self.whole += text.len() as u64;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

fn line<'a>(item: &'a RenderedFrame, classes: &'a [String]) -> FrameLine<'a> {
    let listed = item.detection.circles.iter().filter(|circle| circle.state != TrackState::Lost);
    let ms = |time: Duration| rounded(time.as_secs_f64() * 1e3, 1);
    let Size { width, height } = item.frame.size();
    FrameLine {
        schema: DETECTIONS_SCHEMA,
        frame: item.frame.index,
        time_s: rounded(item.frame.pts.as_secs_f64(), 4),
        width,
        height,
        file: item.frame.file.as_ref().map(|file| file.display().to_string()),
        dropped: item.dropped,
        circles: listed.map(|circle| entry(circle, classes)).collect(),
        windows: item.detection.windows,
        not_assessable: item.detection.not_assessable.as_deref(),
        hint: item.detection.hint,
        ms: Times { decode: ms(item.times.decode), detect: ms(item.times.detect), render: ms(item.times.render) },
    }
}

fn entry<'a>(tracked: &TrackedCircle, classes: &'a [String]) -> CircleEntry<'a> {
    let finding = &tracked.finding;
    let named = classes.iter().zip(&finding.scores);
    CircleEntry {
        track: tracked.track,
        state: tracked.state,
        place: tracked.place,
        class: classes.get(tracked.class).map_or("unknown", String::as_str),
        undecided: tracked.undecided,
        score: finding.scores.get(tracked.class).map_or(0.0, |score| listed_score(*score)),
        evidence: listed_score(finding.evidence),
        scores: named.map(|(name, value)| (name.clone(), Value::from(listed_score(*value)))).collect(),
        x: listed_px(finding.circle.x),
        y: listed_px(finding.circle.y),
        r: listed_px(finding.circle.r),
        on_skin: tracked.on_skin,
        familiar: (finding.familiar < 1.0).then(|| listed_score(finding.familiar)),
        origin: finding.origin,
        age: finding.age_frames,
        explanation: tracked.explained.as_ref().map(explanation),
    }
}

fn explanation(explained: &AgedExplanation) -> ExplanationEntry {
    let Trust { agreement, drop, inside } = explained.explanation.trust;
    ExplanationEntry {
        method: explained.explanation.method,
        agreement: listed_score(agreement),
        drop: listed_score(drop),
        inside: inside.map(listed_score),
        doubtful: explained.explanation.trust.doubtful(),
        age: explained.age_frames,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::finding::{Detection, Explanation, Finding, HeatGrid};
    use crate::frame::Frame;
    use crate::geometry::{Circle, Square};
    use crate::sink::StageTimes;
    use image::RgbImage;

    fn circle(state: TrackState) -> TrackedCircle {
        let finding = Finding {
            circle: Circle { x: 640.5, y: 331.04, r: 27.46 },
            scores: vec![0.07, 0.912_34],
            evidence: 0.98,
            context: 0.9,
            familiar: 1.0,
            origin: ScoreOrigin::Reused,
            age_frames: 4,
        };
        TrackedCircle {
            track: 3,
            state,
            place: None,
            class: 1,
            undecided: false,
            on_skin: true,
            finding,
            explained: None,
            assessment: None,
        }
    }

    fn rendered(file: Option<PathBuf>) -> RenderedFrame {
        let detection = Detection {
            circles: vec![circle(TrackState::Confirmed), circle(TrackState::Lost)],
            windows: WindowCounts {
                planned: 5210,
                coarse: 460,
                fine: 38,
                reused: 431,
                skipped: 4750,
                capped: 0,
                opinions: 2,
            },
            ..Detection::default()
        };
        let frame = Frame { index: 12, pts: Duration::from_millis(400), pixels: RgbImage::new(1, 1), file };
        let times = StageTimes { decode: Duration::from_micros(2_100), ..StageTimes::default() };
        let annotated = Arc::new(RgbImage::new(1, 1));
        RenderedFrame { frame: Arc::new(frame), annotated, detection: Arc::new(detection), dropped: 0, times }
    }

    #[test]
    fn a_line_is_the_documented_one() {
        let classes = ["nevus".to_owned(), "melanoma".to_owned()];
        let text = serde_json::to_string(&line(&rendered(None), &classes)).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"{"schema":"lesionscope/1","frame":12,"time_s":0.4,"width":1,"height":1,"dropped":0,"circles":[{"track":3,"state":"confirmed","#,
                r#""class":"melanoma","score":0.9123,"evidence":0.98,"scores":{"nevus":0.07,"melanoma":0.9123},"x":640.5,"y":331.0,"r":27.5,"#,
                r#""on_skin":true,"origin":"reused","age":4}],"#,
                r#""windows":{"planned":5210,"coarse":460,"fine":38,"reused":431,"skipped":4750,"capped":0,"opinions":2},"#,
                r#""ms":{"decode":2.1,"detect":0.0,"render":0.0}}"#
            )
        );
    }

    #[test]
    fn an_explained_circle_says_how_far_that_can_be_believed() {
        let mut explained = circle(TrackState::Confirmed);
        let map = HeatGrid { cols: 1, rows: 1, values: vec![1.0] };
        let trust = Trust { agreement: 0.5, drop: 0.812_34, inside: Some(0.25) };
        let window = Square { x: -1.0, y: -1.0, side: 2.0 };
        let explanation = Explanation { method: "layer-cam", class: 1, signed: false, map, window, trust };
        explained.explained = Some(AgedExplanation { explanation: Arc::new(explanation), age_frames: 3 });
        let value = serde_json::to_value(entry(&explained, &[])).unwrap();
        assert_eq!(
            value["explanation"].to_string(),
            r#"{"method":"layer-cam","agreement":0.5,"drop":0.8123,"inside":0.25,"doubtful":true,"age":3}"#
        );
    }

    #[test]
    fn stills_name_their_file_and_every_line_is_on_the_disk_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("d.jsonl");
        let mut sink = JsonlSink::create(&path, vec!["nevus".to_owned()]).unwrap();
        for n in 1..=3 {
            sink.put(&rendered(Some("arm/a b.jpg".into()))).unwrap();
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(text.lines().count(), n);
            let value: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
            assert_eq!(value["file"], "arm/a b.jpg");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_a_failure_that_names_the_file() {
        // /dev/full answers every write with "no space left on device".
        let mut sink = JsonlSink::create(Path::new("/dev/full"), vec![]).unwrap();
        let error = sink.put(&rendered(None)).unwrap_err();
        assert!(matches!(&error, SinkError::Failed(text) if text.contains("/dev/full")), "{error}");
    }
}
