//! The command line from outside: help, bad flags, bad configuration, bad input, exit codes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[cfg(unix)]
#[path = "cli/keeping.rs"]
mod keeping;

#[cfg(unix)]
#[path = "cli/stopping.rs"]
mod stopping;

use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

/// The program, in an empty folder and without settings from the environment.
fn lesionscope(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("lesionscope").unwrap();
    command.current_dir(folder).env_clear();
    command
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn every_command_has_help_with_examples() {
    let folder = folder();
    let commands: [&[&str]; 8] = [
        &["live"],
        &["headless"],
        &["explain"],
        &["train"],
        &["evaluate"],
        &["demo"],
        &["doctor"],
        &["evaluate", "scenes"],
    ];
    for command in commands {
        let run = lesionscope(folder.path()).args(command).arg("--help").assert().success();
        if command.len() == 1 {
            run.stdout(contains("Examples:").and(contains("--config")));
        }
    }
    let all = lesionscope(folder.path()).arg("--help").assert().success();
    all.stdout(contains("not a medical device").and(contains("headless")).and(contains("130 interrupted")));
}

#[test]
fn the_help_of_train_says_what_it_does_unasked_and_keeps_general_flags_apart() {
    let folder = folder();
    let run = lesionscope(folder.path()).args(["train", "--help"]).assert().success();
    let help = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    // Lines are broken anywhere.
    let whole = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in ["[default: 16]", "[default: 24064]", "[default: 0.002]", "Training:", "General:"] {
        assert!(whole.contains(words), "{words:?} in {help}");
    }
    let (of_training, general) = help.split_once("General:").unwrap();
    assert!(general.contains("--config") && !of_training.contains("--config"), "{help}");
    // What the help says is what the settings are.
    let run = lesionscope(folder.path()).arg("--print-config").assert().success();
    let settings: toml::Table = String::from_utf8(run.get_output().stdout.clone()).unwrap().parse().unwrap();
    let train = &settings["train"];
    assert_eq!((train["epochs"].as_integer(), train["draws"].as_integer()), (Some(16), Some(24_064)));
    assert_eq!((train["batch"].as_integer(), train["seed"].as_integer()), (Some(64), Some(1)));
    assert_eq!((train["lesions"].as_float(), train["marks"].as_float()), (Some(0.45), Some(0.15)));
    assert_eq!((train["mild"].as_float(), train["source_balance"].as_float()), (Some(0.0), Some(0.6)));
}

#[test]
fn wrong_usage_is_exit_code_2_and_says_what_would_be_right() {
    let folder = folder();
    let cases: [(&[&str], &str); 6] = [
        (&["headless", "--source", "x.mp4", "--confidence", "0.5"], "--conf"),
        (&["headles"], "headless"),
        (&["headless"], "--source"),
        (&["headless", "--source", "x.mp4", "--window", "64", "--min-size", "32"], "cannot be used with"),
        (&["headless", "--source", "x.mp4", "--out", "a", "--name", "b"], "cannot be used with"),
        (&["headless", "--source", "scene:1", "--blur-faces", "--skin", "none"], "needs the skin map"),
    ];
    for (args, words) in cases {
        lesionscope(folder.path()).args(args).assert().code(2).stderr(contains(words));
    }
}

#[test]
fn all_problems_of_the_configuration_are_reported_at_once() {
    let folder = folder();
    std::fs::write(folder.path().join("my.toml"), "[scan]\nconff = 0.5\nstride_sides = 7\n[camera]\nfps = \"fast\"\n")
        .unwrap();
    let run = lesionscope(folder.path())
        .args(["headless", "--source", "x.mp4", "--config", "my.toml", "--conf", "1.5", "--workers", "-1"])
        .env("LESIONSCOPE_TRACK_HOLD_FRAMES", "-3")
        .assert()
        .code(2);
    for words in [
        "6 problems",
        "scan.conff (my.toml): [scan] has no such key; did you mean conf?",
        "scan.stride_sides (my.toml): 7 is not allowed; allowed: a number, 0.05 to 1.0 of the window's side",
        "camera.fps (my.toml)",
        "track.hold_frames (environment LESIONSCOPE_TRACK_HOLD_FRAMES): -3 is not allowed",
        "scan.conf (--conf): 1.5 is not allowed; allowed: a number, 0.0 to 1.0, or \"auto\": the model's own",
        "run.workers (--workers): -1 is not allowed",
    ] {
        let output = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(output.contains(words), "{words:?} in {output}");
    }
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let folder = folder();
    let args = ["headless", "--source", "x.mp4", "--min-size", "200", "--max-size", "100"];
    lesionscope(folder.path()).args(args).assert().code(2).stderr(contains("scan.max_size_px").and(contains("200")));
}

#[test]
fn a_missing_configuration_file_is_named() {
    let folder = folder();
    let args = ["doctor", "--config", "nowhere.toml"];
    lesionscope(folder.path()).args(args).assert().code(2).stderr(contains("nowhere.toml"));
}

#[test]
fn the_effective_configuration_is_printed_and_can_be_used_again() {
    let folder = folder();
    let print = |args: &[&str]| {
        let run = lesionscope(folder.path()).args(args).env("LESIONSCOPE_TRACK_HOLD_FRAMES", "5").assert().success();
        String::from_utf8(run.get_output().stdout.clone()).unwrap()
    };
    let printed = print(&["headless", "--source", "x.mp4", "--conf", "0.25", "--window", "48", "--print-config"]);
    let table: toml::Table = printed.parse().unwrap();
    assert_eq!(table["scan"]["conf"].as_float(), Some(0.25));
    assert_eq!((&table["scan"]["min_size_px"], &table["scan"]["max_size_px"]), (&48.into(), &48.into()));
    assert_eq!(table["track"]["hold_frames"].as_integer(), Some(5));
    std::fs::write(folder.path().join("again.toml"), &printed).unwrap();
    assert_eq!(print(&["--config", "again.toml", "--print-config"]), printed);
}

#[test]
fn a_run_folder_that_exists_is_not_written_into() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("mine")).unwrap();
    let args = ["headless", "--source", "x.mp4", "--out", "mine"];
    lesionscope(folder.path()).args(args).assert().code(2).stderr(contains("mine exists").and(contains("--exist-ok")));
}

#[test]
fn a_model_that_cannot_be_used_is_exit_code_2_before_anything_is_written() {
    let folder = folder();
    let args = ["headless", "--source", "scene:1", "--model", "nowhere"];
    lesionscope(folder.path()).args(args).assert().code(2).stderr(contains("nowhere/model.toml"));
    assert!(!folder.path().join("runs").exists());
}

#[test]
#[cfg(target_os = "linux")]
fn a_reader_that_went_away_is_no_failure() {
    let folder = folder();
    let binary = assert_cmd::cargo::cargo_bin("lesionscope");
    let script = format!("{} --print-config | true; exit ${{PIPESTATUS[0]}}", binary.display());
    Command::new("bash").current_dir(folder.path()).env_clear().args(["-c", &script]).assert().success();
}
