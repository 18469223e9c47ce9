//! Nothing is written over that this command or a later one reads.

use predicates::prelude::*;
use predicates::str::contains;

use crate::{folder, lesionscope};

#[test]
fn every_file_of_a_model_folder_is_kept() {
    let folder = folder();
    let model = folder.path().join("m");
    std::fs::create_dir(&model).unwrap();
    for name in [
        "model.toml",
        "model.onnx",
        "weights.safetensors",
        "split.json",
        "README.md",
        "checkpoint.json",
        "checkpoint.safetensors",
        "history.svg",
    ] {
        let place = format!("m/{name}");
        std::fs::write(model.join(name), "of the model").unwrap();
        lesionscope(folder.path())
            .args(["export", "--model", "m", "--exist-ok", "--onnx", &place])
            .assert()
            .code(2)
            .stderr(contains("would be written over").and(contains(&place)));
        assert_eq!(std::fs::read_to_string(model.join(name)).unwrap(), "of the model");
    }
}

#[test]
fn settings_are_kept_by_every_command() {
    let folder = folder();
    let settings = "[scan]\nconf = 0.5\n";
    for name in ["c.toml", "list.jsonl", "truth.jsonl"] {
        std::fs::write(folder.path().join(name), settings).unwrap();
    }
    let commands: [&[&str]; 3] = [
        &["export", "--onnx", "c.toml", "--exist-ok"],
        &["evaluate", "--exist-ok", "detections", "list.jsonl", "truth.jsonl", "--json", "c.toml"],
        &["import", "m.onnx", "--out", "m", "--exist-ok"],
    ];
    std::fs::create_dir(folder.path().join("m")).unwrap();
    std::fs::write(folder.path().join("m.onnx"), "x").unwrap();
    std::os::unix::fs::symlink("../c.toml", folder.path().join("m/model.toml")).unwrap();
    for args in commands {
        let run = lesionscope(folder.path()).args(args).args(["--config", "c.toml"]).assert().code(2);
        run.stderr(contains("would be written over"));
        assert_eq!(std::fs::read_to_string(folder.path().join("c.toml")).unwrap(), settings);
    }
}
