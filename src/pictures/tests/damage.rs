//! Files that are cut off or damaged: refused, or read as if they were whole; never in part without a word.

use super::super::ends;
use super::flat::Flat;
use super::*;

/// Cuts a file at many places; each is refused or shows the same.
fn cut_everywhere(name: &str, whole: &[u8]) {
    let wanted = opened(name, whole).unwrap().pixels;
    let step = (whole.len() / 150).max(1);
    for length in (0..whole.len()).step_by(step).chain(whole.len().saturating_sub(20)..whole.len()) {
        if let Ok(still) = opened(name, &whole[..length]) {
            assert!(still.pixels == wanted, "{name} cut to {length} of {} bytes", whole.len());
        }
    }
    let half = opened(name, &whole[..whole.len() / 2]);
    assert!(half.is_err(), "{name}: half of it is refused");
}

#[test]
fn cut_files_are_refused() {
    let picture = DynamicImage::from(busy(97, 61));
    for name in ["a.jpg", "a.png", "a.bmp", "a.tif", "a.webp", "a.gif", "a.ppm", "a.tga"] {
        cut_everywhere(name, &coded(&picture, name));
    }
    cut_everywhere("grey.jpg", &coded(&picture.to_luma8().into(), "grey.jpg"));
    cut_everywhere("alpha.png", &coded(&picture.to_rgba16().into(), "alpha.png"));
    for (samples, blocks, restart) in [(&[90, 100, 110][..], 30, 0), (&[90, 100, 110], 30, 4), (&[90], 25, 1)] {
        let flat = Flat { samples, adobe: None, blocks, restart };
        cut_everywhere("flat.jpg", &flat.baseline());
        if restart == 0 {
            cut_everywhere("progressive.jpg", &flat.progressive());
        }
    }
}

#[test]
fn a_gif_that_was_cut_is_known_by_its_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let mut whole = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut whole);
    let pictures = (0..5).map(|i| image::Frame::new(DynamicImage::from(busy(40, 30)).huerotate(i * 50).into_rgba8()));
    encoder.encode_frames(pictures).unwrap();
    drop(encoder);
    let is_cut = |bytes: &[u8]| is_cut_gif(&written(folder.path(), "a.gif", bytes));
    assert!(!is_cut(&whole));
    assert!(!is_cut(&whole[..whole.len() - 1]), "some writers leave the mark of the end out");
    // One that ends between two blocks may be one without its mark.
    let cuts = (1..20).filter(|part| is_cut(&whole[..whole.len() * part / 20])).count();
    assert!(cuts >= 18, "{cuts} of 19");
    assert!(!is_cut(b"no GIF"));
}

#[test]
fn pictures_that_come_without_a_file_are_read_as_files_are() {
    let picture = DynamicImage::from(busy(97, 61));
    for name in ["a.jpg", "a.png", "a.bmp", "a.tif", "a.webp", "a.gif", "a.ppm"] {
        let bytes = coded(&picture, name);
        assert!(begins(&bytes) && from_bytes(&bytes).unwrap().pixels == opened(name, &bytes).unwrap().pixels, "{name}");
        let cut = &bytes[..bytes.len() / 2];
        assert_eq!(from_bytes(cut).unwrap_err(), opened(name, cut).unwrap_err(), "{name}");
    }
    assert!(!begins(b"Dear all"));
    assert!(from_bytes(b"\0\0\0\x18ftypavif\0\0\0\0avifmif1").unwrap_err().contains("as a file only"));
    assert!(within_bytes(MAX_BYTES).is_ok() && within_bytes(MAX_BYTES + 1).is_err());
}

#[test]
fn a_jpeg_without_its_end_marker_or_with_more_behind_it_is_read() {
    let picture = busy(97, 61);
    let whole = coded(&picture.into(), "a.jpg");
    let wanted = opened("a.jpg", &whole).unwrap();
    assert!(wanted.notes.is_empty());
    let more = [&whole[..], b"\0\0\0\x18ftypmp42 a film, as phones append it \xff\xd8\xff"].concat();
    for bytes in [&whole[..whole.len() - 2], &whole[..whole.len() - 1], &more] {
        let still = opened("a.jpg", bytes).unwrap();
        assert!(still.pixels == wanted.pixels && still.notes.is_empty(), "{:?}", still.notes);
    }
    let flat = Flat { samples: &[90, 100, 110], adobe: None, blocks: 20, restart: 0 }.progressive();
    let wanted = opened("a.jpg", &flat).unwrap();
    assert_eq!(opened("a.jpg", &flat[..flat.len() - 2]).unwrap().pixels, wanted.pixels);
}

/// Codes that are lost within one block leave no trace; most losses are larger.
#[test]
fn a_jpeg_that_lost_bytes_inside_is_refused_or_said() {
    let whole = coded(&busy(160, 120).into(), "a.jpg");
    let (mut damaged, mut told) = (0, 0);
    for at in (whole.len() / 3..whole.len() - 400).step_by(whole.len() / 60) {
        let lost = [&whole[..at], &whole[at + 300..]].concat();
        let zeros = [&whole[..at], &[0; 300], &whole[at + 300..]].concat();
        for bytes in [lost, zeros] {
            damaged += 1;
            told += usize::from(opened("a.jpg", &bytes).map_or(true, |still| !still.notes.is_empty()));
        }
        assert!(opened("a.jpg", &[&whole[..at], &[0xff, 0xd9]].concat()).unwrap_err().contains("damaged"));
    }
    // What was never written: the rest of the file is zeros.
    for part in 1..10 {
        let begun = whole.len() * part / 10;
        let zeros = [&whole[..begun], &vec![0; whole.len() - begun]].concat();
        assert!(opened("a.jpg", &zeros).is_err(), "{begun} of {}", whole.len());
    }
    assert!(told * 10 >= damaged * 9, "{told} of {damaged}");
    // The sentence says how much is there.
    let error = opened("a.jpg", &whole[..whole.len() / 2]).unwrap_err();
    assert!(error.contains("cut off") && error.contains('%'), "{error}");
}

#[test]
fn restart_markers_out_of_order_are_damage() {
    let flat = Flat { samples: &[90, 100, 110], adobe: None, blocks: 20, restart: 2 }.baseline();
    assert!(opened("a.jpg", &flat).unwrap().notes.is_empty());
    let at = flat.windows(2).position(|two| two == [0xff, 0xd1]).unwrap();
    let mut swapped = flat.clone();
    swapped[at + 1] = 0xd3;
    assert!(opened("a.jpg", &swapped).unwrap_err().contains("damaged"));
    let next = at + flat[at + 2..].windows(2).position(|two| two == [0xff, 0xd2]).unwrap() + 2;
    let lost = [&flat[..at], &flat[next..]].concat();
    assert!(opened("a.jpg", &lost).unwrap_err().contains("damaged"));
}

#[test]
fn masks_and_training_pictures_are_refused_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let whole = coded(&busy(90, 60).into(), "a.jpg");
    let path = written(folder.path(), "a.jpg", &whole[..whole.len() / 2]);
    assert!(super::super::mask(&path).is_err());
    assert!(super::super::read(&path).is_err());
}

/// A chunk of a RIFF file.
fn riff(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [b"RIFF\0\0\0\0WEBP", &kind[..], &(data.len() as u32).to_le_bytes(), data].concat()
}

#[test]
fn a_webp_that_ends_in_zeros_is_refused_or_said() {
    let data: Vec<u8> = (0..4000_u32).map(|at| (at * 7919 % 251) as u8 | 1).collect();
    let zeros = |count: usize| [&data[count..], &vec![0; count]].concat();
    for kind in [b"VP8 ", b"VP8L"] {
        assert_eq!(ends::of_webp(&riff(kind, &data)), Ok(None));
        assert_eq!(ends::of_webp(&riff(kind, &zeros(8))), Ok(None), "as encoders end them");
        assert!(ends::of_webp(&riff(kind, &zeros(2000))).unwrap_err().contains("cut off or damaged"));
    }
    // Flat pictures end so; a little is said and not refused.
    assert!(ends::of_webp(&riff(b"VP8 ", &zeros(100))).unwrap().unwrap().contains("100 zeros"));
    let whole = coded(&busy(97, 61).into(), "a.webp");
    let half = [&whole[..whole.len() / 2], &vec![0; whole.len() - whole.len() / 2]].concat();
    assert!(opened("a.webp", &half).unwrap_err().contains("cut off or damaged"));
}

#[test]
fn a_jpeg_within_a_tiff_is_looked_through() {
    let jpeg = Flat { samples: &[90, 100, 110], adobe: None, blocks: 20, restart: 2 }.baseline();
    let tiff = |data: &[u8]| {
        let mut bytes = b"II\x2a\0\x08\0\0\0\x03\0".to_vec();
        // Compression 7; where the only strip lies and how long it is.
        for (tag, kind, value) in [(259_u16, 3_u16, 7_u32), (273, 4, 50), (279, 4, data.len() as u32)] {
            bytes.extend(
                [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &1_u32.to_le_bytes(), &value.to_le_bytes()].concat(),
            );
        }
        bytes.extend([0; 4]);
        assert_eq!(bytes.len(), 50);
        bytes.extend(data);
        bytes
    };
    assert_eq!(ends::of_tiff(&tiff(&jpeg)), Ok(None));
    let at = jpeg.windows(2).position(|two| two == [0xff, 0xd1]).unwrap();
    let mut swapped = jpeg.clone();
    swapped[at + 1] = 0xd3;
    for damaged in [&swapped[..], &jpeg[..at]] {
        assert!(ends::of_tiff(&tiff(damaged)).unwrap_err().contains("cut off or damaged"));
    }
    let other = coded(&busy(20, 10).into(), "a.tif");
    assert_eq!(ends::of_tiff(&other), Ok(None), "coded otherwise");
}

#[test]
fn damage_is_told_in_plain_words_whatever_the_kind() {
    for name in ["a.png", "a.bmp", "a.tif", "a.webp", "a.gif", "a.ppm", "a.tga"] {
        let whole = coded(&busy(97, 61).into(), name);
        let error = opened(name, &whole[..whole.len() * 6 / 10]).unwrap_err();
        assert!(error.starts_with("it is cut off or damaged; copy it again"), "{name}: {error}");
        assert!(error.len() < 170, "{name}: {error}");
    }
}

#[test]
fn a_png_with_codes_that_nobody_knows_is_read_as_srgb_with_a_note() {
    let whole = coded(&card(CARD).into(), "a.png");
    // Behind the header; the decoder does not get to see its checksum.
    let chunk = [&[0, 0, 0, 4][..], b"cICP", &[99, 99, 7, 1], &[0; 4]].concat();
    let still = opened("a.png", &[&whole[..33], &chunk, &whole[33..]].concat()).unwrap();
    assert_eq!(fields(&still.pixels), CARD);
    assert!(still.notes.len() == 1 && still.notes[0].contains("not known here"), "{:?}", still.notes);
}
