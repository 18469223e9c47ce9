//! The sound of the source, packet by packet, in step with the pictures: copied where an MP4 takes it, else encoded.

use std::collections::VecDeque;

use ffmpeg_the_third as ffmpeg;

use ffmpeg::codec::{Context, Id, Parameters};
use ffmpeg::{Error, Packet, Rational, Rescale};

use super::pieces::{FileTrack, Pieces};
use super::transcode::{NANOSECONDS, Transcoder};
use crate::sound::SoundReader;

/// Codecs that players find in MP4 files. Whether this libav puts them there is tried.
const FITTING: [Id; 9] = [Id::AAC, Id::MP3, Id::MP2, Id::AC3, Id::EAC3, Id::ALAC, Id::OPUS, Id::FLAC, Id::VORBIS];

/// Of these, those that need nothing but their packets to be decoded.
const SELF_CONTAINED: [Id; 4] = [Id::MP3, Id::MP2, Id::AC3, Id::EAC3];

/// Of these, those that the head of a file is made from a packet of.
const TOLD_BY_PACKETS: [Id; 2] = [Id::AC3, Id::EAC3];

/// libav's number of the plain kind of AAC (low complexity).
const AAC_LC: i32 = 1;

/// The sound of a recording.
pub(super) struct Sound {
    reader: SoundReader,
    way: SoundCoding,
    /// Ready to be written.
    ready: VecDeque<Packet>,
    /// Last time written, ticks of the output.
    written: Option<i64>,
}

enum SoundCoding {
    Copied(Parameters),
    Encoded(Box<Transcoder>),
}

impl Sound {
    /// Takes the sound of a source in the first way that the file takes. The sentence says what is not as in the source.
    pub(super) fn open(
        reader: SoundReader,
        takes: impl Fn(&Parameters, Rational, Option<Packet>) -> bool,
    ) -> (Option<Sound>, Option<String>) {
        let parameters = reader.parameters();
        let id = parameters.id();
        // The head does not wait for a sound that begins later.
        let has_head = reader.hears() || !TOLD_BY_PACKETS.contains(&id);
        let first = reader.first().map(|packet| copied(bare(packet, id), 0, reader.time_base(), reader.time_base()));
        let fits = |parameters: &Parameters| {
            FITTING.contains(&id) && has_head && takes(parameters, reader.time_base(), first.clone())
        };
        let copied = Some(parameters.clone()).filter(&fits).or_else(|| unmarked(&parameters).filter(&fits));
        if let Some(parameters) = copied {
            return (Some(Sound::new(reader, SoundCoding::Copied(parameters))), None);
        }
        match Transcoder::new(&parameters) {
            Ok(encoding) => {
                let why = if has_head { "it does not fit into an MP4" } else { "it begins later than the pictures" };
                let note = format!("the sound ({id:?}) was encoded anew as AAC, as {why}");
                (Some(Sound::new(reader, SoundCoding::Encoded(Box::new(encoding)))), Some(note))
            }
            Err(error) => {
                let note = format!(
                    "the sound is left out: its codec ({id:?}) does not fit into an MP4 and cannot be encoded anew ({error})"
                );
                (None, Some(note))
            }
        }
    }

    fn new(reader: SoundReader, way: SoundCoding) -> Sound {
        Sound { reader, way, ready: VecDeque::new(), written: None }
    }

    /// What a file is told of the stream.
    pub(super) fn track(&self) -> Result<FileTrack, Error> {
        FileTrack::new(self.parameters(), self.time_base())
    }

    /// Writes the first sound there is, if nothing was written yet, whatever its time: the head of a file is made from it.
    pub(super) fn begin(&mut self, output: &mut Pieces, index: usize) -> Result<(), Error> {
        if self.written.is_none()
            && let Some(packet) = self.next_before(i64::MAX, output.time_base(index))?
        {
            output.add(index, packet);
        }
        Ok(())
    }

    /// Writes all sound before `until` (us) into stream `index` of the output.
    pub(super) fn write_before(&mut self, until: i64, output: &mut Pieces, index: usize) -> Result<(), Error> {
        while let Some(packet) = self.next_before(until, output.time_base(index))? {
            output.add(index, packet);
        }
        Ok(())
    }

    /// Writes what is left when the recorded pictures end at `end` (us).
    pub(super) fn finish(&mut self, end: i64, output: &mut Pieces, index: usize) -> Result<(), Error> {
        while let Some(packet) = self.next_of_rest(end, output.time_base(index))? {
            output.add(index, packet);
        }
        Ok(())
    }

    fn parameters(&self) -> Parameters {
        match &self.way {
            SoundCoding::Copied(parameters) => parameters.clone(),
            SoundCoding::Encoded(encoding) => encoding.parameters(),
        }
    }

    /// The clock of the stream, as it should be in the file.
    fn time_base(&self) -> Rational {
        match &self.way {
            SoundCoding::Copied(_) => self.reader.time_base(),
            SoundCoding::Encoded(encoding) => encoding.time_base(),
        }
    }

    /// The next packet of those before `until` (us), its times in ticks of `to`.
    fn next_before(&mut self, until: i64, to: Rational) -> Result<Option<Packet>, Error> {
        let until = until.saturating_mul(1000);
        loop {
            if let Some(packet) = self.ready.pop_front() {
                return Ok(Some(packet));
            }
            let Some((packet, time)) = self.reader.next_before(until) else { return Ok(None) };
            let made = match &mut self.way {
                SoundCoding::Copied(of) => {
                    vec![copied(bare(packet, of.id()), time, self.reader.time_base(), to)]
                }
                SoundCoding::Encoded(encoding) => {
                    let from = encoding.time_base();
                    encoding.put(packet, time)?.into_iter().map(|packet| rescaled(packet, from, to)).collect()
                }
            };
            self.make_ready(made);
        }
    }

    /// The next packet of what is left when the recorded pictures end at `end` (us): of all sound when the source has no later
    /// picture, else (the run was stopped) of what comes before the end.
    fn next_of_rest(&mut self, end: i64, to: Rational) -> Result<Option<Packet>, Error> {
        let until = if self.reader.has_ended() { i64::MAX } else { end };
        if let Some(packet) = self.next_before(until, to)? {
            return Ok(Some(packet));
        }
        if let SoundCoding::Encoded(encoding) = &mut self.way {
            let from = encoding.time_base();
            let rest = encoding.finish()?.into_iter().map(|packet| rescaled(packet, from, to)).collect();
            self.make_ready(rest);
        }
        Ok(self.ready.pop_front())
    }

    /// Sentences about what is missing or was moved.
    pub(super) fn notes(&self) -> Vec<String> {
        let unreadable = match &self.way {
            SoundCoding::Copied(_) => 0,
            SoundCoding::Encoded(encoding) => encoding.unreadable,
        };
        let all = [
            (
                self.reader.lost(),
                "packets of sound are left out, as they lie too far from their pictures in the source",
            ),
            (self.reader.moved(), "packets of sound were put directly after the one before, as their time stamps jump"),
            (unreadable, "packets of sound could not be decoded"),
        ];
        all.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{what}: {count}")).collect()
    }

    fn make_ready(&mut self, packets: Vec<Packet>) {
        for packet in packets {
            // Damaged files repeat times, which a muxer refuses.
            let grows = packet.dts().is_some_and(|time| self.written.is_none_or(|written| time > written));
            if grows && packet.size() > 0 {
                self.written = packet.dts();
                self.ready.push_back(packet);
            }
        }
    }
}

/// The parameters without the marks of the container that they come from (a codec tag, which another muxer may refuse).
fn unmarked(parameters: &Parameters) -> Option<Parameters> {
    let id = parameters.id();
    if id == Id::AAC {
        // An MP4 wants a description of the stream. That of plain AAC is what an encoder for the same rate and channels says.
        let plain = Transcoder::new(parameters).ok().filter(|_| parameters.profile() == AAC_LC)?.parameters();
        let alike = plain.sample_rate() == parameters.sample_rate()
            && plain.ch_layout().channels() == parameters.ch_layout().channels();
        return alike.then_some(plain);
    }
    let codec = ffmpeg::decoder::find(id).filter(|_| SELF_CONTAINED.contains(&id))?;
    let mut context = Context::new_with_codec(codec).encoder().audio().ok()?;
    context.set_rate(i32::try_from(parameters.sample_rate()).ok()?);
    context.set_ch_layout(parameters.ch_layout());
    context.set_bit_rate(usize::try_from(parameters.bit_rate()).unwrap_or(0));
    Some(Parameters::from(&context))
}

fn copied(mut packet: Packet, time: i64, from: Rational, to: Rational) -> Packet {
    packet.set_duration(packet.duration().rescale(from, to));
    let time = time.rescale(NANOSECONDS, to);
    packet.set_pts(Some(time));
    packet.set_dts(Some(time));
    packet.set_position(-1);
    packet
}

/// A packet as an MP4 holds it.
fn bare(packet: Packet, codec: Id) -> Packet {
    Some(&packet).filter(|_| codec == Id::AAC).and_then(without_adts).unwrap_or(packet)
}

/// A frame of AAC without the head that says in transport streams what an MP4 says once for all.
fn without_adts(packet: &Packet) -> Option<Packet> {
    let data = packet.data()?;
    let [0xff, second, ..] = *data else { return None };
    if second & 0xf6 != 0xf0 {
        return None;
    }
    let head = if second & 1 == 1 { 7 } else { 9 };
    let mut bare = Packet::copy(data.get(head..).filter(|rest| !rest.is_empty())?);
    bare.set_duration(packet.duration());
    bare.set_flags(packet.flags());
    Some(bare)
}

fn rescaled(mut packet: Packet, from: Rational, to: Rational) -> Packet {
    packet.rescale_ts(from, to);
    packet.set_position(-1);
    packet
}
