//! The open recording: encoder, sound and file.
//!
//! How long an encoder or an unfinished piece may hold pictures back is limited in wall time, not in pictures. So at any rate of pictures, nothing
//! that came more than a second ago (two for files) is lost when the process is killed.

use std::collections::VecDeque;
use std::fs::File;
use std::time::{Duration, Instant};

use ffmpeg_the_third as ffmpeg;

use ffmpeg::codec::Parameters;
use ffmpeg::encoder::video::Encoder;
use ffmpeg::frame::Video;
use ffmpeg::{Packet, Rational, Rescale, picture};
use image::RgbImage;

use super::encoder::{EncoderChoice, LookAhead, TICKS, ticks};
use super::picture::FrameConverter;
use super::pieces::{FileHead, FileTrack, Pieces, RecordingError};
use super::settings::VideoSinkSettings;
use super::sound::Sound;
use crate::geometry::Size;

/// POSIX "try again", by which an encoder asks for more pictures.
const EAGAIN: i32 = 11;

const CLOCK: Rational = Rational(1, TICKS);
const MICROSECONDS: Rational = Rational(1, 1_000_000);

/// Streams of the file.
const PICTURES: usize = 0;
const SOUND: usize = 1;

/// The encoder is emptied when a picture has been in it for this long, and the next picture begins anew: that costs a key frame. Where pictures
/// come as time goes by, eight a second are quick enough for it never to happen.
const LONGEST_HELD_LIVE: Duration = Duration::from_millis(800);

/// The same for files, which can be made again.
const LONGEST_HELD: Duration = Duration::from_millis(1300);

/// A piece is written when its first picture came this long ago.
const LONGEST_PIECE: Duration = Duration::from_millis(500);

/// A picture on its way.
struct QueuedPicture {
    /// Time in the recording and length, ticks.
    time: i64,
    length: i64,
    came: Instant,
}

/// The piece that is not written yet.
struct OpenPiece {
    /// When its oldest picture came.
    since: Instant,
    /// Times of its pictures, from the first to the end of the last, ticks.
    start: i64,
    end: i64,
}

/// What a recording is like.
pub(super) struct RecordingFormat {
    pub(super) choice: EncoderChoice,
    pub(super) settings: VideoSinkSettings,
    /// Even size of the pictures.
    pub(super) size: Size,
    /// Nominal rate, pictures a second, when there is one.
    pub(super) fps: Option<f64>,
    /// Pictures come as time goes by.
    pub(super) live: bool,
    pub(super) head: FileHead,
}

/// An open recording.
pub(super) struct VideoWriter {
    format: RecordingFormat,
    look: LookAhead,
    encoder: Option<Encoder>,
    converter: FrameConverter,
    sound: Option<Sound>,
    /// Sentences about sound that was given up.
    lost: Vec<String>,
    pieces: Pieces,
    /// The last picture: it is held back until the next one says how long it lasts.
    held: Option<(Video, QueuedPicture)>,
    /// Pictures within the encoder.
    encoding: VecDeque<QueuedPicture>,
    piece: Option<OpenPiece>,
    /// Length of a picture of which nothing else is known, ticks.
    usual: i64,
    /// Times of the latest picture and the latest key frame that the encoder got, ticks.
    latest: Option<i64>,
    last_key: Option<i64>,
    /// Decoding time of the last picture, ticks of the file.
    decoded: Option<i64>,
    /// Pictures on the disk end here, ticks.
    written: i64,
}

impl VideoWriter {
    /// Begins a recording in an empty file.
    pub(super) fn open(file: File, format: RecordingFormat, sound: Option<Sound>) -> Result<Self, RecordingError> {
        let look = if format.live { LookAhead::Near } else { LookAhead::Far };
        let encoder = format.choice.open(&format.settings, format.size, format.fps, look)?;
        let mut tracks = vec![FileTrack::new(Parameters::from(&encoder), CLOCK)?];
        let track = sound.as_ref().map(Sound::track).transpose();
        let unusable = track.as_ref().err().copied();
        tracks.extend(track.ok().flatten());
        let (size, usual) = (format.size, format.fps.filter(|fps| fps.is_finite() && *fps > 0.0).unwrap_or(25.0));
        let mut writer = VideoWriter {
            pieces: Pieces::new(file, format.head.clone(), tracks)?,
            format,
            look,
            encoder: Some(encoder),
            converter: FrameConverter::new(size),
            sound,
            lost: Vec::new(),
            held: None,
            encoding: VecDeque::new(),
            piece: None,
            usual: ticks(1.0 / usual).max(1),
            latest: None,
            last_key: None,
            decoded: None,
            written: 0,
        };
        writer.hear(|_, _| unusable.map_or(Ok(()), Err));
        Ok(writer)
    }

    /// Adds a picture.
    pub(super) fn put(&mut self, picture: &RgbImage, time: Duration) -> Result<(), RecordingError> {
        let came = Instant::now();
        let converted = self.converter.convert(picture)?;
        let before = self.held.as_ref().map(|(_, held)| held.time).or(self.latest);
        let time = ticks(time.as_secs_f64()).max(before.map_or(0, |before| before + 1));
        self.usual = before.map_or(self.usual, |before| time - before);
        if let Some((before, underway)) = self.held.take() {
            self.encode(before, QueuedPicture { length: self.usual, ..underway })?;
        }
        self.held = Some((converted, QueuedPicture { time, length: self.usual, came }));
        self.settle()
    }

    /// Brings to the disk what has waited for long enough. To be called now and then when no pictures come.
    pub(super) fn settle(&mut self) -> Result<(), RecordingError> {
        let longest = if self.format.live { LONGEST_HELD_LIVE } else { LONGEST_HELD };
        if let Some((picture, underway)) = self.held.take_if(|(_, held)| held.came.elapsed() >= longest) {
            // It lasts longer than it says: the next one says when it begins.
            self.encode(picture, underway)?;
        }
        if self.encoding.iter().any(|underway| underway.came.elapsed() >= longest) {
            self.empty()?;
            self.look = LookAhead::Nearest;
        }
        if self.piece.as_ref().is_some_and(|piece| piece.since.elapsed() >= LONGEST_PIECE) {
            self.cut()?;
        }
        Ok(())
    }

    /// Empties the encoder, completes the sound and closes the file.
    pub(super) fn finish(&mut self) -> Result<(), RecordingError> {
        if let Some((last, underway)) = self.held.take() {
            self.encode(last, underway)?;
        }
        self.empty()?;
        let end = self.latest.map_or(0, |latest| latest + self.usual).rescale(CLOCK, MICROSECONDS);
        self.hear(|sound, pieces| {
            sound.begin(pieces, SOUND)?;
            sound.finish(end, pieces, SOUND)
        });
        let finished = self.pieces.finish();
        self.hear(|_, _| Ok(()));
        finished
    }

    /// Does something with the sound, if there is any. What fails there ends the sound, never the recording.
    fn hear(&mut self, act: impl FnOnce(&mut Sound, &mut Pieces) -> Result<(), ffmpeg::Error>) {
        let Some(sound) = &mut self.sound else { return };
        let acted = act(sound, &mut self.pieces).err().map(|error| (error, self.pieces.begun()));
        if let Some((error, begun)) = self.pieces.refused().or(acted) {
            self.lost = sound.notes();
            let from = if begun { "ends early" } else { "is left out" };
            self.lost.push(format!("the sound {from}, as it cannot be recorded ({error}); the pictures go on"));
            self.sound = None;
        }
    }

    /// How much of the recording is on the disk, s; `None`: nothing.
    pub(super) fn saved(&self) -> Option<f64> {
        self.pieces.begun().then(|| self.written as f64 / f64::from(TICKS))
    }

    /// Sentences about the sound.
    pub(super) fn notes(&self) -> Vec<String> {
        self.sound.as_ref().map_or_else(|| self.lost.clone(), Sound::notes)
    }

    fn encode(&mut self, mut picture: Video, underway: QueuedPicture) -> Result<(), RecordingError> {
        let time = underway.time;
        picture.set_pts(Some(time));
        let key_every = ticks(self.format.settings.keyframe_s).max(1);
        let key = self.last_key.is_none_or(|last| time - last >= key_every);
        if key {
            self.last_key = Some(time);
        }
        picture.set_kind(if key { picture::Type::I } else { picture::Type::None });
        self.latest = Some(time);
        self.encoding.push_back(underway);
        let encoder = match &mut self.encoder {
            Some(encoder) => encoder,
            None => {
                let RecordingFormat { choice, settings, size, fps, .. } = &self.format;
                self.encoder.insert(choice.open(settings, *size, *fps, self.look)?)
            }
        };
        encoder.send_frame(&picture)?;
        self.take_encoded()
    }

    /// Takes all pictures out of the encoder and lets the next one begin anew.
    fn empty(&mut self) -> Result<(), RecordingError> {
        if let Some(encoder) = &mut self.encoder {
            encoder.send_eof()?;
            self.take_encoded()?;
            self.encoder = None;
            self.last_key = None;
        }
        Ok(())
    }

    /// Takes the pictures that the encoder is done with, and the sound before them.
    fn take_encoded(&mut self) -> Result<(), RecordingError> {
        let base = self.pieces.time_base(PICTURES);
        while let Some(encoder) = &mut self.encoder {
            let mut packet = Packet::empty();
            match encoder.receive_packet(&mut packet) {
                Ok(()) => {}
                // It wants more pictures before it gives one.
                Err(ffmpeg::Error::Eof | ffmpeg::Error::Other { errno: EAGAIN }) => break,
                Err(error) => return Err(error.into()),
            }
            let at = self.encoding.iter().position(|underway| Some(underway.time) == packet.pts());
            let underway = at.and_then(|at| self.encoding.remove(at));
            if let Some(QueuedPicture { length, .. }) = &underway {
                packet.set_duration(*length);
            }
            if packet.is_key() || self.is_long(packet.pts()) {
                self.cut()?;
            }
            if let Some(time) = packet.dts().or(packet.pts()) {
                let until = time.rescale(CLOCK, MICROSECONDS);
                self.hear(|sound, pieces| sound.write_before(until, pieces, SOUND));
            }
            packet.rescale_ts(CLOCK, base);
            self.order(&mut packet);
            self.pieces.add(PICTURES, packet);
            if let Some(QueuedPicture { time, length, came }) = underway {
                let piece = self.piece.get_or_insert(OpenPiece { since: came, start: time, end: time });
                piece.since = piece.since.min(came);
                (piece.start, piece.end) = (piece.start.min(time), piece.end.max(time + length));
            }
        }
        Ok(())
    }

    /// Whether the piece would be too long with a picture of this time.
    fn is_long(&self, time: Option<i64>) -> bool {
        let longest = ticks(self.format.settings.fragment_s);
        matches!((&self.piece, time), (Some(piece), Some(time)) if time - piece.start >= longest)
    }

    /// An encoder that begins anew may begin to decode before the last one has ended.
    fn order(&mut self, packet: &mut Packet) {
        let (mut pts, mut dts) = (packet.pts(), packet.dts());
        if let (Some(last), Some(now)) = (self.decoded, dts.or(pts)) {
            let now = now.max(last + 1);
            (pts, dts) = (pts.max(Some(now)), Some(now));
        }
        packet.set_pts(pts);
        packet.set_dts(dts);
        self.decoded = dts;
    }

    /// Writes the piece.
    fn cut(&mut self) -> Result<(), RecordingError> {
        let Some(piece) = self.piece.take() else { return Ok(()) };
        self.hear(|sound, pieces| sound.begin(pieces, SOUND));
        self.pieces.cut()?;
        self.hear(|_, _| Ok(()));
        self.written = self.written.max(piece.end);
        Ok(())
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
