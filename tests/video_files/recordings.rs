//! What goes in comes out: times, orientation, sound, sizes.

use std::path::PathBuf;

use lesionscope::geometry::Size;
use lesionscope::sink::Sink;
use lesionscope::sink::video::{Origin, Pictures, VideoSink};
use lesionscope::source::{Source, Stop};

use crate::clips::*;

/// Like from a phone: variable rate, stored lying, with sound. White on the left as it should be seen, black elsewhere.
fn phone_clip(dir: &std::path::Path) -> PathBuf {
    // Upright 120x200 with a white top; `transpose=cclock` lays it down, the matrix stands it up again.
    let lying = make(
        dir,
        "lying.mp4",
        "-f lavfi -i color=black:s=120x200:r=60:d=3,drawbox=0:0:120:40:white:fill,transpose=cclock \
         -f lavfi -i sine=440:r=44100:d=3.2 -vf select='not(mod(n,3))+lt(mod(n,7),2)' -vsync vfr \
         -c:v libx264 -bf 2 -pix_fmt yuv420p -c:a aac",
    );
    let lying = lying.file_name().unwrap().to_str().unwrap().to_owned();
    make(dir, "phone.mp4", &format!("-i {lying} -c copy -metadata:s:v:0 rotate=270"))
}

#[test]
fn a_phone_clip_comes_out_upright_in_time_and_with_its_sound() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let clip = phone_clip(dir.path());
    assert!(!probe(&clip, "v:0", "stream_side_data=rotation").is_empty(), "the clip is turned by metadata");
    let wanted = times(&clip);
    let gaps: Vec<_> = wanted.windows(2).map(|pair| ((pair[1] - pair[0]) * 1e3).round() as i64).collect();
    assert!(gaps.iter().any(|gap| *gap != gaps[0]), "the clip is of variable rate: {gaps:?}");

    let mut source = open(&clip);
    assert_eq!(source.info().size, Some(Size { width: 120, height: 200 }));
    let frame = source.next_frame(&Stop::default()).unwrap().unwrap();
    assert!(frame.pixels.get_pixel(60, 10)[0] > 230, "white on top");
    assert!(frame.pixels.get_pixel(60, 190)[0] < 25, "black below");

    let (made, sent, warnings) = copy(&clip, usize::MAX);
    assert_eq!(warnings, Vec::<String>::new());
    near(&sent, &wanted, 0.001);
    near(&times(&made), &wanted, 0.001);
    assert_eq!(probe(&made, "v:0", "stream=codec_name,width,height"), ["h264", "120", "200"]);
    assert_eq!(probe(&made, "a:0", "stream=codec_name"), ["aac"]);
    sound_is_the_same(&clip, &made);
}

/// The ffmpeg command turns pictures upright by itself: the reference.
#[test]
fn every_rotation_is_that_of_ffmpeg() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), "plain.mp4", "-f lavfi -i testsrc=s=160x96:d=0.1 -pix_fmt yuv420p -qp 5");
    for degrees in [90, 180, 270] {
        let clip = make(dir.path(), "turned.mp4", &format!("-i plain.mp4 -c copy -metadata:s:v:0 rotate={degrees}"));
        let wanted = make(dir.path(), "upright.png", "-i turned.mp4 -frames:v 1");
        let wanted = image::open(wanted).unwrap().into_rgb8();
        let found = all(&mut open(&clip)).remove(0).pixels;
        assert_eq!(found.dimensions(), wanted.dimensions());
        let pairs = found.as_raw().iter().zip(wanted.as_raw());
        let mean = pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / found.as_raw().len() as f64;
        assert!(mean < 4.0, "{degrees}: off by {mean}");
    }
}

/// Every packet of sound lies where it lay relative to the pictures.
fn sound_is_the_same(clip: &std::path::Path, made: &std::path::Path) {
    let before = numbers(clip, "a:0", "packet=pts_time");
    let after = numbers(made, "a:0", "packet=pts_time");
    near(&after, &before, 0.010);
    let size = |file| numbers(file, "a:0", "packet=size").iter().sum::<f64>();
    assert_eq!(size(clip), size(made), "the bytes of the sound are copied");
}

#[test]
fn sound_of_other_containers_is_copied_too() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let input = "-f lavfi -i testsrc=s=64x48:r=25:d=2 -f lavfi -i sine=440:d=2 -pix_fmt yuv420p";
    for (name, codec) in [("a.mkv", "aac"), ("b.mov", "aac"), ("c.mkv", "libmp3lame"), ("d.webm", "libopus")] {
        let video = if name.ends_with("webm") { "libvpx -deadline realtime" } else { "libx264" };
        let clip = make(dir.path(), name, &format!("{input} -c:v {video} -c:a {codec}"));
        let (made, sent, warnings) = copy(&clip, usize::MAX);
        assert_eq!((sent.len(), warnings.len()), (50, 0), "{name}");
        let first = |file, stream| numbers(file, stream, "packet=pts_time")[0];
        let lead = first(&clip, "a:0") - first(&clip, "v:0");
        let kept = first(&made, "a:0") - first(&made, "v:0");
        assert!((lead - kept).abs() < 0.010, "{name}: {lead} became {kept}");
        let packets = |file| numbers(file, "a:0", "packet=size").len();
        assert_eq!(packets(&clip), packets(&made), "{name}");
    }
}

/// Length of the sound, decoded, s.
fn decoded_length(file: &std::path::Path) -> f64 {
    let dir = tempfile::tempdir().unwrap();
    let raw = make(dir.path(), "sound.raw", &format!("-i {} -vn -ac 1 -ar 48000 -f s16le", file.display()));
    std::fs::metadata(raw).unwrap().len() as f64 / 96_000.0
}

#[test]
fn sound_that_carries_marks_of_its_container_is_copied() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let input = "-f lavfi -i testsrc=s=64x48:r=25:d=3 -f lavfi -i sine=d=3 -pix_fmt yuv420p -c:v libx264";
    for (name, codec) in
        [("a.ts", "aac"), ("b.ts", "libmp3lame"), ("c.ts", "mp2"), ("d.ts", "ac3"), ("e.avi", "libmp3lame")]
    {
        let clip = make(dir.path(), name, &format!("{input} -c:a {codec}"));
        let (made, sent, warnings) = copy(&clip, usize::MAX);
        assert_eq!((sent.len(), warnings.len()), (75, 0), "{name}: {warnings:?}");
        // Of a transport stream ffprobe names each stream twice, by itself and in its programme; an MP4 does not tell MP2 from MP3.
        let codec = |file: &std::path::Path| probe(file, "a", "stream=codec_name")[0].replace("mp2", "mp3");
        assert_eq!(codec(&made), codec(&clip), "{name}");
        let packets = |file| numbers(file, "a:0", "packet=size").len();
        assert_eq!(packets(&clip), packets(&made), "{name}");
        let lengths = (decoded_length(&clip), decoded_length(&made));
        assert!((lengths.0 - lengths.1).abs() < 0.06, "{name}: {lengths:?}");
    }
}

#[test]
fn sound_that_does_not_fit_becomes_aac_with_a_sentence() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for (name, codec) in [
        ("a.mkv", "pcm_s16le"),
        ("b.avi", "pcm_u8 -ar 11000 -ac 1"),
        ("c.avi", "wmav2"),
        ("d.mkv", "pcm_s24le -ar 96000 -ac 6"),
        ("e.avi", "aac"),
        ("f.mkv", "flac"),
        ("g.mp4", "flac -strict -2"),
        ("h.mkv", "truehd -strict -2"),
    ] {
        let input = "-f lavfi -i testsrc=s=64x48:r=25:d=3 -f lavfi -i sine=d=3 -pix_fmt yuv420p -c:v libx264";
        let clip = make(dir.path(), name, &format!("{input} -c:a {codec}"));
        let (made, sent, warnings) = copy(&clip, usize::MAX);
        assert_eq!(sent.len(), 75, "{name}");
        assert_eq!(probe(&made, "a", "stream=codec_name"), ["aac"], "{name}: {warnings:?}");
        assert!(
            name == "e.avi" || (warnings.len() == 1 && warnings[0].contains("encoded anew")),
            "{name}: {warnings:?}"
        );
        let lengths = (decoded_length(&clip), decoded_length(&made));
        assert!((lengths.0 - lengths.1).abs() < 0.1, "{name}: {lengths:?}");
        near(&times(&made), &sent, 0.001);
    }
}

#[test]
fn a_run_that_is_stopped_early_takes_no_more_sound_than_pictures() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let clip =
        make(dir.path(), "long.mp4", "-f lavfi -i testsrc=s=64x48:r=25:d=8 -f lavfi -i sine=d=8 -pix_fmt yuv420p");
    let (made, sent, _) = copy(&clip, 50);
    assert_eq!(sent.len(), 50);
    let length = |stream| numbers(&made, stream, "stream=duration")[0];
    assert!((length("v:0") - 2.0).abs() < 0.002, "the last picture lasts as long as the others: {}", length("v:0"));
    // A packet of sound is 23 ms long; the source had not read the last one when it was stopped.
    let last = numbers(&made, "a:0", "packet=pts_time").into_iter().fold(0.0, f64::max);
    assert!((1.93..2.0).contains(&last), "{last}");
}

#[test]
fn sound_that_starts_later_or_lasts_longer_keeps_its_place() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let clip = make(
        dir.path(),
        "late.mp4",
        "-f lavfi -i testsrc=s=64x48:r=30:d=2 -itsoffset 0.7 -f lavfi -i sine=d=3 -pix_fmt yuv420p",
    );
    let (made, _, _) = copy(&clip, usize::MAX);
    sound_is_the_same(&clip, &made);
    assert_eq!(times(&made).len(), 60);
}

/// So late that the first piece of the file has none.
#[test]
fn sound_that_starts_seconds_later_is_recorded_in_its_place() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for (name, codec) in [("aac.mkv", "aac"), ("aac.ts", "aac"), ("ac3.mkv", "ac3"), ("mp3.mkv", "libmp3lame")] {
        let words =
            "-f lavfi -i testsrc=s=320x240:r=25:d=8 -itsoffset 4 -f lavfi -i sine=d=3 -pix_fmt yuv420p -c:v libx264";
        let clip = make(dir.path(), name, &format!("{words} -c:a {codec}"));
        let (made, _, warnings) = copy(&clip, usize::MAX);
        assert!(warnings.is_empty(), "{name}: {warnings:?}");
        let late = |file| numbers(file, "a:0", "packet=pts_time")[0] - numbers(file, "v:0", "packet=pts_time")[0];
        assert!((late(&clip) - late(&made)).abs() < 0.05, "{name}: {} became {}", late(&clip), late(&made));
        let length = decoded_length(&made);
        assert!((length - 3.0).abs() < 0.1, "{name}: {length} s of sound");
    }
}

#[test]
fn odd_and_tiny_sizes_become_even() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for (size, wanted) in [((1, 1), ["2", "2"]), ((101, 51), ["102", "52"]), ((64, 48), ["64", "48"])] {
        let file = dir.path().join("odd.mp4");
        let mut sink = sink(&file, &Origin::default());
        (0..3).for_each(|i| sink.put(&flat(i, i * 40, size, [200, 40, 90])).unwrap());
        sink.finish().unwrap();
        assert_eq!(probe(&file, "v:0", "stream=width,height"), wanted);
        let frame = all(&mut open(&file)).remove(0);
        let corner = frame.pixels.get_pixel(size.0 - 1, size.1 - 1).0;
        colours_match(corner, [200, 40, 90]);
    }
}

fn colours_match(found: [u8; 3], wanted: [u8; 3]) {
    assert!(found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 3), "{found:?} is not {wanted:?}");
}

#[test]
fn stills_of_several_sizes_share_one_recording() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("stills.mp4");
    let mut sink = sink(&file, &Origin { sound: None, fps: Some(1.0), live: false });
    for (i, size) in [(0, (80, 60)), (1, (60, 80)), (2, (7, 300)), (3, (80, 60))] {
        sink.put(&flat(i, i * 1000, size, [250, 250, 250])).unwrap();
    }
    sink.finish().unwrap();
    near(&times(&file), &[0.0, 1.0, 2.0, 3.0], 1e-4);
    assert!((numbers(&file, "v:0", "stream=duration")[0] - 4.0).abs() < 0.01);
    let frames = all(&mut open(&file));
    assert!(
        frames[1].pixels.get_pixel(2, 30)[0] < 10 && frames[1].pixels.get_pixel(40, 30)[0] > 240,
        "bars at the sides"
    );
}

#[test]
fn clean_pictures_are_those_of_the_source() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("clean: with a colon.mp4");
    let mut sink = VideoSink::create(&file, sink_settings(), Pictures::Clean, &Origin::default()).unwrap();
    let mut item = flat(0, 0, (32, 32), [10, 200, 10]);
    item.annotated = std::sync::Arc::new(image::RgbImage::from_pixel(32, 32, image::Rgb([250, 0, 0])));
    sink.put(&item).unwrap();
    sink.finish().unwrap();
    colours_match(all(&mut open(&file))[0].pixels.get_pixel(9, 9).0, [10, 200, 10]);
}

#[test]
fn without_pictures_there_is_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("none.mp4");
    sink(&file, &Origin::default()).finish().unwrap();
    assert!(!file.exists());
}

#[test]
fn the_encoder_in_reserve_keeps_times_and_says_that_it_is_used() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("reserve.mp4");
    let settings = lesionscope::sink::video::VideoSinkSettings { encoder: "mpeg4".to_owned(), ..sink_settings() };
    let mut sink = VideoSink::create(&file, settings, Pictures::Annotated, &Origin::default()).unwrap();
    assert!(sink.warnings()[0].contains("mpeg4"));
    for (i, millis) in [0, 33, 100, 117].into_iter().enumerate() {
        sink.put(&flat(i as u64, millis, (64, 48), [90, 90, 90])).unwrap();
    }
    sink.finish().unwrap();
    near(&times(&file), &[0.0, 0.033, 0.1, 0.117], 0.001);
}

/// Every picture of the shared clips goes in and comes out.
#[test]
fn real_clips_keep_every_picture() {
    let data = std::env::var("OPEN_DATA").unwrap_or_else(|_| "target/data/open".to_owned());
    let clip = PathBuf::from(data).join("scenes/scene-00-lesion-print-still.mp4");
    if !tools() || !clip.exists() {
        println!("skipped: {} is not there", clip.display());
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let linked = dir.path().join("scene.mp4");
    std::fs::copy(&clip, &linked).unwrap();
    assert_eq!(open(&linked).info().frames, Some(150));
    let (made, sent, _) = copy(&linked, usize::MAX);
    assert_eq!(sent.len(), 150);
    near(&times(&made), &sent, 0.001);
    assert!((numbers(&made, "v:0", "stream=duration")[0] - 5.0).abs() < 0.001);
}
