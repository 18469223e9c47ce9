//! `evaluate photos` as a user runs it, on pictures made here, and the curve that `evaluate detections` writes.

// Helpers outside of a test function may fail a test just as well.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use image::{Rgb, RgbImage};
use serde_json::{Value, json};

/// Skin with dark spots at these places, their radius 16 px.
fn skin(path: &Path, spots: &[(f32, f32)]) {
    let picture = RgbImage::from_fn(200, 150, |x, y| {
        let inside = spots.iter().any(|&(sx, sy)| (x as f32 - sx).hypot(y as f32 - sy) < 16.0);
        let shade = ((x * 7 + y * 13) % 9) as u8;
        Rgb(if inside { [90, 50, 40] } else { [205 - shade, 160, 135] })
    });
    picture.save(path).unwrap();
}

fn evaluate(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lesionscope"));
    let output = command.current_dir(folder).args(["evaluate"]).args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn read(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

fn write(folder: &Path, name: &str, value: &Value) {
    std::fs::write(folder.join(name), value.to_string()).unwrap();
}

/// Two photos with spots and one without, boxed in both formats, in folders of their own; a folder free of lesions.
fn places(root: &Path) {
    for name in ["boxes", "coco/pictures", "free"] {
        std::fs::create_dir_all(root.join(name)).unwrap();
    }
    for folder in ["boxes", "coco/pictures"] {
        skin(&root.join(folder).join("a.png"), &[(60.0, 70.0), (150.0, 40.0)]);
        skin(&root.join(folder).join("b.png"), &[(100.0, 80.0)]);
        skin(&root.join(folder).join("c.png"), &[]);
    }
    let boxes = json!({
        "a.png": {"w": 200, "h": 150, "mole_boxes_xyxy": [[44, 54, 76, 86], [134, 24, 166, 56]], "group": "g1"},
        "b.png": {"w": 200, "h": 150, "mole_boxes_xyxy": [[84, 64, 116, 96], [10, 10, 18, 18]], "group": "g1"},
        "c.png": {"w": 200, "h": 150, "mole_boxes_xyxy": []},
    });
    write(root, "boxes/boxes.json", &boxes);
    let image =
        |id: u32, name: &str| json!({"id": id, "file_name": format!("pictures/{name}"), "width": 200, "height": 150});
    let lesion = |image: u32, bbox: [u32; 4]| json!({"image_id": image, "bbox": bbox, "category_id": 1});
    let coco = json!({
        "images": [image(1, "a.png"), image(2, "b.png"), image(3, "c.png")],
        "annotations": [lesion(1, [44, 54, 32, 32]), lesion(1, [134, 24, 32, 32]), lesion(2, [84, 64, 32, 32]),
                        lesion(2, [10, 10, 8, 8])],
        "categories": [{"id": 1, "name": "mole"}],
    });
    write(root, "coco/truth.json", &coco);
    write(root, "coco/other.json", &json!({"licence": "CC0"}));
    skin(&root.join("free/1.png"), &[]);
    RgbImage::from_pixel(12, 12, Rgb([200, 160, 130])).save(root.join("free/2.png")).unwrap();
}

#[test]
fn both_formats_and_a_folder_without_give_the_same_figures_a_table_and_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    places(root);
    let args = ["photos", "boxes", "coco", "free", "--json", "f.json", "--report", "r.html"];
    let (code, table, errors) = evaluate(root, &args);
    assert_eq!(code, 0, "{errors}");
    assert!(table.contains("with lesions") && table.contains("nobody boxed") && errors.contains("free: 2"), "{table}");
    assert!(table.contains("Not assessable, counted as without circles: 1"), "{table}");

    let figures = read(root, "f.json");
    let [boxes, coco, free, all] = &figures["parts"].as_array().unwrap()[..] else { panic!("{figures}") };
    let names = [boxes, coco, free, all].map(|part| part["name"].as_str().unwrap());
    assert_eq!(names, ["boxes", "coco", "free", "all"]);
    for part in [boxes, coco] {
        assert_eq!((&part["boxes"]["boxes"], &part["small_boxes"]["boxes"]), (&json!(3), &json!(1)));
        assert_eq!((&part["with_boxes"]["photos"], &part["free"]["photos"]), (&json!(2), &json!(1)));
    }
    assert_eq!(boxes["froc"], coco["froc"], "the same pictures, the same boxes");
    assert_eq!((&boxes["groups"], &coco["groups"]), (&json!(1), &json!(2)));
    assert_eq!((&free["free"]["photos"], &free["not_assessable"]), (&json!(2), &json!(1)));
    assert_eq!((&all["photos"], &all["boxes"]["boxes"]), (&json!(8), &json!(6)));
    // The curve ends where the run stands.
    let end =
        |part: &Value| part["froc"]["points"].as_array().unwrap().last().map_or(json!(0.0), |p| p["recall"].clone());
    let recall = boxes["boxes"]["found"].as_f64().unwrap() / 3.0;
    assert!((end(boxes).as_f64().unwrap() - recall).abs() < 1e-9);
    let page = std::fs::read_to_string(root.join("r.html")).unwrap();
    assert_eq!(page.matches("<svg").count(), 3, "one plot a place with boxes, one of all");
    assert!(!page.contains("http://") || page.contains("http://www.w3.org"), "nothing is loaded from elsewhere");
}

#[test]
fn boxes_below_the_limit_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    places(folder.path());
    let args = ["photos", "coco/truth.json", "-q", "--json", "f.json", "--min-box", "33"];
    let (code, _, errors) = evaluate(folder.path(), &args);
    assert_eq!((code, errors.as_str()), (0, ""));
    let part = &read(folder.path(), "f.json")["parts"][0];
    assert_eq!((&part["boxes"]["boxes"], &part["small_boxes"]["boxes"]), (&json!(0), &json!(4)));
    assert_eq!((&part["boxes"]["interval"], &part["froc"]["points"]), (&Value::Null, &json!([])));
}

#[test]
fn what_cannot_be_read_is_left_out_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    skin(&root.join("good.png"), &[]);
    skin(&root.join("turned.png"), &[]);
    std::fs::write(root.join("broken.png"), "not a picture").unwrap();
    let entry = |w: u32, h: u32| json!({"w": w, "h": h, "mole_boxes_xyxy": []});
    let boxes = json!({"good.png": entry(200, 150), "turned.png": entry(150, 200), "broken.png": entry(9, 9), "gone.png": entry(9, 9)});
    write(root, "boxes.json", &boxes);
    let (code, table, errors) = evaluate(root, &["photos", "boxes.json", "--json", "f.json"]);
    assert_eq!(code, 0, "{errors}");
    assert!(table.contains("Left out: 3 photos"), "{table}");
    for words in ["gone.png: there is no such picture", "broken.png: cannot be read", "turned.png: has 200x150 px"] {
        assert!(errors.contains(words), "{words}: {errors}");
    }
    let figures = read(root, "f.json");
    assert_eq!((&figures["parts"][0]["photos"], figures["skipped"].as_array().unwrap().len()), (&json!(1), 3));
}

#[test]
fn bad_input_is_one_sentence_and_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in ["empty", "two", "broken"] {
        std::fs::create_dir(root.join(name)).unwrap();
    }
    std::fs::write(root.join("bad.json"), "{\"a.png\": ").unwrap();
    std::fs::write(root.join("empty/x.json"), "{").unwrap();
    std::fs::write(root.join("broken/a.png"), "not a picture").unwrap();
    write(root, "else.json", &json!({"a": 1}));
    write(root, "none.json", &json!({"images": [], "annotations": []}));
    write(root, "gone.json", &json!({"gone.png": {"w": 9, "h": 9, "mole_boxes_xyxy": []}}));
    write(root, "out.json", &json!({"a.png": {"w": 9, "h": 9, "mole_boxes_xyxy": [[1, 1, 20, 5]]}}));
    let image = |id: u32| json!({"id": id, "file_name": "a.png", "width": 9, "height": 9});
    write(root, "twice.json", &json!({"images": [image(1), image(2)], "annotations": []}));
    for name in ["two/a.json", "two/b.json"] {
        write(root, name, &json!({"images": [], "annotations": []}));
    }
    for (place, words) in [
        ("missing", "no such file or folder"),
        ("bad.json", "is not JSON"),
        ("empty", "x.json: is not JSON"),
        ("else.json", "is no annotation"),
        ("none.json", "lists no picture"),
        ("gone.json", "there is no such picture"),
        ("out.json", "reaches out"),
        ("twice.json", "twice"),
        ("two", "several annotation files"),
        ("broken", "cannot be read as a picture"),
    ] {
        let (code, _, errors) = evaluate(root, &["photos", place, "-q"]);
        assert_eq!(code, 2, "{place}: {errors}");
        assert!(errors.contains(words) && errors.starts_with("error: ") && errors.lines().count() == 1, "{errors}");
    }
    std::fs::remove_file(root.join("empty/x.json")).unwrap();
    let (code, _, errors) = evaluate(root, &["photos", "empty"]);
    assert!(code == 2 && errors.contains("holds no picture"), "{errors}");
    let (code, _, errors) = evaluate(root, &["photos"]);
    assert!(code == 2 && errors.contains("Usage"), "{errors}");
}

#[test]
fn judged_detections_have_a_curve() {
    let folder = tempfile::tempdir().unwrap();
    let circle = |x: u32, score: f64| json!({"state": "confirmed", "class": "nevus", "score": score, "x": x, "y": 50, "r": 10, "on_skin": true});
    let line = json!({"schema": "lesionscope/1", "frame": 0, "circles": [circle(50, 0.9), circle(150, 0.8)]});
    let truth = json!({"frame": 0, "time_s": 0.0, "lesions": [{"id": 0, "class": "nevus", "x": 50, "y": 50, "r": 10}],
                       "skin": [[0, 0], [200, 0], [200, 100], [0, 100]]});
    write(folder.path(), "d.jsonl", &line);
    write(folder.path(), "t.jsonl", &truth);
    let (code, _, errors) = evaluate(folder.path(), &["detections", "d.jsonl", "t.jsonl", "--json", "f.json"]);
    assert_eq!(code, 0, "{errors}");
    let points = &read(folder.path(), "f.json")["all"]["froc"]["points"];
    let pairs: Vec<(f64, f64)> = points
        .as_array()
        .unwrap()
        .iter()
        .map(|point| (point["recall"].as_f64().unwrap(), point["false_a_picture"].as_f64().unwrap()))
        .collect();
    assert_eq!(pairs, [(1.0, 0.0), (1.0, 1.0)]);
}

/// Hands on both halves of what is not learnt from, and one that is: groups and halves as in `data/half.rs`.
#[test]
fn photos_follow_the_manifest_above_and_the_card_has_both_sides() {
    let folder = tempfile::tempdir().unwrap();
    let hands = folder.path().join("data/wide/hands");
    std::fs::create_dir_all(&hands).unwrap();
    let mut manifest = "path\tsplit\tclass\tgroup\n".to_owned();
    for (name, split, group) in [("a", "val", "person:1"), ("b", "val", "patient:PAT_108"), ("c", "train", "person:3")]
    {
        skin(&hands.join(format!("{name}.png")), &[]);
        manifest += &format!("wide/hands/{name}.png\t{split}\thand-no-lesion\t{group}\n");
    }
    std::fs::write(folder.path().join("data/manifest.tsv"), manifest).unwrap();
    for (side, args) in [("development", &[][..]), ("report", &["--split", "report"])] {
        let (code, _, errors) = evaluate(folder.path(), &[&["photos", "data/wide/hands"], args].concat());
        assert!(code == 0 && errors.contains(&format!("hands: 1 of 3 photos, the {side} side")), "{errors}");
    }
    let (code, card, errors) =
        evaluate(folder.path(), &["all", "--data", "data", "--json", "f.json", "--report", "r.html"]);
    assert_eq!(code, 0, "{errors}");
    assert!(card.contains("1 photo\n") && card.contains("no material"), "{card}");
    let figures = read(folder.path(), "f.json");
    let lines = figures["lines"].as_array().unwrap();
    let hands = lines.iter().find(|line| line["name"].as_str().unwrap().starts_with("photos of hands")).unwrap();
    assert_eq!([&hands["development"]["count"], &hands["report"]["count"]], [&json!(1), &json!(1)]);
    assert!(lines.iter().filter(|line| line["development"].is_null()).count() == lines.len() - 1, "{figures}");
    let (code, _, errors) = evaluate(folder.path(), &["all", "--data", "gone"]);
    assert!(code == 2 && errors.contains("there is no such folder"), "{errors}");
}
