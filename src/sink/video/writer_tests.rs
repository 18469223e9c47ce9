use ffmpeg::codec::{Context, Id};

use super::super::{Preset, encoder};
use super::*;
use crate::sound::SoundTap;

fn settings() -> VideoSinkSettings {
    let encoder = "auto".to_owned();
    VideoSinkSettings {
        encoder,
        preset: Preset::Ultrafast,
        crf: 30,
        keyframe_s: 2.0,
        fragment_s: 1.0,
        threads: Some(1),
        max_minutes: None,
        segment_minutes: None,
        max_disk_gb: None,
    }
}

/// Parameters of a codec of which nothing else is known.
fn bare(id: Id) -> Parameters {
    let codec = ffmpeg::encoder::find(id).unwrap();
    Parameters::from(&Context::new_with_codec(codec).encoder().audio().unwrap())
}

/// Records a few pictures with a sound that is taken for one that fits; gives what is said of it.
fn recorded(tap: &SoundTap) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("film.mp4");
    let choice = encoder::choose("auto").unwrap();
    let format = RecordingFormat {
        choice,
        settings: settings(),
        size: Size { width: 64, height: 48 },
        fps: None,
        live: false,
        head: FileHead::default(),
    };
    let (sound, _) = Sound::open(tap.reader(), |_, _, _| true);
    let mut writer = VideoWriter::open(File::create(&path).unwrap(), format, sound).unwrap();
    for time in [0, 40, 80] {
        writer.put(&RgbImage::new(64, 48), Duration::from_millis(time)).unwrap();
    }
    writer.finish().unwrap();
    assert!(writer.saved().is_some());
    let mut film = ffmpeg::format::input(&path).unwrap();
    assert_eq!(film.streams().count(), 1, "pictures alone");
    let mut packet = Packet::empty();
    let pictures = std::iter::from_fn(|| packet.read(&mut film).ok()).count();
    assert_eq!(pictures, 3, "all of them");
    writer.notes()
}

#[test]
fn sound_that_no_file_can_be_made_with_is_left_out_and_the_pictures_go_on() {
    // No muxer takes sound without a rate.
    let notes = recorded(&SoundTap::new(bare(Id::AAC), Rational(1, 48_000)));
    assert!(notes.len() == 1 && notes[0].starts_with("the sound is left out"), "{notes:?}");
}
