//! `evaluate closeups` as a user runs it, on pictures made here.

// Helpers outside of a test function may fail a test just as well.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use image::{Rgb, RgbImage};
use serde_json::Value;

/// Skin with a dark spot; the darker half of the numbers are darker spots.
fn closeup(path: &Path, number: u32) {
    let picture = RgbImage::from_fn(120, 90, |x, y| {
        let (dx, dy) = (x as f32 - 60.0, y as f32 - 45.0);
        let inside = dx.hypot(dy) < 22.0 + number as f32;
        let shade = (x * 7 + y * 13 + number * 31) % 9;
        Rgb(if inside { [90 - number as u8 * 6, 50, 40] } else { [205 - shade as u8, 160, 135] })
    });
    picture.save(path).unwrap();
}

fn evaluate(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lesionscope"));
    let output = command.current_dir(folder).args(["evaluate", "closeups"]).args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_folder_of_close_ups_gives_figures_predictions_and_a_page() {
    let folder = tempfile::tempdir().unwrap();
    for class in ["nevus", "melanoma", "warts"] {
        std::fs::create_dir_all(folder.path().join("data").join(class)).unwrap();
        for number in 0..6 {
            closeup(&folder.path().join(format!("data/{class}/{number}, a.png")), number);
        }
    }
    closeup(&folder.path().join("data/unsorted.png"), 3);
    std::fs::write(folder.path().join("data/nevus/broken.jpg"), "not a picture").unwrap();
    let (code, _, errors) = evaluate(folder.path(), &["data"]);
    assert!(code == 2 && errors.contains("6 of 20 pictures") && errors.contains("warts (6)"), "{errors}");
    let args = ["data", "--predictions", "p.csv", "--json", "f.json", "--report", "r.html", "--skip-unknown"];
    let (code, table, errors) = evaluate(folder.path(), &args);
    assert_eq!(code, 0, "{errors}");
    assert!(table.contains("warts (6)") && table.contains("1 image that could not be read"), "{table}");
    assert!(errors.contains("nevus/broken.jpg") && table.contains("melanoma / nevus"), "{errors}{table}");

    let predictions = std::fs::read_to_string(folder.path().join("p.csv")).unwrap();
    let lines: Vec<&str> = predictions.lines().collect();
    assert_eq!(lines.len(), 1 + 2 * 6 + 1, "every picture that could be read and has a known class or none");
    assert!(lines[0].starts_with("path,class,background,skin,nevus,"), "{}", lines[0]);
    for line in &lines[1..] {
        let scores: Vec<f64> = line.rsplit(',').take(7).map(|cell| cell.parse().unwrap()).collect();
        assert!((scores.iter().sum::<f64>() - 1.0).abs() < 1e-4, "{line}");
    }
    assert!(predictions.contains("\"data/nevus/2, a.png\",nevus,"), "{predictions}");

    let figures: Value = serde_json::from_slice(&std::fs::read(folder.path().join("f.json")).unwrap()).unwrap();
    let all = &figures["parts"][0];
    assert_eq!((&all["images"], &figures["without_class"]), (&Value::from(12), &Value::from(1)));
    // Both classes hold the same pictures: nothing can tell them apart.
    assert_eq!(all["melanoma"]["auc"], Value::from(0.5));
    let page = std::fs::read_to_string(folder.path().join("r.html")).unwrap();
    assert_eq!(page.matches("<svg").count(), 3);
    assert!(!page.contains("http://") || page.contains("http://www.w3.org"), "nothing is loaded from elsewhere");
}

#[test]
fn a_manifest_is_judged_on_the_side_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = String::from("path\tsplit\tclass\tgroup\tnote\n");
    for number in 0..6 {
        closeup(&folder.path().join(format!("{number}.png")), number);
        let (side, class) = (["train", "val"][number as usize % 2], ["nevus", "melanoma"][number as usize / 3]);
        manifest += &format!("{number}.png\t{side}\t{class}\tp{number}\tfitzpatrick={number}.0\n");
    }
    std::fs::write(folder.path().join("manifest.tsv"), manifest + "cloth.png\tval\tbackground\tc\t\n").unwrap();
    for (args, images) in [
        (vec!["manifest.tsv", "--split", "report", "--json", "f.json"], 2),
        (vec![".", "--all", "--flips", "--json", "g.json"], 6),
    ] {
        let (code, _, errors) = evaluate(folder.path(), &args);
        assert_eq!(code, 0, "{errors}");
        let figures: Value =
            serde_json::from_slice(&std::fs::read(folder.path().join(args.last().unwrap())).unwrap()).unwrap();
        assert_eq!(figures["parts"][0]["images"], images);
        let skins =
            figures["parts"].as_array().unwrap().iter().filter(|p| p["name"].as_str().unwrap().contains("skin type"));
        assert!(skins.count() >= 2, "{figures}");
    }
}

#[test]
fn nothing_to_judge_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    std::fs::create_dir(folder.path().join("broken")).unwrap();
    std::fs::write(folder.path().join("broken/a.png"), "not a picture").unwrap();
    std::fs::create_dir(folder.path().join("unsorted")).unwrap();
    closeup(&folder.path().join("unsorted/a.png"), 3);
    for (data, code, word) in [
        ("missing", 2, "no such file"),
        ("empty", 2, "no close-up"),
        ("broken", 2, "could be read"),
        ("unsorted", 2, "no close-up of a known class"),
    ] {
        let (got, _, errors) = evaluate(folder.path(), &[data, "-q"]);
        assert_eq!(got, code, "{errors}");
        assert!(errors.contains(data) && errors.contains(word), "{errors}");
    }
}

#[test]
fn classes_are_what_somebody_says_they_are_and_no_cell_begins_a_formula() {
    let folder = tempfile::tempdir().unwrap();
    for class in ["=nevus_common", "mel"] {
        std::fs::create_dir_all(folder.path().join("data").join(class)).unwrap();
        for number in 0..3 {
            closeup(&folder.path().join(format!("data/{class}/{number}.png")), number);
        }
    }
    std::fs::write(folder.path().join("c.toml"), "[classes]\n\"=nevus_common\" = \"nevus\"\n").unwrap();
    for args in [&["data", "--config", "c.toml"][..], &["data", "--map", "=nevus_common=nevus"], &["data"]] {
        let (code, table, errors) = evaluate(folder.path(), args);
        // The first sign between a name and a class parts them, so that this name needs the configuration.
        let named = args.len() > 1 && args[1] == "--config";
        assert_eq!(code, if named { 0 } else { 2 }, "{errors}");
        assert!(!named || table.contains("3 / 3"), "{table}");
    }
    std::fs::rename(folder.path().join("data"), folder.path().join("=data")).unwrap();
    let args = ["=data", "--config", "c.toml", "--predictions", "p.csv"];
    assert_eq!(evaluate(folder.path(), &args).0, 0);
    let predictions = std::fs::read_to_string(folder.path().join("p.csv")).unwrap();
    assert!(predictions.lines().skip(1).all(|line| line.starts_with("'=data/")), "{predictions}");
}
