//! Bad luck of every kind: damaged films, a kill at any moment, a full disk. No panic, nothing lost beyond two seconds, whatever is left
//! can be read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{ffmpeg, headless, pictures};

/// Copies with flipped bits, and copies that are cut off.
const FLIPPED: usize = 100;
const CUT: usize = 30;

/// Longest time that a run over a second of a tiny film may take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A tiny film with sound, as bytes.
fn film(folder: &Path) -> Option<Vec<u8>> {
    let args = "-f lavfi -i testsrc=s=64x48:r=25:d=0.6 -f lavfi -i sine=d=0.6 -pix_fmt yuv420p -g 6 -c:a aac film.mp4";
    ffmpeg(folder, &args.split(' ').collect::<Vec<_>>()).then(|| fs::read(folder.join("film.mp4")).unwrap())
}

/// The `n`th damaged copy: one to eight bits are flipped anywhere, or the end is missing. The same every time.
fn damaged(film: &[u8], n: usize) -> Vec<u8> {
    let mut state = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1;
    let mut chance = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 20) as usize % below
    };
    let mut bytes = film.to_vec();
    if n >= FLIPPED {
        bytes.truncate(film.len() * (n - FLIPPED) / CUT);
        return bytes;
    }
    for _ in 0..=chance(8) {
        let at = chance(bytes.len());
        bytes[at] ^= 1 << chance(8);
    }
    bytes
}

/// Every line of a list and the whole of a summary are JSON, and video is a video; what is not there is fine.
fn all_whole(run: &Path) {
    let text = |name: &str| fs::read_to_string(run.join(name)).unwrap_or_default();
    for line in text("detections.jsonl").lines() {
        serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{}: {error}: {line}", run.display()));
    }
    if run.join("session.json").exists() {
        serde_json::from_str::<Value>(&text("session.json"))
            .unwrap_or_else(|error| panic!("{}: {error}", run.display()));
    }
    let video = run.join("annotated.mp4");
    assert!(fs::metadata(&video).map_or(0, |data| data.len()) == 0 || pictures(&video) > 0, "{}", run.display());
}

/// The account of a run, where there is one.
fn account(run: &Path) -> Option<Value> {
    serde_json::from_str(&fs::read_to_string(run.join("session.json")).ok()?).ok()
}

/// Runs over the `n`th damaged copy and looks at what comes of it.
fn run_damaged(folder: &Path, film: &[u8], n: usize) {
    let (clip, run) = (folder.join(format!("{n}.mp4")), folder.join(format!("run-{n}")));
    fs::write(&clip, damaged(film, n)).unwrap();
    let mut command =
        headless(folder, &["--quiet", "--source", clip.to_str().unwrap(), "--out", run.to_str().unwrap()]);
    let errors = folder.join(format!("{n}.txt"));
    let mut child = command.stdout(Stdio::null()).stderr(fs::File::create(&errors).unwrap()).spawn().unwrap();
    let started = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if started.elapsed() > PATIENCE => {
                child.kill().unwrap();
                panic!("copy {n} takes for ever");
            }
            None => sleep(Duration::from_millis(20)),
        }
    };
    let said = fs::read_to_string(&errors).unwrap();
    assert!(matches!(status.code(), Some(0..=2)) && !said.contains("panicked"), "copy {n}: {status}, {said}");
    // Exit 1 may leave what there was; a film that cannot be opened leaves a sentence.
    assert!(status.success() || said.contains("error: "), "copy {n}: {status}, {said}");
    all_whole(&run);
}

#[test]
fn damaged_films_lead_to_a_result_or_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let Some(film) = film(folder.path()) else { return };
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(n) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|n| *n < FLIPPED + CUT) {
            run_damaged(folder.path(), &film, n);
        }
    };
    scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
}

/// Kills a run after it has recorded for `after`: lines of the list two seconds before, pictures of both videos.
fn left_after_a_kill(folder: &Path, after: Duration) -> (u64, u64, u64) {
    let run = folder.join(format!("{}", after.as_millis()));
    let source = ["--source", "scene:1", "--save-clean", "--out", run.to_str().unwrap()];
    let mut child = headless(folder, &source).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let list = run.join("detections.jsonl");
    let started = Instant::now();
    // The recording begins with the first line.
    while fs::metadata(&list).map_or(0, |data| data.len()) == 0 {
        assert!(started.elapsed() < PATIENCE && child.try_wait().unwrap().is_none(), "nothing is recorded");
        sleep(Duration::from_millis(5));
    }
    sleep(after.saturating_sub(Duration::from_secs(2)));
    // What is recorded by now is to be there in two seconds.
    let recorded = fs::read_to_string(&list).unwrap().lines().count();
    sleep(after.min(Duration::from_secs(2)));
    child.kill().unwrap();
    child.wait().unwrap();
    all_whole(&run);
    let account = account(&run).unwrap();
    assert_eq!(account["end"], "running", "it had not ended");
    // It is a second old, and the machine may be busy.
    let told = account["frames"].as_u64().unwrap();
    assert!(after < Duration::from_millis(2900) || told > 0, "the account is current: {told} frames");
    let count = |name: &str| pictures(&run.join(name));
    (recorded as u64, count("annotated.mp4"), count("clean.mp4"))
}

#[test]
fn a_kill_at_any_moment_loses_two_seconds_at_most() {
    let folder = tempfile::tempdir().unwrap();
    if !ffmpeg(folder.path(), &["-version"]) {
        return;
    }
    for millis in [0, 300, 700, 1300, 1700, 2100, 2400, 2900, 3600, 4400] {
        let (recorded, annotated, clean) = left_after_a_kill(folder.path(), Duration::from_millis(millis));
        if millis >= 2000 {
            // The list may be ahead of the videos by a picture that waits and one that is being encoded.
            let due = recorded.saturating_sub(2).max(1);
            assert!(annotated >= due && clean >= due, "{millis} ms: {annotated}, {clean} of {recorded} pictures");
        }
    }
}

/// A small file system, unmounted at the end.
struct Disk(tempfile::TempDir);

impl Disk {
    fn of(size: &str) -> Option<Disk> {
        let dir = tempfile::tempdir().unwrap();
        let options = format!("size={size}");
        let mut mount = std::process::Command::new("mount");
        let done = mount.args(["-t", "tmpfs", "-o", &options, "lesionscope-test"]).arg(dir.path()).output().ok()?;
        done.status.success().then_some(Disk(dir))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        std::process::Command::new("umount").arg(self.0.path()).output().ok();
    }
}

#[test]
fn an_output_that_is_read_only_is_refused_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::of("2m") else {
        println!("skipped: a small file system cannot be mounted here");
        return;
    };
    std::fs::create_dir(disk.0.path().join("there")).unwrap();
    let mut remount = std::process::Command::new("mount");
    assert!(remount.args(["-o", "remount,ro"]).arg(disk.0.path()).status().unwrap().success());
    for (out, more) in [("new", None), ("there", Some("--exist-ok"))] {
        let mut command = headless(folder.path(), &["--source", "scene:1", "--frames", "5", "--out"]);
        let output = command.arg(disk.0.path().join(out)).args(more).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{out}: {said}");
        assert!(said.contains("Read-only file system") && said.contains(out) && !said.contains("panicked"), "{said}");
    }
}

/// Disks from one that takes nothing to one that takes some of it.
#[test]
fn a_full_disk_ends_the_run_with_a_sentence_and_leaves_whole_files() {
    let folder = tempfile::tempdir().unwrap();
    if !ffmpeg(folder.path(), &["-version"]) {
        return;
    }
    for size in ["8k", "40k", "200k", "700k"] {
        let Some(disk) = Disk::of(size) else {
            println!("skipped: a small file system cannot be mounted here");
            return;
        };
        let run: PathBuf = disk.0.path().join("run");
        let mut command = headless(folder.path(), &["--source", "scene:1", "--frames", "200", "--out"]);
        let output = command.arg(&run).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let code = output.status.code();
        assert!(matches!(code, Some(1 | 2)) && said.contains("No space left"), "{size}: {code:?}, {said}");
        assert!(!said.contains("panicked"), "{size}: {said}");
        all_whole(&run);
        match account(&run) {
            Some(account) => assert_eq!(account["end"], "failed", "{size}: {said}"),
            None => assert!(said.contains("session.json"), "{size}: that it is missing is said: {said}"),
        }
        let video = run.join("annotated.mp4");
        assert_eq!(said.contains("stay readable"), video.exists() && said.contains("annotated.mp4"), "{size}: {said}");
    }
}
