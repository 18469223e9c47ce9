//! `explain` and `evaluate explanations` as a user runs them, on pictures made here.

// Helpers outside of a test function may fail a test just as well.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use image::{Rgb, RgbImage};
use serde_json::Value;

/// Skin with a dark spot up on the left.
fn closeup(path: &Path) {
    let picture = RgbImage::from_fn(160, 120, |x, y| {
        let inside = (x as f32 - 64.0).hypot(y as f32 - 48.0) < 20.0;
        let shade = (x * 7 + y * 13) % 9;
        Rgb(if inside { [80, 50, 40] } else { [205 - shade as u8, 160, 135] })
    });
    picture.save(path).unwrap();
}

fn lesionscope(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lesionscope"));
    let output = command.current_dir(folder).args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_close_up_gives_a_sheet_maps_numbers_and_a_record() {
    let folder = tempfile::tempdir().unwrap();
    closeup(&folder.path().join("spot.png"));
    let args =
        ["explain", "--source", "spot.png", "--whole", "--class", "melanoma", "--method", "cam,layer-cam,lrp-epsilon"];
    let (code, table, errors) = lesionscope(folder.path(), &args);
    assert_eq!(code, 0, "{errors}");
    assert!(table.contains("layer-cam") && table.contains("runs/explain/spot.png"), "{table}");
    assert!(table.starts_with("spot: melanoma 0.") || table.starts_with("spot: melanoma 1."), "{table}");
    assert!(table.contains("Means over 1 explanation, the largest difference of shown and hidden first"), "{table}");
    let out = folder.path().join("runs/explain");
    let sheet = image::open(out.join("spot.png")).unwrap().to_rgb8();
    // Four tiles in a row: the window and three maps.
    assert!(sheet.width() > 4 * 240 && sheet.height() > 240 && sheet.height() < 2 * 240);
    let record: Value = serde_json::from_slice(&std::fs::read(out.join("spot/explanation.json")).unwrap()).unwrap();
    assert_eq!(record["picture"], "spot.png");
    assert_eq!((&record["class"], record["maps"].as_array().unwrap().len()), (&Value::from("melanoma"), 3));
    assert_eq!(image::open(out.join("spot/window.png")).unwrap().width(), 128, "the window as the network saw it");
    for map in record["maps"].as_array().unwrap() {
        let name = map["method"].as_str().unwrap();
        let numbers = std::fs::read(out.join("spot").join(name).with_extension("npy")).unwrap();
        assert!(numbers.starts_with(b"\x93NUMPY") && out.join("spot").join(name).with_extension("png").is_file());
        let curve = map["deletion_curve"].as_array().unwrap();
        // Nothing hidden yet: the score itself.
        assert!((curve[0].as_f64().unwrap() - record["score"].as_f64().unwrap()).abs() < 1e-5);
    }
    let (code, ..) = lesionscope(folder.path(), &args);
    assert!(code == 0 && folder.path().join("runs/explain2/spot.png").is_file(), "nothing is written over");
}

#[test]
fn circles_of_a_scene_are_explained_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["explain", "--source", "scene:1", "--method", "grad-cam", "--circles", "2", "--out", "seen"];
    let (code, table, errors) = lesionscope(folder.path(), &args);
    assert_eq!(code, 0, "{errors}");
    for n in 1..=2 {
        assert!(folder.path().join(format!("seen/frame-0-circle-{n}.png")).is_file(), "{table}");
    }
    assert!(!folder.path().join("seen/frame-0-circle-3.png").exists());
    // The map that the circles come from is among them, and the lesion in the middle of it is hot.
    let seen = |name: &str| {
        let path = folder.path().join("seen/frame-0-circle-1").join(name).with_extension("png");
        image::open(path).unwrap().to_rgb8()
    };
    let map = seen("window-map");
    assert_eq!(map.dimensions(), (240, 240));
    assert!(
        map.get_pixel(120, 120) != map.get_pixel(5, 5)
            && folder.path().join("seen/frame-0-circle-1/window-map.npy").is_file()
    );
}

#[test]
fn the_bundled_network_with_an_attention_head_shows_its_weights() {
    let folder = tempfile::tempdir().unwrap();
    closeup(&folder.path().join("spot.png"));
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/models/attention");
    let args = ["explain", "--source", "spot.png", "--whole", "--method", "attention,cam", "--out", "seen"];
    let (code, table, errors) =
        lesionscope(folder.path(), &[&args[..], &["--model", model, "--opinion", "none"]].concat());
    assert_eq!(code, 0, "{errors}");
    assert!(table.contains("attention") && folder.path().join("seen/spot/attention.png").is_file(), "{table}");
    let bytes = std::fs::read(folder.path().join("seen/spot/attention.npy")).unwrap();
    // Six by six places at its end.
    let numbers = bytes[bytes.len() - 36 * 4..].as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
    let (sum, least) = numbers.fold((0f32, f32::MAX), |(sum, least), a| (sum + a, least.min(a)));
    assert!((sum - 1.0).abs() < 1e-4 && least > 0.0, "{sum} {least}");
}

#[test]
fn a_contour_is_drawn_around_the_highest_places_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    closeup(&folder.path().join("spot.png"));
    let drawn = |contour: &str, out: &str| {
        let args = ["explain", "--source", "spot.png", "--whole", "--method", "layer-cam", "--contour", contour];
        let (code, _, errors) = lesionscope(folder.path(), &[args.as_slice(), &["--out", out]].concat());
        assert_eq!(code, 0, "{errors}");
        image::open(folder.path().join(out).join("spot/layer-cam.png")).unwrap().to_rgb8()
    };
    let (without, with) = (drawn("none", "a"), drawn("0.8", "b"));
    let changed = without.pixels().zip(with.pixels()).filter(|(a, b)| a != b).count();
    // Some of a circle of a fifth of 240 x 240 px, 2 px wide.
    assert!((300..4000).contains(&changed), "{changed}");
}

#[test]
fn wrong_names_are_refused_with_the_right_ones() {
    let folder = tempfile::tempdir().unwrap();
    closeup(&folder.path().join("spot.png"));
    let cases: [(&[&str], &str); 5] = [
        (&["explain", "--source", "spot.png", "--method", "attention"], "attention needs an attention head"),
        (&["explain", "--source", "spot.png", "--contour", "2"], "explain.contour"),
        (&["explain", "--source", "spot.png", "--method", "magic"], "grad-cam"),
        (&["explain", "--source", "spot.png", "--class", "wart"], "melanoma"),
        (&["explain", "--source", "none.png"], "none.png"),
    ];
    for (args, words) in cases {
        let (code, _, errors) = lesionscope(folder.path(), args);
        assert!(code == 2 && errors.contains(words) && errors.lines().count() <= 2, "{errors}");
        assert!(!folder.path().join("runs").exists(), "nothing is left behind");
    }
    let (code, list, _) = lesionscope(folder.path(), &["explain", "--list"]);
    assert!(code == 0 && list.lines().count() == 22 && list.contains("do not take it for evidence"));
}

#[test]
fn a_class_has_a_prototype_that_the_network_takes_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/models/small");
    let args = ["explain", "--prototype", "--class", "nevus", "--model", model, "--opinion", "none", "--out", "seen"];
    let (code, text, errors) = lesionscope(folder.path(), &args);
    assert_eq!(code, 0, "{errors}");
    assert!(text.contains("prototypes.png") && folder.path().join("seen/prototypes.png").is_file(), "{text}");
    assert!(folder.path().join("seen/prototypes/nevus.png").is_file());
    assert!(!folder.path().join("seen/prototypes/melanoma.png").exists(), "only the class that was asked for");
    let looked = ["explain", "--source", "seen/prototypes/nevus.png", "--whole", "--class", "nevus", "--method", "cam"];
    let looked = [looked.as_slice(), &["--model", model, "--opinion", "none", "--out", "again"]].concat();
    assert_eq!(lesionscope(folder.path(), &looked).0, 0);
    let record = std::fs::read(folder.path().join("again/nevus/explanation.json")).unwrap();
    let record: Value = serde_json::from_slice(&record).unwrap();
    // Plain skin, where it began, has next to none.
    assert!(record["score"].as_f64().unwrap() > 0.1, "{record}");
}

#[test]
fn methods_are_judged_against_masks() {
    let folder = tempfile::tempdir().unwrap();
    closeup(&folder.path().join("spot.png"));
    let mask = image::GrayImage::from_fn(160, 120, |x, y| {
        image::Luma([if (x as f32 - 64.0).hypot(y as f32 - 48.0) < 20.0 { 255 } else { 0 }])
    });
    mask.save(folder.path().join("mask.png")).unwrap();
    let manifest = "path\tsplit\tclass\tmask\nspot.png\tval\tnevus\tmask.png\n";
    std::fs::write(folder.path().join("manifest.tsv"), manifest).unwrap();
    let args =
        ["evaluate", "explanations", ".", "--method", "occlusion,cam", "--shift", "0.2", "--json", "figures.json"];
    let (code, table, errors) = lesionscope(folder.path(), &args);
    assert_eq!(code, 0, "{errors}");
    assert!(table.contains("pointing") && table.contains("(centre)"), "{table}");
    assert!(table.starts_with("1 close-ups, their middles moved by up to 0.2 of a side"), "{table}");
    let figures: Value = serde_json::from_slice(&std::fs::read(folder.path().join("figures.json")).unwrap()).unwrap();
    assert_eq!(figures["rows"].as_array().unwrap().len(), 4, "two methods, two maps that know nothing");
    assert!(figures["rows"][0]["figures"]["shuffled"].is_number());
    // The two methods agree with each other as much the one way as the other, and with themselves.
    let rank = &figures["agreement"]["rank"];
    assert!(rank[0][0].as_f64().unwrap() > 0.999 && rank[0][1] == rank[1][0], "{rank}");
    let (code, _, errors) = lesionscope(folder.path(), &["evaluate", "explanations", ".", "--shift", "0.7"]);
    assert!(code == 2 && errors.contains("0 to 0.5"), "{errors}");
    std::fs::write(folder.path().join("manifest.tsv"), "path\tsplit\tclass\nspot.png\tval\tnevus\n").unwrap();
    let (code, _, errors) = lesionscope(folder.path(), &args[..args.len() - 2]);
    assert!(code == 2 && errors.contains("mask"), "{errors}");
}
