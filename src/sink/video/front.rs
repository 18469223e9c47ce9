//! The index of a finished recording moves to its front: players and browsers can jump anywhere at once, and older ones that read no
//! fragments read it too. Nothing is encoded: the packets are copied into a plain MP4 beside it, which is read back and then takes its place.

use std::ffi::OsString;
use std::path::Path;

use ffmpeg_the_third as ffmpeg;

use ffmpeg::{Dictionary, Packet, Rational};

use crate::files::{Replacement, commit};

/// Why an index stays where it is.
#[derive(Debug, thiserror::Error)]
enum StayingIndex {
    #[error("the copy could not be made: {0}")]
    Codec(#[from] ffmpeg::Error),
    #[error("{0}")]
    File(#[from] std::io::Error),
    #[error("the copy is not the same")]
    Differs,
    #[error("the run was to end")]
    Stopped,
}

/// What is compared of a file and its copy, for one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct StreamContent {
    packets: u64,
    bytes: u64,
}

/// Moves the index of a finished recording to its front, as long as `may_go_on` says so. Needs room on the disk for a second copy meanwhile.
///
/// # Errors
/// A sentence on why the file stays as it was: it is whole and playable as before.
pub fn move_index_to_front(path: &Path, may_go_on: &dyn Fn() -> bool) -> Result<(), String> {
    moved(path, may_go_on)
        .map_err(|error| format!("{} stays in fragments, which some players do not jump in: {error}", path.display()))
}

fn moved(path: &Path, may_go_on: &dyn Fn() -> bool) -> Result<(), StayingIndex> {
    let new = Replacement::begin(path)?;
    // A device or pipe has no place beside it.
    let Some(beside) = new.beside() else { return Err(StayingIndex::Differs) };
    let copied = copy(path, beside, may_go_on)?;
    if read_back(beside, copied.len(), may_go_on)? != copied {
        return Err(StayingIndex::Differs);
    }
    Ok(commit([new])?)
}

/// A path as libav knows it: what stands before a colon is never taken for a protocol.
fn url(path: &Path) -> OsString {
    let mut url = OsString::from("file:");
    url.push(path);
    url
}

/// Copies all packets; gives what each stream holds.
fn copy(from: &Path, to: &Path, may_go_on: &dyn Fn() -> bool) -> Result<Vec<StreamContent>, StayingIndex> {
    let mut input = ffmpeg::format::input(url(from))?;
    let mut output = ffmpeg::format::output_as(url(to), "mp4")?;
    let clocks: Vec<Rational> = input.streams().map(|stream| stream.time_base()).collect();
    let lengths: Vec<i64> = input.streams().map(|stream| stream.duration()).collect();
    let mut begins: Vec<Option<i64>> = vec![None; clocks.len()];
    for (stream, clock) in input.streams().zip(&clocks) {
        let mut new = output.add_stream(None::<ffmpeg::Codec>)?;
        new.set_parameters(stream.parameters());
        new.set_time_base(*clock);
    }
    for key in ["title", "comment", "encoder"] {
        if let Some(value) = input.metadata().get(key) {
            // What is read as the encoder is written as the tool.
            let key = if key == "encoder" { "encoding_tool" } else { key };
            output.metadata_mut().set(key, value);
        }
    }
    output.write_header_with([("movflags", "faststart")].into_iter().collect::<Dictionary>())?;
    let mut content = vec![StreamContent::default(); clocks.len()];
    while let Some(mut packet) = next_packet(&mut input, may_go_on)? {
        let number = packet.stream();
        let (Some(clock), Some(stream)) = (clocks.get(number), output.stream(number)) else { continue };
        if let Some(content) = content.get_mut(number) {
            content.packets += 1;
            content.bytes += packet.size() as u64;
        }
        if let (0, Some(dts), Some(begin)) = (packet.duration(), packet.dts(), begins.get_mut(number)) {
            // The length of the last packet is what is left of the whole; those before it last until the next, whatever they say.
            let passed = dts.saturating_sub(*begin.get_or_insert(dts));
            let left = lengths.get(number).map_or(0, |length| length.saturating_sub(passed));
            packet.set_duration(left.clamp(0, i64::from(i32::MAX)));
        }
        packet.rescale_ts(*clock, stream.time_base());
        packet.set_position(-1);
        packet.write_interleaved(&mut output)?;
    }
    match output.write_trailer() {
        // The muxer may answer with a length, which the wrapper takes for an error turned round.
        Err(ffmpeg::Error::Other { errno }) if errno < 0 => {}
        result => result?,
    }
    Ok(content)
}

/// What the streams of a file hold.
fn read_back(path: &Path, streams: usize, may_go_on: &dyn Fn() -> bool) -> Result<Vec<StreamContent>, StayingIndex> {
    // All that is there, also what is played neither at the begin nor at the end of a sound.
    let all = [("ignore_editlist", "1")].into_iter().collect::<Dictionary>();
    let mut input = ffmpeg::format::input_with_dictionary(url(path), all)?;
    let mut content = vec![StreamContent::default(); streams];
    while let Some(packet) = next_packet(&mut input, may_go_on)? {
        let of = content.get_mut(packet.stream()).filter(|_| !packet.is_corrupt()).ok_or(StayingIndex::Differs)?;
        of.packets += 1;
        of.bytes += packet.size() as u64;
    }
    Ok(content)
}

fn next_packet(
    input: &mut ffmpeg::format::context::Input,
    may_go_on: &dyn Fn() -> bool,
) -> Result<Option<Packet>, StayingIndex> {
    if !may_go_on() {
        return Err(StayingIndex::Stopped);
    }
    let mut packet = Packet::empty();
    match packet.read(input) {
        Ok(()) => Ok(Some(packet)),
        Err(ffmpeg::Error::Eof) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
