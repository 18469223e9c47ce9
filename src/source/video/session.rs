//! One opened container with the decoder of its video stream.

use std::sync::Arc;
use std::time::Instant;

use ffmpeg_the_third as ffmpeg;

use ffmpeg::codec::threading;
use ffmpeg::format::context::Input;
use ffmpeg::format::stream::Disposition;
use ffmpeg::media::Type;
use ffmpeg::{Dictionary, Stream};

use super::address::Address;
use super::ahead::{Ahead, Packets};
use super::beside::Beside;
use super::container;
use super::facts::{self, LISTS, MEASURED, Span, StreamFacts};
use super::length;
use super::settings::VideoSettings;
use super::watch::Watch;
use super::why::{self, SourcePlace};
use crate::cores::codec_threads;
use crate::geometry::Size;
use crate::source::{MAX_PIXELS, MAX_SIDE_PX, SourceError};

/// libav's names of formats that are read as time goes by, whatever they announce.
const ENDLESS_FORMATS: [&str; 3] = ["mpjpeg", "rtsp", "sdp"];

/// An opened container and the decoder of its best video stream.
pub(super) struct VideoSession {
    pub(super) packets: Packets,
    pub(super) decoder: ffmpeg::decoder::Video,
    pub(super) index: usize,
    pub(super) facts: StreamFacts,
    pub(super) beside: Beside,
}

impl VideoSession {
    /// Opens a file or stream. Network waits end when `watch` says so. `again`: a live stream that was lost.
    pub(super) fn open(
        address: &Address,
        settings: &VideoSettings,
        place: SourcePlace,
        watch: &Arc<Watch>,
        again: bool,
    ) -> Result<VideoSession, SourceError> {
        let begun = Instant::now();
        ffmpeg::log::set_level(ffmpeg::log::Level::Quiet);
        let input = open_input(address, place, watch).map_err(|error| why::not_opened(address, place, error, watch))?;
        let format = input.format().name().to_owned();
        let known = |list: &str| list.split(',').any(|name| format.split(',').any(|part| part == name));
        let lists = [container::ALL, container::PICTURES, container::STREAMED];
        if place == SourcePlace::Stream && !lists.into_iter().any(known) {
            return Err(why::no_film(address, &format));
        }
        let span = if again { Span::Live } else { span(address, &input, watch) };
        let (index, mut facts, decoder) = {
            let stream = input
                .streams()
                .best(Type::Video)
                .filter(|stream| !stream.disposition().contains(Disposition::ATTACHED_PIC))
                .ok_or_else(|| why::no_video(address, &input))?;
            let (width, height) = (stream.parameters().width(), stream.parameters().height());
            if width.max(height) > MAX_SIDE_PX || u64::from(width) * u64::from(height) > MAX_PIXELS {
                return Err(SourceError::TooLarge { name: address.shown(), size: Size { width, height } });
            }
            let decoder = open_decoder(&stream, !matches!(span, Span::Film { .. }), settings).map_err(|error| {
                SourceError::UnsupportedCodec {
                    name: address.shown(),
                    codec: format!("{:?}", stream.parameters().id()),
                    reason: error.to_string(),
                }
            })?;
            (stream.index(), facts::facts(&input, &stream, span), decoder)
        };
        if place != SourcePlace::Stream {
            facts.look_into(address, &input);
        }
        let mut beside = Beside::new(&input, index, &facts);
        let packets = if span == Span::Unsure {
            let ahead = Ahead::new(input, index, watch)
                .map_err(|error| SourceError::Failed(format!("no thread for {}: {error}", address.shown())))?;
            facts.live = ahead.is_live(begun, facts.fps.unwrap_or(25.0), watch);
            Packets::Ahead(ahead)
        } else {
            Packets::Here(Box::new(input))
        };
        if facts.live {
            beside.without_sound();
        }
        Ok(VideoSession { packets, decoder, index, facts, beside })
    }
}

/// Opens what the address names and nothing else: of files only the formats that their first bytes tell, by no protocol but `file`; of
/// streams whatever comes, by the protocols that the address takes. libav heeds either a list of protocols or a request to stop, so
/// what may bring anything is read with a time-out of its own, on a thread that can be left behind (`aside`).
fn open_input(address: &Address, place: SourcePlace, watch: &Arc<Watch>) -> Result<Input, ffmpeg::Error> {
    let formats = match place {
        SourcePlace::File(formats) => formats.to_owned(),
        SourcePlace::Pipe => format!("{},{}", container::ALL, container::PICTURES),
        SourcePlace::Stream => format!("{},{},{}", container::ALL, container::PICTURES, container::STREAMED),
    };
    let mut options = vec![("format_whitelist", formats)];
    let Some(scheme) = address.scheme() else {
        options.push(("protocol_whitelist", "file".to_owned()));
        // Without the prefix a file named `a:b.mp4` would be taken for a protocol.
        let target = format!("file:{}", address.target());
        return ffmpeg::format::input_with_dictionary(target, options.into_iter().collect::<Dictionary>());
    };
    let Some(protocols) = scheme.protocols else {
        let watch = Arc::clone(watch);
        return ffmpeg::format::input_with_interrupt(address.target(), move || watch.ends_wait());
    };
    options.push(("protocol_whitelist", protocols.to_owned()));
    options.push(("rw_timeout", watch.patience().as_micros().to_string()));
    ffmpeg::format::input_with_dictionary(address.target(), options.into_iter().collect::<Dictionary>())
}

/// Whether a source ends: a file does, and what comes over the network and has a length, in time or in bytes.
fn span(address: &Address, input: &Input, watch: &Watch) -> Span {
    let (format, hung) = (input.format(), watch.timed_out());
    let announced = || length::announced(address.target(), watch.patience());
    let is = |names: &[&str]| names.contains(&format.name());
    if !address.is_stream() {
        Span::Film { open: false }
    } else if address.is_endless() || is(&ENDLESS_FORMATS) {
        Span::Live
    } else if input.duration() > 0 {
        // Where the time was measured the length in bytes was known; pieces of lists end one by one.
        let may_close = address.may_just_close() && !is(&MEASURED) && !is(&LISTS);
        Span::Film { open: may_close && announced().is_none() }
    } else if is(&LISTS) {
        // It has a length in bytes whether it is finished or not.
        Span::Live
    } else if announced().is_some() {
        Span::Film { open: false }
    } else if hung {
        Span::Live
    } else {
        Span::Unsure
    }
}

fn open_decoder(
    stream: &Stream<'_>,
    live: bool,
    settings: &VideoSettings,
) -> Result<ffmpeg::decoder::Video, ffmpeg::Error> {
    let mut context = ffmpeg::codec::Context::from_parameters(stream.parameters())?;
    // Frame threads hold pictures back: good for files, not for live streams.
    let kind = if live { threading::Type::Slice } else { threading::Type::Frame };
    context.set_threading(threading::Config {
        count: codec_threads(settings.decode_threads),
        ..threading::Config::kind(kind)
    });
    let codec = find_decoder(stream).ok_or(ffmpeg::Error::DecoderNotFound)?;
    // Also holds for pictures that grow in mid-stream.
    let options: Dictionary = [("max_pixels", MAX_PIXELS.to_string())].into_iter().collect();
    context.decoder().open_as_with(codec, options)?.video()
}

/// A decoder for a stream.
fn find_decoder(stream: &Stream<'_>) -> Option<ffmpeg::Codec> {
    facts::alpha_decoder(stream).or_else(|| ffmpeg::decoder::find(stream.parameters().id()))
}
