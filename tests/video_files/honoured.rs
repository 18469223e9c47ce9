//! What a clip says of its pixels is honoured or named: high dynamic range, primaries, curves, fields, the shape of pixels, transparency.

use std::path::Path;
use std::process::Command;

use lesionscope::frame::Frame;
use lesionscope::source::Source;
use lesionscope::source::video::VideoSource;

use crate::clips::*;

/// Colours of skin, lesions, cloth.
const COLOURS: [[u8; 3]; 8] = [
    [200, 120, 90],
    [224, 172, 144],
    [140, 90, 70],
    [60, 40, 35],
    [128, 128, 128],
    [90, 140, 200],
    [40, 160, 40],
    [200, 40, 40],
];

/// Whether this ffmpeg can make such clips.
fn filter(name: &str) -> bool {
    let list = Command::new("ffmpeg").args(["-v", "error", "-filters"]).output().unwrap().stdout;
    let there = String::from_utf8_lossy(&list).split_whitespace().any(|word| word == name);
    if !there {
        println!("skipped: ffmpeg has no filter {name}");
    }
    there
}

fn chart(dir: &Path) {
    let chart = image::RgbImage::from_fn(64 * COLOURS.len() as u32, 48, |x, _| image::Rgb(COLOURS[x as usize / 64]));
    chart.save(dir.join("chart.png")).unwrap();
}

/// The chart in other colours, by zimg.
fn coded(dir: &Path, primaries: &str, transfer: &str, matrix: &str) -> VideoSource {
    // The same curves under other names.
    let tag = transfer.replace("bt470m", "gamma22").replace("bt470bg", "gamma28");
    let args = format!(
        "-loop 1 -t 0.1 -i chart.png -vf format=gbrp,zscale=min=gbr:tin=iec61966-2-1:pin=bt709:rin=full:\
         t={transfer}:p={primaries}:m={matrix}:r=limited:npl=203:agamma=0,format=yuv444p10le -c:v libx264 -qp 0 \
         -color_primaries {primaries} -color_trc {tag} -colorspace {matrix} -color_range tv"
    );
    open(&make(dir, &format!("{primaries}-{transfer}.mp4"), &args))
}

fn shows_the_chart(frame: &Frame, most: u8, what: &str) {
    for (i, wanted) in COLOURS.into_iter().enumerate() {
        let found = frame.pixels.get_pixel(64 * i as u32 + 30, 20).0;
        let off = found.iter().zip(wanted).map(|(a, b)| a.abs_diff(b)).max().unwrap();
        assert!(off <= most, "{what}: {found:?} is not {wanted:?}");
    }
}

/// The first picture, and what is said at the end.
fn seen(mut source: VideoSource) -> (Frame, Vec<String>) {
    let frame = all(&mut source).remove(0);
    (frame, source.stats().notes)
}

#[test]
fn hdr_and_wide_colours_become_srgb_and_it_is_said() {
    if !tools() || !filter("zscale") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    chart(dir.path());
    for (primaries, transfer, matrix, said) in [
        ("bt2020", "arib-std-b67", "bt2020nc", "is HDR (HLG, BT.2020)"),
        ("bt2020", "smpte2084", "bt2020nc", "is HDR (PQ, BT.2020)"),
        ("smpte432", "smpte2084", "bt709", "is HDR (PQ, Display P3)"),
        ("bt2020", "iec61966-2-1", "bt2020nc", "is in BT.2020 colours"),
        ("smpte432", "iec61966-2-1", "bt709", "is in Display P3 colours"),
        ("smpte431", "iec61966-2-1", "bt709", "is in DCI-P3 colours"),
        ("film", "iec61966-2-1", "bt709", "is in film colours"),
        ("bt709", "linear", "bt709", "is in linear light"),
        ("bt709", "bt470m", "bt709", "is in gamma 2.2"),
        ("bt709", "bt470bg", "bt709", "is in gamma 2.8"),
        ("bt709", "log100", "bt709", "is in logarithmic light"),
        ("bt709", "log316", "bt709", "is in logarithmic light"),
    ] {
        let (frame, notes) = seen(coded(dir.path(), primaries, transfer, matrix));
        // Ten bits of light are few in the dark, and so is what a logarithm of light leaves to ten bits of it.
        shows_the_chart(&frame, if transfer == "linear" { 6 } else { 3 }, &format!("{primaries} {transfer}"));
        assert_eq!(notes, [format!("{primaries}-{transfer}.mp4 {said}: converted to sRGB")]);
    }
}

#[test]
fn what_players_show_as_it_is_stays_and_nothing_is_said() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    chart(dir.path());
    for (primaries, transfer) in [
        ("bt709", "bt709"),
        ("smpte170m", "smpte170m"),
        ("bt470bg", "gamma28"),
        ("smpte240m", "smpte240m"),
        ("unknown", "unknown"),
        ("bt709", "iec61966-2-4"),
        ("bt709", "bt2020-10"),
    ] {
        let args = format!(
            "-loop 1 -t 0.1 -i chart.png -vf \
             format=gbrp,scale=out_color_matrix=bt709:flags=accurate_rnd,format=yuv420p -c:v libx264 -qp 0 \
             -color_primaries {primaries} -color_trc {transfer} -colorspace bt709"
        );
        let (frame, notes) = seen(open(&make(dir.path(), "plain.mp4", &args)));
        shows_the_chart(&frame, 3, &format!("{primaries} {transfer}"));
        assert!(notes.is_empty(), "{notes:?}");
    }
}

#[test]
fn what_cannot_be_converted_is_named() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for (tags, name) in [
        ("-colorspace ycgco", "ycgco"),
        ("-colorspace bt2020c", "bt2020c"),
        ("-colorspace ictcp -color_trc smpte2084 -color_primaries bt2020", "ictcp"),
        ("-color_primaries bt470m", "bt470m"),
        ("-color_primaries smpte428", "smpte428"),
    ] {
        let clip = make(
            dir.path(),
            "strange.mp4",
            &format!("-f lavfi -i color=0xc8785a:s=64x48:d=0.2 -pix_fmt yuv420p -c:v libx264 -qp 0 {tags}"),
        );
        let (_, notes) = seen(open(&clip));
        let wanted = format!("strange.mp4 has colours of a kind that is not converted ({name}): they may be wrong");
        assert_eq!(notes, [wanted]);
    }
}

/// The decoder of ProRes hands the numbers of colour tags on unread.
#[test]
fn tags_without_a_meaning_are_taken_for_none() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let args = "-f lavfi -i color=0xc8785a:s=64x48:d=0.1,format=gbrp -vf \
                scale=out_color_matrix=bt601,format=yuv422p10le -c:v prores_ks -colorspace smpte170m";
    let clip = make(dir.path(), "odd.mov", args);
    let mut bytes = std::fs::read(&clip).unwrap();
    let frames: Vec<usize> =
        bytes.windows(4).enumerate().filter(|(_, four)| *four == b"icpf").map(|(at, _)| at).collect();
    assert!(!frames.is_empty());
    for at in frames {
        bytes[at + 4 + 14..at + 4 + 17].fill(200);
    }
    std::fs::write(&clip, bytes).unwrap();
    let (frame, notes) = seen(open(&clip));
    let found = frame.pixels.get_pixel(30, 20).0;
    assert!(found.iter().zip([0xc8, 0x78, 0x5a]).all(|(a, b)| a.abs_diff(b) <= 4), "{found:?}");
    assert_eq!(notes, ["odd.mov says of its colours what no standard knows: taken as if it said nothing"]);
}

/// A bar that moves by 6 px fifty times a second.
fn moving(dir: &Path, name: &str, how: &str) -> VideoSource {
    let bar = "-f lavfi -i color=0x506070:s=352x288:r=50:d=1 -f lavfi -i color=0xd0c0a0:s=40x288:r=50:d=1 \
               -filter_complex [0][1]overlay=x=6*n:y=0,";
    open(&make(dir, name, &format!("{bar}{how}")))
}

/// How far the rows of a picture differ from the mean of their neighbours: what combs do.
fn combs(frame: &Frame) -> f64 {
    let (width, height) = frame.pixels.dimensions();
    let at = |x: u32, y: u32| f64::from(frame.pixels.get_pixel(x, y)[0]);
    let off = |x, y| (at(x, y) - (at(x, y - 1) + at(x, y + 1)) / 2.0).abs();
    let sum: f64 = (8..height - 8).flat_map(|y| (0..width).map(move |x| off(x, y))).sum();
    sum / f64::from(width * height)
}

#[test]
fn interlaced_film_is_put_together_with_all_its_pictures_in_time() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for (name, order, codec) in [
        ("top.mpg", "interlace=scan=tff:lowpass=off", "-c:v mpeg2video -q:v 2 -flags +ildct+ilme -top 1"),
        ("bottom.mpg", "interlace=scan=bff:lowpass=off", "-c:v mpeg2video -q:v 2 -flags +ildct+ilme -top 0"),
        ("top.mp4", "interlace=scan=tff:lowpass=off", "-c:v libx264 -qp 4 -flags +ildct+ilme -x264-params tff=1"),
        ("bottom.mkv", "interlace=scan=bff:lowpass=off", "-c:v libx264 -qp 4 -flags +ildct+ilme -x264-params bff=1"),
        ("fields.mov", "interlace=scan=tff:lowpass=off,format=yuv422p10le", "-c:v prores_ks -flags +ildct"),
    ] {
        let mut source = moving(dir.path(), name, &format!("{order} {codec}"));
        let frames = all(&mut source);
        assert_eq!(frames.len(), 25, "{name}");
        let gaps = frames.windows(2).map(|pair| (pair[1].pts - pair[0].pts).as_millis());
        assert!(gaps.clone().all(|gap| gap.abs_diff(40) <= 1), "{name}: {:?}", gaps.collect::<Vec<_>>());
        let worst = frames.iter().map(combs).fold(0.0, f64::max);
        assert!(worst < 1.5, "{name}: {worst}");
        // The field that was filmed first is shown (that of the second of the fifty moments): by the other one it would be 6 px further.
        for (i, frame) in frames.iter().enumerate().skip(2).take(20) {
            let left = (0..352).find(|x| frame.pixels.get_pixel(*x, 144)[0] > 140).unwrap_or(999);
            assert!(left.abs_diff(12 * i as u32 + 6) <= 1, "{name}: the bar is at {left} in picture {i}");
        }
        assert_eq!(source.stats().notes, [format!("{name} is interlaced: deinterlaced (bwdif)")]);
    }
}

#[test]
fn film_that_is_not_interlaced_is_left_alone() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut source = moving(dir.path(), "whole.mpg", "fps=25 -c:v mpeg2video -q:v 2");
    assert_eq!(all(&mut source).len(), 25);
    assert!(source.stats().notes.is_empty());
    // One interlaced picture alone, and a film that is interlaced from its middle on.
    let mut source =
        moving(dir.path(), "one.mpg", "interlace=lowpass=off -frames:v 1 -c:v mpeg2video -flags +ildct+ilme");
    assert_eq!(all(&mut source).len(), 1);
    make(dir.path(), "a.ts", "-f lavfi -i testsrc=s=352x288:r=25:d=1 -pix_fmt yuv420p -c:v mpeg2video -q:v 2 -bf 0");
    make(
        dir.path(),
        "b.ts",
        "-f lavfi -i testsrc=s=352x288:r=50:d=1 -vf interlace -pix_fmt yuv420p -c:v mpeg2video -q:v 2 -bf 0 -flags +ildct+ilme",
    );
    std::fs::write(dir.path().join("list.txt"), "file a.ts\nfile b.ts\n").unwrap();
    let mut source = open(&make(dir.path(), "joined.mkv", "-f concat -i list.txt -c copy"));
    let frames = all(&mut source);
    assert_eq!(frames.len(), 50);
    assert!(frames.windows(2).all(|pair| pair[0].pts < pair[1].pts));
    assert_eq!(source.stats().notes, ["joined.mkv is interlaced: deinterlaced (bwdif)"]);
}

#[test]
fn the_shape_of_pixels_is_the_containers_else_the_pictures_own() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let bare = "-f lavfi -i testsrc=s=240x240:d=0.2,setsar=0 -pix_fmt yuv420p";
    make(dir.path(), "bare.mp4", &format!("{bare} -c:v libx264"));
    make(dir.path(), "own.mp4", &format!("{bare} -vf setsar=1 -c:v libx264"));
    make(dir.path(), "stretched.ts", &format!("{bare} -vf setsar=4/3 -c:v libx264"));
    make(dir.path(), "bare9.mkv", &format!("{bare} -c:v libvpx-vp9 -deadline realtime -cpu-used 8"));
    for (name, args, size) in [
        ("vp9.mkv", "-i bare9.mkv -c copy -aspect 4:3", (320, 240)),
        ("bare.mkv", "-i bare.mp4 -c copy -aspect 4:3", (320, 240)),
        ("bare.mov", "-i bare.mp4 -c copy -aspect 2:1", (480, 240)),
        ("over.mp4", "-i own.mp4 -c copy -aspect 4:3", (320, 240)),
        ("own.ts", "-i stretched.ts -c copy", (320, 240)),
        ("square.mp4", "-i own.mp4 -c copy", (240, 240)),
        ("raw.mkv", &format!("{bare} -vf setsar=4/3 -c:v ffv1"), (320, 240)),
    ] {
        let source = open(&make(dir.path(), name, args));
        assert_eq!(source.info().size, Some(size.into()), "{name}");
    }
}

/// The left half is red, the right half is see-through over green.
#[test]
fn transparent_parts_are_laid_over_white() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let args = "-f lavfi -i color=0xc83c3c:s=64x48:d=0.2,format=rgba,geq=\
                r='if(lt(X,32),200,40)':g='if(lt(X,32),60,160)':b='if(lt(X,32),60,40)':a='if(lt(X,32),255,if(lt(Y,24),0,128))'";
    for (name, codec) in [
        ("prores.mov", "-c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le"),
        ("vp9.webm", "-c:v libvpx-vp9 -crf 4 -b:v 0 -pix_fmt yuva420p -auto-alt-ref 0"),
        ("vp8.webm", "-c:v libvpx -crf 4 -b:v 5M -pix_fmt yuva420p -auto-alt-ref 0"),
        ("animation.mov", "-c:v qtrle -pix_fmt argb"),
        ("png.mov", "-c:v png -pix_fmt rgba"),
        ("ffv1.mkv", "-c:v ffv1 -pix_fmt bgra"),
    ] {
        let (frame, notes) = seen(open(&make(dir.path(), name, &format!("{args} {codec}"))));
        let near = |x, y, wanted: [u8; 3]| {
            let found = frame.pixels.get_pixel(x, y).0;
            assert!(found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 8), "{name}: {found:?} is not {wanted:?}");
        };
        near(12, 24, [200, 60, 60]);
        near(52, 10, [255, 255, 255]);
        near(52, 38, [147, 207, 147]);
        assert_eq!(notes, [format!("{name} has transparent parts: laid over white")]);
    }
    // The fourth byte of raw pixels in AVI has no meaning, and is mostly 0.
    let clip = make(
        dir.path(),
        "raw.avi",
        "-f lavfi -i color=0xc83c3c:s=64x48:d=0.2,format=bgra,colorchannelmixer=aa=0 -c:v rawvideo",
    );
    let (frame, notes) = seen(open(&clip));
    assert!(frame.pixels.get_pixel(20, 20)[1] < 80 && notes.is_empty(), "{notes:?}");
}

#[test]
fn grey_is_as_light_as_it_says() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    // Limited range: 188 stands for 200.
    for (name, args) in [
        ("ffv1.mkv", "format=gray -c:v ffv1 -color_range tv"),
        ("deep.mkv", "format=gray10le -c:v ffv1 -color_range tv"),
        ("colour.mkv", "format=yuv420p -c:v ffv1 -color_range tv"),
    ] {
        let clip = make(dir.path(), name, &format!("-f lavfi -i color=0xc8c8c8:s=64x48:d=0.2,{args}"));
        let (frame, _) = seen(open(&clip));
        let found = frame.pixels.get_pixel(20, 20).0;
        assert!(found.iter().all(|value| value.abs_diff(200) <= 2), "{name}: {found:?}");
    }
    let clip = make(
        dir.path(),
        "full.mkv",
        "-f lavfi -i color=0xc8c8c8:s=64x48:d=0.2,scale=out_range=full,format=gray -c:v ffv1 -color_range pc",
    );
    assert!(seen(open(&clip)).0.pixels.get_pixel(20, 20)[0].abs_diff(200) <= 2);
}

/// Puts the record of Dolby Vision, profile 5, into the description of the pictures of an MP4 file.
fn dolby(clip: &Path) {
    let record = [b"\0\0\0\x20dvcC\x01\0\x0a\x35".as_slice(), &[0; 20]].concat();
    let mut bytes = std::fs::read(clip).unwrap();
    let (mut from, mut end) = (0, 0);
    for name in [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1"] {
        let at = from + bytes[from..].windows(4).position(|four| four == name).unwrap() - 4;
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        bytes[at..at + 4].copy_from_slice(&(size + record.len() as u32).to_be_bytes());
        (from, end) = (at + 8, at + size as usize);
    }
    bytes.splice(end..end, record);
    std::fs::write(clip, bytes).unwrap();
}

#[test]
fn dolby_vision_without_other_colours_is_named() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let clip = make(dir.path(), "d.mp4", "-f lavfi -i color=0xc8785a:s=64x48:d=0.2 -pix_fmt yuv420p -c:v libx264");
    dolby(&clip);
    let (_, notes) = seen(open(&clip));
    assert_eq!(notes, ["d.mp4 is Dolby Vision of profile 5, which follows no other standard: its colours are wrong"]);
}
