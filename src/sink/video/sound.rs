//! Copies the sound of the source's file, packet by packet, in step with the pictures.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::Path;

use ffmpeg_the_third as ffmpeg;

use ffmpeg::codec::Id;
use ffmpeg::format::context::Input;
use ffmpeg::format::stream::Disposition;
use ffmpeg::media::Type;
use ffmpeg::{Packet, Rational, Rescale, Stream};

use super::pieces::{Pieces, Track};

/// Codecs that players find in MP4 files.
const FITTING: [Id; 9] = [Id::AAC, Id::MP3, Id::MP2, Id::AC3, Id::EAC3, Id::ALAC, Id::OPUS, Id::FLAC, Id::VORBIS];

/// Unreadable packets in a row after which the rest is given up.
const GIVE_UP_AFTER: u32 = 50;

/// libav's mark of an unknown time.
const UNKNOWN: i64 = i64::MIN;

const MICROSECONDS: Rational = Rational(1, 1_000_000);

/// The sound stream of a file, with its next packets.
pub(super) struct Sound {
    name: String,
    input: Input,
    sound: usize,
    video: Option<usize>,
    /// Start of the container, us: what pictures' times are counted from.
    start: i64,
    /// Read, not yet written.
    waiting: VecDeque<Packet>,
    /// Latest picture seen on the way, us since the start.
    latest_picture: i64,
    ended: bool,
    /// Last time written, ticks of the output.
    written: Option<i64>,
}

impl Sound {
    /// Opens the file for its best sound stream; `None` when it has none, a warning when it cannot be copied.
    pub(super) fn open(media: &Path) -> Result<Option<Sound>, String> {
        let name = media.display();
        let mut target = OsString::from("file:");
        target.push(media);
        let input = ffmpeg::format::input(target)
            .map_err(|error| format!("the sound of {name} is left out, as it cannot be read: {error}"))?;
        let Some(stream) = input.streams().best(Type::Audio) else { return Ok(None) };
        let id = stream.parameters().id();
        if !FITTING.contains(&id) {
            return Err(format!("the sound of {name} is left out, as its codec ({id:?}) does not fit into an MP4"));
        }
        let sound = stream.index();
        let start = container_start(&input);
        let video = input.streams().best(Type::Video).map(|stream| stream.index());
        let mut sound = Sound {
            name: name.to_string(),
            input,
            sound,
            video,
            start,
            waiting: VecDeque::new(),
            latest_picture: i64::MIN,
            ended: false,
            written: None,
        };
        // Without a first packet the file's head would wait for one until the end.
        sound.read_until_sound();
        if sound.waiting.is_empty() {
            return Err(format!("the sound of {name} is left out, as its stream is empty"));
        }
        Ok(Some(sound))
    }

    /// A sentence for sound that the muxer does not take.
    pub(super) fn left_out(&self) -> String {
        let format = self.input.format();
        format!("the sound of {} is left out, as it cannot be copied from {} into MP4", self.name, format.name())
    }

    /// What a file is told of the stream.
    pub(super) fn track(&self) -> Result<Track, ffmpeg::Error> {
        let stream = self.input.stream(self.sound).ok_or(ffmpeg::Error::StreamNotFound)?;
        Track::new(stream.parameters(), stream.time_base())
    }

    /// Writes the first sound there is, if nothing was written yet, whatever its time: the head of a file is made from it.
    pub(super) fn begin(&mut self, output: &mut Pieces, index: usize) -> Result<(), ffmpeg::Error> {
        while self.written.is_none() {
            self.read_until_sound();
            match self.waiting.pop_front() {
                Some(packet) => self.write(packet, output, index)?,
                None => return Ok(()),
            }
        }
        Ok(())
    }

    /// Writes all sound before `until` (us) into stream `index` of the output.
    pub(super) fn write_before(&mut self, until: i64, output: &mut Pieces, index: usize) -> Result<(), ffmpeg::Error> {
        loop {
            if self.waiting.is_empty() && !self.ended {
                self.read_until_sound();
            }
            match self.waiting.front().and_then(|packet| self.time(packet, self.sound)) {
                Some(time) if time >= until => return Ok(()),
                _ => {}
            }
            match self.waiting.pop_front() {
                Some(packet) => self.write(packet, output, index)?,
                None => return Ok(()),
            }
        }
    }

    /// Writes what is left when the recorded pictures end at `end` (us): all of it when the file has no later picture,
    /// else (the run was stopped) only what comes before the end.
    pub(super) fn finish(&mut self, end: i64, output: &mut Pieces, index: usize) -> Result<(), ffmpeg::Error> {
        while !self.ended && self.latest_picture <= end {
            self.read();
        }
        let until = if self.latest_picture <= end { i64::MAX } else { end };
        self.write_before(until, output, index)
    }

    fn write(&mut self, mut packet: Packet, output: &mut Pieces, index: usize) -> Result<(), ffmpeg::Error> {
        let from = self.input.stream(self.sound).ok_or(ffmpeg::Error::StreamNotFound)?.time_base();
        let to = output.time_base(index);
        let start = self.start.rescale(MICROSECONDS, from);
        packet.set_pts(packet.pts().or(packet.dts()).map(|time| time.saturating_sub(start)));
        packet.set_dts(packet.dts().map_or(packet.pts(), |time| Some(time.saturating_sub(start))));
        packet.rescale_ts(from, to);
        // Damaged files repeat times, which a muxer refuses.
        let grows = packet.dts().is_some_and(|time| self.written.is_none_or(|written| time > written));
        if !grows || packet.size() == 0 {
            return Ok(());
        }
        self.written = packet.dts();
        packet.set_position(-1);
        output.add(index, packet);
        Ok(())
    }

    fn read_until_sound(&mut self) {
        while self.waiting.is_empty() && !self.ended {
            self.read();
        }
    }

    /// Reads one packet; sound goes to those that wait, of pictures the time is noted.
    fn read(&mut self) {
        let mut failures = 0;
        let mut packet = Packet::empty();
        while let Err(error) = packet.read(&mut self.input) {
            failures += 1;
            if error == ffmpeg::Error::Eof || failures > GIVE_UP_AFTER {
                self.ended = true;
                return;
            }
        }
        if packet.stream() == self.sound {
            self.waiting.push_back(packet);
        } else if Some(packet.stream()) == self.video {
            let time = self.time(&packet, packet.stream()).unwrap_or(i64::MIN);
            self.latest_picture = self.latest_picture.max(time);
        }
    }

    /// Time of a packet, us since the container's start.
    fn time(&self, packet: &Packet, stream: usize) -> Option<i64> {
        let base = self.input.stream(stream)?.time_base();
        let stamp = packet.pts().or(packet.dts())?;
        Some(stamp.rescale(base, MICROSECONDS).saturating_sub(self.start))
    }
}

/// The start of the container, us: the earliest start of its sound and pictures. `source::video` counts from the same
/// moment, which is what keeps the sound in step.
fn container_start(input: &Input) -> i64 {
    let starts =
        input.streams().filter(counts).map(|stream| stream.start_time().rescale(stream.time_base(), MICROSECONDS));
    starts.min().unwrap_or(0)
}

fn counts(stream: &Stream<'_>) -> bool {
    matches!(stream.parameters().medium(), Type::Video | Type::Audio)
        && !stream.disposition().contains(Disposition::ATTACHED_PIC)
        && stream.start_time() != UNKNOWN
}
