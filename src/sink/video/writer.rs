//! The open file: encoder, sound and muxer.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use ffmpeg_the_third as ffmpeg;

use ffmpeg::codec::Parameters;
use ffmpeg::encoder::video::Encoder;
use ffmpeg::format::context::Output;
use ffmpeg::frame::Video;
use ffmpeg::{Dictionary, Packet, Rational, Rescale, picture};
use image::RgbImage;

use super::VideoSinkSettings;
use super::encoder::{Choice, TICKS};
use super::picture::Converter;
use super::sound::Sound;

const CLOCK: Rational = Rational(1, TICKS);
const MICROSECONDS: Rational = Rational(1, 1_000_000);

/// Streams of the file.
const PICTURES: usize = 0;
const SOUND: usize = 1;

/// POSIX "invalid argument", which is how the muxer refuses a stream.
const EINVAL: i32 = 22;

/// An open recording.
pub(super) struct Writer {
    output: Output,
    encoder: Encoder,
    converter: Converter,
    sound: Option<Sound>,
    /// The last picture and its time (ticks): it is held back until the next one says how long it lasts.
    held: Option<(Video, i64)>,
    /// Times and lengths (ticks) of pictures within the encoder.
    lengths: VecDeque<(i64, i64)>,
    /// Length of a picture of which nothing else is known, ticks.
    usual: i64,
    /// Longest time between key frames, ticks.
    key_every: i64,
    last_key: Option<i64>,
}

impl Writer {
    /// Opens the file for pictures of an even size (px) at a nominal rate.
    pub(super) fn open(
        path: &Path,
        choice: &Choice,
        settings: &VideoSinkSettings,
        (size, fps): ((u32, u32), Option<f64>),
        sound: Option<Sound>,
    ) -> Result<Writer, ffmpeg::Error> {
        let encoder = choice.open(settings, size, fps)?;
        let mut output = create(path)?;
        let mut stream = output.add_stream(None::<ffmpeg::Codec>)?;
        stream.copy_parameters_from_context(&encoder);
        stream.set_time_base(CLOCK);
        if let Some(sound) = &sound {
            add_sound(&mut output, &sound.parameters(), sound.time_base())?;
        }
        output.write_header_with(muxer_options(settings))?;
        let usual = fps.filter(|fps| fps.is_finite() && *fps > 0.0).unwrap_or(25.0);
        Ok(Writer {
            output,
            encoder,
            converter: Converter::new(size),
            sound,
            held: None,
            lengths: VecDeque::new(),
            usual: ticks(1.0 / usual).max(1),
            key_every: ticks(settings.keyframe_s).max(1),
            last_key: None,
        })
    }

    /// Whether an MP4 takes this sound. Its codec alone does not tell: sound from MPEG-TS and AVI carries marks of its
    /// container that only another muxer takes.
    pub(super) fn takes(path: &Path, settings: &VideoSinkSettings, sound: (&Parameters, Rational)) -> bool {
        let attempt = || -> Result<(), ffmpeg::Error> {
            let mut output = create(path)?;
            add_sound(&mut output, sound.0, sound.1)?;
            output.write_header_with(muxer_options(settings)).map(|_| ())
        };
        // All other errors are those of the file, and come up again when it is opened.
        !matches!(attempt(), Err(ffmpeg::Error::Other { errno: EINVAL } | ffmpeg::Error::InvalidData))
    }

    /// Adds a picture.
    pub(super) fn put(&mut self, picture: &RgbImage, time: Duration) -> Result<(), ffmpeg::Error> {
        let converted = self.converter.convert(picture)?;
        let mut time = ticks(time.as_secs_f64());
        if let Some((before, since)) = self.held.take() {
            time = time.max(since + 1);
            self.usual = time - since;
            self.encode(before, since, time - since)?;
        }
        self.held = Some((converted, time));
        Ok(())
    }

    /// Empties the encoder, completes the sound and closes the file.
    pub(super) fn finish(&mut self) -> Result<(), ffmpeg::Error> {
        let mut end = 0;
        if let Some((last, since)) = self.held.take() {
            end = since + self.usual;
            self.encode(last, since, self.usual)?;
        }
        self.encoder.send_eof()?;
        self.write_encoded()?;
        let end = end.rescale(CLOCK, MICROSECONDS);
        self.write_sound(|sound, base| sound.next_of_rest(end, base))?;
        match self.output.write_trailer() {
            // The MP4 muxer answers with the size of its index, which the wrapper takes for an error turned round.
            Err(ffmpeg::Error::Other { errno }) if errno < 0 => Ok(()),
            result => result,
        }
    }

    /// Sentences about the sound.
    pub(super) fn notes(&self) -> Vec<String> {
        self.sound.as_ref().map(Sound::notes).unwrap_or_default()
    }

    /// Writes packets of sound as long as there are any.
    fn write_sound(
        &mut self,
        mut next: impl FnMut(&mut Sound, Rational) -> Result<Option<Packet>, ffmpeg::Error>,
    ) -> Result<(), ffmpeg::Error> {
        let (Some(sound), Some(stream)) = (&mut self.sound, self.output.stream(SOUND)) else { return Ok(()) };
        let base = stream.time_base();
        while let Some(mut packet) = next(sound, base)? {
            packet.set_stream(SOUND);
            packet.write(&mut self.output)?;
        }
        Ok(())
    }

    fn encode(&mut self, mut picture: Video, time: i64, length: i64) -> Result<(), ffmpeg::Error> {
        picture.set_pts(Some(time));
        let key = self.last_key.is_none_or(|last| time - last >= self.key_every);
        if key {
            self.last_key = Some(time);
        }
        picture.set_kind(if key { picture::Type::I } else { picture::Type::None });
        self.lengths.push_back((time, length));
        self.encoder.send_frame(&picture)?;
        self.write_encoded()
    }

    /// Writes the pictures that the encoder is done with, and the sound before them.
    fn write_encoded(&mut self) -> Result<(), ffmpeg::Error> {
        let base = self.output.stream(PICTURES).ok_or(ffmpeg::Error::StreamNotFound)?.time_base();
        loop {
            let mut packet = Packet::empty();
            match self.encoder.receive_packet(&mut packet) {
                Ok(()) => {}
                Err(ffmpeg::Error::Eof | ffmpeg::Error::Other { .. }) => return Ok(()),
                Err(error) => return Err(error),
            }
            if let Some(at) = self.lengths.iter().position(|&(time, _)| Some(time) == packet.pts()) {
                let (_, length) = self.lengths.remove(at).unwrap_or_default();
                packet.set_duration(length);
            }
            if let Some(time) = packet.dts().or(packet.pts()) {
                let time = time.rescale(CLOCK, MICROSECONDS);
                self.write_sound(|sound, base| sound.next_before(time, base))?;
            }
            packet.set_stream(PICTURES);
            packet.rescale_ts(CLOCK, base);
            packet.write(&mut self.output)?;
        }
    }
}

fn add_sound(output: &mut Output, parameters: &Parameters, time_base: Rational) -> Result<(), ffmpeg::Error> {
    let mut stream = output.add_stream(None::<ffmpeg::Codec>)?;
    stream.set_parameters(parameters.clone());
    stream.set_time_base(time_base);
    Ok(())
}

fn create(path: &Path) -> Result<Output, ffmpeg::Error> {
    // Without the prefix a file named `a:b.mp4` would be taken for a protocol.
    let mut target = OsString::from("file:");
    target.push(path);
    ffmpeg::format::output_as(target, "mp4")
}

/// `empty_moov` and fragments make a file that needs no end; `delay_moov` puts the head off to the first fragment, when
/// the true start of each stream is known (B-frames and encoder delays begin before zero).
fn muxer_options(settings: &VideoSinkSettings) -> Dictionary {
    let fragment = (settings.fragment_s.max(0.0) * 1e6).round();
    let options = [
        ("movflags", "frag_keyframe+empty_moov+delay_moov+default_base_moof".to_owned()),
        ("frag_duration", format!("{fragment}")),
        ("flush_packets", "1".to_owned()),
    ];
    options.into_iter().collect()
}

fn ticks(seconds: f64) -> i64 {
    (seconds * f64::from(TICKS)).round() as i64
}
