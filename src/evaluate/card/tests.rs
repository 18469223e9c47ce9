use super::*;
use crate::data::Side;
use crate::evaluate::detections::SeenFrame;
use crate::evaluate::matching::SeenCircle;
use crate::evaluate::photos::{LabelledPhoto, ScannedPhoto};
use crate::evaluate::report::ClipReport;
use crate::evaluate::scenes::evaluate_frames;
use crate::finding::TrackState;
use crate::geometry::{Circle, Size};
use crate::truth::{TruthFrame, TruthLesion};

fn circle(x: f32) -> SeenCircle {
    SeenCircle {
        track: 1,
        place: None,
        circle: Circle { x, y: 50.0, r: 20.0 },
        class: "nevus".to_owned(),
        score: 0.9,
        evidence: 0.9,
        on_skin: true,
        state: TrackState::Confirmed,
    }
}

/// Ten frames with a benign lesion, found on so many of them.
fn clip(found: u64) -> ClipReport {
    let lesion = TruthLesion { id: 0, class: "nevus".to_owned(), x: 50.0, y: 50.0, r: 20.0 };
    let skin = vec![[0.0, 0.0], [200.0, 0.0], [200.0, 100.0], [0.0, 100.0]];
    let truth: Vec<TruthFrame> = (0..10)
        .map(|frame| TruthFrame { frame, time_s: 0.0, lesions: vec![lesion.clone()], skin: skin.clone() })
        .collect();
    let seen = |frame: u64| SeenFrame {
        frame,
        size: None,
        circles: if frame < found { vec![circle(50.0)] } else { vec![circle(150.0)] },
        picture: None,
    };
    evaluate_frames("clip", &truth, (0..10).map(seen)).all
}

fn photo(class: &str, circles: Vec<SeenCircle>) -> ScannedPhoto {
    let photo = LabelledPhoto {
        path: "a.jpg".into(),
        size: None,
        boxes: Vec::new(),
        group: class.to_owned(),
        class: class.to_owned(),
        side: Some(Side::Report),
    };
    ScannedPhoto::new(photo, Size { width: 200, height: 100 }, circles, false).unwrap()
}

#[test]
fn a_card_has_a_line_for_everything_and_says_what_there_is_no_material_for() {
    let development = SideMaterial { clips: vec![clip(4), clip(10)], ..SideMaterial::default() };
    let mut report = SideMaterial::default();
    report.add_photo(photo("webcam-no-lesion", vec![circle(9.0)]));
    report.add_photo(photo("webcam-no-lesion", Vec::new()));
    report.add_photo(photo("hand-no-lesion", Vec::new()));
    let subject = CardSubject { model: "a model", classes: &[], stride: 10 };
    let card = EvaluationCard::new(subject, &development, &report, vec!["left out: 1 picture".to_owned()]);
    let on = |name: &str, side: Side| {
        let line = card.lines.iter().find(|line| line.name.contains(name)).unwrap();
        line.on(side).map(|figure| (figure.value, figure.count))
    };
    assert_eq!(on("clips: lesions found", Side::Development), Some((0.7, 2)));
    assert_eq!(on("clips: lesions found", Side::Report), None);
    assert_eq!(on("clips: false circles a frame on skin", Side::Development), Some((0.3, 2)));
    assert_eq!(on("a webcam", Side::Report), Some((0.5, 2)));
    assert_eq!(on("photos of hands", Side::Report), Some((1.0, 1)));
    assert_eq!(on("radius 54", Side::Development), None, "no large lesion");
    assert_eq!(on("AUC", Side::Report), None);
    let text = card.table();
    assert_eq!(text.lines().filter(|line| line.contains("no material")).count(), card.lines.len());
    for words in ["a model", "0.700 (", "2 clips", "1 photo\n", "One frame of 10", "left out: 1 picture"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(card.html("lesionscope evaluate all").contains("no material"));
}
