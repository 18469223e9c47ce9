//! Known colours through every matrix and range, and back.

use lesionscope::frame::Frame;
use lesionscope::sink::Sink;
use lesionscope::sink::video::Origin;

use crate::clips::*;

const COLOURS: [[u8; 3]; 6] =
    [[200, 120, 90], [255, 0, 0], [0, 255, 0], [20, 30, 200], [128, 128, 128], [250, 245, 240]];

fn within(found: [u8; 3], wanted: [u8; 3], most: u8, what: &str) {
    assert!(found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= most), "{what}: {found:?} is not {wanted:?}");
}

/// A picture with a patch of each colour.
fn chart(dir: &std::path::Path) {
    let chart = image::RgbImage::from_fn(64 * COLOURS.len() as u32, 48, |x, _| image::Rgb(COLOURS[x as usize / 64]));
    chart.save(dir.join("chart.png")).unwrap();
}

#[test]
fn matrix_and_range_of_the_clip_are_honoured() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    chart(dir.path());
    for (matrix, tag) in [("bt709", "bt709"), ("bt601", "smpte170m"), ("bt2020", "bt2020nc")] {
        for (range, range_tag) in [("limited", "tv"), ("full", "pc")] {
            for format in ["yuv420p", "yuv444p"] {
                let args = format!(
                    "-loop 1 -t 0.1 -i chart.png -vf \
                     format=gbrp,scale=out_color_matrix={matrix}:out_range={range}:flags=accurate_rnd,format={format} \
                     -c:v libx264 -qp 0 -colorspace {tag} -color_range {range_tag}"
                );
                let clip = make(dir.path(), "colour.mp4", &args);
                let frame = all(&mut open(&clip)).remove(0);
                for (i, wanted) in COLOURS.into_iter().enumerate() {
                    let found = frame.pixels.get_pixel(64 * i as u32 + 30, 20).0;
                    within(found, wanted, 3, &format!("{matrix} {range} {format}"));
                }
            }
        }
    }
}

#[test]
fn a_clip_that_does_not_say_is_taken_for_what_the_settings_name() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let args = "-f lavfi -i color=0xc8785a:s=64x48:d=0.2,format=gbrp -vf scale=out_color_matrix=bt601,format=yuv420p -c:v libx264 -qp 0";
    let clip = make(dir.path(), "untagged.mp4", args);
    assert!(probe(&clip, "v:0", "stream=color_space").iter().all(|space| space == "unknown"));
    within(all(&mut open(&clip))[0].pixels.get_pixel(30, 20).0, [0xc8, 0x78, 0x5a], 3, "bt601");
}

#[test]
fn motion_jpeg_is_full_range() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let clip =
        make(dir.path(), "m.avi", "-f lavfi -i color=0xc8785a:s=64x48:d=0.2 -c:v mjpeg -q:v 1 -pix_fmt yuvj420p");
    within(all(&mut open(&clip))[0].pixels.get_pixel(30, 20).0, [0xc8, 0x78, 0x5a], 3, "mjpeg");
}

#[test]
fn recorded_colours_come_back() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    chart(dir.path());
    let chart = image::open(dir.path().join("chart.png")).unwrap().into_rgb8();
    let file = dir.path().join("made.mp4");
    let mut sink = sink(&file, &Origin::default());
    for index in 0..5 {
        let pts = std::time::Duration::from_millis(index * 33);
        sink.put(&rendered(Frame { index, pts, pixels: chart.clone(), file: None })).unwrap();
    }
    sink.finish().unwrap();
    let tags = probe(&file, "v:0", "stream=color_range,color_space,color_transfer,color_primaries");
    assert_eq!(tags, ["tv", "bt709", "bt709", "bt709"]);
    let frame = all(&mut open(&file)).remove(2);
    for (i, wanted) in COLOURS.into_iter().enumerate() {
        within(frame.pixels.get_pixel(64 * i as u32 + 30, 20).0, wanted, 3, "recorded");
    }
}
