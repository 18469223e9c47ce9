//! Finished recordings: index at the front, what they say of themselves, and takes through bad luck.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use lesionscope::sink::video::{FileTags, Origin, Pictures, VideoSink, move_index_to_front};
use lesionscope::sink::{
    JsonlSink, RecordSwitch, Recorder, RenderedFrame, Sink, SinkError, Take, TakeAccount, TakeEnd, TakeRules,
};

use crate::clips::*;

/// The kinds of the boxes of an MP4, in their order.
fn boxes(file: &Path) -> Vec<String> {
    let bytes = std::fs::read(file).unwrap();
    let (mut at, mut kinds) = (0, Vec::new());
    while at + 8 <= bytes.len() {
        let length = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        kinds.push(String::from_utf8_lossy(&bytes[at + 4..at + 8]).into_owned());
        at += length.max(8);
    }
    kinds
}

/// Checksum of the packets of all streams, and of all decoded pictures.
fn content(file: &Path) -> [String; 2] {
    ["-c copy -f streamhash -", "-copyts -map 0:v -f framemd5 -"].map(|args| {
        let mut command = Command::new("ffmpeg");
        let done = command.args(["-v", "error", "-i"]).arg(file).args(args.split(' ')).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    })
}

/// A recording of moving pictures of an uneven rate with sound, B-frames and tags.
fn recording(dir: &Path) -> PathBuf {
    let clip = make(
        dir,
        "clip.mp4",
        "-f lavfi -i testsrc=s=161x97:r=25:d=5 -f lavfi -i sine=440:r=44100:d=5.2 -vf select='not(eq(mod(n,7),3))' \
         -vsync vfr -c:v libx264 -pix_fmt yuv444p -c:a aac",
    );
    let file = dir.join("annotated.mp4");
    let mut source = open(&clip);
    let origin = Origin { sound: lesionscope::source::Source::info(&source).sound.clone(), ..Origin::default() };
    let tags = FileTags {
        program: "lesionscope 1.2.3".to_owned(),
        comment: "not a medical device; models: small (SHA-256 ab12); a\0b".to_owned(),
    };
    let mut sink = sink(&file, &origin).tagged(tags);
    all(&mut source).into_iter().for_each(|frame| sink.put(&rendered(frame)).unwrap());
    sink.finish().unwrap();
    file
}

#[test]
fn the_index_of_a_finished_recording_moves_to_its_front_and_nothing_else_changes() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = recording(dir.path());
    let (before, content_before, stamps) = (boxes(&file), content(&file), times(&file));
    assert!(before.iter().filter(|kind| *kind == "moof").count() > 2, "written in fragments: {before:?}");
    let told = |file: &Path| probe(file, "v:0", "stream=codec_name,codec_tag_string,width,height,pix_fmt");
    let (stream, said) = (told(&file), probe(&file, "v:0", "format_tags=title,comment,encoder"));
    assert_eq!(stream, ["h264", "avc1", "162", "98", "yuv420p"], "what browsers and QuickTime play");
    let said_text = said.join(",");
    for words in ["lesionscope 1.2.3", "not a medical device", "SHA-256 ab12", "circled"] {
        assert!(said_text.contains(words), "{words}: {said_text}");
    }
    let length = numbers(&file, "v:0", "stream=duration");
    move_index_to_front(&file, &|| true).unwrap();
    let after = boxes(&file);
    assert!(!after.contains(&"moof".to_owned()), "{after:?}");
    let place = |kind: &str| after.iter().position(|of| of == kind);
    assert!(place("moov") < place("mdat"), "{after:?}");
    near(&times(&file), &stamps, 2e-5);
    assert_eq!((told(&file), probe(&file, "v:0", "format_tags=title,comment,encoder")), (stream, said));
    assert_eq!(content(&file), content_before);
    near(&numbers(&file, "v:0", "stream=duration"), &length, 1e-3);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is left beside it");
}

#[test]
fn an_index_that_cannot_move_leaves_the_recording_as_it_was() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = recording(dir.path());
    let before = std::fs::read(&file).unwrap();
    let said = move_index_to_front(&file, &|| false).unwrap_err();
    assert!(said.contains("annotated.mp4 stays in fragments") && said.contains("was to end"), "{said}");
    let broken = dir.path().join("broken.mp4");
    std::fs::write(&broken, &before[..before.len() / 3]).unwrap();
    // What can be read of it may become a plain file; what cannot is left alone.
    if move_index_to_front(&broken, &|| true).is_err() {
        assert_eq!(std::fs::read(&broken).unwrap(), before[..before.len() / 3]);
    }
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3, "no copies are left");
}

/// A small file system, unmounted at the end.
struct Disk(tempfile::TempDir);

impl Disk {
    fn of(size: &str) -> Option<Disk> {
        let dir = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "lesionscope-test"]).arg(dir.path());
        mount.output().ok()?.status.success().then_some(Disk(dir))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").arg(self.0.path()).output().ok();
    }
}

#[test]
fn where_the_disk_has_no_room_for_a_copy_the_index_stays() {
    let dir = tempfile::tempdir().unwrap();
    if !tools() {
        return;
    }
    let file = recording(dir.path());
    let kib = std::fs::metadata(&file).unwrap().len() / 1024;
    let Some(disk) = Disk::of(&format!("{}k", kib + kib / 2 + 8)) else {
        crate::skip::skipped("a small file system cannot be mounted here");
        return;
    };
    let there = disk.0.path().join("annotated.mp4");
    std::fs::copy(&file, &there).unwrap();
    let said = move_index_to_front(&there, &|| true).unwrap_err();
    assert!(said.contains("stays in fragments"), "{said}");
    assert_eq!(std::fs::read(&there).unwrap(), std::fs::read(&file).unwrap());
    assert_eq!(std::fs::read_dir(disk.0.path()).unwrap().count(), 1, "no copy is left");
}

/// An account that nobody reads.
struct NoAccount;

impl TakeAccount for NoAccount {
    fn put(&mut self, _: &RenderedFrame) {}

    fn end(&mut self, _: TakeEnd) -> Result<Vec<String>, SinkError> {
        Ok(Vec::new())
    }
}

/// A recorder that is on, with takes of a video and a list.
fn recorder(root: &Path, rules: TakeRules) -> Recorder {
    let root = root.to_owned();
    let open = move |number| {
        let folder = root.join(format!("take-{number}"));
        std::fs::create_dir(&folder).unwrap();
        let origin = Origin { live: true, ..Origin::default() };
        let video = VideoSink::create(&folder.join("annotated.mp4"), sink_settings(), Pictures::Annotated, &origin)?;
        let list = JsonlSink::create(&folder.join("detections.jsonl"), Vec::new())?;
        Ok(Take { folder, sinks: vec![Box::new(list), Box::new(video)], account: Box::new(NoAccount) })
    };
    let switch = RecordSwitch::default();
    switch.set(true);
    Recorder::new(switch, Box::new(open), rules)
}

/// The times of the list of a take, s.
fn listed(take: &Path) -> Vec<f64> {
    let text = std::fs::read_to_string(take.join("detections.jsonl")).unwrap();
    let time = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["time_s"].as_f64().unwrap();
    text.lines().map(time).collect()
}

/// A camera whose clock jumps back, and which comes back with pictures of another size.
#[test]
fn a_clock_that_goes_back_and_another_size_leave_a_whole_take_of_the_right_length() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut recorder = recorder(dir.path(), TakeRules::default());
    let clock = (0..30).map(|n| 60_000 + 40 * n).chain((0..30).map(|n| 5_000 + 40 * n));
    for (index, millis) in clock.enumerate() {
        let size = if index < 40 { (160, 96) } else { (97, 161) };
        recorder.put(&flat(index as u64, millis, size, [200, 120, 100])).unwrap();
    }
    recorder.finish().unwrap();
    let take = dir.path().join("take-1");
    let wanted: Vec<f64> = (0..60).map(|n| 0.04 * f64::from(n)).collect();
    near(&listed(&take), &wanted, 1e-4);
    near(&times(&take.join("annotated.mp4")), &wanted, 1e-4);
    let length = numbers(&take.join("annotated.mp4"), "v:0", "format=duration")[0];
    assert!((length - 2.4).abs() < 0.01, "{length}");
    assert_eq!(probe(&take.join("annotated.mp4"), "v:0", "stream=width,height"), ["160", "96"]);
}

#[test]
fn takes_follow_each_other_and_every_picture_is_in_one_of_them() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let rules = TakeRules { longest: Some(Duration::from_millis(800)), ..TakeRules::default() };
    let mut recorder = recorder(dir.path(), rules);
    (0..50).for_each(|n| recorder.put(&flat(n, 9000 + 40 * n, (160, 96), [n as u8, 90, 80])).unwrap());
    recorder.finish().unwrap();
    for (number, pictures) in [(1, 20), (2, 20), (3, 10)] {
        let take = dir.path().join(format!("take-{number}"));
        let wanted: Vec<f64> = (0..pictures).map(|n| 0.04 * f64::from(n)).collect();
        near(&listed(&take), &wanted, 1e-4);
        near(&times(&take.join("annotated.mp4")), &wanted, 1e-4);
    }
    assert!(!dir.path().join("take-4").exists());
}
