//! The file of a recording, which grows by whole pieces. No piece needs what comes after it to be read, so a killed process or a full disk
//! leaves all earlier pieces readable.
//!
//! libav's MP4 muxer cuts a fragment when the packet after it comes, and only then: with a picture a second or a camera that stands still
//! the last seconds would not be on the disk. So each piece is an MP4 of its own, made in memory, of which all but the first lose their head.

use std::fs::File;
use std::io::{self, PipeWriter, Read, Write};
use std::thread::{Builder, scope};

use ffmpeg_the_third as ffmpeg;

use ffmpeg::codec::Context;
use ffmpeg::ffi::AVCodecParameters;
use ffmpeg::format::context::Output;
use ffmpeg::{AsPtr, Dictionary, Packet, Rational, Rescale};

use super::boxes;
use super::tags::FileTags;

/// Why a recording cannot go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecordingError {
    #[error(transparent)]
    Codec(#[from] ffmpeg::Error),
    #[error(transparent)]
    File(#[from] io::Error),
}

/// A stream of the file.
pub(super) struct FileTrack {
    /// The parameters of its codec, in the only form that the wrapper copies them to.
    codec: Context,
    /// The clock of the packets: as it should be before the file is begun, as the muxer wants it from then on.
    time_base: Rational,
    /// First decoding time, ticks.
    start: Option<i64>,
}

impl FileTrack {
    pub(super) fn new(
        parameters: impl AsPtr<AVCodecParameters>,
        time_base: Rational,
    ) -> Result<FileTrack, ffmpeg::Error> {
        Ok(FileTrack { codec: Context::from_parameters(parameters)?, time_base, start: None })
    }
}

/// What the file says of itself at its head.
#[derive(Clone, Debug, Default)]
pub(super) struct FileHead {
    pub(super) title: &'static str,
    pub(super) tags: FileTags,
}

/// A file that grows by whole pieces.
pub(super) struct Pieces {
    file: File,
    head: FileHead,
    tracks: Vec<FileTrack>,
    /// The packets of the next piece and their tracks.
    waiting: Vec<(usize, Packet)>,
    /// Pieces written.
    count: u32,
    /// Bytes written.
    size: u64,
    /// Where one can jump to: time (ticks since the start of the first track) and place in the file.
    jumps: Vec<(u64, u64)>,
    /// Why the file goes on without its sound and whether it was begun with it, until somebody has read it.
    refused: Option<(ffmpeg::Error, bool)>,
}

impl Pieces {
    /// A file of these streams, the first of them the pictures; nothing is written yet. What stands behind the pictures is left out if the muxer
    /// does not take it (see [`Pieces::refused`]).
    ///
    /// # Errors
    /// When the muxer does not take the pictures.
    pub(super) fn new(file: File, head: FileHead, mut tracks: Vec<FileTrack>) -> Result<Pieces, RecordingError> {
        let (_reader, writer) = io::pipe()?;
        let (output, refused) = match begin(&writer, &head, &tracks) {
            Err(error) if tracks.len() > 1 => {
                tracks.truncate(1);
                (begin(&writer, &head, &tracks)?, Some((error, false)))
            }
            begun => (begun?, None),
        };
        for (track, stream) in tracks.iter_mut().zip(output.streams()) {
            track.time_base = stream.time_base();
        }
        Ok(Pieces { file, head, tracks, waiting: Vec::new(), count: 0, size: 0, jumps: Vec::new(), refused })
    }

    /// Why the file goes on without its sound, and whether it was begun with it; told once.
    pub(super) fn refused(&mut self) -> Option<(ffmpeg::Error, bool)> {
        self.refused.take()
    }

    /// The clock of a track.
    pub(super) fn time_base(&self, track: usize) -> Rational {
        self.tracks.get(track).map_or(Rational(1, 1), |track| track.time_base)
    }

    /// Adds a packet, in the clock of its track, to the next piece.
    pub(super) fn add(&mut self, track: usize, mut packet: Packet) {
        if track < self.tracks.len() {
            packet.set_stream(track);
            self.waiting.push((track, packet));
        }
    }

    /// Whether there is something in the file.
    pub(super) fn begun(&self) -> bool {
        self.size > 0
    }

    /// Writes what waits. A track that the first piece has nothing of must be one whose codec says all that the file's head needs.
    ///
    /// # Errors
    /// When the piece cannot be written whole; the file then ends with the piece before.
    pub(super) fn cut(&mut self) -> Result<(), RecordingError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        let (mut bytes, moof) = match self.muxed(&waiting) {
            Err(RecordingError::Codec(error)) if self.tracks.len() > 1 => {
                // Sound never ends a recording: from here on there are pictures alone.
                self.refused = Some((error, self.begun()));
                self.tracks.truncate(1);
                waiting.retain(|(track, _)| *track == 0);
                if waiting.is_empty() {
                    return Ok(());
                }
                self.muxed(&waiting)?
            }
            muxed => muxed?,
        };
        let first = |track: usize| waiting.iter().find(|(of, _)| *of == track).map(|(_, packet)| packet);
        if !self.begun() {
            self.begin_clocks(first);
        }
        let from = if self.begun() { moof } else { 0 };
        self.count += 1;
        if self.count > 1 {
            boxes::place(&mut bytes, moof, self.count, &self.starts(first)).ok_or(ffmpeg::Error::InvalidData)?;
        }
        let pictures = self.tracks.first().and_then(|track| track.start);
        if let (Some(packet), Some(start)) = (first(0).filter(|packet| packet.is_key()), pictures) {
            let time = packet.pts().map_or(0, |time| time.saturating_sub(start).max(0)) as u64;
            self.jumps.push((time, self.size + (moof - from) as u64));
        }
        self.append(bytes.get(from..).unwrap_or_default())
    }

    /// A piece of these packets and where its fragment begins.
    fn muxed(&self, waiting: &[(usize, Packet)]) -> Result<(Vec<u8>, usize), RecordingError> {
        // The head describes every track; a later piece needs those alone of which it has something.
        let last = waiting.iter().map(|(track, _)| *track).max().unwrap_or(0);
        let tracks = if self.begun() { self.tracks.get(..=last).unwrap_or_default() } else { &self.tracks };
        let bytes = mux(&self.head, tracks, waiting)?;
        let moof = boxes::fragment(&bytes).ok_or(ffmpeg::Error::InvalidData)?;
        Ok((bytes, moof))
    }

    /// Sets when each track begins, once the first piece is known. The head places a track that begins with it; one that begins later counts
    /// from the first picture.
    fn begin_clocks<'a>(&mut self, first: impl Fn(usize) -> Option<&'a Packet>) {
        let pictures = first(0).and_then(Packet::dts).map(|start| (start, self.time_base(0)));
        for (number, track) in self.tracks.iter_mut().enumerate() {
            let late = pictures.map(|(start, base)| start.rescale(base, track.time_base));
            track.start = first(number).and_then(Packet::dts).or(late);
        }
    }

    /// Writes what waits, and the index.
    pub(super) fn finish(&mut self) -> Result<(), RecordingError> {
        self.cut()?;
        let index = boxes::index(&self.jumps);
        self.append(&index)
    }

    /// Numbers of the tracks, from 1, and when they begin in this piece, ticks since they began in the file.
    fn starts<'a>(&self, first: impl Fn(usize) -> Option<&'a Packet>) -> Vec<(u64, u64)> {
        let start = |(number, track): (usize, &FileTrack)| {
            let since = first(number)?.dts()?.saturating_sub(track.start?);
            Some((number as u64 + 1, since.max(0) as u64))
        };
        self.tracks.iter().enumerate().filter_map(start).collect()
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), RecordingError> {
        let written = self.file.write_all(bytes);
        match written {
            Ok(()) => self.size += bytes.len() as u64,
            // Half a piece is of no use; devices have no length to set.
            Err(_) => self.file.set_len(self.size).unwrap_or(()),
        }
        Ok(written?)
    }
}

/// Whether an MP4 takes this sound. Its codec alone does not tell: sound from other containers may carry marks that only their muxers take, and
/// some codecs a muxer knows but does not write unasked. So it is tried: a head and, as the head is put off until packets have come, a whole
/// small file with the first of them, if one has come.
pub(super) fn takes(sound: FileTrack, first: Option<Packet>) -> bool {
    let (head, tracks) = (FileHead::default(), [sound]);
    match first {
        Some(mut packet) => {
            packet.set_stream(0);
            mux(&head, &tracks, &[(0, packet)]).is_ok_and(|bytes| boxes::fragment(&bytes).is_some())
        }
        None => io::pipe().is_ok_and(|(_reader, writer)| begin(&writer, &head, &tracks).is_ok()),
    }
}

/// A small MP4 with these packets.
fn mux(head: &FileHead, tracks: &[FileTrack], packets: &[(usize, Packet)]) -> Result<Vec<u8>, RecordingError> {
    let (mut reader, writer) = io::pipe()?;
    scope(|scope| {
        let reading = Builder::new().name("piece".to_owned()).spawn_scoped(scope, move || {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).map(|_| bytes)
        })?;
        let written = fill(&writer, head, tracks, packets);
        // The reader is at the end when nobody can write any more.
        drop(writer);
        let bytes = reading.join().map_err(|_| io::Error::other("the thread that takes pieces failed"))?;
        written?;
        Ok(bytes?)
    })
}

fn fill(
    writer: &PipeWriter,
    head: &FileHead,
    tracks: &[FileTrack],
    packets: &[(usize, Packet)],
) -> Result<(), ffmpeg::Error> {
    let mut output = begin(writer, head, tracks)?;
    for (_, packet) in packets {
        packet.write(&mut output)?;
    }
    match output.write_trailer() {
        // The MP4 muxer may answer with a length, which the wrapper takes for an error turned round.
        Err(ffmpeg::Error::Other { errno }) if errno < 0 => Ok(()),
        result => result,
    }
}

/// By what libav knows a pipe.
#[cfg(unix)]
fn libav_name(writer: &PipeWriter) -> Result<String, ffmpeg::Error> {
    Ok(format!("pipe:{}", std::os::fd::AsRawFd::as_raw_fd(writer)))
}

/// Elsewhere a pipe has no number that libav could be told: nothing is recorded there.
#[cfg(not(unix))]
fn libav_name(_: &PipeWriter) -> Result<String, ffmpeg::Error> {
    Err(ffmpeg::Error::ProtocolNotFound)
}

/// `empty_moov` makes fragments, `frag_custom` only at the end; `delay_moov` puts the head off until the true start of each stream is known
/// (B-frames and encoder delays begin before zero).
fn begin(writer: &PipeWriter, head: &FileHead, tracks: &[FileTrack]) -> Result<Output, ffmpeg::Error> {
    let mut output = ffmpeg::format::output_as(libav_name(writer)?, "mp4")?;
    for track in tracks {
        let mut stream = output.add_stream(None::<ffmpeg::Codec>)?;
        stream.copy_parameters_from_context(&track.codec);
        stream.set_time_base(track.time_base);
    }
    head.tags.write(head.title, &mut output);
    let flags = [("movflags", "frag_custom+empty_moov+delay_moov+default_base_moof+skip_trailer")];
    output.write_header_with(flags.into_iter().collect::<Dictionary>())?;
    Ok(output)
}

#[cfg(test)]
#[path = "pieces_tests.rs"]
mod tests;
