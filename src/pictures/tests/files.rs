//! Which files are pictures, and what they hold besides the first one.

use std::process::Command;

use image::codecs::gif::GifEncoder;
use image::{Frame, RgbaImage};

use super::super::{is_picture, is_still, left_out, left_out_of, more};
use super::*;

fn gif(pictures: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    let frames = (0..pictures).map(|i| Frame::new(RgbaImage::from_pixel(9, 7, image::Rgba([i as u8 * 40, 0, 0, 255]))));
    encoder.encode_frames(frames).unwrap();
    drop(encoder);
    bytes
}

#[test]
fn names_and_contents_tell_pictures() {
    for name in ["a.JPG", "a.jfif", "a.tga", "a.jp2", "a.avif", "a.heic", "a.HEIF", "a.gif"] {
        assert!(is_picture(Path::new(name)), "{name}");
    }
    for name in ["._a.jpg", ".DS_Store", "Thumbs.db", "a.mp4", "a", "a.txt"] {
        assert!(!is_picture(Path::new(name)), "{name}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| written(folder.path(), name, bytes);
    let picture = DynamicImage::from(busy(20, 10));
    assert!(is_still(&file("no-ending", &coded(&picture, "a.png"))));
    assert!(is_still(&file("one.gif", &gif(1))));
    assert!(!is_still(&file("film.gif", &gif(3))));
    assert!(is_still(&file("a.tga", &coded(&picture, "a.tga"))));
    assert!(!is_still(&file("film.mjpeg", &coded(&picture, "a.jpg"))));
    assert!(!is_still(&file("text.jpg", b"dear all")));
    assert!(!is_still(&file("clip", b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41")));
    assert!(is_still(&file("still", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf")));
    assert!(!is_still(folder.path()));
}

#[test]
fn what_has_no_end_is_no_picture() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.jpg");
    if Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        assert_eq!(open(&pipe).unwrap_err(), "it is no file");
        assert!(!is_still(&pipe));
    }
    #[cfg(unix)]
    {
        let zeros = folder.path().join("zeros.png");
        std::os::unix::fs::symlink("/dev/zero", &zeros).unwrap();
        assert_eq!(open(&zeros).unwrap_err(), "it is no file");
        let round = folder.path().join("round.png");
        std::os::unix::fs::symlink(&round, &round).unwrap();
        assert!(open(&round).is_err());
    }
}

#[test]
fn further_pictures_are_counted_and_said() {
    assert_eq!(more::pictures_of_gif(&gif(4)), 4);
    let still = opened("film.gif", &gif(4)).unwrap();
    assert_eq!(still.notes, ["it is animated: 3 further pictures of it are not looked at"]);
    assert!(opened("one.gif", &gif(1)).unwrap().notes.is_empty());
    // The chunks of an animated WebP and PNG, and the directories of a TIFF, as far as they are looked at.
    let chunk = |kind: &[u8], length: u32| [kind, &length.to_le_bytes(), &vec![0; length as usize]].concat();
    let webp = [b"RIFF\0\0\0\0WEBP".to_vec(), chunk(b"VP8X", 10), chunk(b"ANMF", 24), chunk(b"ANMF", 24)].concat();
    assert_eq!(more::of_webp(&webp).frames, 1);
    let tiff = |pages: usize| {
        let mut bytes = b"II\x2a\0\x08\0\0\0".to_vec();
        for page in 1..=pages {
            let next = if page < pages { bytes.len() as u32 + 6 } else { 0 };
            bytes.extend([0, 0]);
            bytes.extend(next.to_le_bytes());
        }
        bytes
    };
    assert_eq!(more::of_tiff(&tiff(1)).pages, 0);
    assert_eq!(more::of_tiff(&tiff(5)).pages, 4);
    // A directory that is its own successor.
    assert_eq!(more::of_tiff(b"II\x2a\0\x08\0\0\0\0\0\x08\0\0\0").pages, 0);
}

#[test]
fn what_is_left_out_of_a_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = ["._a.jpg", ".DS_Store", "clip.MP4", "raw.dng", "notes.txt"]
        .map(|name| written(folder.path(), name, b"x"))
        .into_iter()
        .chain([folder.path().join("gone.jpg")])
        .collect();
    assert_eq!(
        left_out(&paths),
        [
            "left out: 1 film (clip.MP4); a film is a source of its own",
            "left out: 1 picture of a kind that is not read here (raw.dng)",
            "left out: 1 picture's name that is no file (gone.jpg)",
            "left out: 2 files that systems leave behind (._a.jpg, .DS_Store)",
        ]
    );
}

#[test]
fn pictures_of_other_kinds_and_without_an_ending_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let jpeg = coded(&busy(20, 10).into(), "a.jpg");
    for (name, bytes) in [
        ("x.pcx", &b"x"[..]),
        ("x.sgi", b"x"),
        ("x.dds", b"x"),
        ("x.pdf", b"x"),
        ("x.eps", b"x"),
        ("f", &jpeg),
        ("README", b"x"),
    ] {
        written(folder.path(), name, bytes);
    }
    assert_eq!(
        left_out_of(folder.path()),
        [
            "left out: 5 pictures of kinds that are not read here (x.dds, x.eps, x.pcx, x.pdf, x.sgi)",
            "left out: 1 picture whose name has no ending (f); add one, .jpg say",
        ]
    );
    // Two JPEGs one behind the other, as cameras with two lenses store them.
    let both = written(folder.path(), "both.mpo", &[&jpeg[..], &jpeg].concat());
    assert!(is_picture(&both) && is_still(&both));
    assert_eq!(open(&both).unwrap().pixels, opened("a.jpg", &jpeg).unwrap().pixels);
}

#[test]
fn a_heic_says_what_to_do() {
    let error = opened("photo.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x08mdat").unwrap_err();
    assert!(error.contains("HEIC") && error.contains("make JPEG"), "{error}");
}

/// AVIF and JPEG 2000 by ffmpeg, where that has the encoders.
#[test]
fn stills_that_libav_decodes_are_read_and_refused_when_cut() {
    let folder = tempfile::tempdir().unwrap();
    let card_file = written(folder.path(), "card.png", &coded(&card(CARD).into(), "card.png"));
    for (name, options) in [
        ("card.avif", &["-c:v", "libaom-av1", "-still-picture", "1", "-crf", "5", "-pix_fmt", "yuv444p"][..]),
        ("card.jp2", &["-c:v", "jpeg2000", "-pix_fmt", "rgb24", "-pred", "dwt53"]),
    ] {
        let made = folder.path().join(name);
        let done = Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(&card_file).args(options).arg(&made).status();
        if !done.is_ok_and(|status| status.success()) {
            println!("skipped: no ffmpeg that makes {name}");
            continue;
        }
        let still = open(&made).unwrap();
        assert!(apart(fields(&still.pixels), CARD) <= 6, "{name}: {:?}", fields(&still.pixels));
        assert!(is_still(&made));
        let whole = std::fs::read(&made).unwrap();
        for length in (1..20).map(|part| whole.len() * part / 20) {
            let cut = opened(name, &whole[..length]);
            assert!(cut.is_err_and(|error| !error.is_empty()), "{name} cut to {length} of {}", whole.len());
        }
    }
}
