//! Places of a generated scene, whose lesions are known.

use std::collections::BTreeSet;

use lesionscope::source::{SceneSettings, SceneSource};
use serde_json::Value;

use super::{headless, lines, outcome};

#[test]
fn places_are_lesions_each_once_and_lists_agree() {
    let folder = tempfile::tempdir().unwrap();
    for seed in [1_u64, 3] {
        let (source, out) = (format!("scene:{seed}"), format!("run-{seed}"));
        let (code, errors) = outcome(headless(folder.path(), &["--source", &source, "--frames", "45", "--out", &out]));
        assert_eq!(code, 0, "{errors}");
        let run = folder.path().join(&out);
        let session: Value = serde_json::from_slice(&std::fs::read(run.join("session.json")).unwrap()).unwrap();
        let places = session["places"].as_array().unwrap();
        assert!(!places.is_empty(), "scene {seed}");

        let settings = SceneSettings { width: 480, height: 360, fps: 30.0, frames: None };
        let scene = SceneSource::open(seed, settings).unwrap();
        let (mut found, mut invented) = (BTreeSet::new(), 0);
        for place in places {
            let number = |key: &str| place[key].as_f64().unwrap() as f32;
            let truth = scene.truth(place["best_frame"].as_u64().unwrap()).lesions;
            let on = |(x, y, r): (f32, f32, f32)| (x - number("x")).hypot(y - number("y")) < r;
            let lesion = truth.iter().find(|lesion| on((lesion.x, lesion.y, lesion.r)));
            // What is circled is the networks' affair; that one lesion has one number is that of the places.
            match lesion {
                Some(lesion) => assert!(found.insert(lesion.id), "scene {seed}: lesion {} is two places", lesion.id),
                None => invented += 1,
            }
            assert!(number("seen_s") > 0.0 && number("seen_s") <= 1.5, "{place}");
            assert!(number("first_s") <= number("best_time_s") && number("best_time_s") <= number("last_s"), "{place}");
        }

        assert!(invented <= 1 && found.len() > invented, "scene {seed}: {places:?}");

        // The track of every circle with a number is one of a place.
        for circle in lines(&run.join("detections.jsonl")).iter().flat_map(|line| line["circles"].as_array().unwrap()) {
            let own = places.iter().find(|place| place["tracks"].as_array().unwrap().contains(&circle["track"]));
            assert!(own.is_some() || circle.get("place").is_none(), "{circle}");
        }
        let mut csv = csv::Reader::from_path(run.join("places.csv")).unwrap();
        let numbers: Vec<u64> = csv.records().map(|record| record.unwrap()[0].parse().unwrap()).collect();
        let listed: Vec<u64> = places.iter().map(|place| place["place"].as_u64().unwrap()).collect();
        assert_eq!(numbers, listed);
    }
}
