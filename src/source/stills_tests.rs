use super::*;
use crate::geometry::Size;
use image::Rgb;
use image::RgbImage;
use proptest::prelude::*;

fn save(folder: &Path, name: &str, width: u32, height: u32) -> PathBuf {
    let file = folder.join(name);
    RgbImage::from_pixel(width, height, Rgb([200, 150, 120])).save(&file).unwrap();
    file
}

fn all(source: &mut StillsSource) -> Vec<Frame> {
    std::iter::from_fn(|| source.next_frame(&Stop::default()).unwrap()).collect()
}

fn sentence(error: SourceError) -> String {
    assert!(error.is_unusable(), "should be refused before it fails: {error}");
    error.to_string()
}

#[test]
fn a_folder_is_read_in_natural_order_without_what_is_no_picture() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["shot10.png", "shot2.png", "shot1.bmp", "._shot3.png"] {
        save(dir.path(), "made.png", 3, 2);
        std::fs::rename(dir.path().join("made.png"), dir.path().join(name)).unwrap();
    }
    std::fs::write(dir.path().join("notes.txt"), "no picture").unwrap();
    let mut source = StillsSource::open(dir.path().to_str().unwrap()).unwrap();
    assert_eq!(source.info().frames, Some(3));
    assert!(source.info().stills && !source.info().live);
    let frames = all(&mut source);
    let names: Vec<_> =
        frames.iter().map(|f| f.file.as_ref().unwrap().file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(names, ["shot1.bmp", "shot2.png", "shot10.png"]);
    assert_eq!(frames[2].pts, Duration::from_secs(2));
    let notes = vec!["left out: 1 file that systems leave behind (._shot3.png)".to_owned()];
    assert_eq!(source.stats(), SourceStats { notes, ..SourceStats::default() });
}

#[test]
fn a_glob_finds_its_matches_and_says_so_when_there_are_none() {
    let dir = tempfile::tempdir().unwrap();
    save(dir.path(), "a.png", 2, 2);
    save(dir.path(), "b.jpg", 2, 2);
    let glob = dir.path().join("*.jpg").display().to_string();
    assert_eq!(all(&mut StillsSource::open(&glob).unwrap()).len(), 1);
    let none = dir.path().join("*.webp").display().to_string();
    assert!(sentence(StillsSource::open(&none).unwrap_err()).contains("matches no picture"));
}

#[test]
fn what_cannot_be_used_is_said_in_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let name = dir.path().to_str().unwrap();
    assert!(sentence(StillsSource::open(name).unwrap_err()).contains("holds no pictures"));
    let missing = dir.path().join("no.jpg").display().to_string();
    assert!(sentence(StillsSource::open(&missing).unwrap_err()).contains("no such file"));
    std::fs::write(dir.path().join("text.jpg"), "dear all").unwrap();
    let text = dir.path().join("text.jpg").display().to_string();
    let error = StillsSource::open(&text).unwrap().next_frame(&Stop::default()).unwrap_err();
    assert!(sentence(error).contains("text.jpg cannot be read: it is not a picture"));
}

#[test]
fn an_unreadable_picture_among_others_is_skipped_and_named() {
    let dir = tempfile::tempdir().unwrap();
    save(dir.path(), "a.png", 2, 2);
    let whole = std::fs::read(save(dir.path(), "b.png", 90, 90)).unwrap();
    std::fs::write(dir.path().join("b.png"), &whole[..whole.len() / 2]).unwrap();
    save(dir.path(), "c.png", 2, 2);
    let mut source = StillsSource::open(dir.path().to_str().unwrap()).unwrap();
    let frames = all(&mut source);
    assert_eq!(frames.iter().map(|f| f.index).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(source.stats().unreadable, 1);
    assert!(source.unreadable()[0].0.ends_with("b.png"));
    let notes = source.stats().notes;
    assert!(
        matches!(notes.as_slice(), [one] if one.starts_with("could not be read: ") && one.contains("b.png: ")),
        "{notes:?}"
    );
}

/// What is no picture, what cannot be one, and what holds more than one: all is counted and named.
#[test]
fn what_is_left_out_of_a_folder_is_told() {
    let dir = tempfile::tempdir().unwrap();
    save(dir.path(), "a.png", 2, 2);
    for name in ["b.mp4", "c.dng", ".DS_Store"] {
        std::fs::write(dir.path().join(name), "x").unwrap();
    }
    std::fs::write(dir.path().join("d.heic"), b"\0\0\0\x14ftypheic\0\0\0\0mif1").unwrap();
    std::fs::create_dir(dir.path().join("e.jpg")).unwrap();
    for name in ["f.gif", "g.gif"] {
        let mut encoder = image::codecs::gif::GifEncoder::new(std::fs::File::create(dir.path().join(name)).unwrap());
        encoder.encode_frames((0..2).map(|_| image::Frame::new(image::RgbaImage::new(4, 4)))).unwrap();
    }
    let mut source = StillsSource::open(dir.path().to_str().unwrap()).unwrap();
    assert_eq!(all(&mut source).len(), 3);
    let notes = source.stats().notes.join("\n");
    for part in [
        "1 film (b.mp4)",
        "1 picture of a kind that is not read here (c.dng)",
        "1 file that systems leave behind (.DS_Store)",
        "1 picture's name that is no file (e.jpg)",
        "d.heic: it is a HEIC picture",
        "2 pictures (f.gif, g.gif), each: it is animated",
    ] {
        assert!(notes.contains(part), "{part}: {notes}");
    }
    // A folder without any says the same.
    std::fs::remove_file(dir.path().join("a.png")).unwrap();
    let glob = dir.path().join("[bc]*").display().to_string();
    assert!(sentence(StillsSource::open(&glob).unwrap_err()).contains("1 film (b.mp4)"));
}

#[test]
fn sizes_from_1x1_to_8000x6000_work_and_absurd_ones_are_refused_undecoded() {
    let dir = tempfile::tempdir().unwrap();
    for (name, width, height) in [("small.jpg", 1, 1), ("large.ppm", 8000, 6000)] {
        let file = save(dir.path(), name, width, height);
        let mut source = StillsSource::open(file.to_str().unwrap()).unwrap();
        assert_eq!(source.info().size, Some(Size { width, height }));
        assert_eq!(all(&mut source)[0].size(), Size { width, height });
    }
    let huge = dir.path().join("huge.pgm");
    std::fs::write(&huge, "P5 60000 60000 255\n").unwrap();
    let error = StillsSource::open(huge.to_str().unwrap()).unwrap().next_frame(&Stop::default()).unwrap_err();
    assert!(sentence(error).contains("60000x60000 px"));
}

/// A JPEG with an EXIF orientation of 6: its top right corner was stored at the top left.
#[test]
fn exif_orientation_is_applied() {
    let dir = tempfile::tempdir().unwrap();
    let mut picture = RgbImage::from_pixel(32, 16, Rgb([0, 0, 0]));
    for (_, _, pixel) in picture.enumerate_pixels_mut().filter(|(x, _, _)| *x < 8) {
        *pixel = Rgb([255, 255, 255]);
    }
    let file = dir.path().join("turned.jpg");
    picture.save(&file).unwrap();
    let plain = std::fs::read(&file).unwrap();
    let mut exif = b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
    exif.splice(0..0, plain[..2].iter().copied());
    exif.extend_from_slice(&plain[2..]);
    std::fs::write(&file, exif).unwrap();
    let mut source = StillsSource::open(file.to_str().unwrap()).unwrap();
    assert_eq!(source.info().size, Some(Size { width: 16, height: 32 }));
    let frame = all(&mut source).remove(0);
    assert_eq!(frame.size(), Size { width: 16, height: 32 });
    assert!(frame.pixels.get_pixel(8, 2)[0] > 200, "the white left edge is at the top");
    assert!(frame.pixels.get_pixel(8, 28)[0] < 50);
}

#[test]
fn a_stop_ends_it() {
    let dir = tempfile::tempdir().unwrap();
    save(dir.path(), "a.png", 2, 2);
    let stop = Stop::default();
    stop.request();
    assert!(StillsSource::open(dir.path().to_str().unwrap()).unwrap().next_frame(&stop).unwrap().is_none());
}

proptest! {
    #[test]
    fn numbers_sort_as_numbers(a in 0u64..100_000, b in 0u64..100_000) {
        prop_assert_eq!(natural(&format!("x{a}.png"), &format!("x{b}.png")), a.cmp(&b));
    }

    #[test]
    fn natural_order_is_an_order(mut names in prop::collection::vec("[a01.é]{0,6}", 3)) {
        names.sort_by(|a, b| natural(a, b));
        for (i, a) in names.iter().enumerate() {
            for b in names.iter().skip(i) {
                prop_assert!(natural(a, b).is_le());
                prop_assert_eq!(natural(a, b), natural(b, a).reverse());
            }
        }
    }
}
