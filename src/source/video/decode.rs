//! Reads packets and decodes pictures, over damage where that is possible.

use std::collections::VecDeque;

use ffmpeg_the_third as ffmpeg;

use ffmpeg::Packet;
use ffmpeg::frame::Video;
use ffmpeg::frame::side_data::Type;

use super::beside::Beside;
use super::fields::Fields;
use super::orientation::Orientation;
use super::picture::Shape;
use super::session::Session;
use super::watch::Watch;
use crate::counted;
use crate::source::Stop;

/// Unreadable packets in a row after which the rest is given up: the demuxer of a file that was cut off reports every
/// packet behind the cut, which can be thousands.
const GIVE_UP_AFTER: u32 = 50;

/// Most bytes of pictures that are read ahead to find the first packet of sound.
const MOST_AHEAD: usize = 32 << 20;

/// The outcome of asking for a picture.
pub(super) enum Decoded {
    /// A picture, and how it is to be stretched and turned.
    Picture(Video, Shape),
    /// The run is to stop.
    Stopped,
    /// There are no more; the error that ended them, if one did.
    End(Option<ffmpeg::Error>),
}

/// An opened video with its counts.
pub(super) struct Decoding {
    session: Session,
    /// Puts interlaced pictures together.
    fields: Fields,
    /// The sound, and what packets say of their times.
    pub(super) beside: Beside,
    /// Decoded to see their times, not given out yet.
    ahead: VecDeque<Decoded>,
    /// Packets of pictures that were read to find sound.
    read: VecDeque<Packet>,
    /// Pictures that could not be decoded.
    pub(super) unreadable: u64,
    /// Packets in a row that could not be read or were damaged, up to now.
    bad_run: u32,
    /// Everything was read and the decoder is being emptied.
    draining: Option<Option<ffmpeg::Error>>,
}

impl Decoded {
    fn stamp(&self) -> Option<i64> {
        match self {
            Decoded::Picture(picture, _) => picture.timestamp().or(picture.pts()),
            Decoded::Stopped | Decoded::End(_) => None,
        }
    }
}

impl Decoding {
    /// Begins at the first packet.
    pub(super) fn new(session: Session) -> Decoding {
        Decoding {
            beside: Beside::new(&session),
            session,
            fields: Fields::default(),
            ahead: VecDeque::new(),
            read: VecDeque::new(),
            unreadable: 0,
            bad_run: 0,
            draining: None,
        }
    }

    /// Goes on with a stream that was opened anew.
    pub(super) fn replace(&mut self, session: Session) {
        let fields = std::mem::take(&mut self.fields);
        *self = Decoding { unreadable: self.unreadable, fields, ..Decoding::new(session) };
    }

    /// Whether libav takes it for a picture file, or several of them on end.
    pub(super) fn is_picture_file(&self) -> bool {
        self.session.input.format().name().ends_with("_pipe")
    }

    /// What was done to pictures or could not be done, each the end of a sentence that begins with the file's name.
    pub(super) fn notes(&self) -> impl Iterator<Item = &str> {
        self.session.facts.note.iter().map(String::as_str).chain(self.fields.note())
    }

    /// What the picture says of its shape goes before what the container says, but for the shape of pixels: players take the container's.
    fn shaped(&self, picture: Video) -> Decoded {
        let facts = &self.session.facts;
        let matrix = picture.side_data(Type::DisplayMatrix);
        let orientation = matrix.map_or(facts.orientation, |data| Orientation::from_matrix(data.data()));
        let own = picture.aspect_ratio();
        let aspect = facts.aspect.unwrap_or((own.numerator(), own.denominator()));
        Decoded::Picture(picture, Shape { orientation, aspect, alpha: facts.alpha })
    }

    /// The next picture.
    pub(super) fn next(&mut self, stop: &Stop, watch: &Watch) -> Decoded {
        self.ahead.pop_front().unwrap_or_else(|| self.decoded(stop, watch))
    }

    /// Time stamps of the pictures after the last one, up to `count` of them.
    pub(super) fn peek(&mut self, count: usize, stop: &Stop, watch: &Watch) -> Vec<Option<i64>> {
        while self.ahead.len() < count {
            match self.decoded(stop, watch) {
                picture @ Decoded::Picture(..) => self.ahead.push_back(picture),
                // It will be met again.
                Decoded::Stopped | Decoded::End(_) => break,
            }
        }
        self.ahead.iter().take(count).map(Decoded::stamp).collect()
    }

    /// Reads up to the first packet of sound, if somebody listens: what is recorded must know from the start whether there is any.
    pub(super) fn find_sound(&mut self, stop: &Stop, watch: &Watch) {
        let mut bytes = 0;
        while self.beside.sound_is_awaited() && bytes < MOST_AHEAD && !stop.requested() {
            let mut packet = Packet::empty();
            // An end or damage will be met again.
            let Ok(()) = packet.read(&mut self.session.input) else { return };
            watch.alive();
            self.beside.note(&packet);
            if packet.stream() == self.session.index {
                bytes += packet.size();
                self.read.push_back(packet);
            }
        }
    }

    /// Decodes the next picture, both its fields together.
    fn decoded(&mut self, stop: &Stop, watch: &Watch) -> Decoded {
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
    fn received(&mut self, stop: &Stop, watch: &Watch) -> Result<Video, Decoded> {
        let mut picture = Video::empty();
        let mut failures = 0;
        loop {
            match self.session.decoder.receive_frame(&mut picture) {
                Ok(()) => return Ok(picture),
                Err(ffmpeg::Error::Eof) => return Err(Decoded::End(self.draining.flatten())),
                Err(ffmpeg::Error::Other { .. }) if self.draining.is_none() => {}
                Err(error) => {
                    self.unreadable += 1;
                    failures += 1;
                    if failures > GIVE_UP_AFTER {
                        return Err(Decoded::End(Some(error)));
                    }
                    continue;
                }
            }
            if stop.requested() {
                return Err(Decoded::Stopped);
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
        match packet.read(&mut self.session.input) {
            Ok(()) => {
                watch.alive();
                self.beside.note(&packet);
                if packet.stream() == self.session.index {
                    self.decode(&packet);
                }
            }
            Err(ffmpeg::Error::Eof) => self.drain(None),
            Err(error) if self.bad_run >= GIVE_UP_AFTER || watch.ends_wait() => self.drain(Some(error)),
            Err(_) => self.bad_run += 1,
        }
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

    /// A sentence when the video stopped before its announced end. `seen_s` is the end of the last picture by the container's
    /// clock, s since its start.
    pub(super) fn ended_early(&self, name: &str, seen_s: f64, pictures: u64) -> Option<String> {
        let facts = &self.session.facts;
        // Edit lists and variable rates move the end by a few pictures.
        let slack = 0.25 + 3.0 / facts.fps.unwrap_or(25.0);
        let short_of = |have: f64, announced: std::time::Duration| {
            let announced = announced.as_secs_f64();
            (have + slack + announced * 0.01 < announced).then_some(announced)
        };
        // A container's length is that of its longest stream, so it is compared with the latest packet of any.
        let pictures = counted(pictures, "picture");
        let announced = match (facts.end, facts.length) {
            (Some(end), _) => short_of(seen_s, end),
            (None, Some(length)) => short_of(self.beside.latest_s().max(seen_s), length),
            (None, None) => None,
        };
        match announced {
            Some(announced) => Some(format!(
                "{name} ends at {seen_s:.2} s of the {announced:.2} s that it announces: it is cut off or damaged; what was before that was processed ({pictures})"
            )),
            None if self.bad_run > 0 || self.draining.flatten().is_some() => Some(format!(
                "{name} breaks off in the middle of a picture at {seen_s:.2} s: it is cut off or damaged; what was before that was processed ({pictures})"
            )),
            None => None,
        }
    }
}
