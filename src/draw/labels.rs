//! Labels: class and score of each circle on a dark plate, placed within the picture and, where possible, off other circles and labels.

use image::{Rgb, RgbImage};

use super::area::{Area, plate};
use super::font::Weight;
use super::look::{CircleStyle, doubtful};
use super::scene::Scene;
use super::settings::LabelChoice;
use super::text::{TextStyle, WHITE};
use crate::finding::TrackedCircle;
use crate::geometry::Circle;
use crate::model::Class;

/// Scores younger than this many frames are not worth a remark.
const OLD: u32 = 5;
/// With more circles than this those off the skin go without a label: patterned cloth would hide everything under words.
const CROWD: usize = 12;
/// A label over another label hides both: that weighs more than a label over a circle.
const LABEL_WEIGHT: i64 = 4;

/// Paints the labels of the chosen circles that touch `room`.
pub(super) fn paint(image: &mut RgbImage, room: Area, (scene, choice): (&Scene, LabelChoice), looks: &[CircleStyle]) {
    let kind = TextStyle::for_picture(image.dimensions().into(), Weight::Bold);
    let pad = (kind.px * 0.3) as i64;
    let circles: Vec<Circle> = scene.detection.circles.iter().map(|tracked| tracked.finding.circle).collect();
    let texts: Vec<[String; 2]> = scene.detection.circles.iter().map(|tracked| words(tracked, scene.classes)).collect();
    let all = choice == LabelChoice::All && circles.len() <= CROWD;
    let sizes: Vec<Vec<(i64, i64)>> = texts
        .iter()
        .zip(&scene.detection.circles)
        .map(|(texts, tracked)| {
            let plate = |text: &String| (kind.measure(text).0 + 3 * pad, kind.px as i64 + pad / 2);
            if all || tracked.on_skin { texts.iter().map(plate).collect() } else { Vec::new() }
        })
        .collect();
    for (index, place) in place(&circles, &sizes, pad, room).into_iter().enumerate() {
        let Some((area, text)) = place.and_then(|(area, which)| Some((area, texts.get(index)?.get(which)?))) else {
            continue;
        };
        let colour = looks.get(index).map_or(WHITE, |look| look.colour);
        plate(image, area, kind.px * 0.2, Rgb([12, 14, 18]), 0.78);
        plate(image, Area { w: pad, ..area }, kind.px * 0.2, colour, 1.0);
        kind.write(image, (area.x + 2 * pad, area.y + pad / 4), WHITE, text);
    }
}

/// The words of a label: all of them, and the fewest that will do.
fn words(tracked: &TrackedCircle, classes: &[Class]) -> [String; 2] {
    let name = classes.get(tracked.class).map_or("unnamed class", |class| class.name.as_str());
    let score = tracked.finding.scores.get(tracked.class).copied().unwrap_or(tracked.finding.evidence);
    let number = tracked.place.map_or(String::new(), |place| format!("#{place} "));
    let short = if tracked.undecided { format!("{number}undecided") } else { format!("{number}{name} {score:.2}") };
    let mut long = short.clone();
    if !tracked.on_skin {
        long.push_str(" · not on skin");
    }
    if tracked.unfamiliar() {
        long.push_str(" · unfamiliar");
    }
    if doubtful(tracked) {
        long.push_str(" · evidence outside");
    }
    if tracked.finding.age_frames > OLD {
        long.push_str(&format!(" · {} frames old", tracked.finding.age_frames));
    }
    [long, short]
}

/// Where each circle's label goes, and in which of its sizes: the first that fits into `room`.
///
/// Circles are served in the order given. Of twelve places around a circle the one that covers the least of other circles, of its
/// own and of the labels already placed is taken; the first of equals. `None` for a circle outside `room` or a label larger than it.
fn place(circles: &[Circle], sizes: &[Vec<(i64, i64)>], gap: i64, room: Area) -> Vec<Option<(Area, usize)>> {
    let boxes: Vec<Option<Area>> = circles.iter().map(|circle| bounds(circle, &room)).collect();
    let mut taken: Vec<Area> = Vec::new();
    let mut places = Vec::new();
    for (own, sizes) in boxes.iter().zip(sizes) {
        let best = own.and_then(|own| {
            let fitting = |(_, size): &(usize, &(i64, i64))| size.0 <= room.w && size.1 <= room.h;
            let (which, size) = sizes.iter().enumerate().find(fitting)?;
            let cost = |area: &Area| {
                let over_circles: i64 = boxes.iter().flatten().map(|other| area.overlap(other)).sum();
                let over_labels: i64 = taken.iter().map(|other| area.overlap(other)).sum();
                over_circles + LABEL_WEIGHT * over_labels
            };
            let around = candidates(&own, *size, gap);
            let area = around.iter().filter_map(|area| area.moved_into(&room)).min_by_key(cost)?;
            Some((area, which))
        });
        taken.extend(best.map(|(area, _)| area));
        places.push(best);
    }
    places
}

/// The square around a circle, if it shares pixels with the room.
fn bounds(circle: &Circle, room: &Area) -> Option<Area> {
    let corner = |centre: f32| (centre - circle.r).floor().clamp(-1e9, 1e9) as i64;
    let side = (circle.r * 2.0).ceil().clamp(0.0, 2e9) as i64;
    let square = Area { x: corner(circle.x), y: corner(circle.y), w: side, h: side };
    (square.overlap(room) > 0).then_some(square)
}

/// Twelve places around a box, the most natural first.
fn candidates(own: &Area, (w, h): (i64, i64), gap: i64) -> [Area; 12] {
    let (above, below) = (own.y - gap - h, own.y + own.h + gap);
    let (left, right) = (own.x - gap - w, own.x + own.w + gap);
    let (centre, middle) = (own.x + (own.w - w) / 2, own.y + (own.h - h) / 2);
    let (start, end) = (own.x, own.x + own.w - w);
    let places = [
        (centre, above),
        (centre, below),
        (right, middle),
        (left, middle),
        (start, above),
        (end, above),
        (start, below),
        (end, below),
        (right, above),
        (left, above),
        (right, below),
        (left, below),
    ];
    places.map(|(x, y)| Area { x, y, w, h })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Finding, ScoreOrigin, TrackState};
    use crate::model::ClassKind;

    const ROOM: Area = Area { x: 0, y: 0, w: 400, h: 300 };

    fn circle(x: f32, y: f32, r: f32) -> Circle {
        Circle { x, y, r }
    }

    fn placed(circles: &[Circle], size: (i64, i64)) -> Vec<Option<Area>> {
        let sizes = vec![vec![size]; circles.len()];
        place(circles, &sizes, 4, ROOM).into_iter().map(|place| place.map(|(area, _)| area)).collect()
    }

    #[test]
    fn a_label_begins_with_the_number_of_the_place_and_names_nothing_that_is_undecided() {
        let class = |name: &str| Class { name: name.to_owned(), kind: ClassKind::Lesion, suspicious: false };
        let classes = [class("nevus"), class("melanoma")];
        let finding = Finding {
            circle: circle(9.0, 9.0, 9.0),
            scores: vec![0.2, 0.72],
            evidence: 0.9,
            context: 1.0,
            familiar: 1.0,
            origin: ScoreOrigin::Fresh,
            age_frames: 0,
        };
        let state = TrackState::Confirmed;
        let tracked = |place, undecided| {
            let (finding, explained) = (finding.clone(), None);
            TrackedCircle {
                track: 4,
                state,
                place,
                class: 1,
                undecided,
                on_skin: true,
                finding,
                explained,
                assessment: None,
            }
        };
        let label = |place, undecided| words(&tracked(place, undecided), &classes)[1].clone();
        assert_eq!(label(None, false), "melanoma 0.72");
        assert_eq!((label(Some(1), false), label(Some(12), true)), ("#1 melanoma 0.72".into(), "#12 undecided".into()));
    }

    #[test]
    fn a_lonely_circle_has_its_label_centred_above() {
        let places = placed(&[circle(200.0, 150.0, 20.0)], (80, 16));
        assert_eq!(places, [Some(Area { x: 160, y: 110, w: 80, h: 16 })]);
    }

    #[test]
    fn labels_stay_in_the_room_at_every_corner() {
        let corners = [(2.0, 2.0), (398.0, 2.0), (2.0, 298.0), (398.0, 298.0)];
        for (x, y) in corners {
            let area = placed(&[circle(x, y, 15.0)], (120, 18))[0].expect("there is room");
            assert_eq!(area.overlap(&ROOM), area.w * area.h, "{area:?} leaves the room");
        }
    }

    #[test]
    fn neighbours_get_labels_that_cover_neither_circles_nor_labels() {
        let circles = [circle(150.0, 150.0, 20.0), circle(195.0, 150.0, 20.0), circle(170.0, 105.0, 18.0)];
        let areas: Vec<Area> = placed(&circles, (90, 16)).into_iter().flatten().collect();
        assert_eq!(areas.len(), 3);
        for (index, area) in areas.iter().enumerate() {
            assert!(circles.iter().all(|c| bounds(c, &ROOM).is_none_or(|square| area.overlap(&square) == 0)));
            assert!(areas.iter().skip(index + 1).all(|other| area.overlap(other) == 0));
        }
    }

    #[test]
    fn a_label_that_is_too_wide_gets_its_short_words_and_then_none() {
        let circles = [circle(200.0, 150.0, 20.0)];
        let chosen = place(&circles, &[vec![(500, 16), (90, 16)]], 4, ROOM)[0].map(|(_, which)| which);
        assert_eq!(chosen, Some(1));
        assert_eq!(place(&circles, &[vec![(500, 16), (401, 16)]], 4, ROOM), [None]);
    }

    #[test]
    fn a_circle_outside_the_room_gets_no_label() {
        assert_eq!(placed(&[circle(-100.0, 50.0, 20.0)], (80, 16)), [None]);
    }
}
