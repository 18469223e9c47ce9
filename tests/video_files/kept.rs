//! What is on the disk of a recording that goes on: a kill at any moment leaves it.

use std::path::Path;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use lesionscope::sink::Sink;
use lesionscope::sink::video::Origin;

use crate::clips::*;

/// Records for 2.6 s at a picture every `every`, as a run does; then counts what can be read and what should be.
fn kept(dir: &Path, every: Duration, live: bool) -> (usize, usize) {
    let file = dir.join(format!("{}-{live}.mp4", every.as_millis()));
    let mut sink = sink(&file, &Origin { sound: None, fps: Some(30.0), live });
    let (started, mut came) = (Instant::now(), Vec::new());
    while started.elapsed() < Duration::from_millis(2600) {
        if came.len() as u32 * every <= started.elapsed() {
            let pts = came.len() as u32 * every;
            came.push(Instant::now());
            sink.put(&flat(came.len() as u64, pts.as_millis() as u64, (64, 48), [90, 120, 30])).unwrap();
        } else {
            sleep(Duration::from_millis(10));
            sink.settle().unwrap();
        }
    }
    // Neither finished nor dropped: what is on the disk now is what a kill would leave.
    let kept_after = Duration::from_millis(if live { 1400 } else { 2000 });
    let due = came.iter().filter(|came| came.elapsed() > kept_after).count();
    let copy = file.with_extension("left.mp4");
    std::fs::copy(&file, &copy).unwrap();
    let times: Vec<_> = all(&mut open(&copy)).iter().map(|frame| frame.pts.as_secs_f64()).collect();
    // The very last may lack pictures that are coded from later ones.
    let sent: Vec<_> = (0..due).map(|i| i as f64 * every.as_secs_f64()).collect();
    near(times.get(..due).unwrap_or(&times), &sent, 0.001);
    sink.finish().unwrap();
    assert_eq!(all(&mut open(&file)).len(), came.len(), "every {every:?}, live {live}");
    (times.len(), due)
}

#[test]
fn what_is_older_than_a_second_is_on_the_disk_at_any_rate() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    scope(|scope| {
        for (millis, live) in
            [(5, false), (33, true), (33, false), (150, true), (150, false), (1000, true), (5000, true)]
        {
            scope.spawn(move || {
                let (kept, due) = kept(dir, Duration::from_millis(millis), live);
                assert!(kept >= due && due > 0, "every {millis} ms, live {live}: {kept} of {due}");
            });
        }
    });
}

/// Pictures come in bursts: the encoder is emptied between them and begins anew.
#[test]
fn an_encoder_that_begins_anew_leaves_no_seam() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for (encoder, live) in [("auto", false), ("auto", true), ("mpeg4", false)] {
        let file = dir.path().join(format!("{encoder}-{live}.mp4"));
        let settings = lesionscope::sink::video::VideoSinkSettings { encoder: encoder.to_owned(), ..sink_settings() };
        let pictures = lesionscope::sink::video::Pictures::Annotated;
        let origin = Origin { sound: None, fps: None, live };
        let mut sink = lesionscope::sink::video::VideoSink::create(&file, settings, pictures, &origin).unwrap();
        // Times that no rate explains; the last burst is slower than the gap that the encoder's delay makes.
        let times: Vec<u64> =
            (0..60).map(|i| i * 33 + i * i % 7 * 3 + if i > 40 { (i - 40) * 400 } else { 0 }).collect();
        for (i, millis) in times.iter().enumerate() {
            if [17, 18, 40, 45].contains(&i) {
                sleep(Duration::from_millis(if live { 850 } else { 1350 }));
                sink.settle().unwrap();
            }
            sink.put(&flat(i as u64, *millis, (64, 48), [(i * 4) as u8, 128, 128])).unwrap();
        }
        sink.finish().unwrap();
        let frames = all(&mut open(&file));
        let found: Vec<_> = frames.iter().map(|frame| frame.pts.as_secs_f64()).collect();
        near(&found, &times.iter().map(|millis| *millis as f64 / 1e3).collect::<Vec<_>>(), 0.001);
        for (i, frame) in frames.iter().enumerate() {
            let red = frame.pixels.get_pixel(30, 20)[0];
            assert!(red.abs_diff((i * 4) as u8) <= 12, "{encoder}, live {live}: picture {i} is {red}");
        }
        let decoding = numbers(&file, "v:0", "packet=dts_time");
        assert!(decoding.is_sorted(), "{decoding:?}");
    }
}
