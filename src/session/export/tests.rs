//! The formats, of a session with two places, a look-alike and a tentative circle.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::*;
use crate::finding::{ScoreOrigin, TrackState};
use crate::geometry::{Circle, Size};
use crate::session::{RecordedAccount, RecordedCircle, RecordedClass, RecordedFrame, RecordedPlace};

const CONFIRMED: CircleChoice = CircleChoice { on_skin_only: false, tentative: false };
const ON_SKIN: CircleChoice = CircleChoice { on_skin_only: true, tentative: false };
const ALL: CircleChoice = CircleChoice { on_skin_only: false, tentative: true };

fn circle(track: u64, place: Option<u64>, class: &str, (x, y): (f32, f32)) -> RecordedCircle {
    RecordedCircle {
        track,
        place,
        state: TrackState::Confirmed,
        class: class.to_owned(),
        undecided: false,
        score: 0.75,
        evidence: 0.9,
        scores: vec![0.05, 0.2, 0.75],
        circle: Circle { x, y, r: 10.0 },
        on_skin: place.is_some(),
        familiar: 1.0,
        origin: ScoreOrigin::Fresh,
        age_frames: 0,
        explanation: None,
    }
}

/// Ten frames at 10 a second, 200x100 px. Place 1 is there all the time, track 2 of place 2 on frames 0 to 2 and 9, track 7 is not on skin, and
/// track 8 is tentative.
fn session() -> RecordedSession {
    let class = |name: &str, kind: &str| RecordedClass { name: name.into(), kind: kind.into(), suspicious: false };
    let classes = vec![class("skin", "skin"), class("nevus", "lesion"), class("mel, <b>\"x\"", "lesion")];
    let frame = |at: u64| {
        let mut circles = vec![circle(1, Some(1), "nevus", (50.0 + at as f32, 50.0))];
        if at <= 2 || at == 9 {
            circles.push(circle(2, Some(2), "mel, <b>\"x\"", (195.0, 50.0)));
        }
        if at == 5 {
            circles.push(circle(7, None, "nevus", (100.0, 80.0)));
            let tentative = RecordedCircle { state: TrackState::Tentative, ..circle(8, None, "nevus", (20.0, 80.0)) };
            circles.push(RecordedCircle { on_skin: true, ..tentative });
        }
        let size = Some(Size { width: 200, height: 100 });
        RecordedFrame {
            frame: at,
            time_s: at as f64 / 10.0,
            size,
            file: None,
            dropped: 0,
            circles,
            not_assessable: None,
        }
    };
    RecordedSession {
        folder: PathBuf::from("runs/exp"),
        classes: classes.iter().map(|class| class.name.clone()).collect(),
        account: RecordedAccount { source: "arm.mp4".into(), classes, ..RecordedAccount::default() },
        frames: (0..10).map(frame).collect(),
        warnings: Vec::new(),
    }
}

/// The texts of an export by their places.
fn texts(session: &RecordedSession, format: ExportFormat, choice: CircleChoice) -> BTreeMap<String, String> {
    let files = export(session, format, choice).unwrap();
    assert_eq!(format.is_folder(), files.iter().all(|file| file.place != PathBuf::new()));
    let text = |file: ExportedFile| (file.place.display().to_string(), String::from_utf8(file.bytes).unwrap());
    files.into_iter().map(text).collect()
}

fn text(format: ExportFormat, choice: CircleChoice) -> String {
    texts(&session(), format, choice).remove("").unwrap()
}

#[test]
fn coco_has_a_box_a_circle_with_its_place() {
    let all: Value = serde_json::from_str(&text(ExportFormat::Coco, ALL)).unwrap();
    let names: Vec<&Value> = all["categories"].as_array().unwrap().iter().map(|category| &category["name"]).collect();
    assert_eq!(names, ["nevus", "mel, <b>\"x\""], "skin is no lesion");
    assert_eq!(all["images"][5]["file_name"], "000005.png");
    assert_eq!((&all["images"][5]["id"], &all["images"][5]["width"]), (&6.into(), &200.into()));
    let annotations = all["annotations"].as_array().unwrap();
    let ids: Vec<u64> = annotations.iter().map(|one| one["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (1..=16).collect::<Vec<u64>>());
    // At the right edge: half of it is outside.
    assert_eq!(annotations[1]["bbox"].to_string(), "[185.0,40.0,15.0,20.0]");
    assert_eq!((&annotations[1]["area"], &annotations[1]["category_id"]), (&300.0.into(), &2.into()));
    assert_eq!(annotations[1]["attributes"]["place"], 2);
    let of_frame_5 = annotations.iter().filter(|one| one["image_id"] == 6);
    let tracks: Vec<&Value> = of_frame_5.map(|one| &one["attributes"]["track_id"]).collect();
    assert_eq!(tracks, [1, 9, 10], "tracks without a place are counted on from the last place");
    for (choice, count) in [(CONFIRMED, 15), (ON_SKIN, 14)] {
        let some: Value = serde_json::from_str(&text(ExportFormat::Coco, choice)).unwrap();
        assert_eq!(some["annotations"].as_array().unwrap().len(), count);
    }
}

#[test]
fn yolo_has_a_label_file_a_picture() {
    let files = texts(&session(), ExportFormat::Yolo, CONFIRMED);
    assert_eq!(files.len(), 11);
    assert_eq!(
        files["labels/000000.txt"],
        "0 0.250000 0.500000 0.100000 0.200000\n1 0.962500 0.500000 0.075000 0.200000\n"
    );
    assert!(
        files["data.yaml"].ends_with("names:\n  0: \"nevus\"\n  1: \"mel, <b>\\\"x\\\"\"\n"),
        "{}",
        files["data.yaml"]
    );
}

#[test]
fn stills_keep_their_names_which_lead_nowhere() {
    let mut session = session();
    for (frame, name) in session.frames.iter_mut().zip(["a/b.jpg", "c/b.png", "../../etc/passwd", "/", ".."]) {
        frame.file = Some(name.to_owned());
    }
    let files = texts(&session, ExportFormat::Yolo, CONFIRMED);
    for name in ["b", "b-2", "passwd", "000003", "000004"] {
        assert!(files.contains_key(&format!("labels/{name}.txt")), "{name} in {:?}", files.keys());
    }
    for format in [ExportFormat::Mot, ExportFormat::Webvtt, ExportFormat::LabelStudio] {
        let said = export(&session, format, CONFIRMED).unwrap_err().to_string();
        assert!(said.contains("about a film"), "{said}");
    }
}

#[test]
fn mot_is_a_sequence_with_numbers_from_1() {
    let files = texts(&session(), ExportFormat::Mot, ON_SKIN);
    let lines: Vec<&str> = files["gt/gt.txt"].lines().collect();
    assert_eq!(lines.len(), 14);
    assert_eq!(lines[..3], ["1,1,41,41,20,20,1,1,1", "1,2,186,41,15,20,1,1,1", "2,1,42,41,20,20,1,1,1"]);
    for line in ["frameRate=10.000", "seqLength=10", "imWidth=200"] {
        assert!(files["seqinfo.ini"].contains(line), "{}", files["seqinfo.ini"]);
    }
}

#[test]
fn csv_has_a_line_a_circle_and_quotes_what_needs_it() {
    let text = text(ExportFormat::Csv, CONFIRMED);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 16);
    assert!(lines[0].ends_with(",r,score_skin,score_nevus,\"score_mel, <b>\"\"x\"\"\""), "{}", lines[0]);
    assert_eq!(lines[1], "0,0,,200,100,1,1,1,confirmed,nevus,false,0.75,0.9,true,50,50,10,0.05,0.2,0.75");
    assert!(lines[2].contains("confirmed,\"mel, <b>\"\"x\"\"\",false,0.75"), "{}", lines[2]);
}

#[test]
fn subtitles_have_a_cue_for_every_time_in_view() {
    assert_eq!(
        text(ExportFormat::Webvtt, CONFIRMED),
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n#1 nevus\n\n00:00:00.000 --> 00:00:00.300\n#2 mel, &lt;b&gt;\"x\"\n\n\
         00:00:00.500 --> 00:00:00.600\nnevus, not counted\n\n00:00:00.900 --> 00:00:01.000\n#2 mel, &lt;b&gt;\"x\"\n"
    );
}

#[test]
fn label_studio_has_a_rectangle_for_every_time_in_view_in_percent() {
    let tasks: Value = serde_json::from_str(&text(ExportFormat::LabelStudio, ON_SKIN)).unwrap();
    let result = tasks[0]["predictions"][0]["result"].as_array().unwrap();
    assert_eq!(result.len(), 3);
    let value = &result[1]["value"];
    assert_eq!((&value["framesCount"], &value["duration"]), (&10.into(), &1.0.into()));
    assert_eq!(value["labels"][0], "mel, <b>\"x\"");
    let sequence = value["sequence"].as_array().unwrap();
    let frames: Vec<(u64, bool)> =
        sequence.iter().map(|key| (key["frame"].as_u64().unwrap(), key["enabled"] == true)).collect();
    assert_eq!(frames, [(1, true), (2, true), (3, false)]);
    assert_eq!([&sequence[0]["x"], &sequence[0]["y"]], [&Value::from(92.5), &Value::from(40.0)]);
    assert_eq!([&sequence[0]["width"], &sequence[0]["height"]], [&Value::from(7.5), &Value::from(20.0)]);
}

#[test]
fn tracks_that_were_joined_later_are_one_place_from_the_start() {
    let mut session = session();
    session.frames[0].circles[1].place = Some(3);
    session.account.places = vec![
        RecordedPlace { place: 1, class: Some("nevus".into()), tracks: vec![1], ..RecordedPlace::default() },
        RecordedPlace { place: 2, class: None, tracks: vec![2], ..RecordedPlace::default() },
    ];
    let files = texts(&session, ExportFormat::Mot, ON_SKIN);
    assert!(files["gt/gt.txt"].contains("\n1,2,186,"), "{}", files["gt/gt.txt"]);
    let cues = texts(&session, ExportFormat::Webvtt, ON_SKIN).remove("").unwrap();
    assert!(cues.contains("#2 undecided") && cues.contains("#1 nevus") && !cues.contains("#3"), "{cues}");
}

#[test]
fn what_needs_the_size_of_the_pictures_says_so() {
    let mut session = session();
    session.frames[3].size = None;
    for (format, works) in [
        (ExportFormat::Coco, false),
        (ExportFormat::Yolo, false),
        (ExportFormat::LabelStudio, false),
        (ExportFormat::Mot, true),
        (ExportFormat::Csv, true),
        (ExportFormat::Webvtt, true),
    ] {
        let said = export(&session, format, CONFIRMED).err().map(|error| error.to_string());
        assert_eq!(said.is_none(), works, "{said:?}");
        assert!(said.is_none_or(|said| said.contains("no size of the pictures")));
    }
}

#[test]
fn a_session_without_frames_is_an_empty_export() {
    let empty = RecordedSession { frames: Vec::new(), ..session() };
    for format in [ExportFormat::Coco, ExportFormat::Yolo, ExportFormat::Csv] {
        assert!(export(&empty, format, CONFIRMED).is_ok());
    }
}
