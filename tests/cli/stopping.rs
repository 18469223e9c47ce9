//! Whatever runs can be stopped: one signal, a second, exit code 130; and what cannot be read has a bound of its own.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use predicates::prelude::*;
use predicates::str::contains;

fn started(folder: &Path, args: &[&str]) -> Child {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("lesionscope"));
    command.current_dir(folder).env_clear().args(args).stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until the program listens to the interrupt, which is signal 2.
fn listens(run: &Child) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", run.id())).unwrap_or_default();
        // It may have ended by itself.
        if status.contains("State:\tZ") {
            return;
        }
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        if caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 2 != 0) {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("it never listened");
}

fn ends_with(mut run: Child, signal: &str, what: &[&str]) {
    listens(&run);
    std::thread::sleep(Duration::from_millis(300));
    if let Some(end) = run.try_wait().unwrap() {
        assert_eq!(end.code(), Some(2), "{what:?} had ended by itself");
        return;
    }
    let asked = Instant::now();
    assert!(Command::new("kill").args([signal, &run.id().to_string()]).status().unwrap().success());
    while run.try_wait().unwrap().is_none() {
        if asked.elapsed() > Duration::from_secs(5) {
            run.kill().unwrap();
            panic!("{what:?} heeds no {signal}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    // A second is promised; a machine under load gets some more.
    assert!(asked.elapsed() < Duration::from_secs(2), "{what:?}: {:?}", asked.elapsed());
    assert_eq!(run.wait().unwrap().code(), Some(130), "{what:?}");
}

#[test]
fn the_first_signal_ends_whatever_waits() {
    if !Path::new("/proc/self/status").exists() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for pipe in ["pipe", "pipe.onnx", "pipe.jsonl"] {
        assert!(Command::new("mkfifo").arg(folder.path().join(pipe)).status().unwrap().success());
    }
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let (http, rtsp) = (format!("http://127.0.0.1:{port}/a.mp4"), format!("rtsp://127.0.0.1:{port}/a"));
    let tcp = format!("tcp://127.0.0.1:{port}");
    let cases: [&[&str]; 8] = [
        &["headless", "--source", "pipe"],
        &["headless", "--source", &http],
        &["headless", "--source", &rtsp],
        &["explain", "--source", &tcp],
        &["headless", "--source", "scene:1", "--model", "pipe.onnx"],
        &["--config", "pipe", "doctor"],
        &["evaluate", "detections", "pipe.jsonl", "--truth", "pipe"],
        &["import", "pipe.onnx", "--out", "m"],
    ];
    for (index, args) in cases.into_iter().enumerate() {
        let run = started(folder.path(), args);
        ends_with(run, ["-INT", "-TERM"][index % 2], args);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "nothing was begun");
}

#[test]
fn whoever_ends_a_command_is_told_so() {
    if !Path::new("/proc/self/status").exists() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://127.0.0.1:{}", silent.local_addr().unwrap().port());
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("lesionscope"));
    command.current_dir(folder.path()).env_clear().args(["explain", "--source", &address]);
    let run = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    listens(&run);
    std::thread::sleep(Duration::from_millis(300));
    assert!(Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap().success());
    let output = run.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.ends_with("interrupted; what was written before stays\n"), "{said}");
}

#[test]
fn what_never_ends_is_no_file() {
    if !Path::new("/dev/zero").exists() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("model.onnx")).unwrap();
    let cases: [&[&str]; 3] = [
        &["headless", "--source", "/dev/zero"],
        &["headless", "--source", "scene:1", "--model", "model.onnx"],
        &["import", "model.onnx", "--out", "m"],
    ];
    for args in cases {
        let run = super::lesionscope(folder.path()).args(args).timeout(Duration::from_secs(10)).assert().code(2);
        run.stderr(contains("is a device"));
    }
}

#[test]
fn no_secret_of_an_address_is_said_even_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for address in [
        format!("rtsp://me:s3cret@{closed}/live"),
        format!("http://me:s3/s3cret@{closed}/a.jpg"),
        format!("http://{closed}/a.jpg?user=me&pwd=s3cret"),
        format!("ftp://me:s3cret@{closed}/a.mp4"),
        format!("mms://me:s3cret@{closed}/a"),
        format!("gopher://me:s3cret@{closed}/a"),
    ] {
        let run = super::lesionscope(folder.path()).args(["-vv", "headless", "--source", &address]).assert().code(2);
        run.stdout(contains("s3cret").not()).stderr(contains("s3cret").not().and(contains("://")));
        let run = super::lesionscope(folder.path()).args(["headless", &address]).assert().code(2);
        run.stderr(contains("s3cret").not());
    }
}
