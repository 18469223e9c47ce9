//! Films whose clock makes no sense, films through pipes and from web servers: every picture, each at its time, with the sound beside it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lesionscope::sink::Sink;
use lesionscope::source::{Source, Stop};

use crate::clips::*;

const INPUT: &str = "-f lavfi -i testsrc=s=64x48:r=25:d=2 -f lavfi -i sine=d=2 -pix_fmt yuv420p -c:v libx264 -g 25";

/// 0, 0.04, 0.08 ... s.
fn paced(count: usize) -> Vec<f64> {
    (0..count).map(|i| i as f64 / 25.0).collect()
}

/// Where the notes of sound lie that is nothing but a beep at every second, s.
fn beeps(file: &Path) -> Vec<f64> {
    let filter = "silencedetect=noise=-30dB:d=0.05";
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-i"]).arg(file).args(["-af", filter, "-vn", "-f", "null", "-"]);
    let done = command.output().unwrap();
    let text = String::from_utf8_lossy(&done.stderr).into_owned();
    let ends = text.lines().filter_map(|line| line.split_once("silence_end: "));
    ends.filter_map(|(_, rest)| rest.split(' ').next()?.parse().ok()).collect()
}

fn offset(times: &[f64]) -> Vec<f64> {
    times.iter().map(|time| time - times[0]).collect()
}

#[test]
fn a_clock_that_does_not_begin_at_zero_is_no_cut() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let clip = make(dir.path(), "late.mkv", &format!("{INPUT} -c:a aac -output_ts_offset 4"));
    let mut source = open(&clip);
    assert_eq!(all(&mut source).len(), 50);
    assert_eq!(source.stats(), Default::default());
    assert!(source.info().frames.is_some_and(|frames| (48..=52).contains(&frames)), "{:?}", source.info().frames);
}

#[test]
fn a_clock_that_steps_back_or_jumps_goes_on_at_the_films_pace_with_its_sound() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    // A beep at every second, so that a step in the sound can be heard.
    let input = "-f lavfi -i testsrc=s=64x48:r=25:d=2 -f lavfi -i aevalsrc=sin(2000*t)*lt(mod(t\\,1)\\,0.2)*gt(t\\,0.5):d=2:s=44100 \
                 -pix_fmt yuv420p -c:v libx264 -g 25 -c:a aac -muxdelay 0 -mpegts_flags +initial_discontinuity";
    for (name, second) in [("back.ts", 9.2), ("same.ts", 10.0), ("on.ts", 40.0), ("far.ts", 9000.0)] {
        let mut bytes = Vec::new();
        for at in [10.0, second] {
            let part = make(dir.path(), "part.ts", &format!("{input} -output_ts_offset {at}"));
            bytes.extend(std::fs::read(part).unwrap());
        }
        let clip = dir.path().join(name);
        std::fs::write(&clip, bytes).unwrap();
        let mut source = open(&clip);
        let frames = all(&mut source);
        let found: Vec<f64> = frames.iter().map(|frame| frame.pts.as_secs_f64()).collect();
        near(&offset(&found), &paced(100), 0.002);
        let notes = source.stats().notes;
        assert!(notes.len() == 1 && notes[0].contains(name) && notes[0].contains("own pace: 1"), "{notes:?}");
        assert_eq!(source.stats().ended_early, None, "{name}");
        let (made, _, warnings) = copy(&clip, usize::MAX);
        assert_eq!(warnings, Vec::<String>::new(), "{name}");
        near(&offset(&times(&made)), &paced(100), 0.002);
        // Beeps at 1 and 3 s of the film.
        let lead = found[0];
        // Silence that lasts to the end is said to end there.
        let heard: Vec<f64> = beeps(&made).into_iter().filter(|at| *at < 3.9).collect();
        near(&heard, &[1.0 + lead, 3.0 + lead], 0.06);
    }
}

#[test]
fn a_single_wild_stamp_moves_nothing_else() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for (name, wild) in [("ahead.mkv", "PTS+70000/TB"), ("near.mkv", "PTS+1.5/TB")] {
        make(dir.path(), "plain.mkv", &format!("{INPUT} -bf 0 -c:a aac"));
        let args = format!("-i plain.mkv -c copy -bsf:v setts=pts=if(eq(N\\,20)\\,{wild}\\,PTS):dts=DTS -copyts");
        let clip = make(dir.path(), name, &args);
        let (made, sent, warnings) = copy(&clip, usize::MAX);
        near(&offset(&sent), &paced(50), 0.002);
        near(&offset(&times(&made)), &paced(50), 0.002);
        assert_eq!(warnings, Vec::<String>::new(), "{name}");
        let mut source = open(&clip);
        all(&mut source);
        assert!(source.stats().notes.iter().any(|note| note.contains("between their neighbours: 1")), "{name}");
    }
}

/// ffmpeg mends what follows a wild stamp: one tick more for every picture.
#[test]
fn stamps_that_were_mended_behind_a_wild_one_make_no_heap_of_pictures() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), "plain.ts", &format!("{INPUT} -bf 0"));
    for name in ["mended.ts", "mended.mp4"] {
        let wild = |of: &str| format!("if(eq(N\\,20)\\,{of}+90000*40\\,{of})");
        let args = format!("-i plain.ts -an -c copy -bsf:v setts=pts={}:dts={}", wild("PTS"), wild("DTS"));
        let clip = make(dir.path(), name, &args);
        assert!(times(&clip).windows(2).any(|two| two[1] - two[0] < 0.001), "{name} was mended");
        let mut source = open(&clip);
        let found: Vec<f64> = all(&mut source).iter().map(|frame| frame.pts.as_secs_f64()).collect();
        near(&offset(&found), &paced(50), 0.002);
        let stats = source.stats();
        assert!(stats.notes.len() == 1 && stats.notes[0].contains("clock stood still: 2"), "{name}: {:?}", stats.notes);
        assert_eq!(stats.ended_early, None, "{name}");
    }
}

#[test]
fn a_film_with_true_pauses_keeps_them() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for name in ["phone.mp4", "screen.mkv"] {
        let args = "-f lavfi -i testsrc=s=64x48:r=25:d=2 -vf setpts=PTS+if(gt(N\\,20)\\,5/TB\\,0)+if(gt(N\\,30)\\,0.3/TB\\,0) -vsync vfr \
                    -pix_fmt yuv420p -c:v libx264 -bf 0";
        let clip = make(dir.path(), name, args);
        let wanted = times(&clip);
        assert!(wanted[49] > 7.0, "{wanted:?}");
        let mut source = open(&clip);
        let found: Vec<f64> = all(&mut source).iter().map(|frame| frame.pts.as_secs_f64()).collect();
        near(&found, &wanted, 0.0005);
        assert_eq!(source.stats(), Default::default(), "{name}");
    }
}

#[test]
fn a_pipe_gives_every_picture_and_its_sound() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let clip = make(dir.path(), "clip.ts", &format!("{INPUT} -c:a aac"));
    let pipe = dir.path().join("pipe.ts");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut cat = Command::new("cp").arg(&clip).arg("/dev/stdout").stdout(Stdio::piped()).spawn().unwrap();
    let mut from = cat.stdout.take().unwrap();
    let to = pipe.clone();
    let pouring = std::thread::spawn(move || {
        let mut to = std::fs::OpenOptions::new().write(true).open(to).unwrap();
        std::io::copy(&mut from, &mut to).unwrap()
    });
    let (made, sent, warnings) = copy(&pipe, usize::MAX);
    assert_eq!(pouring.join().unwrap(), std::fs::metadata(&clip).unwrap().len(), "all of it was read");
    cat.wait().unwrap();
    assert_eq!((sent.len(), warnings.len()), (50, 0), "{warnings:?}");
    assert_eq!(probe(&made, "a:0", "stream=codec_name"), ["aac"]);
    let packets = |file| numbers(file, "a:0", "packet=size").len();
    assert_eq!(packets(&made), packets(&clip));
}

/// A web server for files of a folder; `share` of each is sent. Gives the address before the names.
fn serve(dir: &Path, share: f64) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let dir = dir.to_owned();
    std::thread::spawn(move || {
        for visitor in listener.incoming() {
            let mut visitor = visitor.unwrap();
            let mut line = String::new();
            let mut lines = BufReader::new(visitor.try_clone().unwrap());
            lines.read_line(&mut line).unwrap();
            while lines.read_line(&mut String::new()).unwrap() > 2 {}
            let name = line.split(' ').nth(1).unwrap().trim_start_matches('/').to_owned();
            let Ok(bytes) = std::fs::read(dir.join(name)) else {
                visitor.write_all(b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n").ok();
                continue;
            };
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len());
            let sent = if line.starts_with("HEAD") { 0 } else { (bytes.len() as f64 * share) as usize };
            std::thread::spawn(move || {
                // The reader may leave before all is sent.
                visitor.write_all(head.as_bytes()).and_then(|()| visitor.write_all(&bytes[..sent])).ok();
            });
        }
    });
    url
}

fn served(dir: &Path) -> Vec<PathBuf> {
    let clip = make(dir, "a.mp4", &format!("{INPUT} -c:a aac -movflags +faststart"));
    let more = ["a.ts", "a.mkv", "list.m3u8"];
    let made = more.map(|name| make(dir, name, "-i a.mp4 -c copy -hls_time 1 -hls_list_size 0"));
    [clip].into_iter().chain(made).collect()
}

#[test]
fn what_a_web_server_has_whole_is_a_film() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let clips = served(dir.path());
    let url = serve(dir.path(), 1.0);
    for clip in clips {
        let name = clip.file_name().unwrap().to_str().unwrap();
        let mut source = open(Path::new(&format!("{url}/{name}")));
        assert!(!source.info().live, "{name}");
        let origin = lesionscope::sink::video::Origin {
            sound: source.info().sound.clone(),
            fps: source.info().fps,
            live: false,
        };
        let file = dir.path().join("copy.mp4");
        let mut recording = sink(&file, &origin);
        let mut count = 0;
        while let Some(frame) = source.next_frame(&Stop::default()).unwrap() {
            recording.put(&rendered(frame)).unwrap();
            count += 1;
        }
        recording.finish().unwrap();
        assert_eq!(count, 50, "{name}");
        assert_eq!(source.stats(), Default::default(), "{name}");
        assert_eq!(probe(&file, "a:0", "stream=codec_name"), ["aac"], "{name}");
    }
}

#[test]
fn a_connection_that_breaks_off_is_not_the_end_of_the_film() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let clips = served(dir.path());
    let url = serve(dir.path(), 0.6);
    for clip in clips.iter().filter(|clip| !clip.ends_with("list.m3u8")) {
        let name = clip.file_name().unwrap().to_str().unwrap();
        let mut source = open(Path::new(&format!("{url}/{name}")));
        let frames = all(&mut source);
        assert!((10..48).contains(&frames.len()), "{name}: {}", frames.len());
        let sentence = source.stats().ended_early.unwrap_or_else(|| panic!("{name} does not say that it was cut"));
        assert!(sentence.contains(name), "{sentence}");
    }
}
