//! Input that cannot be used, input that breaks off, output that cannot be written.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use lesionscope::sink::video::{Origin, Pictures, VideoSink};
use lesionscope::sink::{Sink, SinkError};
use lesionscope::source::Source;
use lesionscope::source::video::VideoSource;

use crate::clips::*;

pub(crate) fn refused(path: &str) -> String {
    let Err(error) = VideoSource::open(path, &source_settings()) else { panic!("{path} was opened") };
    assert!(error.is_unusable(), "should be refused before it fails: {error}");
    error.to_string()
}

fn refused_file(file: &Path) -> String {
    let sentence = refused(file.to_str().unwrap());
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(sentence.contains(name) && sentence.lines().count() == 1, "{sentence}");
    sentence
}

#[test]
fn what_is_no_video_is_refused_with_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(dir.path().join(name), bytes).unwrap();
        dir.path().join(name)
    };
    assert!(refused_file(&dir.path().join("missing.mp4")).contains("no such file"));
    assert!(refused_file(&write("empty.mp4", b"")).contains("0 bytes"));
    assert!(refused_file(&write("text.mp4", "Dear all, see the clip.\n".repeat(99).as_bytes())).contains("text file"));
    let noise: Vec<u8> = (0..9999u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert!(refused_file(&write("noise.mp4", &noise)).contains("not a video that can be read"));
    assert!(refused_file(dir.path()).contains("is a folder"));
    assert!(refused("a\0b.mp4").contains("NUL"));
}

/// Texts that would have other files opened, or drawn with letters, whatever their names say.
#[test]
fn lists_of_files_are_no_videos() {
    let dir = tempfile::tempdir().unwrap();
    let other = dir.path().join("other.ts");
    for (name, text) in [
        ("endless.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nother.ts\n".to_owned()),
        ("marked.mkv", "\u{feff}#EXTM3U\n#EXTINF:2,\nother.ts\n#EXT-X-ENDLIST\n".to_owned()),
        ("list.mp4", format!("ffconcat version 1.0\nfile '{}'\n", other.display())),
        ("plain.mp4", "file other.ts\n".to_owned()),
        ("stream.mp4", "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nm=video 5004 RTP/AVP 96\r\n".to_owned()),
        ("letters.mp4", "\u{1b}[31mHELLO\u{1b}[0m\n".repeat(99)),
        ("manifest.mp4", "<?xml version=\"1.0\"?><MPD><Period></Period></MPD>".to_owned()),
    ] {
        let file = dir.path().join(name);
        std::fs::write(&file, text).unwrap();
        assert!(refused_file(&file).contains("not a video"), "{name}");
    }
}

/// Every container and every stream without one that people record in opens under any name.
#[test]
fn what_begins_as_a_video_is_opened() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (mpeg4, mpeg2) = ("-c:v mpeg4", "-c:v mpeg2video");
    for (format, args) in [
        ("mp4", mpeg4),
        ("mov", "-c:v mjpeg"),
        ("3gp", mpeg4),
        ("matroska", mpeg4),
        ("webm", "-c:v libvpx"),
        ("avi", mpeg4),
        ("mpegts", mpeg2),
        ("mpegts", "-c:v mpeg2video -mpegts_m2ts_mode 1"),
        ("mpeg", mpeg2),
        ("vob", mpeg2),
        ("mpeg2video", mpeg2),
        ("m4v", mpeg4),
        ("h264", "-c:v libx264"),
        ("hevc", "-c:v libx265 -x265-params log-level=none"),
        ("flv", "-c:v flv"),
        ("asf", "-c:v wmv2"),
        ("ogg", "-c:v libtheora"),
        ("mxf", mpeg2),
        ("gxf", "-c:v mpeg2video -s 720x576"),
        ("yuv4mpegpipe", ""),
        ("gif", ""),
        ("apng", ""),
        ("dv", "-s 720x576 -pix_fmt yuv420p"),
        ("nut", mpeg4),
        ("ivf", "-c:v libvpx"),
        ("mjpeg", "-c:v mjpeg"),
        ("mpjpeg", "-c:v mjpeg"),
        ("swf", "-c:v flv"),
        ("rm", "-c:v rv10 -s 176x144"),
        ("h263", "-c:v h263 -s 176x144"),
    ] {
        let input = "-f lavfi -i testsrc=s=160x120:r=25:d=0.4";
        let clip = make(dir.path(), "clip.mp4", &format!("{input} -pix_fmt yuv420p {args} -f {format}"));
        assert!(all(&mut open(&clip)).len() > 3, "{format} {args}");
    }
}

/// A pipe that nobody writes into has a bound of its own, and one that is written into is read.
#[cfg(unix)]
#[test]
fn pipes_are_waited_for_with_a_bound() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let begun = std::time::Instant::now();
    assert!(refused_file(&pipe).contains("nothing came through this pipe within 2 s"));
    assert!(begun.elapsed() < Duration::from_secs(4));
    assert!(refused("/dev/zero").contains("is a device"));
}

#[test]
fn files_without_pictures_or_index_are_refused_with_a_sentence() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let sound = make(dir.path(), "sound.mp4", "-f lavfi -i sine=d=1 -c:a aac");
    assert!(refused_file(&sound).contains("holds sound but no video"));
    let clip = make(dir.path(), "clip.mp4", "-f lavfi -i testsrc=s=320x240:d=2 -pix_fmt yuv420p");
    let bytes = std::fs::read(&clip).unwrap();
    let cut = dir.path().join("cut.mp4");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    assert!(refused_file(&cut).contains("no moov"));
}

#[test]
fn absurd_sizes_are_refused() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let clip = make(dir.path(), "wide.avi", "-f lavfi -i color=black:s=20000x16:d=0.1 -c:v mjpeg");
    assert!(refused_file(&clip).contains("20000x16 px"));
}

#[test]
fn a_file_that_is_cut_off_gives_what_it_has_and_says_so() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let input = "-f lavfi -i testsrc=s=320x240:r=25:d=4 -f lavfi -i sine=d=4 -pix_fmt yuv420p -g 25";
    let fragmented = "-movflags frag_keyframe+empty_moov";
    for (name, args) in [("front.mp4", "-movflags +faststart"), ("pieces.mp4", fragmented), ("clip.mkv", "")] {
        let clip = make(dir.path(), name, &format!("{input} {args}"));
        let mut whole = open(&clip);
        assert_eq!(all(&mut whole).len(), 100, "{name}");
        assert_eq!(whole.stats(), Default::default(), "{name}");
        let bytes = std::fs::read(&clip).unwrap();
        std::fs::write(&clip, &bytes[..bytes.len() * 6 / 10]).unwrap();
        let mut cut = open(&clip);
        let frames = all(&mut cut);
        assert!((30..90).contains(&frames.len()), "{name}: {}", frames.len());
        let sentence = cut.stats().ended_early.unwrap_or_else(|| panic!("{name} does not say that it was cut"));
        assert!(sentence.contains(name) && sentence.contains("cut off"), "{sentence}");
    }
}

/// Containers of which libav gives the length of what is left, or none at all, when they were cut.
#[test]
fn a_cut_that_only_the_head_or_the_structure_tells_is_said() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let input = "-f lavfi -i testsrc=s=160x120:r=25:d=4";
    let sound = "-f lavfi -i sine=d=4";
    for (name, args, words) in [
        ("plain.avi", format!("{input} -c:v mpeg4"), "of the 4.00 s that it announces"),
        ("sound.avi", format!("{input} {sound} -c:v mpeg4 -c:a mp2"), "of the 4.00 s that it announces"),
        ("a.wmv", format!("{input} -c:v wmv2"), "that it announces"),
        ("a.gif", input.to_owned(), "cut off"),
    ] {
        let clip = make(dir.path(), name, &args);
        let mut whole = open(&clip);
        assert!(all(&mut whole).len() >= 99, "{name}");
        assert_eq!(whole.stats().ended_early, None, "{name}");
        let bytes = std::fs::read(&clip).unwrap();
        for part in [3, 6] {
            std::fs::write(&clip, &bytes[..bytes.len() * part / 10]).unwrap();
            let mut cut = open(&clip);
            let frames = all(&mut cut);
            assert!((10..90).contains(&frames.len()), "{name}: {}", frames.len());
            let sentence = cut.stats().ended_early.unwrap_or_else(|| panic!("{name} does not say that it was cut"));
            assert!(sentence.contains(name) && sentence.contains("cut off"), "{sentence}");
            // At other places libav meets the cut itself.
            assert!(sentence.contains(words) || sentence.contains("breaks off"), "{sentence}");
        }
    }
}

#[test]
fn damage_in_the_middle_is_passed_over() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let clip =
        make(dir.path(), "clip.ts", "-f lavfi -i testsrc=s=320x240:r=25:d=4 -pix_fmt yuv420p -g 10 -c:v libx264");
    let mut bytes = std::fs::read(&clip).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 3000].iter_mut().for_each(|byte| *byte ^= 0x5a);
    std::fs::write(&clip, bytes).unwrap();
    let mut source = open(&clip);
    let frames = all(&mut source);
    assert!((70..=100).contains(&frames.len()), "{}", frames.len());
    assert!(frames.is_sorted_by(|a, b| a.pts <= b.pts));
    assert!(frames.last().unwrap().pts > Duration::from_millis(3800));
    assert_eq!(source.stats().ended_early, None);
}

#[test]
fn a_recording_that_cannot_begin_is_refused_with_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let create = |file: &Path, settings| VideoSink::create(file, settings, Pictures::Annotated, &Origin::default());
    let nowhere = dir.path().join("no/such/folder.mp4");
    let Err(SinkError::Unusable(sentence)) = create(&nowhere, sink_settings()) else { panic!("made a file nowhere") };
    assert!(sentence.contains("folder.mp4"), "{sentence}");
    let settings = lesionscope::sink::video::VideoSinkSettings { encoder: "nonsense".to_owned(), ..sink_settings() };
    let Err(SinkError::NoEncoder(sentence)) = create(&dir.path().join("a.mp4"), settings) else { panic!("encoded") };
    assert!(sentence.contains("no video encoder \"nonsense\""), "{sentence}");
}

#[test]
fn a_device_that_is_full_ends_the_recording_with_its_name() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        println!("skipped: there is no /dev/full");
        return;
    }
    let mut sink = sink(full, &Origin::default());
    let error = (0..200).find_map(|i| sink.put(&noise(i)).err()).expect("no error of a full device");
    assert!(matches!(&error, SinkError::Failed(text) if text.contains("/dev/full") && text.contains("No space left")));
    sink.finish().unwrap();
}

/// A picture that does not compress.
fn noise(i: u64) -> lesionscope::sink::RenderedFrame {
    let mut state = i.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let pixels = image::RgbImage::from_fn(320, 240, |_, _| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        image::Rgb([state as u8, (state >> 8) as u8, (state >> 16) as u8])
    });
    rendered(lesionscope::frame::Frame { index: i, pts: Duration::from_millis(i * 40), pixels, file: None })
}

/// A small file system, unmounted at the end.
struct Disk(tempfile::TempDir);

impl Disk {
    fn of(size: &str) -> Option<Disk> {
        let dir = tempfile::tempdir().unwrap();
        let mount = ["-t", "tmpfs", "-o", &format!("size={size}"), "lesionscope-test"].map(str::to_owned);
        let done = Command::new("mount").args(mount).arg(dir.path()).output().ok()?;
        done.status.success().then_some(Disk(dir))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").arg(self.0.path()).output().ok();
    }
}

#[test]
fn a_disk_that_fills_up_leaves_a_readable_file() {
    let Some(disk) = Disk::of("3m").filter(|_| tools()) else {
        println!("skipped: a small file system cannot be mounted here");
        return;
    };
    let file = disk.0.path().join("full.mp4");
    let mut sink = sink(&file, &Origin::default());
    let error = (0..2000).find_map(|i| sink.put(&noise(i)).err()).expect("no error of a full disk");
    let SinkError::Failed(sentence) = &error else { panic!("{error}") };
    assert!(sentence.contains("full.mp4") && sentence.contains("No space left"), "{sentence}");
    sink.finish().unwrap();
    let mut source = open(&file);
    let frames = all(&mut source);
    assert!(frames.len() > 10, "{} pictures can be read", frames.len());
    assert_eq!(source.stats().ended_early, None, "half a piece is left");
    // Noise at 25 pictures a second: what is said to stay readable is what can be read.
    let said: f64 = sentence.split("its first ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap();
    assert!((said - frames.len() as f64 / 25.0).abs() < 0.06, "{sentence}: {}", frames.len());
}

#[test]
fn a_disk_that_is_full_from_the_start_leaves_no_file_and_promises_none() {
    let Some(disk) = Disk::of("64k").filter(|_| tools()) else {
        println!("skipped: a small file system cannot be mounted here");
        return;
    };
    std::fs::write(disk.0.path().join("filler"), vec![1; 60 << 10]).unwrap();
    let file = disk.0.path().join("full.mp4");
    let mut sink = sink(&file, &Origin::default());
    let error = (0..200).find_map(|i| sink.put(&noise(i)).err()).expect("no error of a full disk").to_string();
    assert!(error.contains("No space left") && error.contains("nothing was recorded"), "{error}");
    assert!(!file.exists());
}

/// A recording that is abandoned (the process is killed) can be read up to its last fragment.
#[test]
fn a_recording_that_is_cut_off_is_readable() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("killed.mp4");
    let mut sink = sink(&file, &Origin::default());
    (0..200).for_each(|i| sink.put(&noise(i)).unwrap());
    // Neither finished nor dropped: what is on the disk now is what a kill would leave.
    let copy = dir.path().join("left.mp4");
    std::fs::copy(&file, &copy).unwrap();
    let frames = all(&mut open(&copy));
    assert!((100..200).contains(&frames.len()), "{}", frames.len());
    drop(sink);
}
