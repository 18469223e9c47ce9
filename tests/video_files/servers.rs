//! Films, stills and playlists of web servers, however these say how long they are.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lesionscope::pictures;
use lesionscope::source::Source;
use lesionscope::source::video::VideoSource;

use crate::clips::*;
use crate::damage::refused;

/// A web server of the files in a folder. The first part of a path says how: `len` with a length, `nolen` without one, closing the connection
/// at the end; `chunked` in pieces; `moved` sends to `len`; `locked` wants the user `me` with the password `p@ss`.
struct Server {
    address: String,
    visits: Arc<AtomicUsize>,
}

impl Server {
    fn of(folder: &Path) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
        let visits = Arc::new(AtomicUsize::new(0));
        let (folder, counted) = (folder.to_owned(), Arc::clone(&visits));
        std::thread::spawn(move || {
            for visitor in listener.incoming() {
                counted.fetch_add(1, Ordering::SeqCst);
                let folder = folder.clone();
                // A reader may leave before all is sent.
                std::thread::spawn(move || answer(visitor.unwrap(), &folder).ok());
            }
        });
        Server { address, visits }
    }

    fn open(&self, path: &str) -> VideoSource {
        let url = format!("http://{}/{path}", self.address);
        VideoSource::open(&url, &source_settings()).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

fn answer(mut visitor: TcpStream, folder: &Path) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        visitor.read_exact(&mut byte)?;
        request.extend(byte);
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let mut words = request.split_whitespace();
    let (asked, path) = (words.next().unwrap(), words.next().unwrap());
    let (how, name) = path.trim_start_matches('/').split_once('/').unwrap();
    if how == "moved" {
        let place = format!("/len/{name}");
        return write!(
            visitor,
            "HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
    if how == "locked" && !request.contains("Authorization: Basic bWU6cEBzcw==") {
        let head = "WWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        return write!(visitor, "HTTP/1.1 401 Unauthorized\r\n{head}");
    }
    let Ok(body) = std::fs::read(folder.join(name)) else {
        return write!(visitor, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    let length = match how {
        "nolen" => String::new(),
        "chunked" => "Transfer-Encoding: chunked\r\n".to_owned(),
        _ => format!("Content-Length: {}\r\n", body.len()),
    };
    write!(visitor, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n{length}Connection: close\r\n\r\n")?;
    if asked == "HEAD" {
        return Ok(());
    }
    if how != "chunked" {
        return visitor.write_all(&body);
    }
    for piece in body.chunks(5000) {
        write!(visitor, "{:x}\r\n", piece.len())?;
        visitor.write_all(piece)?;
        visitor.write_all(b"\r\n")?;
    }
    visitor.write_all(b"0\r\n\r\n")
}

const FILM: &str = "-f lavfi -i testsrc=s=160x120:r=25:d=2 -pix_fmt yuv420p";

#[test]
fn films_of_servers_are_films_however_their_length_is_said() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for (name, args) in [
        ("a.ts", "-c:v libx264"),
        ("a.mp4", "-c:v libx264 -movflags +faststart"),
        ("a.webm", "-c:v libvpx"),
        ("a.avi", "-c:v mpeg4"),
        ("a.flv", "-c:v flv"),
        ("a.h264", "-c:v libx264"),
    ] {
        make(dir.path(), name, &format!("{FILM} {args}"));
        let server = Server::of(dir.path());
        for how in ["len", "nolen", "chunked", "moved"] {
            let mut source = server.open(&format!("{how}/{name}"));
            assert!(!source.info().live && !source.info().stills, "{how} {name}");
            assert_eq!(all(&mut source).len(), 50, "{how} {name}");
            assert_eq!((source.stats().ended_early, source.stats().gaps), (None, 0), "{how} {name}");
        }
    }
}

#[test]
fn a_film_behind_a_password_is_a_film() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), "a.ts", &format!("{FILM} -c:v libx264"));
    let server = Server::of(dir.path());
    let url = format!("http://me:p@ss@{}/locked/a.ts", server.address);
    let mut source = VideoSource::open(&url, &source_settings()).unwrap();
    assert!(!source.info().live && !source.info().label.contains("p@ss"));
    assert_eq!(all(&mut source).len(), 50);
}

#[test]
fn what_nobody_knows_the_length_of_is_said_to_be_so() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), "a.ts", &format!("{FILM} -c:v libx264"));
    let server = Server::of(dir.path());
    let mut source = server.open("nolen/a.ts");
    all(&mut source);
    assert!(source.stats().notes.iter().any(|note| note.contains("whether it is whole cannot be told")));
    let mut source = server.open("len/a.ts");
    all(&mut source);
    assert_eq!(source.stats().notes, Vec::<String>::new());
}

/// A PNG whose samples are said to be linear: colours that are taken as they stand are far too dark.
fn linear_png(file: &Path) {
    let picture = image::RgbImage::from_fn(60, 40, |x, y| image::Rgb([(x * 4) as u8, (y * 6) as u8, 90]));
    picture.save(file).unwrap();
    let bytes = std::fs::read(file).unwrap();
    let mut chunk = b"gAMA".to_vec();
    chunk.extend(100_000_u32.to_be_bytes());
    let sum = !chunk.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| sum >> 1 ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 })
    });
    // Behind the signature and the header.
    let (head, rest) = bytes.split_at(33);
    let made = [head, &4_u32.to_be_bytes(), &chunk, &sum.to_be_bytes(), rest].concat();
    std::fs::write(file, made).unwrap();
}

#[test]
fn stills_of_servers_and_pipes_are_read_as_those_of_files() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    linear_png(&dir.path().join("linear.png"));
    for name in ["a.jpg", "a.bmp"] {
        make(dir.path(), name, "-f lavfi -i testsrc=s=160x120:r=25:d=1 -frames:v 1");
    }
    for name in ["linear.png", "a.jpg", "a.bmp"] {
        let file = dir.path().join(name);
        let expect = pictures::open(&file).unwrap();
        for how in ["len", "nolen", "chunked", "moved"] {
            let server = Server::of(dir.path());
            let mut source = server.open(&format!("{how}/{name}"));
            assert!(source.info().stills && !source.info().live, "{how} {name}");
            assert_eq!((source.info().frames, source.info().size), (Some(1), Some(expect.pixels.dimensions().into())));
            let frames = all(&mut source);
            assert!(frames.len() == 1 && frames[0].pixels == expect.pixels, "{how} {name}");
            assert_eq!((source.stats().ended_early, source.stats().notes.len()), (None, expect.notes.len()));
            assert!(server.visits.load(Ordering::SeqCst) < 8, "{how} {name}: the server is flooded");
        }
        let mut piped = VideoSource::open(&pipe(&file), &source_settings()).unwrap();
        let frames = all(&mut piped);
        assert!(piped.info().stills && frames.len() == 1 && frames[0].pixels == expect.pixels, "{name}");
    }
}

/// A pipe through which a file comes.
fn pipe(file: &Path) -> String {
    let (pipe, file) = (PathBuf::from(format!("{}.pipe", file.display())), file.to_owned());
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let to = pipe.clone();
    std::thread::spawn(move || std::fs::write(to, std::fs::read(file).unwrap()).ok());
    pipe.to_str().unwrap().to_owned()
}

#[test]
fn cut_stills_of_servers_and_pipes_are_refused() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = make(dir.path(), "cut.jpg", "-f lavfi -i testsrc=s=320x240:r=25:d=1 -frames:v 1");
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() * 6 / 10]).unwrap();
    let why = pictures::open(&file).unwrap_err();
    let server = Server::of(dir.path());
    for how in ["len", "nolen"] {
        let sentence = refused(&format!("http://{}/{how}/cut.jpg", server.address));
        assert!(sentence.contains("cut.jpg cannot be read") && sentence.contains(&why), "{sentence}");
    }
    assert!(refused(&pipe(&file)).contains(&why));
}

#[test]
fn a_playlist_of_which_a_part_is_missing_says_so() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let input = "-f lavfi -i testsrc=s=160x120:r=25:d=8 -pix_fmt yuv420p -c:v libx264 -g 50 -bf 0";
    let list = "-f hls -hls_time 2 -hls_playlist_type vod -hls_segment_filename part%d.ts";
    let list = make(dir.path(), "list.m3u8", &format!("{input} {list}"));
    let server = Server::of(dir.path());
    let mut whole = server.open("len/list.m3u8");
    assert!(!whole.info().live);
    assert_eq!(all(&mut whole).len(), 200);
    assert_eq!(whole.stats().ended_early, None);
    let text = std::fs::read_to_string(&list).unwrap();
    for (part, words) in [(1, "parts of it could not be fetched"), (3, "that it announces")] {
        std::fs::write(&list, text.replace(&format!("part{part}.ts"), "missing.ts")).unwrap();
        let mut source = server.open("len/list.m3u8");
        // Packets that wait for their end where the part is missing are taken for damaged.
        let count = all(&mut source).len();
        assert!((148..=150).contains(&count), "part {part}: {count}");
        let sentence = source.stats().ended_early.unwrap_or_else(|| panic!("part {part} is not missed"));
        assert!(sentence.contains(words), "{sentence}");
    }
}
