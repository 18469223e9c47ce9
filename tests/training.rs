//! Training end to end on a small folder of painted close-ups: a model comes out, a stopped run resumes to the same one, and bad
//! data is refused in a sentence.

#![allow(clippy::unwrap_used, reason = "a test that cannot set up its data fails")]

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{Device, Tensor};
use image::{GrayImage, Luma, Rgb, RgbImage};
use lesionscope::config::Config;
use lesionscope::data::record::Record;
use lesionscope::data::{Content, Naming, Side, TrainingData};
use lesionscope::detect::DetectSettings;
use lesionscope::explain::{Explainer, Method, Question};
use lesionscope::geometry::Size;
use lesionscope::model::Model;
use lesionscope::model::own::bundled::bundled;
use lesionscope::model::own::network::Network;
use lesionscope::model::own::pooling::Pooling;
use lesionscope::model::own::skin_network::SkinNetwork;
use lesionscope::pixels::paint::lesion::{LesionKind, lesion};
use lesionscope::pixels::paint::skin::Skin;
use lesionscope::pixels::paint::stamp::stamp;
use lesionscope::scan::OperatingPoint;
use lesionscope::train::alarms::{FalseAlarm, Miner, false_alarms};
use lesionscope::train::classes::{BACKGROUND, bundled_classes};
use lesionscope::train::pool::PhotoPool;
use lesionscope::train::run::run;
use lesionscope::train::{Report, Start, TrainSettings};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn settings() -> TrainSettings {
    TrainSettings {
        network: "small".into(),
        head: Pooling::Average,
        side_px: None,
        early_side_px: None,
        init: Vec::new(),
        mine: None,
        without: Vec::new(),
        lesions: 0.45,
        mild: 0.0,
        marks: 0.15,
        source_balance: 0.6,
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

fn start(resume: bool) -> Start<'static> {
    Start { resume, command: "test", ..Start::default() }
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
    run(&settings(), (&data, &whole), &start(false), &|_| {}).unwrap();

    let stopped = catch_unwind(AssertUnwindSafe(|| {
        run(&settings(), (&data, &parts), &start(false), &|report| {
            assert!(!matches!(report, Report::Learning { epoch: 2, .. }), "the machine goes down in the second epoch");
        })
    }));
    assert!(stopped.is_err());
    assert_ne!(weights(&whole), weights(&parts));
    run(&settings(), (&data, &parts), &start(true), &|_| {}).unwrap();
    assert!(weights(&whole) == weights(&parts), "resumed weights differ");

    let card = std::fs::read_to_string(whole.join("model.toml")).unwrap();
    let mut network = Network::from_parts(&card, &weights(&whole), "whole").unwrap();
    let answers = network.classify(&[RgbImage::new(64, 64)]).unwrap();
    assert!((answers[0].classes.iter().sum::<f32>() - 1.0).abs() < 1e-4);
    let readme = std::fs::read_to_string(whole.join("README.md")).unwrap();
    assert!(readme.contains("Not a medical device") && readme.contains("folder: "), "{readme}");

    let other = TrainSettings { rate: 0.001, ..settings() };
    let refused = run(&other, (&data, &parts), &start(true), &|_| {}).unwrap_err().to_string();
    assert!(refused.contains("other settings"), "{refused}");
}

#[test]
fn bad_data_is_refused_in_a_sentence_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |data: &Path| {
        run(&settings(), (data, &folder.path().join("out")), &start(false), &|_| {}).unwrap_err().to_string()
    };
    let missing = folder.path().join("missing");
    assert!(refused(&missing).contains("missing"), "{}", refused(&missing));

    let empty = folder.path().join("empty");
    std::fs::create_dir_all(empty.join("nevus")).unwrap();
    let why = refused(&empty);
    assert!(why.contains("nevus") && why.contains("no picture"), "{why}");
    std::fs::remove_dir(empty.join("nevus")).unwrap();
    assert!(refused(&empty).contains("no lesion image"), "{}", refused(&empty));

    let tiny = folder.path().join("tiny");
    closeups(&tiny);
    RgbImage::new(1, 1).save(tiny.join("nevus/3.png")).unwrap();
    let strict = Start { strict: true, ..start(false) };
    let why = run(&settings(), (&tiny, &folder.path().join("out")), &strict, &|_| {}).unwrap_err().to_string();
    assert!(why.contains("3.png") && why.contains("1x1") && why.contains("16 px"), "{why}");

    let broken = folder.path().join("broken");
    closeups(&broken);
    for i in 0..8 {
        std::fs::write(broken.join("nevus").join(format!("{i}.png")), b"not a picture").unwrap();
    }
    assert!(refused(&broken).contains("nevus"), "{}", refused(&broken));

    let strange = folder.path().join("strange");
    closeups(&strange);
    std::fs::rename(strange.join("nevus"), strange.join("nevus_common")).unwrap();
    let why = refused(&strange);
    assert!(why.contains("nevus_common (8)") && why.contains("--map 'nevus_common=nevus'"), "{why}");

    let split = folder.path().join("split.tsv");
    for name in ["a.png", "b.png"] {
        std::fs::write(folder.path().join(name), name).unwrap();
    }
    std::fs::write(&split, "path\tclass\tsplit\tgroup\na.png\tnevus\ttrain\tp1\nb.png\tnevus\tval\tp1\n").unwrap();
    assert!(refused(&split).contains("two sides"), "{}", refused(&split));

    let headless = folder.path().join("headless.tsv");
    std::fs::write(&headless, "a.png\tnevus\n").unwrap();
    assert!(refused(&headless).contains("columns"), "{}", refused(&headless));
}

#[test]
fn an_attention_head_is_learnt_stored_and_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    closeups(&data);
    let settings = TrainSettings { head: Pooling::Attention, epochs: 1, ..settings() };
    run(&settings, (&data, &out), &start(false), &|_| {}).unwrap();
    let card = std::fs::read_to_string(out.join("model.toml")).unwrap();
    assert!(card.contains("head = \"attention\""), "{card}");
    assert!(std::fs::read_to_string(out.join("README.md")).unwrap().contains("Its head attends"));

    let network = Network::from_parts(&card, &weights(&out), "out").unwrap();
    let numbers = |name: &str| network.tensors()[name].flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert!(numbers("attention.w.weight").iter().any(|w| *w != 0.0), "it starts at 0 and learns");
    let explainer = Explainer::new(&network).unwrap();
    let window = RgbImage::from_fn(64, 64, |x, y| Rgb([(x * 3) as u8, (y * 2) as u8, 90]));
    let map = explainer.explain(Question { window: &window, class: 2 }, Method::Attention).unwrap();
    assert!(map.values.len() == 16 && (map.values.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{map:?}");

    // The head and the weights belong together.
    let pooled = card.replace("head = \"attention\"\n", "");
    let why = Network::from_parts(&pooled, &weights(&out), "out").err().unwrap().to_string();
    assert!(why.contains("tensor attention.u.weight is unknown"), "{why}");
    let other = card.replace("head = \"attention\"", "head = \"transformer\"");
    let why = Network::from_parts(&other, &weights(&out), "out").err().unwrap().to_string();
    assert!(why.contains("average") && why.contains("attention"), "{why}");
}

#[test]
fn weights_that_are_no_numbers_end_the_training_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    closeups(&data);
    let init = folder.path().join("nan.safetensors");
    let bias = Tensor::from_vec(vec![f32::NAN; 7], 7, &Device::Cpu).unwrap();
    candle_core::safetensors::save(&HashMap::from([("classes.bias", bias)]), &init).unwrap();
    let settings = TrainSettings { init: vec![init.to_string_lossy().into_owned()], ..settings() };
    let why = run(&settings, (&data, &folder.path().join("out")), &start(false), &|_| {}).unwrap_err().to_string();
    assert!(why.contains("nan.safetensors") && why.contains("classes.bias"), "{why}");
}

#[test]
fn a_class_that_validation_lacks_is_named() {
    let folder = tempfile::tempdir().unwrap();
    closeups(folder.path());
    let mut manifest = String::from("path\tclass\tsplit\n");
    for (class, validation) in [("nevus", 2), ("melanoma", 0)] {
        for i in 0..8 {
            let side = if i < validation { "val" } else { "train" };
            manifest += &format!("{class}/{i}.png\t{class}\t{side}\n");
        }
    }
    std::fs::write(folder.path().join("manifest.tsv"), manifest).unwrap();
    let notes = Mutex::new(Vec::new());
    run(&settings(), (folder.path(), &folder.path().join("out")), &start(false), &|report| {
        if let Report::Note(note) = report {
            notes.lock().unwrap().push(note);
        }
    })
    .unwrap();
    let notes = notes.into_inner().unwrap();
    let about: Vec<&String> = notes.iter().filter(|note| note.contains("has no image of")).collect();
    assert!(about.len() == 1 && about[0].contains("melanoma") && !about[0].contains("nevus"), "{notes:?}");
    assert!(notes.iter().any(|note| note == "14 pictures to train on and 1 to validate on, of 16"), "{notes:?}");
}

/// A model that circles whatever is dark in the middle, so that it circles cloth.
#[test]
fn false_circles_of_a_model_are_learnt_from() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    closeups(&data);
    std::fs::create_dir(data.join("background")).unwrap();
    for i in 0..4 {
        let spot = |x: u32, y: u32| (x as f32 - 60.0).hypot(y as f32 - 60.0) < 24.0 + i as f32;
        let cloth =
            RgbImage::from_fn(120, 120, |x, y| if spot(x, y) { Rgb([90, 50, 45]) } else { Rgb([214, 170, 150]) });
        cloth.save(data.join("background").join(format!("{i}.png"))).unwrap();
    }
    assert_eq!(Config::shipped().unwrap().train.mine, None, "nothing is mined unasked");
    let detect = DetectSettings::shipped().unwrap();
    let point = OperatingPoint { conf: 0.1, coarse_conf: 0.01, suspicious: 0.0 };
    let start = Start { miner: Some(Miner { model: Box::new(bundled().unwrap()), detect, point }), ..start(false) };

    let read = TrainingData::open(&data, (&bundled_classes(), &Naming::default()), &Record::default()).unwrap();
    let items = read.items;
    let pool = PhotoPool::read((&items, Side::Train), 0.6, &|| {}).pool;
    let cloths = items.iter().filter(|item| item.side == Side::Train && item.content == Content::Background).count();
    assert!(cloths > 0 && pool.lesion_free().count() > cloths, "painted pictures beside the cloths");
    let scanned = AtomicUsize::new(0);
    let alarms = false_alarms(&pool, start.miner.as_ref().unwrap(), &|| {
        scanned.fetch_add(1, Ordering::Relaxed);
    })
    .unwrap();
    assert_eq!(scanned.into_inner(), pool.lesion_free().count());
    let cloth = |alarm: &&FalseAlarm| pool.photo(alarm.photo).size() == Size { width: 120, height: 120 };
    assert!(alarms.iter().filter(cloth).count() > 0, "a spot on cloth passes for a lesion: {alarms:?}");
    assert!(alarms.iter().filter(cloth).all(|alarm| alarm.class == BACKGROUND));

    let settings = TrainSettings { mine: Some("bundled".to_owned()), ..settings() };
    run(&settings, (&data, &folder.path().join("out")), &start, &|_| {}).unwrap();
}

/// A skin map is learnt from photographs of people with masks, and from nothing else.
#[test]
fn a_skin_map_is_trained_from_people_with_masks() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    closeups(&data);
    let settings =
        TrainSettings { network: "skin".into(), side_px: Some(64), epochs: 1, draws: 8, batch: 4, ..settings() };
    let train = |resume: bool| run(&settings, (&data, &folder.path().join("out")), &start(resume), &|_| {});
    let lacking = train(false).unwrap_err().to_string();
    assert!(lacking.contains("skin-scene") && lacking.contains("masks"), "{lacking}");

    let mut manifest = String::from("path\tclass\tsplit\tmask\n");
    for (class, i) in ["nevus", "melanoma"].iter().flat_map(|class| (0..8).map(move |i| (class, i))) {
        manifest += &format!("{class}/{i}.png\t{class}\t{}\t\n", if i < 2 { "development" } else { "train" });
    }
    for i in 0..6 {
        let person = |x: u32, y: u32| (x as f32 - 60.0).hypot(y as f32 - 50.0) < 40.0;
        let eye = |x: u32, y: u32| (x as f32 - 60.0).hypot(y as f32 - 40.0) < 8.0;
        let photo = RgbImage::from_fn(120, 100, |x, y| match (eye(x, y), person(x, y)) {
            (true, _) => Rgb([40, 30, 30]),
            (_, true) => Rgb([214, 170, 150]),
            _ => Rgb([60, 120 + i as u8, 90]),
        });
        let mask = GrayImage::from_fn(120, 100, |x, y| match (eye(x, y), person(x, y)) {
            (true, _) => Luma([128]),
            (_, true) => Luma([255]),
            _ => Luma([0]),
        });
        photo.save(data.join(format!("{i}.png"))).unwrap();
        mask.save(data.join(format!("{i}-mask.png"))).unwrap();
        manifest += &format!("{i}.png\tskin-scene\t{}\t{i}-mask.png\n", if i < 2 { "development" } else { "train" });
    }
    std::fs::write(data.join("manifest.tsv"), manifest).unwrap();
    let refused = train(true).unwrap_err().to_string();
    assert!(refused.contains("cannot be resumed"), "{refused}");
    let out = train(false).unwrap();
    let read = |name: &str| std::fs::read(out.join(name)).unwrap();
    let card = String::from_utf8(read("model.toml")).unwrap();
    let network = SkinNetwork::from_parts(&card, &read("weights.safetensors"), "out").unwrap();
    let size = network.shown_size(Size { width: 640, height: 360 });
    assert_eq!((size.width, size.height % 8), (320, 0), "whole cells");
    let map = network.map(&RgbImage::new(size.width, size.height)).unwrap();
    assert_eq!((map.cells().width, map.cells().height), (40, size.height / 8));
    assert!(String::from_utf8(read("README.md")).unwrap().contains("| lesion |"));
}

/// The folder that was trained on is judged on what it was not trained on, however it is named; one that was never seen, as a whole. Pictures that
/// cannot be read and what systems leave behind stop nothing.
#[test]
fn a_model_is_never_judged_on_what_it_was_trained_on() {
    let folder = tempfile::tempdir().unwrap();
    let (data, other, out) = (folder.path().join("data"), folder.path().join("other"), folder.path().join("out"));
    closeups(&data);
    std::fs::write(data.join("nevus/._0.png"), "\0\x05\x16\x07").unwrap();
    std::fs::write(data.join("nevus/broken.png"), "not a picture").unwrap();
    let notes = Mutex::new(Vec::new());
    let settings = TrainSettings { epochs: 1, ..settings() };
    run(&settings, (&data, &out), &start(false), &|report| {
        if let Report::Note(note) = report {
            notes.lock().unwrap().push(note);
        }
    })
    .unwrap();
    let notes = notes.into_inner().unwrap().join("\n");
    for word in ["._0.png", "broken.png", "1 of 14 pictures cannot be read", "validate on, of 17"] {
        assert!(notes.contains(word), "{word}: {notes}");
    }
    let words: Vec<&str> = notes.lines().last().unwrap().split(' ').collect();
    let [trained, chosen_by]: [usize; 2] = [0, 6].map(|at| words[at].parse().unwrap());
    let of_development = format!(
        "{chosen_by} of 16, the development side; left out: {trained} of the train side, {} of the report side",
        16 - trained - chosen_by
    );
    closeups(&other);
    for entry in ["nevus", "melanoma"].iter().flat_map(|class| std::fs::read_dir(other.join(class)).unwrap()) {
        let path = entry.unwrap().path();
        image::open(&path).unwrap().fliph().save(&path).unwrap();
    }
    let lesionscope = |args: &[&str]| {
        let run =
            Command::new(env!("CARGO_BIN_EXE_lesionscope")).current_dir(folder.path()).args(args).output().unwrap();
        assert!(run.status.success(), "{args:?}: {run:?}");
        String::from_utf8(run.stdout).unwrap()
    };
    std::fs::remove_file(data.join("nevus/broken.png")).unwrap();
    for (place, judged) in [("data", chosen_by), ("./data/", chosen_by), ("other", 16)] {
        let table = lesionscope(&["calibrate", "--model", "out", "--data", place]);
        let card = std::fs::read_to_string(out.join("README.md")).unwrap();
        let said = match judged {
            16 => "all 16; the model was not trained on a file of the same content".to_owned(),
            _ => of_development.clone(),
        };
        assert!(card.contains(&said) && table.contains(&said), "{place}: {said}\n{card}");
        let row = table.lines().find(|line| line.starts_with("all ")).unwrap();
        assert_eq!(row.split_whitespace().nth(1), Some(judged.to_string().as_str()), "{table}");
    }
    let table = lesionscope(&["evaluate", "networks", "out", "--data", "data"]);
    assert!(table.contains(&of_development), "{table}");
}
