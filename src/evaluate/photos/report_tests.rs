use super::*;
use crate::evaluate::matching::SeenCircle;
use crate::evaluate::photos::LesionBox;
use crate::finding::TrackState;
use crate::geometry::{Circle, Size};

fn photo(group: &str, boxes: &[[f32; 4]]) -> LabelledPhoto {
    let boxes = boxes.iter().map(|&[left, top, right, bottom]| LesionBox { left, top, right, bottom });
    LabelledPhoto {
        path: "a.jpg".into(),
        size: Some(Size { width: 200, height: 100 }),
        boxes: boxes.collect(),
        group: group.to_owned(),
        class: String::new(),
        side: None,
    }
}

fn seen(x: f32, y: f32, r: f32, evidence: f32, on_skin: bool) -> SeenCircle {
    let state = TrackState::Confirmed;
    SeenCircle {
        track: 1,
        place: None,
        circle: Circle { x, y, r },
        class: "nevus".into(),
        score: 0.5,
        evidence,
        on_skin,
        state,
    }
}

fn judged(photo: LabelledPhoto, circles: Vec<SeenCircle>) -> ScannedPhoto {
    ScannedPhoto::new(photo, Size { width: 200, height: 100 }, circles, false).unwrap()
}

#[test]
fn two_photos_by_hand() {
    // A box of 20x10 px (circle of radius 10 at (50, 50)) and one of 8 px at (150, 50).
    let boxed = photo("g", &[[40.0, 45.0, 60.0, 55.0], [146.0, 46.0, 154.0, 54.0]]);
    let circles = vec![
        seen(50.0, 50.0, 10.0, 0.9, false),
        seen(55.0, 50.0, 12.0, 0.7, true),
        seen(150.0, 50.0, 4.0, 0.8, true),
        seen(100.0, 90.0, 10.0, 0.6, true),
        seen(100.0, 10.0, 10.0, 0.95, false),
    ];
    let free = photo("h", &[]);
    let places = [
        ("one".to_owned(), vec![judged(boxed, circles)]),
        ("two".to_owned(), vec![judged(free.clone(), vec![]), judged(free, vec![seen(9.0, 9.0, 5.0, 0.5, false)])]),
    ];
    let report = PhotosReport::new("m", 16.0, &places, vec![]);
    let [one, two, all] = &report.parts[..] else { panic!("{report:?}") };
    assert_eq!((one.boxes.boxes, one.boxes.found, one.boxes.alarmed), (1, 1, 1));
    assert_eq!((one.small_boxes.boxes, one.small_boxes.found), (1, 1));
    assert_eq!(one.with_boxes, FalseCircles { photos: 1, false_circles: 2, false_alarmed: 1, duplicates: 1 });
    assert_eq!((two.free.photos, two.free.without_alarm, two.free.without_circle), (2, 2, 1));
    assert_eq!((two.free.circles, two.free.alarmed, two.with_boxes.photos), (1, 0, 0));
    assert!(two.froc.points.is_empty(), "nothing to find, no curve");
    assert_eq!((all.photos, all.groups, all.free.photos), (3, 1, 2));

    // All circles: the strongest is false, the second finds the box; alarmed ones: 0.7 finds it before anything is false.
    let points: Vec<_> = all.froc.points.iter().map(|p| (p.threshold, p.recall, p.false_a_picture)).collect();
    let third = 1.0 / 3.0;
    let expected = [(0.95, 0.0, third), (0.9, 1.0, third), (0.6, 1.0, 2.0 * third), (0.5, 1.0, 1.0)];
    assert_eq!(points, expected);
    assert_eq!((all.froc.recall_at(0.25), all.froc_alarmed.recall_at(0.0)), (Some(0.0), Some(1.0)));

    let table = report.table();
    assert!(table.contains("2.00 (1.00)") && table.contains("nobody boxed"), "{table}");
    let page = report.html("lesionscope evaluate photos <x>").unwrap();
    assert!(page.contains("<svg") && page.contains("&lt;x&gt;"));
}

#[test]
fn a_picture_of_another_size_is_left_out() {
    let refused = ScannedPhoto::new(photo("g", &[]), Size { width: 100, height: 200 }, vec![], false).unwrap_err();
    assert!(refused.contains("a.jpg") && refused.contains("100x200") && refused.contains("200x100"), "{refused}");
    let unknown = LabelledPhoto { size: None, ..photo("g", &[]) };
    assert!(ScannedPhoto::new(unknown, Size { width: 100, height: 200 }, vec![], true).is_ok());
}

#[test]
fn photos_of_a_group_do_not_narrow_the_interval() {
    let photos = |groups: usize| {
        (0..40).map(move |n: usize| {
            let group = (n % groups).to_string();
            let hit = (n % groups).is_multiple_of(2);
            let circles = if hit { vec![seen(50.0, 50.0, 10.0, 0.9, true)] } else { vec![] };
            judged(photo(&group, &[[40.0, 40.0, 60.0, 60.0]]), circles)
        })
    };
    let width = |groups: usize| {
        let report = PhotosReport::new("m", 16.0, &[("p".to_owned(), photos(groups).collect())], vec![]);
        let Interval { low, high } = report.parts[0].boxes.interval.unwrap();
        high - low
    };
    assert!(width(4) > 1.5 * width(40), "{} {}", width(4), width(40));
}
