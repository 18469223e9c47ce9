//! Network streams: silence, breaks, the request to stop.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use lesionscope::source::video::{VideoSettings, VideoSource};
use lesionscope::source::{Source, SourceError, Stop};

use crate::clips::*;
use crate::damage::refused;

#[test]
fn a_server_that_is_silent_or_absent_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let begun = Instant::now();
    for scheme in ["http", "rtsp"] {
        let sentence = refused(&format!("{scheme}://user:secret@127.0.0.1:{port}/cam"));
        assert!(sentence.contains("did not answer within 2 s"), "{sentence}");
        assert!(!sentence.contains("secret"), "{sentence}");
    }
    assert!(begun.elapsed() < Duration::from_secs(7), "{:?}", begun.elapsed());
    drop(silent);
    assert!(refused(&format!("http://127.0.0.1:{port}/cam")).contains("cannot be opened"));
}

/// A web server that sends `parts[i]` of a clip to its i-th visitor and then falls silent.
fn serve(clip: Vec<u8>, parts: &'static [f64]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}/clip.ts", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        let mut open: Vec<TcpStream> = Vec::new();
        for part in parts {
            let mut visitor = loop {
                let (mut visitor, _) = listener.accept().unwrap();
                let mut request = [0; 4096];
                assert!(visitor.read(&mut request).unwrap() > 0, "a request");
                if !request.starts_with(b"HEAD") {
                    break visitor;
                }
                // Asked how long it is: a stream does not say.
                visitor.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").ok();
            };
            let sent = (clip.len() as f64 * part) as usize;
            let head = "HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nConnection: close\r\n\r\n";
            // The reader may leave before all is sent.
            visitor.write_all(head.as_bytes()).and_then(|()| visitor.write_all(&clip[..sent])).ok();
            open.push(visitor);
        }
        std::thread::sleep(Duration::from_secs(20));
    });
    url
}

fn clip() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let clip =
        make(dir.path(), "clip.ts", "-f lavfi -i testsrc=s=160x120:r=25:d=8 -c:v libx264 -g 12 -pix_fmt yuv420p");
    std::fs::read(clip).unwrap()
}

#[test]
fn a_stream_is_live_and_stops_within_200_ms_of_the_request() {
    if !tools() {
        return;
    }
    let url = serve(clip(), &[0.8]);
    let settings = VideoSettings { timeout_s: 30.0, ..source_settings() };
    // Opening waits for enough of the stream; the server has fallen silent by then.
    let mut source = VideoSource::open(&url, &settings).unwrap();
    assert!(source.info().live && source.info().sound.is_none());
    let stop = Stop::default();
    let asked = stop.clone();
    let asking = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(2));
        asked.request();
        Instant::now()
    });
    let mut count = 0;
    while source.next_frame(&stop).unwrap().is_some() {
        count += 1;
    }
    let late = asking.join().unwrap().elapsed();
    assert!(count > 50, "{count} pictures before the silence");
    // 200 ms are promised; a machine under load gets some more.
    assert!(late < Duration::from_millis(400), "{late:?}");
}

#[test]
fn a_stream_that_breaks_is_picked_up_again_and_the_gap_counted() {
    if !tools() {
        return;
    }
    let url = serve(clip(), &[0.5, 1.0]);
    let settings = VideoSettings { timeout_s: 1.0, reconnect_s: 10.0, ..source_settings() };
    let mut source = VideoSource::open(&url, &settings).unwrap();
    let mut times = Vec::new();
    let broken = loop {
        match source.next_frame(&Stop::default()) {
            Ok(Some(frame)) if source.stats().gaps == 1 && times.len() > 200 => break frame,
            Ok(Some(frame)) => times.push(frame.pts),
            Ok(None) => panic!("ended after {} pictures", times.len()),
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(broken.index as usize, times.len());
    assert!(times.is_sorted() && broken.pts > times[times.len() - 1]);
    assert!(source.stats().gap_time > Duration::ZERO);
}

#[test]
fn a_stream_that_stays_away_fails_with_a_sentence() {
    if !tools() {
        return;
    }
    let url = serve(clip(), &[0.5]);
    let settings = VideoSettings { timeout_s: 1.0, reconnect_s: 0.5, ..source_settings() };
    let mut source = VideoSource::open(&url, &settings).unwrap();
    let error = loop {
        match source.next_frame(&Stop::default()) {
            Ok(Some(_)) => {}
            Ok(None) => panic!("ended in silence"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, SourceError::Lost { .. }) && error.to_string().contains("did not come back"), "{error}");
}

/// A web server that sends every visitor the same, then closes.
fn serves(kind: &'static str, body: Vec<u8>, path: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}/{path}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for visitor in listener.incoming() {
            let mut visitor = visitor.unwrap();
            assert!(visitor.read(&mut [0; 4096]).unwrap() > 0, "a request");
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            visitor.write_all(head.as_bytes()).and_then(|()| visitor.write_all(&body)).ok();
        }
    });
    url
}

#[test]
fn pictures_come_from_servers_whatever_the_address_ends_in() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let made = |name: &str, args: &str| {
        let args = format!("-f lavfi -i testsrc=s=160x120:r=25:d=0.4 {args}");
        std::fs::read(make(dir.path(), name, &args)).unwrap()
    };
    let still = made("a.jpg", "-frames:v 1");
    for path in ["snap.jpg", "snap.jpg?token=s3cret", "snap?name=a.jpg"] {
        let mut source = VideoSource::open(&serves("image/jpeg", still.clone(), path), &source_settings()).unwrap();
        assert!(source.info().stills && !source.info().live, "{path}");
        assert!(!source.info().label.contains("s3cret"));
        assert_eq!(all(&mut source).len(), 1, "{path}");
    }
    let parts = made("a.mpjpeg", "-c:v mjpeg -f mpjpeg -boundary_tag frame");
    let url = serves("multipart/x-mixed-replace;boundary=frame", parts, "video.jpg");
    let mut source = VideoSource::open(&url, &source_settings()).unwrap();
    assert!(!source.info().stills);
    assert!(source.next_frame(&Stop::default()).unwrap().is_some());
}

#[test]
fn a_playlist_of_a_server_never_reaches_files() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let clip = make(dir.path(), "private.ts", "-f lavfi -i testsrc=s=160x120:r=25:d=1 -c:v mpeg2video");
    for text in [
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\nfile://{0}\n#EXT-X-ENDLIST\n", clip.display()),
        format!("ffconcat version 1.0\nfile 'file:{}'\n", clip.display()),
        "\u{1b}[31mHELLO\u{1b}[0m\n".repeat(99),
    ] {
        for path in ["list.m3u8", "list.mp4", "list.ans"] {
            refused(&serves("application/vnd.apple.mpegurl", text.clone().into_bytes(), path));
        }
    }
}
