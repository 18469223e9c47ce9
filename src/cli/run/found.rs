//! What a run found, in one line of its summary.

use crate::sink::PlaceEntry;
use crate::{counted, printable};

/// Places that the summary tells one by one, at most; `places.csv` has all.
const TOLD: usize = 12;

/// What was found, in one line.
pub(crate) fn found(places: &[PlaceEntry], look_alikes: u64) -> String {
    let on_skin: Vec<&PlaceEntry> = places.iter().filter(|place| place.on_skin).collect();
    let mut told: Vec<String> = on_skin.iter().take(TOLD).map(|place| told(place)).collect();
    if on_skin.len() > TOLD {
        told.push(format!("{} more", on_skin.len() - TOLD));
    }
    let found = match on_skin.len() {
        0 => "nothing on skin looked like a lesion to this model for long enough".to_owned(),
        count => format!("{} on skin: {}", counted(count, "place"), told.join(" · ")),
    };
    match look_alikes {
        0 => found,
        count => format!("{found}; {} off skin, not counted", counted(count, "look-alike")),
    }
}

/// A place in a few words. What the model calls it is a question, as it is no diagnosis.
fn told(place: &PlaceEntry) -> String {
    let PlaceEntry { place: number, class, score, seen_s, file, assessable, .. } = place;
    let name = class.as_ref().map_or("undecided".to_owned(), |class| format!("{class}? {:.0} %", 100.0 * score));
    let seen = file.as_ref().map_or_else(|| format!("seen {seen_s:.1} s"), |file| format!("in {}", printable(file)));
    // A poor picture clears nothing.
    let judged = if *assessable { "" } else { ", not assessable" };
    format!("#{number} {name}{judged}, {seen}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Detection, Finding, Place, ScoreOrigin, TrackState, TrackedCircle};
    use crate::frame::Frame;
    use crate::geometry::Circle;
    use crate::model::{Class, ClassKind};
    use crate::sink::{PlaceTally, RenderedFrame, StageTimes};
    use image::RgbImage;
    use std::sync::Arc;
    use std::time::Duration;

    /// So many places in one still, the second of them undecided.
    fn entries(count: u64, file: Option<&str>) -> Vec<PlaceEntry> {
        let finding = Finding {
            circle: Circle { x: 1.0, y: 1.0, r: 1.0 },
            scores: vec![0.83],
            evidence: 0.9,
            context: 1.0,
            familiar: 1.0,
            origin: ScoreOrigin::Fresh,
            age_frames: 0,
        };
        let circle = |number| TrackedCircle {
            track: number,
            state: TrackState::Confirmed,
            place: Some(number),
            class: 0,
            undecided: false,
            on_skin: true,
            finding: finding.clone(),
            explained: None,
            assessment: None,
        };
        let place = |number| Place {
            number,
            class: 0,
            undecided: number == 2,
            scores: vec![0.83],
            suspicious: 1.0,
            evidence: 0.9,
            on_skin: true,
            tracks: vec![number],
            absorbed: Vec::new(),
        };
        let detection = Detection {
            circles: (1..=count).map(circle).collect(),
            places: (1..=count).map(place).collect(),
            ..Detection::default()
        };
        let frame = Frame { index: 0, pts: Duration::ZERO, pixels: RgbImage::new(1, 1), file: file.map(Into::into) };
        let mut tally = PlaceTally::default();
        tally.count(&RenderedFrame {
            frame: Arc::new(frame),
            annotated: Arc::default(),
            detection: Arc::new(detection),
            dropped: 0,
            times: StageTimes::default(),
        });
        tally.entries(&[Class { name: "carcinoma".to_owned(), kind: ClassKind::Lesion, suspicious: true }])
    }

    #[test]
    fn places_are_told_with_what_they_may_be_and_look_alikes_are_not_counted() {
        assert_eq!(
            found(&entries(2, None), 4),
            "2 places on skin: #1 carcinoma? 83 %, seen 0.0 s · #2 undecided, seen 0.0 s; 4 look-alikes off skin, not counted"
        );
        assert_eq!(found(&entries(1, Some("a/arm.jpg")), 0), "1 place on skin: #1 carcinoma? 83 %, in a/arm.jpg");
        assert_eq!(
            found(&[], 1),
            "nothing on skin looked like a lesion to this model for long enough; 1 look-alike off skin, not counted"
        );
        let many = found(&entries(20, None), 0);
        assert!(
            many.starts_with("20 places on skin: #1 ") && many.ends_with("#12 carcinoma? 83 %, seen 0.0 s · 8 more"),
            "{many}"
        );
    }
}
