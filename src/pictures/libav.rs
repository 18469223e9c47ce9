//! Stills of the kinds that libav decodes: AVIF, JPEG 2000, and HEIC where it can.

use std::ffi::OsString;
use std::path::Path;

use ffmpeg_the_third as ffmpeg;

use ffmpeg::color::{Primaries, Range, Space, TransferCharacteristic as Transfer};
use ffmpeg::format::Pixel;
use ffmpeg::frame::Video;
use ffmpeg::media::Type;
use ffmpeg::{Dictionary, Packet, codec};
use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer, RgbaImage};

use super::boxes;
use super::colour::ColourTag;
use super::ends::{damaged, zeros};
use super::kinds::FileKind;
use super::limits::{MAX_PIXELS, within_limits};
use super::stored::StoredPicture;
use crate::geometry::Size;
use crate::pixels::chain::Chain;

/// Decodes the picture in a file of this kind; `bytes` are the file's. Containers are read from files only.
pub(super) fn decode(file: Option<&Path>, bytes: &[u8], kind: FileKind) -> Result<StoredPicture, String> {
    ffmpeg::log::set_level(ffmpeg::log::Level::Quiet);
    let mut notes = Vec::new();
    let mut frame = match (kind, file) {
        (FileKind::Jpeg2000, _) => jpeg2000(bytes)?,
        (_, None) => return Err("it can be read as a file only; save it".to_owned()),
        (FileKind::Heic, Some(file)) => contained(file, bytes, &mut notes).map_err(|_| NO_HEIC)?,
        (_, Some(file)) => contained(file, bytes, &mut notes)?,
    };
    let (width, height) = (frame.width(), frame.height());
    within_limits(width, height)?;
    let codes = ColourTag::Codes(primaries(frame.color_primaries()), transfer(frame.color_transfer_characteristic()));
    let colour = match boxes::colour(bytes) {
        Some(said) => said,
        None if matches!(codes, ColourTag::Codes(1 | 2, 1 | 2 | 13)) => ColourTag::Srgb,
        None => codes,
    };
    let mut picture = rgba(&mut frame, kind).map_err(|error| format!("its pixels cannot be converted ({error})"))?;
    if kind != FileKind::Jpeg2000 {
        boxes::turns(bytes).into_iter().for_each(|turn| picture.apply_orientation(turn));
    }
    Ok(StoredPicture { picture, colour, orientation: Orientation::NoTransforms, notes })
}

/// The one picture in a container. Nothing but this file is opened, and by no other demuxer.
fn contained(file: &Path, bytes: &[u8], notes: &mut Vec<String>) -> Result<Video, String> {
    let mut target = OsString::from("file:");
    target.push(file);
    let options: Dictionary =
        [("protocol_whitelist", "file"), ("format_whitelist", "mov,mp4,m4a,3gp,3g2,mj2,avif")].into_iter().collect();
    let words = |error: ffmpeg::Error| format!("it cannot be decoded ({error})");
    let mut input = ffmpeg::format::input_with_dictionary(target, options).map_err(words)?;
    let (index, id, context) = {
        let stream = input.streams().best(Type::Video).ok_or("there is no picture in it")?;
        if stream.frames() > 1 {
            notes.push(format!("it is animated: {} further pictures of it are not looked at", stream.frames() - 1));
        }
        let parameters = stream.parameters();
        within_limits(parameters.width(), parameters.height())?;
        (stream.index(), parameters.id(), codec::Context::from_parameters(parameters))
    };
    let mut context = context.map_err(words)?;
    let codec = ffmpeg::decoder::find(id).ok_or("this system's libav has no decoder for it")?;
    context.set_threading(codec::threading::Config::count(1));
    let options: Dictionary = [("max_pixels", MAX_PIXELS.to_string())].into_iter().collect();
    let mut decoder =
        context.decoder().open_as_with(codec, options).and_then(|opened| opened.video()).map_err(words)?;
    let mut packet = Packet::empty();
    loop {
        packet.read(&mut input).map_err(|_| damaged())?;
        if packet.stream() == index {
            break;
        }
    }
    if packet.is_corrupt() || packet.data().is_some_and(|data| zeros(data) > 0) {
        return Err(damaged());
    }
    let frame = one_frame(&mut decoder, &packet)?;
    if boxes::size(bytes).is_some_and(|size| size != Size { width: frame.width(), height: frame.height() }) {
        return Err("it is put together of several pictures, which cannot be decoded here".to_owned());
    }
    if boxes::has_alpha(bytes) {
        notes.push("its transparency is not honoured".to_owned());
    }
    Ok(frame)
}

fn jpeg2000(bytes: &[u8]) -> Result<Video, String> {
    let stream = boxes::codestream(bytes).ok_or_else(damaged)?;
    // Decoders leave grey what is missing; the end of the data is marked.
    if !stream.ends_with(&[0xff, 0xd9]) {
        return Err(damaged());
    }
    let codec = ffmpeg::decoder::find(codec::Id::JPEG2000).ok_or("this system's libav has no decoder for JPEG 2000")?;
    let options: Dictionary =
        [("max_pixels", MAX_PIXELS.to_string()), ("err_detect", "explode".to_owned())].into_iter().collect();
    let mut decoder = codec::Context::new_with_codec(codec)
        .decoder()
        .open_as_with(codec, options)
        .and_then(|opened| opened.video())
        .map_err(|error| format!("it cannot be decoded ({error})"))?;
    one_frame(&mut decoder, &Packet::copy(bytes))
}

fn one_frame(decoder: &mut ffmpeg::decoder::Video, packet: &Packet) -> Result<Video, String> {
    let words = |error: ffmpeg::Error| format!("{} ({error})", damaged());
    decoder.send_packet(packet).map_err(words)?;
    decoder.send_eof().map_err(words)?;
    let mut frame = Video::empty();
    decoder.receive_frame(&mut frame).map_err(words)?;
    if frame.is_corrupt() { Err(damaged()) } else { Ok(frame) }
}

/// What is said where libav cannot decode them.
const NO_HEIC: &str = "it is a HEIC picture, as phones make them, which this system's libav cannot decode; have the phone make JPEG \
                       (iPhone: Settings, Camera, Formats, Most Compatible) or convert it, for example by heif-convert";

/// The pixels with their transparency, in 8 bits or, where there are more, in 16.
fn rgba(frame: &mut Video, kind: FileKind) -> Result<DynamicImage, ffmpeg::Error> {
    let matrix = match frame.color_space() {
        Space::BT709 => "bt709",
        Space::BT2020NCL | Space::BT2020CL => "bt2020",
        Space::SMPTE240M => "smpte240m",
        Space::FCC => "fcc",
        _ => "bt601",
    };
    let range = match frame.color_range() {
        Range::MPEG => "limited",
        Range::JPEG => "full",
        Range::Unspecified if kind == FileKind::Jpeg2000 => "full",
        Range::Unspecified => "auto",
    };
    let is_deep = frame
        .format()
        .descriptor()
        .is_some_and(|format| format.name().ends_with("le") || format.name().ends_with("be"));
    let (format, name) = if is_deep { (Pixel::RGBA64LE, "rgba64le") } else { (Pixel::RGBA, "rgba") };
    let spec = format!(
        "scale=in_color_matrix={matrix}:in_range={range}:flags=bicubic+accurate_rnd+full_chroma_int,format={name}"
    );
    let (width, height) = (frame.width(), frame.height());
    let made = Chain::new(frame.format(), Size { width, height }, &spec)?.run(frame)?;
    let row = width as usize * if format == Pixel::RGBA { 4 } else { 8 };
    let rows = made.data(0).chunks(made.stride(0)).take(height as usize);
    let bytes: Vec<u8> = rows.flat_map(|line| line.get(..row).unwrap_or_default()).copied().collect();
    if is_deep {
        let samples = bytes.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
        ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba16).ok_or(ffmpeg::Error::Bug)
    } else {
        RgbaImage::from_raw(width, height, bytes).map(DynamicImage::from).ok_or(ffmpeg::Error::Bug)
    }
}

/// Code points of ITU-T H.273.
fn primaries(primaries: Primaries) -> u8 {
    match primaries {
        Primaries::BT709 => 1,
        Primaries::BT470M => 4,
        Primaries::BT470BG => 5,
        Primaries::SMPTE170M => 6,
        Primaries::SMPTE240M => 7,
        Primaries::Film => 8,
        Primaries::BT2020 => 9,
        Primaries::SMPTE428 => 10,
        Primaries::SMPTE431 => 11,
        Primaries::SMPTE432 => 12,
        Primaries::EBU3213 => 22,
        _ => 2,
    }
}

fn transfer(transfer: Transfer) -> u8 {
    match transfer {
        Transfer::GAMMA22 => 4,
        Transfer::GAMMA28 => 5,
        Transfer::Linear => 8,
        Transfer::SMPTE2084 => 16,
        Transfer::ARIB_STD_B67 => 18,
        _ => 2,
    }
}
