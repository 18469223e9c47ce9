//! Training end to end on a small folder of painted close-ups: a model comes out, a stopped run resumes to the same one, and bad
//! data is refused in a sentence.

#![allow(clippy::unwrap_used, reason = "a test that cannot set up its data fails")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use image::{Rgb, RgbImage};
use lesionscope::model::Model;
use lesionscope::model::network::Network;
use lesionscope::pixels::paint::lesion::{LesionKind, lesion};
use lesionscope::pixels::paint::skin::Skin;
use lesionscope::pixels::paint::stamp::stamp;
use lesionscope::train::run::{Report, TrainSettings, run};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn settings() -> TrainSettings {
    TrainSettings {
        network: "small".into(),
        side: 0,
        init: String::new(),
        without: Vec::new(),
        lesions: 0.45,
        mild: 0.0,
        epochs: 2,
        draws: 16,
        batch: 8,
        rate: 0.002,
        weight_decay: 0.05,
        seed: 7,
        conf: 0.7,
    }
}

/// Eight close-ups a class, painted.
fn closeups(folder: &Path) {
    for (class, kind) in [("nevus", LesionKind::Nevus), ("melanoma", LesionKind::Melanoma)] {
        std::fs::create_dir_all(folder.join(class)).unwrap();
        for i in 0..8 {
            let mut rng = ChaCha8Rng::seed_from_u64(i);
            let skin = Skin::draw(&mut rng);
            let mut picture = RgbImage::from_pixel(64, 64, Rgb(skin.tone.map(|v| v as u8)));
            let patch = lesion(&mut rng, kind, 14.0, skin.tone).image;
            let (w, h) = patch.dimensions();
            stamp(&mut picture, &patch, (32 - w as i32 / 2, 32 - h as i32 / 2), None);
            picture.save(folder.join(class).join(format!("{i}.png"))).unwrap();
        }
    }
}

fn weights(folder: &Path) -> Vec<u8> {
    std::fs::read(folder.join("weights.safetensors")).unwrap()
}

#[test]
fn a_stopped_training_resumes_to_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    closeups(&data);
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    run(&settings(), (&data, &whole), false, "test", &|_| {}).unwrap();

    let stopped = catch_unwind(AssertUnwindSafe(|| {
        run(&settings(), (&data, &parts), false, "test", &|report| {
            assert!(!matches!(report, Report::Learning(2, ..)), "the machine goes down in the second epoch");
        })
    }));
    assert!(stopped.is_err());
    assert_ne!(weights(&whole), weights(&parts));
    run(&settings(), (&data, &parts), true, "test", &|_| {}).unwrap();
    assert!(weights(&whole) == weights(&parts), "resumed weights differ");

    let card = std::fs::read_to_string(whole.join("model.toml")).unwrap();
    let mut network = Network::from_parts(&card, &weights(&whole), "whole").unwrap();
    let answers = network.classify(&[RgbImage::new(64, 64)]).unwrap();
    assert!((answers[0].classes.iter().sum::<f32>() - 1.0).abs() < 1e-4);
    let readme = std::fs::read_to_string(whole.join("README.md")).unwrap();
    assert!(readme.contains("Not a medical device") && readme.contains("folder: "), "{readme}");

    let other = TrainSettings { rate: 0.001, ..settings() };
    let refused = run(&other, (&data, &parts), true, "test", &|_| {}).unwrap_err().to_string();
    assert!(refused.contains("other settings"), "{refused}");
}

#[test]
fn bad_data_is_refused_in_a_sentence_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |data: &Path| {
        run(&settings(), (data, &folder.path().join("out")), false, "test", &|_| {}).unwrap_err().to_string()
    };
    let missing = folder.path().join("missing");
    assert!(refused(&missing).contains("missing"), "{}", refused(&missing));

    let empty = folder.path().join("empty");
    std::fs::create_dir_all(empty.join("nevus")).unwrap();
    assert!(refused(&empty).contains("no lesion image"), "{}", refused(&empty));

    let broken = folder.path().join("broken");
    closeups(&broken);
    for i in 0..8 {
        std::fs::write(broken.join("nevus").join(format!("{i}.png")), b"not a picture").unwrap();
    }
    assert!(refused(&broken).contains("nevus"), "{}", refused(&broken));

    let split = folder.path().join("split.tsv");
    std::fs::write(&split, "path\tclass\tsplit\tgroup\na.png\tnevus\ttrain\tp1\nb.png\tnevus\tval\tp1\n").unwrap();
    assert!(refused(&split).contains("both sides"), "{}", refused(&split));

    let headless = folder.path().join("headless.tsv");
    std::fs::write(&headless, "a.png\tnevus\n").unwrap();
    assert!(refused(&headless).contains("columns"), "{}", refused(&headless));
}
