//! Drawings over time as numbers for the template: the score of a place, and when each place was in view.

use serde::Serialize;

use crate::session::RecordedPlace;

use super::judgement::Judgement;
use super::sightings::{Sighting, Sightings};
use super::words::{class_name, clock, percent};

/// Most points of one line.
const POINTS: usize = 160;

/// Distances between the marks of an axis of time, s.
const STEPS_S: [f64; 15] =
    [0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0];

/// Most marks of an axis of time.
const MARKS: f64 = 9.0;

/// The time that a session covers, s.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    /// Time of the first frame.
    pub(super) first_s: f64,
    /// Time of the last one.
    pub(super) last_s: f64,
}

/// A mark of an axis.
#[derive(Debug, Serialize)]
pub(super) struct Mark {
    at: f64,
    label: String,
}

/// A dot of a chart.
#[derive(Debug, Serialize)]
pub(super) struct Dot {
    x: f64,
    y: f64,
}

/// The score of a place over time.
#[derive(Debug, Serialize)]
pub(super) struct ScoreChart {
    heading: String,
    alt: String,
    width: u32,
    height: u32,
    left: f64,
    right: f64,
    bottom: f64,
    levels: Vec<Mark>,
    times: Vec<Mark>,
    /// Corners of each line, as SVG has them.
    lines: Vec<String>,
    dots: Vec<Dot>,
}

/// A stretch of a row of the timeline.
#[derive(Debug, Serialize)]
pub(super) struct Bar {
    x: f64,
    width: f64,
}

/// A place in the timeline.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    y: f64,
    label: String,
    kind: Judgement,
    spans: Vec<Bar>,
}

/// When each place was in view.
#[derive(Debug, Serialize)]
pub(super) struct Timeline {
    alt: String,
    width: f64,
    height: f64,
    bottom: f64,
    times: Vec<Mark>,
    rows: Vec<Row>,
}

/// An axis of time: from px to px, from second to second.
#[derive(Clone, Copy, Debug)]
struct TimeAxis {
    from_px: f64,
    to_px: f64,
    span: Span,
}

impl TimeAxis {
    fn at(&self, time_s: f64) -> f64 {
        let Span { first_s, last_s } = self.span;
        let share = ((time_s - first_s) / (last_s - first_s).max(0.1)).clamp(0.0, 1.0);
        rounded(self.from_px + share * (self.to_px - self.from_px))
    }

    fn marks(&self) -> Vec<Mark> {
        let Span { first_s, last_s } = self.span;
        let fits = |step: &&f64| (last_s - first_s) / **step <= MARKS;
        let step = STEPS_S.iter().find(fits).copied().unwrap_or(((last_s - first_s) / MARKS).max(0.5));
        let label = |time_s: f64| if step < 1.0 { format!("{time_s:.1} s") } else { clock(time_s) };
        let first = (first_s / step).ceil();
        let times = (0..=MARKS as u32).map(|n| (first + f64::from(n)) * step).take_while(|time_s| *time_s <= last_s);
        times.map(|time_s| Mark { at: self.at(time_s), label: label(time_s) }).collect()
    }
}

/// The chart of a place; `class`: the position of its class among the scores, `None` where it has none: then the evidence for a lesion
/// is drawn.
pub(super) fn score_chart(
    sightings: &Sightings,
    place: &RecordedPlace,
    class: Option<usize>,
    span: Span,
) -> Option<ScoreChart> {
    const LEFT: f64 = 42.0;
    const RIGHT: f64 = 506.0;
    const TOP: f64 = 8.0;
    const BOTTOM: f64 = 92.0;
    let axis = TimeAxis { from_px: LEFT, to_px: RIGHT, span };
    let level = |score: f64| rounded(BOTTOM - score.clamp(0.0, 1.0) * (BOTTOM - TOP));
    let score = |sighting: &Sighting| {
        let circle = sighting.circle;
        f64::from(class.and_then(|class| circle.scores.get(class)).copied().unwrap_or(circle.evidence))
    };
    let all = sightings.of_place(place.place);
    let (mut lines, mut dots) = (Vec::new(), Vec::new());
    let every = all.len().div_ceil(POINTS).max(1);
    for stretch in sightings.stretches(place.place) {
        let last = stretch.len() - 1;
        let kept = stretch.iter().enumerate().filter(|(at, _)| at % every == 0 || *at == last);
        let points: Vec<Dot> = kept.map(|(_, at)| Dot { x: axis.at(at.time_s), y: level(score(at)) }).collect();
        match points.as_slice() {
            [_] => dots.extend(points),
            _ => lines.push(points.iter().map(|dot| format!("{},{}", dot.x, dot.y)).collect::<Vec<_>>().join(" ")),
        }
    }
    let scores = all.iter().map(score);
    let (low, high) = scores.fold((f64::MAX, f64::MIN), |(low, high), score| (low.min(score), high.max(score)));
    let of = place.class.as_deref().filter(|_| class.is_some()).map(class_name);
    let heading = format!("Score for {} over time", of.as_deref().unwrap_or("any lesion"));
    let alt = format!("{heading}: between {} and {}", percent(low), percent(high));
    let mark = |score: f64| Mark { at: level(score), label: percent(score) };
    (!all.is_empty()).then(|| ScoreChart {
        heading,
        alt,
        width: 520,
        height: 128,
        left: LEFT,
        right: RIGHT,
        bottom: BOTTOM,
        levels: [0.0, 0.5, 1.0].map(mark).into(),
        times: axis.marks(),
        lines,
        dots,
    })
}

/// When each of some places was in view, in the order of their numbers.
pub(super) fn timeline(sightings: &Sightings, places: &[(&RecordedPlace, Judgement)], span: Span) -> Timeline {
    const ROW: f64 = 20.0;
    const WIDTH: f64 = 1000.0;
    let axis = TimeAxis { from_px: 170.0, to_px: WIDTH - 16.0, span };
    let mut places = places.to_vec();
    places.sort_by_key(|(place, _)| place.place);
    let rows = places.iter().enumerate().map(|(row, (place, kind))| {
        let spans = sightings.stretches(place.place).filter_map(|stretch| {
            let (from, to) = (axis.at(stretch.first()?.time_s), axis.at(stretch.last()?.time_s));
            Some(Bar { x: from, width: rounded((to - from).max(2.0)) })
        });
        let name = place.class.as_deref().map_or("undecided".to_owned(), class_name);
        // A long name would run into the bars.
        let label: String = format!("#{} {name}", place.place).chars().take(24).collect();
        Row { y: 4.0 + ROW * row as f64, label, kind: *kind, spans: spans.collect() }
    });
    let rows: Vec<Row> = rows.collect();
    let bottom = 4.0 + ROW * rows.len() as f64;
    Timeline {
        alt: format!(
            "A row for each of {} places, with bars where it was in view; the cards say the same in words",
            rows.len()
        ),
        width: WIDTH,
        height: bottom + 36.0,
        bottom,
        times: axis.marks(),
        rows,
    }
}

/// A tenth of a px is as fine as anybody sees.
fn rounded(px: f64) -> f64 {
    (px * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_time_are_round_and_few() {
        for (last_s, first_labels, count) in [
            (0.9, vec!["0.0 s", "0.5 s"], 2),
            (5.0, vec!["0:00", "0:01"], 6),
            (3600.0, vec!["0:00", "10:00"], 7),
            (360_000.0, vec!["0:00"], 10),
        ] {
            let axis = TimeAxis { from_px: 0.0, to_px: 100.0, span: Span { first_s: 0.0, last_s } };
            let marks = axis.marks();
            assert_eq!(marks.len(), count, "{last_s}: {marks:?}");
            assert!(marks.iter().zip(first_labels).all(|(mark, label)| mark.label == label), "{marks:?}");
            assert!(marks.iter().all(|mark| (0.0..=100.0).contains(&mark.at)), "{marks:?}");
        }
    }
}
