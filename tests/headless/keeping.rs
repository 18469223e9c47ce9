//! Nothing that somebody has is lost: what is read is never written, runs do not write into each other's folders, names lead nowhere.

use std::collections::BTreeSet;

use super::*;

/// The program in a folder, without settings from the environment.
fn lesionscope(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lesionscope"));
    command.current_dir(folder).args(args).stdin(Stdio::null());
    command
}

fn refused(folder: &Path, args: &[&str], words: &[&str]) {
    let (code, errors) = outcome(lesionscope(folder, args));
    assert_eq!(code, 2, "{args:?}: {errors}");
    for word in words {
        assert!(errors.contains(word), "{args:?}: {word:?} in {errors}");
    }
}

fn picture(path: &Path) {
    RgbImage::from_pixel(64, 48, Rgb([214, 170, 145])).save(path).unwrap();
}

/// Every file below a folder, with its content.
fn content(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let paths = glob::glob(&format!("{}/**/*", folder.display())).unwrap().map(Result::unwrap);
    paths.filter(|path| path.is_file()).map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn a_run_does_not_write_over_what_it_reads() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    picture(&root.join("arm.png"));
    let (code, errors) = outcome(headless(root, &["--source", "arm.png", "--out", "r"]));
    assert_eq!(code, 0, "{errors}");
    std::fs::hard_link(root.join("r/annotated/arm.png"), root.join("hard.png")).unwrap();
    std::os::unix::fs::symlink("r/annotated/arm.png", root.join("soft.png")).unwrap();
    let before = content(root);
    for source in ["r/annotated/arm.png", "r/annotated", "r/*/*.png", "hard.png", "soft.png"] {
        let args = ["headless", "--source", source, "--out", "r", "--exist-ok"];
        refused(root, &args, &["r/annotated/arm.png", "would be written over"]);
        refused(root, &["headless", "-s", source, "--project", ".", "--name", "r", "--exist-ok"], &["written over"]);
    }
    assert!(content(root) == before, "nothing has changed");
    if !ffmpeg(root, &["-f", "lavfi", "-i", "testsrc=s=64x48:r=5:d=1", "-c:v", "mpeg4", "r/clean.mp4"]) {
        return;
    }
    std::fs::hard_link(root.join("r/clean.mp4"), root.join("film.mp4")).unwrap();
    std::fs::create_dir(root.join("r/take-2")).unwrap();
    std::os::unix::fs::symlink("../../film.mp4", root.join("r/take-2/annotated.mp4")).unwrap();
    let before = content(root);
    for source in ["r/clean.mp4", "film.mp4", "r/take-2/annotated.mp4"] {
        refused(
            root,
            &["headless", "-s", source, "--out", "r", "--exist-ok", "--save-clean"],
            &["would be written over"],
        );
    }
    assert!(content(root) == before, "nothing has changed");
}

#[test]
fn an_earlier_run_is_not_taken_for_the_one_that_follows() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::create_dir(root.join("two")).unwrap();
    for name in ["one.png", "two/one.png", "two/three.png"] {
        picture(&root.join(name));
    }
    let run = |source: &str| {
        let (code, errors) = outcome(headless(root, &["--source", source, "--out", "r", "--exist-ok"]));
        assert_eq!(code, 0, "{errors}");
        let files = content(&root.join("r")).into_iter();
        files.map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned()).collect::<BTreeSet<_>>()
    };
    let set = |names: [&str; 6]| BTreeSet::from(names.map(str::to_owned));
    assert_eq!(
        run("two"),
        set(["one.png", "three.png", "detections.jsonl", "session.json", "places.csv", "report.html"])
    );
    std::fs::write(root.join("r/annotated/mine.png"), "somebody's own").unwrap();
    std::fs::write(root.join("r/clean.mp4"), "of the run before").unwrap();
    assert_eq!(
        run("one.png"),
        set(["mine.png", "one.png", "detections.jsonl", "session.json", "places.csv", "report.html"])
    );
}

#[test]
fn two_runs_do_not_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    picture(&root.join("arm.png"));
    std::fs::create_dir(root.join("r")).unwrap();
    std::fs::write(root.join("r/session.json"), "of the other run").unwrap();
    let other = std::fs::File::create(root.join("r/.lesionscope.lock")).unwrap();
    other.lock().unwrap();
    for command in ["headless", "explain"] {
        refused(root, &[command, "-s", "arm.png", "--out", "r", "--exist-ok"], &["r is being written by another run"]);
    }
    refused(root, &["train", "--data", ".", "--out", "r", "--exist-ok"], &["another run"]);
    assert_eq!(std::fs::read_to_string(root.join("r/session.json")).unwrap(), "of the other run");
    drop(other);
    let (code, errors) = outcome(headless(root, &["-s", "arm.png", "--out", "r", "--exist-ok"]));
    assert_eq!(code, 0, "{errors}");
    assert!(!root.join("r/.lesionscope.lock").exists());
}

#[test]
fn names_do_not_lead_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    picture(&root.join("arm.png"));
    std::fs::write(root.join("my.toml"), "[output]\nname = \"../escaped\"\n").unwrap();
    for name in ["../escaped", "/tmp/escaped", "a/b", "..", ""] {
        refused(root, &["headless", "-s", "arm.png", "--name", name], &["--name"]);
        refused(root, &["explain", "-s", "arm.png", "--name", name], &["--name"]);
    }
    refused(root, &["headless", "-s", "arm.png", "--config", "my.toml"], &["../escaped", "--project"]);
    assert_eq!(std::fs::read_dir(root).unwrap().count(), 2, "nothing is left behind");
}

#[test]
fn reports_do_not_replace_what_they_are_made_of_nor_anything_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::write(root.join("d.jsonl"), "{\"schema\":\"lesionscope/1\",\"frame\":0,\"circles\":[]}\n").unwrap();
    std::fs::write(root.join("t.jsonl"), "{\"frame\":0,\"time_s\":0,\"lesions\":[],\"skin\":[[0,0],[9,0],[9,9]]}\n")
        .unwrap();
    std::fs::write(root.join("mine.py"), "print()").unwrap();
    std::fs::hard_link(root.join("t.jsonl"), root.join("link.json")).unwrap();
    let before = content(root);
    let judge = ["evaluate", "detections", "d.jsonl", "t.jsonl", "--json"];
    refused(root, &[judge.as_slice(), &["mine.py"]].concat(), &["mine.py", "--exist-ok"]);
    for own in ["d.jsonl", "t.jsonl", "link.json"] {
        refused(root, &[judge.as_slice(), &[own, "--exist-ok"]].concat(), &[own, "would be written over"]);
    }
    refused(root, &["train", "--data", ".", "--out", "."], &["folder of the data"]);
    refused(root, &["train", "--data", "elsewhere", "--out", "."], &["--resume", "--exist-ok"]);
    assert!(content(root) == before, "nothing has changed");
    let (code, errors) = outcome(lesionscope(root, &[judge.as_slice(), &["mine.py", "--exist-ok"]].concat()));
    assert_eq!(code, 0, "{errors}");
    assert!(std::fs::read_to_string(root.join("mine.py")).unwrap().starts_with('{'));
}

#[test]
fn what_cannot_be_written_whole_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::write(root.join("old.onnx"), "old").unwrap();
    // As on a full disk, files end after 8 KiB.
    let script = "ulimit -f 8; trap '' XFSZ; exec \"$0\" export --onnx old.onnx --exist-ok";
    let mut command = Command::new("bash");
    command.current_dir(root).args(["-c", script, env!("CARGO_BIN_EXE_lesionscope")]);
    let (code, errors) = outcome(command);
    assert_eq!(code, 1, "{errors}");
    assert!(errors.contains("old.onnx cannot be written") && errors.contains("unchanged"), "{errors}");
    assert_eq!(content(root), [(root.join("old.onnx"), b"old".to_vec())]);
    assert_eq!(std::fs::read_dir(root).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn a_full_device_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let mut command = lesionscope(folder.path(), &["explain", "--list"]);
    command.stdout(full);
    let (code, errors) = outcome(command);
    assert!(code == 1 && errors.contains("the standard output cannot be written"), "{code}: {errors}");
    let (code, errors) = outcome(lesionscope(folder.path(), &["export", "--onnx", "/dev/full"]));
    assert!(code == 1 && errors.contains("/dev/full cannot be written"), "{code}: {errors}");
}
