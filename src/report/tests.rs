//! Pages of small sessions that were written by hand.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use image::{Rgb, RgbImage};
use serde_json::{Value, json};

use super::*;
use crate::finding::Detection;
use crate::frame::Frame;
use crate::session::RecordedSession;
use crate::sink::video::{Origin, Pictures, VideoSink, VideoSinkSettings};
use crate::sink::{RenderedFrame, Sink, StageTimes};
use crate::source::video::VideoSource;
use crate::source::{Source, SourceError};

/// A name that would be a script if it were not escaped.
const HOSTILE: &str = "<script>alert(1)</script>\"'&";

fn place(number: u64, class: &str, suspicious: f64) -> Value {
    json!({
        "place": number, "class": class, "score": 0.8, "suspicious": suspicious, "evidence": 0.9,
        "scores": {"background": 0.1, "nevus": 0.1, class: 0.8}, "first_s": 0.0, "last_s": 0.9, "seen_s": 0.9, "frames": 10,
        "best_frame": 3, "best_time_s": 0.3, "x": 60.0 + 20.0 * number as f64, "y": 50.0, "r": 8.0, "on_skin": true, "tracks": [number, 9 + number]
    })
}

fn account(places: &[Value]) -> Value {
    json!({
        "schema": "lesionscope-session/1", "version": "0.1.0", "end": "finished", "source": HOSTILE, "frames": 10, "dropped": 0,
        "classes": [
            {"name": "background", "kind": "background", "suspicious": false},
            {"name": "nevus", "kind": "lesion", "suspicious": false},
            {"name": HOSTILE, "kind": "lesion", "suspicious": true},
        ],
        "places": places, "look_alikes": 2, "warnings": [HOSTILE], "settings": {"opinion": {"suspicious": 0.3}}
    })
}

fn circle(place: &Value) -> Value {
    let class = place["class"].as_str().unwrap_or("nevus");
    json!({
        "track": place["place"], "place": place["place"], "state": "confirmed", "class": class, "score": 0.8, "evidence": 0.9,
        "scores": {"background": 0.1, "nevus": 0.1, HOSTILE: 0.8}, "x": place["x"], "y": place["y"], "r": place["r"],
        "on_skin": true, "origin": "fresh", "age": 0,
        "explanation": {"method": "layer-cam", "agreement": 0.5, "drop": 0.4, "inside": 0.8, "doubtful": false, "age": 3}
    })
}

/// Writes a session of ten frames with all places on each; `file`: the name of each picture, for stills.
fn session(folder: &Path, places: &[Value], file: Option<&str>) {
    std::fs::write(folder.join("session.json"), account(places).to_string()).unwrap();
    let lines = (0..10).map(|frame| {
        let mut line = json!({
            "schema": "lesionscope/1", "frame": frame, "time_s": 5.0 + 0.1 * f64::from(frame), "dropped": 0,
            "circles": places.iter().map(circle).collect::<Vec<_>>(), "ms": {}
        });
        if let Some(file) = file {
            line["file"] = format!("{file}-{frame}.jpg").into();
        }
        line.to_string() + "\n"
    });
    std::fs::write(folder.join("detections.jsonl"), lines.collect::<String>()).unwrap();
}

fn nowhere() -> PictureSource<'static> {
    PictureSource { source: None, video: crate::config::Config::shipped().unwrap().video, patience: None }
}

fn html(folder: &Path) -> String {
    page(&RecordedSession::open(folder).unwrap(), nowhere()).unwrap().html
}

/// A film of ten pictures whose brightness says which one it is.
fn film(path: &Path) {
    let settings: VideoSinkSettings = crate::config::Config::shipped().unwrap().record;
    let origin = Origin { sound: None, fps: Some(10.0), live: false };
    let mut sink = VideoSink::create(path, settings, Pictures::Clean, &origin).unwrap();
    for index in 0..10_u64 {
        let pixels = RgbImage::from_pixel(160, 96, Rgb([20 * index as u8; 3]));
        let (annotated, pts) = (Arc::new(pixels.clone()), Duration::from_millis(5000 + 100 * index));
        let frame = Arc::new(Frame { index, pts, pixels, file: None });
        let detection = Arc::new(Detection::default());
        sink.put(&RenderedFrame { frame, annotated, detection, dropped: 0, times: StageTimes::default() }).unwrap();
    }
    sink.finish().unwrap();
}

#[test]
fn names_of_others_are_text_and_nothing_comes_from_a_network() {
    let folder = tempfile::tempdir().unwrap();
    session(folder.path(), &[place(1, HOSTILE, 0.9)], None);
    let html = html(folder.path());
    assert!(!html.contains("<script>alert"), "a name became a script");
    assert!(html.contains("&lt;script&gt;alert(1)"), "the name is not shown");
    assert_eq!(html.matches("<script").count(), 1);
    for reference in ["http:", "https:", "//cdn", "@import", "url("] {
        assert!(!html.contains(reference), "{reference} is in the page");
    }
    assert!(html.contains("default-src &#x27;none&#x27;") && html.contains("lang=\"en\""));
}

#[test]
fn the_counts_are_on_top_and_the_suspicious_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut unclear = place(4, "nevus", 0.1);
    unclear["assessable"] = false.into();
    session(folder.path(), &[place(1, "nevus", 0.1), place(2, "nevus", 0.4), place(3, HOSTILE, 0.9), unclear], None);
    let html = html(folder.path());
    assert!(html.contains("<h1>4 places on the skin were circled; 2 look suspicious to the model</h1>"));
    let at = |word: &str| html.find(word).unwrap_or_else(|| panic!("{word} is missing"));
    assert!(at("not a medical device") < at("id=\"place-3\""));
    let cards = [3, 2, 4, 1].map(|number| at(&format!("id=\"place-{number}\"")));
    assert!(cards.is_sorted(), "{cards:?}");
    assert!(html.contains("That is no all-clear"), "not assessable is never clear");
    assert!(html.contains("2 look-alikes have no skin around them"));
    assert!(html.contains("<dd>0.9 s (0:00 to 0:00)</dd>"), "when it was seen");
    assert!(html.contains("Painting over the circle lowers the score by 40\u{a0}%"));
}

#[test]
fn pictures_are_those_of_the_best_frames() {
    let folder = tempfile::tempdir().unwrap();
    session(folder.path(), &[place(1, HOSTILE, 0.9)], None);
    film(&folder.path().join("clean.mp4"));
    let html = html(folder.path());
    assert!(html.contains("The pictures are from clean.mp4."), "{}", html.len());
    let jpegs: Vec<&str> =
        html.split("data:image/jpeg;base64,").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(jpegs.len(), 2, "the key frame and the place");
    let decode = |text: &str| {
        use base64::Engine;
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
        image::load_from_memory(&bytes).unwrap().to_rgb8()
    };
    let place = decode(jpegs[1]);
    assert_eq!(place.dimensions(), (256, 256));
    let level = i32::from(place.get_pixel(128, 128)[0]);
    assert!((level - 60).abs() < 8, "{level}: not the fourth picture");
    assert!(html.contains("class=\"ring suspicious\""), "the circle is drawn over the clean picture");
    assert!(!html.contains("id=\"player\""), "there is no film with circles to play");
}

#[test]
fn a_session_without_places_says_that_this_is_no_all_clear() {
    let folder = tempfile::tempdir().unwrap();
    session(folder.path(), &[], None);
    let html = html(folder.path());
    assert!(html.contains("<h1>Nothing on the skin was circled</h1>") && html.contains("That is no all-clear"));
    assert!(!html.contains("id=\"tools\"") && !html.contains("class=\"timeline\""));
    assert!(html.len() < 100_000, "{} bytes without a picture", html.len());
}

#[test]
fn a_missing_film_leaves_a_page_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    session(folder.path(), &[place(1, HOSTILE, 0.9)], None);
    let without = html(folder.path());
    assert!(without.contains("neither clean.mp4 nor annotated.mp4 lies beside this page"));
    std::fs::write(folder.path().join("clean.mp4"), "no film").unwrap();
    let broken = html(folder.path());
    assert!(broken.contains("There are no pictures (clean.mp4: "), "{broken}");
    assert!(!broken.contains("data:image"));
}

#[cfg(unix)]
#[test]
fn a_film_that_leads_out_of_the_folder_is_not_opened() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("session");
    std::fs::create_dir(&folder).unwrap();
    session(&folder, &[place(1, HOSTILE, 0.9)], None);
    film(&root.path().join("other.mp4"));
    std::os::unix::fs::symlink(root.path().join("other.mp4"), folder.join("clean.mp4")).unwrap();
    let refusal = RecordedSession::open(&folder).unwrap_err().to_string();
    assert!(refusal.contains("clean.mp4: it is a link"), "{refusal}");
}

#[test]
fn the_source_is_left_alone_where_faces_were_to_be_covered() {
    let folder = tempfile::tempdir().unwrap();
    session(folder.path(), &[place(1, HOSTILE, 0.9)], None);
    let source = folder.path().join("source.mp4");
    film(&source);
    let from_source = |covered: bool| {
        let mut account = account(&[place(1, HOSTILE, 0.9)]);
        account["settings"]["output"] = json!({"blur_faces": covered});
        std::fs::write(folder.path().join("session.json"), account.to_string()).unwrap();
        let reopen = || -> Result<Box<dyn Source>, SourceError> {
            Ok(Box::new(VideoSource::open(source.to_str().unwrap(), &nowhere().video)?))
        };
        let from = PictureSource { source: Some(Box::new(reopen)), ..nowhere() };
        page(&RecordedSession::open(folder.path()).unwrap(), from).unwrap().html
    };
    assert!(!from_source(true).contains("the source"));
    assert!(from_source(false).contains("the source"));
}

#[test]
fn photographs_are_a_grid_and_have_no_times() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = place(1, HOSTILE, 0.9);
    (first["file"], first["best_frame"]) = ("/private/arm-3.jpg".into(), 3.into());
    session(folder.path(), &[first], Some("/private/arm"));
    std::fs::create_dir(folder.path().join("annotated")).unwrap();
    for index in 0..10_u8 {
        let picture = RgbImage::from_pixel(64, 48, Rgb([20 * index; 3]));
        picture.save(folder.path().join(format!("annotated/arm-{index}.png"))).unwrap();
    }
    let html = html(folder.path());
    assert_eq!(html.matches("<img ").count(), 11, "ten photographs and a place");
    assert!(html.contains("<strong>arm-3.jpg</strong>") && html.contains("href=\"#place-1\""));
    assert!(!html.contains("class=\"timeline\"") && !html.contains("class=\"chart\"") && !html.contains("<video"));
    assert!(html.contains("with its circles and labels in them") && !html.contains("class=\"ring"));
}

#[test]
fn a_list_that_was_torn_still_makes_a_page() {
    let folder = tempfile::tempdir().unwrap();
    session(folder.path(), &[place(1, HOSTILE, 0.9)], None);
    let path = folder.path().join("detections.jsonl");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 40]).unwrap();
    let report = write(folder.path(), nowhere()).unwrap();
    assert!(report.headline.starts_with("1 place on the skin was circled"), "{report:?}");
    let html = std::fs::read_to_string(report.path).unwrap();
    assert!(html.contains("was cut off and is left out"));
    std::fs::write(&path, b"{\n{}\n").unwrap();
    let refusal = write(folder.path(), nowhere()).unwrap_err().to_string();
    assert!(refusal.contains("detections.jsonl"), "{refusal}");
}

#[test]
fn an_hour_with_many_places_stays_small() {
    let folder = tempfile::tempdir().unwrap();
    let places: Vec<Value> = (1..=150).map(|number| place(number, "nevus", 0.1)).collect();
    std::fs::write(folder.path().join("session.json"), account(&places).to_string()).unwrap();
    let line = |frame: u32| {
        let circles: Vec<Value> = places.iter().skip(frame as usize % 50).take(3).map(circle).collect();
        json!({"schema": "lesionscope/1", "frame": frame, "time_s": f64::from(frame), "dropped": 0, "circles": circles})
            .to_string()
            + "\n"
    };
    std::fs::write(folder.path().join("detections.jsonl"), (0..3600).map(line).collect::<String>()).unwrap();
    let html = html(folder.path());
    assert!(html.len() < 2_000_000, "{} bytes without pictures, which have 2 MB more", html.len());
    assert!(html.contains("50 more places, none of them more suspicious"));
}

#[test]
fn several_sessions_are_listed_with_links() {
    let folder = tempfile::tempdir().unwrap();
    session(folder.path(), &[place(1, HOSTILE, 0.9)], None);
    let report = write(folder.path(), nowhere()).unwrap();
    let page = list(&[report], folder.path()).unwrap();
    assert!(page.contains("href=\".&#x2f;report.html\"") && page.contains("1 place on the skin was circled"));
    assert!(!page.contains("<script>alert"));
}
