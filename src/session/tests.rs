//! Sessions as they are written, and as they are found after an accident.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::finding::{ScoreOrigin, TrackState};
use crate::geometry::Circle;

const SESSION: &str = r#"{"schema": "lesionscope-session/1", "version": "0.1.0", "end": "finished", "error": null,
    "model": {"name": "small", "checksum": "ab", "skin": {"name": "skin", "checksum": "cd"}},
    "classes": [{"name": "nevus", "kind": "lesion", "suspicious": false}, {"name": "melanoma", "kind": "lesion", "suspicious": true}],
    "source": "arm.mp4", "frames": 2, "fps": 5.5, "look_alikes": 4, "later": {"field": 1},
    "places": [{"place": 1, "class": null, "score": 0.4, "tracks": [4, 9], "on_skin": true, "x": 640.5, "y": 331.0, "r": 27.5, "scores": {"nevus": 0.4}}],
    "settings": {"scan": {"conf": 0.25}}}"#;

const EMPTY: &str = r#"{"schema":"lesionscope/1","frame":0,"time_s":0.0,"dropped":0,"circles":[]}"#;

const CIRCLE: &str = r#"{"schema":"lesionscope/1","frame":1,"time_s":0.0333,"width":1280,"height":720,"file":"a b.jpg","circles":[{"track":3,"place":1,
    "state":"confirmed","class":"melanoma","score":0.9,"evidence":0.95,"scores":{"nevus":0.05,"melanoma":0.9},"x":640.5,"y":331.0,
    "r":27.5,"on_skin":true,"origin":"reused","age":4,"later":[]}],"windows":{"planned":5}}"#;

/// A line without the breaks that make it fit for reading.
fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect()
}

fn session(list: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(ACCOUNT), SESSION).unwrap();
    fs::write(folder.path().join(LIST), list).unwrap();
    folder
}

fn fault(list: &str) -> String {
    RecordedSession::open(session(list).path()).unwrap_err().to_string()
}

#[test]
fn a_session_is_read_by_its_folder_or_by_a_file_in_it_and_unknown_fields_are_ignored() {
    let folder = session(&format!("{EMPTY}\n{}\n", one_line(CIRCLE)));
    let read = RecordedSession::open(folder.path()).unwrap();
    for file in [ACCOUNT, LIST] {
        assert_eq!(RecordedSession::open(&folder.path().join(file)).unwrap(), read);
    }
    let account = &read.account;
    assert_eq!((account.end, account.frames, account.look_alikes), (RecordedEnd::Finished, 2, 4));
    assert_eq!(account.model.skin.as_ref().unwrap().name, "skin");
    assert_eq!(account.settings["scan"]["conf"], 0.25);
    assert_eq!(account.more["later"]["field"], 1);
    assert_eq!((account.places[0].place, &account.places[0].class), (1, &None));
    assert_eq!(account.places[0].tracks, [4, 9]);
    assert_eq!(read.classes, ["nevus", "melanoma"]);
    assert!(read.warnings.is_empty());
    let frame = &read.frames[1];
    assert_eq!((frame.frame, frame.file.as_deref()), (1, Some("a b.jpg")));
    assert_eq!((read.frames[0].size, frame.size), (None, Some((1280, 720).into())));
    assert!(account.classes[1].suspicious && account.classes[1].name == "melanoma");
    let expected = RecordedCircle {
        track: 3,
        place: Some(1),
        state: TrackState::Confirmed,
        class: "melanoma".to_owned(),
        undecided: false,
        score: 0.9,
        evidence: 0.95,
        scores: vec![0.05, 0.9],
        circle: Circle { x: 640.5, y: 331.0, r: 27.5 },
        on_skin: true,
        familiar: 1.0,
        origin: ScoreOrigin::Reused,
        age_frames: 4,
        explanation: None,
    };
    assert_eq!(frame.circles, [expected]);
}

#[test]
fn a_last_line_that_was_torn_is_left_out_with_a_warning() {
    let circle = one_line(CIRCLE);
    for end in 1..circle.len() {
        let Some(torn) = circle.get(..end) else { continue };
        let read = RecordedSession::open(session(&format!("{EMPTY}\n{torn}")).path()).unwrap();
        assert_eq!((read.frames.len(), read.warnings.len()), (1, 1), "{torn}");
        assert!(read.warnings[0].contains("line 2"), "{:?}", read.warnings);
    }
    // Whole, but for the end of the line.
    let read = RecordedSession::open(session(&format!("{EMPTY}\n{circle}")).path()).unwrap();
    assert_eq!((read.frames.len(), read.warnings.len()), (2, 0));
}

#[test]
fn a_wrong_line_is_named_by_its_number() {
    let circle = one_line(CIRCLE);
    let second = |line: &str| fault(&format!("{EMPTY}\n{line}\n{EMPTY}\n"));
    for (line, words) in [
        ("{\"schema\":".to_owned(), "no JSON"),
        ("[1, 2]".to_owned(), "no JSON"),
        (EMPTY.replace("\"frame\":0,", ""), "frame"),
        (EMPTY.replace("lesionscope/1", "lesionscope/2"), "newer lesionscope"),
        (EMPTY.replace("lesionscope/1", "cocoa"), "is needed"),
        (circle.replace("27.5", "-27.5"), "lies in no picture"),
        (circle.replace("27.5", "1e9"), "lies in no picture"),
        (circle.replace("1280", "0"), "a size that no frame has"),
        (circle.replace("0.0333", "-1"), "a time"),
        (circle.replace("confirmed", "perhaps"), "perhaps"),
        (circle.replace("0.05", "\"much\""), "no number"),
    ] {
        let said = second(&line);
        assert!(said.contains("detections.jsonl, line 2: ") && said.contains(words), "{said}");
    }
    let other = circle.replace("\"nevus\":0.05,", "");
    assert!(fault(&format!("{circle}\n{other}\n")).contains("line 2: the scores of track 3 are of other classes"));
}

#[test]
fn a_list_that_is_one_endless_line_is_refused_before_it_is_in_memory() {
    let said = fault(&"x".repeat((1 << 22) + 1));
    assert!(said.contains("line 1: it is longer than 4194304 bytes"), "{said}");
}

#[test]
fn what_is_missing_or_no_session_is_named() {
    let folder = session(EMPTY);
    fs::remove_file(folder.path().join(LIST)).unwrap();
    let said = |path: &Path| RecordedSession::open(path).unwrap_err().to_string();
    assert!(said(folder.path()).contains("detections.jsonl: cannot be read"), "{}", said(folder.path()));
    fs::remove_file(folder.path().join(ACCOUNT)).unwrap();
    assert!(said(folder.path()).contains("there is no session.json"), "{}", said(folder.path()));
    assert!(said(&folder.path().join("nowhere")).contains("nowhere: cannot be read"));
    let take = folder.path().join("take-1");
    fs::create_dir(&take).unwrap();
    fs::write(take.join(ACCOUNT), SESSION).unwrap();
    assert!(said(folder.path()).contains(&take.display().to_string()), "{}", said(folder.path()));
    fs::write(folder.path().join(ACCOUNT), SESSION).unwrap();
    assert!(said(folder.path()).contains("a run in takes"), "{}", said(folder.path()));
}

#[test]
fn an_account_of_another_schema_is_refused_with_a_sentence() {
    let folder = session(EMPTY);
    let path = folder.path().join(ACCOUNT);
    for (text, words) in [
        (SESSION.replace("session/1", "session/7"), "newer lesionscope; this one reads lesionscope-session/1"),
        (SESSION.replace("lesionscope-session/1", "lesionscope/1"), "is needed"),
        ("{}".to_owned(), "is needed"),
        (String::new(), "no JSON"),
        (SESSION.replace("\"frames\": 2", "\"frames\": -2"), "a field of it is wrong"),
        (SESSION.replace("\"places\"", "\"lesions\""), "it lists no places"),
        (SESSION.replace("\"score\": 0.4", "\"score\": 1e30"), "place 1 has score 1e30; 0 to 1 is allowed"),
        (SESSION.replace("\"r\": 27.5", "\"r\": -1e300"), "place 1 lies in no picture"),
        (SESSION.replace("\"place\": 1, \"class\"", "\"place\": 1, \"seen_s\": -1, \"class\""), "place 1 has a time"),
    ] {
        fs::write(&path, text).unwrap();
        let said = RecordedSession::open(folder.path()).unwrap_err().to_string();
        assert!(said.contains("session.json: ") && said.contains(words), "{said}");
    }
}

#[test]
fn the_account_of_a_run_that_was_killed_has_blanks_at_its_end() {
    let folder = session(EMPTY);
    let text = SESSION.replace("finished", "running") + &" ".repeat(8192) + "\n";
    fs::write(folder.path().join(ACCOUNT), text).unwrap();
    assert_eq!(RecordedSession::open(folder.path()).unwrap().account.end, RecordedEnd::Running);
}
