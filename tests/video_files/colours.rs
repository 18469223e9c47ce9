//! Known colours through every matrix and range, and back.

use lesionscope::sink::Sink;
use lesionscope::sink::video::Origin;

use crate::clips::*;

const COLOURS: [[u8; 3]; 6] =
    [[200, 120, 90], [255, 0, 0], [0, 255, 0], [20, 30, 200], [128, 128, 128], [250, 245, 240]];

fn within(found: [u8; 3], wanted: [u8; 3], most: u8, what: &str) {
    assert!(found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= most), "{what}: {found:?} is not {wanted:?}");
}

#[test]
fn matrix_and_range_of_the_clip_are_honoured() {
    if !tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for (matrix, tag) in [("bt709", "bt709"), ("bt601", "smpte170m"), ("bt2020", "bt2020nc")] {
        for (range, range_tag) in [("limited", "tv"), ("full", "pc")] {
            for wanted in COLOURS {
                let [r, g, b] = wanted;
                let args = format!(
                    "-f lavfi -i color=0x{r:02x}{g:02x}{b:02x}:s=64x48:d=0.2,format=gbrp \
                     -vf scale=out_color_matrix={matrix}:out_range={range}:flags=accurate_rnd,format=yuv444p \
                     -c:v libx264 -qp 0 -colorspace {tag} -color_range {range_tag}"
                );
                let clip = make(dir.path(), "colour.mp4", &args);
                let found = all(&mut open(&clip))[0].pixels.get_pixel(30, 20).0;
                within(found, wanted, 3, &format!("{matrix} {range}"));
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
    for wanted in COLOURS {
        let file = dir.path().join("made.mp4");
        let mut sink = sink(&file, &Origin::default());
        (0..5).for_each(|i| sink.put(&flat(i, i * 33, (64, 48), wanted)).unwrap());
        sink.finish().unwrap();
        let tags = probe(&file, "v:0", "stream=color_range,color_space,color_transfer,color_primaries");
        assert_eq!(tags, ["tv", "bt709", "bt709", "bt709"]);
        within(all(&mut open(&file))[2].pixels.get_pixel(30, 20).0, wanted, 3, "recorded");
    }
}
