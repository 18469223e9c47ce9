//! A classifier of the user's own explained: by its answers alone, and by what can be seen of its inside.

use std::path::Path;

use image::{Rgb, RgbImage};
use lesionscope::explain::perturb::occlusion;
use lesionscope::explain::{Explainer, Method, Question};

use super::tiny::{SIDE, model};
use super::{by_hand, hints, lesionscope, loaded, picture, written};

/// Blue, which says nothing of melanoma, with a red spot, which does, up on the left.
fn spotted(side: u32) -> RgbImage {
    let spot = |x: u32, y: u32| (x as f32 - 0.3 * side as f32).hypot(y as f32 - 0.3 * side as f32) < 0.2 * side as f32;
    RgbImage::from_fn(side, side, |x, y| Rgb(if spot(x, y) { [250, 0, 0] } else { [0, 80, 120] }))
}

#[test]
fn what_is_hidden_costs_the_score_what_it_was_worth() {
    let explainer = Explainer::foreign(&loaded(&model(), &hints()).unwrap());
    let plain = picture([200, 30, 90]);
    let map = occlusion(&explainer, Question { window: &plain, class: 1 }).unwrap();
    assert!(map.values.iter().all(|v| *v == 0.0), "the patch has the colour of the rim");
    let window = spotted(SIDE as u32);
    let map = explainer.explain(Question { window: &window, class: 1 }, Method::Occlusion).unwrap();
    let best = map.order()[0];
    assert!((2..8).contains(&(best % map.cols)) && (2..8).contains(&(best / map.cols)), "{best}");
    assert!(map.values[map.values.len() - 1].abs() < 1e-6, "nothing lies in the corner");
    let scores = explainer.scores(&[picture([255, 0, 0])], 1).unwrap();
    assert!((scores[0] - by_hand([255, 0, 0])[1]).abs() < 1e-5);
}

/// `explain` over a picture file with a spot; exit code, what was printed, what was said.
fn explain(folder: &Path, args: &[&str]) -> (i32, String, String) {
    spotted(64).save(folder.join("spot.png")).unwrap();
    let (file, labels) = written(folder);
    let said = lesionscope()
        .current_dir(folder)
        .args(["explain", "-q", "--source", "spot.png", "--whole", "--preprocess", "zero-one", "--labels", &labels])
        .args(["--model", &file, "--out", "seen"])
        .args(args)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (said.status.code().unwrap(), text(&said.stdout), text(&said.stderr))
}

#[test]
fn methods_that_it_does_not_give_are_refused_with_those_that_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, said) = explain(folder.path(), &["--method", "occlusion,grad-cam"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("--method grad-cam needs feature maps") && said.contains("has: occlusion, rise"), "{said}");
    assert!(!folder.path().join("seen").exists(), "nothing is left behind");
    let (code, _, said) = explain(folder.path(), &["--class", "melanoma"]);
    assert_eq!(code, 0, "{said}");
    let record = std::fs::read(folder.path().join("seen/spot/explanation.json")).unwrap();
    let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
    let methods: Vec<&str> =
        record["maps"].as_array().unwrap().iter().map(|map| map["method"].as_str().unwrap()).collect();
    assert_eq!((record["class"].as_str(), methods), (Some("melanoma"), vec!["occlusion", "rise"]));
    let (code, _, said) = explain(folder.path(), &["--prototype"]);
    assert!(code == 2 && !said.contains("panicked"), "{said}");
}

#[test]
fn circles_are_explained_in_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let (file, labels) = written(folder.path());
    let run = |method: &str| {
        let scene = ["headless", "-q", "--source", "scene:7", "--frames", "6", "--preprocess", "zero-one"];
        let said = lesionscope()
            .args(scene)
            .args(["--labels", &labels, "--model", &file, "--exist-ok", "--explain", method, "--out"])
            .arg(folder.path().join("run"))
            .output()
            .unwrap();
        (said.status.code(), String::from_utf8_lossy(&said.stderr).into_owned())
    };
    let (code, said) = run("lrp-0");
    assert!(code == Some(2) && said.contains("has: occlusion, rise, window-map"), "{said}");
    let (code, said) = run("occlusion");
    assert_eq!(code, Some(0), "{said}");
    let lines = std::fs::read_to_string(folder.path().join("run/detections.jsonl")).unwrap();
    let line: serde_json::Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    let explained = line["circles"].as_array().unwrap().iter().find(|circle| circle["explanation"].is_object());
    let explanation = &explained.expect("a confirmed circle is explained")["explanation"];
    assert!(explanation["method"] == "occlusion" && explanation["drop"].is_number(), "{explanation}");
}
