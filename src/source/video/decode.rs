//! Reads packets and decodes pictures, over damage where that is possible.

use std::collections::VecDeque;

use ffmpeg_the_third as ffmpeg;

use ffmpeg::Packet;
use ffmpeg::frame::Video;
use ffmpeg::frame::side_data::Type;

use super::ahead::{Packets, is_closed};
use super::beside::Beside;
use super::facts::StreamFacts;
use super::fields::Fields;
use super::orientation::Orientation;
use super::picture::{PictureShape, PixelAspect};
use super::session::VideoSession;
use super::watch::Watch;
use crate::pictures;
use crate::source::Stop;

/// Unreadable packets in a row after which the rest is given up: the demuxer of a file that was cut off reports every
/// packet behind the cut, which can be thousands.
const GIVE_UP_AFTER: u32 = 50;

/// Most bytes of pictures that are read ahead to find the first packet of sound.
const MOST_AHEAD: usize = 32 << 20;

/// What is said of a film of which nobody knows where it ends.
const UNKNOWN_END: &str = "came from a server that does not say how long it is: whether it is whole cannot be told";

/// The outcome of asking for a picture.
pub(super) enum DecodeOutcome {
    /// A picture, and how it is to be stretched and turned.
    Picture(Video, PictureShape),
    /// The run is to stop.
    Stopped,
    /// There are no more; the error that ended them, if one did.
    End(Option<ffmpeg::Error>),
}

/// What was opened, but for what goes by beside the pictures.
struct VideoStream {
    packets: Packets,
    decoder: ffmpeg::decoder::Video,
    index: usize,
    facts: StreamFacts,
}

/// An opened video with its counts.
pub(super) struct VideoDecoder {
    session: VideoStream,
    /// Puts interlaced pictures together.
    fields: Fields,
    /// The sound, and what packets say of their times.
    pub(super) beside: Beside,
    /// Decoded to see their times, not given out yet.
    ahead: VecDeque<DecodeOutcome>,
    /// Packets of pictures that were read to find sound.
    read: VecDeque<Packet>,
    /// Pictures that could not be decoded.
    pub(super) unreadable: u64,
    /// Packets in a row that could not be read or were damaged, up to now.
    bad_run: u32,
    /// It ended where the connection did, and nothing says whether that was its end.
    closed: bool,
    /// Everything was read and the decoder is being emptied.
    draining: Option<Option<ffmpeg::Error>>,
}

impl DecodeOutcome {
    fn stamp(&self) -> Option<i64> {
        match self {
            DecodeOutcome::Picture(picture, _) => picture.timestamp().or(picture.pts()),
            DecodeOutcome::Stopped | DecodeOutcome::End(_) => None,
        }
    }
}

impl VideoDecoder {
    /// Begins at the first packet.
    pub(super) fn new(session: VideoSession) -> VideoDecoder {
        let VideoSession { packets, decoder, index, facts, beside } = session;
        VideoDecoder {
            beside,
            session: VideoStream { packets, decoder, index, facts },
            fields: Fields::default(),
            ahead: VecDeque::new(),
            read: VecDeque::new(),
            unreadable: 0,
            bad_run: 0,
            closed: false,
            draining: None,
        }
    }

    /// Goes on with a stream that was opened anew.
    pub(super) fn replace(&mut self, session: VideoSession) {
        let fields = std::mem::take(&mut self.fields);
        *self = VideoDecoder { unreadable: self.unreadable, fields, ..VideoDecoder::new(session) };
    }

    /// What was done to pictures or could not be done, each the end of a sentence that begins with the file's name.
    pub(super) fn notes(&self) -> impl Iterator<Item = &str> {
        let closed = self.closed.then_some(UNKNOWN_END);
        self.session.facts.note.iter().map(String::as_str).chain(self.fields.note()).chain(closed)
    }

    /// What the picture says of its shape goes before what the container says, but for the shape of pixels: players take the container's.
    fn shaped(&self, picture: Video) -> DecodeOutcome {
        let facts = &self.session.facts;
        let matrix = picture.side_data(Type::DisplayMatrix);
        let orientation = matrix.map_or(facts.orientation, |data| Orientation::from_matrix(data.data()));
        let aspect = facts.aspect.unwrap_or(PixelAspect::of(picture.aspect_ratio()));
        DecodeOutcome::Picture(picture, PictureShape { orientation, aspect, alpha: facts.alpha })
    }

    /// The next picture.
    pub(super) fn next(&mut self, stop: &Stop, watch: &Watch) -> DecodeOutcome {
        self.ahead.pop_front().unwrap_or_else(|| self.decoded(stop, watch))
    }

    /// Time stamps of the pictures after the last one, up to `count` of them.
    pub(super) fn peek(&mut self, count: usize, stop: &Stop, watch: &Watch) -> Vec<Option<i64>> {
        while self.ahead.len() < count {
            match self.decoded(stop, watch) {
                picture @ DecodeOutcome::Picture(..) => self.ahead.push_back(picture),
                // It will be met again.
                DecodeOutcome::Stopped | DecodeOutcome::End(_) => break,
            }
        }
        self.ahead.iter().take(count).map(DecodeOutcome::stamp).collect()
    }

    /// Reads up to the first packet of sound, if somebody listens: what is recorded must know from the start whether there is any.
    pub(super) fn find_sound(&mut self, stop: &Stop, watch: &Watch) {
        let mut bytes = 0;
        while self.beside.sound_is_awaited() && bytes < MOST_AHEAD && !stop.requested() {
            let mut packet = Packet::empty();
            // An end or damage will be met again.
            let Ok(()) = self.session.packets.read(&mut packet, watch) else { return };
            watch.alive();
            self.beside.note(&packet);
            if packet.stream() == self.session.index {
                bytes += packet.size();
                self.read.push_back(packet);
            }
        }
    }

    /// Decodes the next picture, both its fields together.
    fn decoded(&mut self, stop: &Stop, watch: &Watch) -> DecodeOutcome {
        loop {
            if let Some(picture) = self.fields.take() {
                return self.shaped(picture);
            }
            match self.received(stop, watch) {
                Ok(picture) => self.fields.put(picture, self.session.facts.interlaced),
                Err(end) => {
                    self.fields.finish();
                    return self.fields.take().map_or(end, |picture| self.shaped(picture));
                }
            }
        }
    }

    /// The next picture as the decoder has it, or why there is none.
    fn received(&mut self, stop: &Stop, watch: &Watch) -> Result<Video, DecodeOutcome> {
        let mut picture = Video::empty();
        let mut failures = 0;
        loop {
            match self.session.decoder.receive_frame(&mut picture) {
                Ok(()) => return Ok(picture),
                Err(ffmpeg::Error::Eof) => return Err(DecodeOutcome::End(self.draining.flatten())),
                Err(ffmpeg::Error::Other { .. }) if self.draining.is_none() => {}
                Err(error) => {
                    self.unreadable += 1;
                    failures += 1;
                    if failures > GIVE_UP_AFTER {
                        return Err(DecodeOutcome::End(Some(error)));
                    }
                    continue;
                }
            }
            if stop.requested() {
                return Err(DecodeOutcome::Stopped);
            }
            self.feed(watch);
        }
    }

    /// Reads one packet and hands it to the decoder.
    fn feed(&mut self, watch: &Watch) {
        if let Some(packet) = self.read.pop_front() {
            return self.decode(&packet);
        }
        let mut packet = Packet::empty();
        match self.session.packets.read(&mut packet, watch) {
            Ok(()) => {
                watch.alive();
                self.beside.note(&packet);
                if packet.stream() == self.session.index {
                    self.decode(&packet);
                }
            }
            Err(ffmpeg::Error::Eof) => self.drain(None),
            Err(error) if self.is_end(error) => {
                let StreamFacts { end, length, .. } = &self.session.facts;
                self.closed = end.or(*length).is_none() && !self.session.facts.is_picture_file();
                self.drain(None);
            }
            Err(error) if self.bad_run >= GIVE_UP_AFTER || watch.ends_wait() => self.drain(Some(error)),
            Err(_) => self.bad_run += 1,
        }
    }

    /// Whether libav reports what is but the end of a film: where no length was announced, a web server ends it by closing the connection.
    fn is_end(&self, error: ffmpeg::Error) -> bool {
        let facts = &self.session.facts;
        facts.open_end && !facts.live && is_closed(error) && self.bad_run == 0
    }

    fn decode(&mut self, packet: &Packet) {
        if packet.is_corrupt() {
            self.unreadable += 1;
            self.bad_run += 1;
            return;
        }
        match self.session.decoder.send_packet(packet) {
            Ok(()) => self.bad_run = 0,
            // The decoder was emptied before, so this is not "full" but damage.
            Err(_) => {
                self.unreadable += 1;
                self.bad_run += 1;
            }
        }
    }

    fn drain(&mut self, error: Option<ffmpeg::Error>) {
        // Told twice, the decoder answers that it knows; both are fine.
        self.session.decoder.send_eof().ok();
        self.draining = Some(error);
    }

    /// What the container says.
    pub(super) fn facts(&self) -> &StreamFacts {
        &self.session.facts
    }

    /// Whether an error or damage was the last that was met.
    pub(super) fn is_broken(&self) -> bool {
        self.bad_run > 0 || self.draining.flatten().is_some()
    }

    /// The bytes of the one picture that a picture file is; `None` for films, and where picture follows picture, as cameras send them.
    ///
    /// # Errors
    /// A sentence that goes on from the file's name when they are more than a picture may have.
    pub(super) fn lone_picture(&mut self, watch: &Watch) -> Result<Option<Vec<u8>>, String> {
        let mut read: Vec<Packet> = Vec::new();
        let mut bytes = 0;
        while self.session.facts.is_picture_file() {
            let mut packet = Packet::empty();
            if self.session.packets.read(&mut packet, watch).is_err() {
                let data = read.iter().filter_map(Packet::data).flatten().copied().collect();
                // What cannot be read, as from a camera that fell silent, is said by whoever decodes it.
                return Ok((!read.is_empty()).then_some(data));
            }
            watch.alive();
            bytes += packet.size() as u64;
            let follows = !read.is_empty() && packet.data().is_some_and(pictures::begins);
            read.push(packet);
            if follows {
                break;
            }
            pictures::within_bytes(bytes)?;
        }
        for packet in read {
            self.beside.note(&packet);
            self.read.push_back(packet);
        }
        Ok(None)
    }
}
