use ffmpeg::channel_layout::ChannelLayout;
use ffmpeg::codec::{Id, Parameters};

use super::*;

/// A track that an MP4 takes, whatever is in its packets.
fn track() -> FileTrack {
    let codec = ffmpeg::decoder::find(Id::MP3).unwrap();
    let mut context = Context::new_with_codec(codec).encoder().audio().unwrap();
    context.set_rate(48_000);
    context.set_ch_layout(ChannelLayout::default_for_channels(2));
    FileTrack::new(Parameters::from(&context), Rational(1, 48_000)).unwrap()
}

fn packet(time: i64) -> Packet {
    let mut packet = Packet::copy(&[1; 32]);
    packet.set_pts(Some(time));
    packet.set_dts(Some(time));
    packet.set_duration(1152);
    packet
}

/// A file of two tracks of which the second goes back in time, which no muxer takes, in this piece.
fn made(bad: usize) -> (Option<bool>, usize) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("film.mp4");
    let mut pieces = Pieces::new(File::create(&path).unwrap(), FileHead::default(), vec![track(), track()]).unwrap();
    let mut begun = None;
    for piece in 0..3 {
        let time = 2 * 1152 * piece as i64;
        pieces.add(0, packet(time));
        pieces.add(1, packet(time + if piece == bad { 1152 } else { 0 }));
        pieces.add(1, packet(time + if piece == bad { 0 } else { 1152 }));
        pieces.add(0, packet(time + 1152));
        pieces.cut().unwrap();
        begun = begun.or(pieces.refused().map(|(_, begun)| begun));
    }
    pieces.finish().unwrap();
    (begun, ffmpeg::format::input(&path).unwrap().streams().count())
}

#[test]
fn sound_that_cannot_be_written_ends_and_the_file_goes_on() {
    assert_eq!(made(9), (None, 2), "nothing is wrong");
    assert_eq!(made(0), (Some(false), 1), "the file is begun without it");
    assert_eq!(made(1), (Some(true), 2), "what was there before stays");
}
