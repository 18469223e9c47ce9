//! One opened container with the decoder of its video stream.

use std::sync::Arc;
use std::time::Duration;

use ffmpeg_the_third as ffmpeg;

use ffmpeg::codec::{Id, threading};
use ffmpeg::format::context::Input;
use ffmpeg::format::stream::Disposition;
use ffmpeg::media::Type;
use ffmpeg::packet::side_data;
use ffmpeg::{Dictionary, FieldOrder, Stream};

use super::address::Address;
use super::container;
use super::length;
use super::orientation::Orientation;
use super::settings::VideoSettings;
use super::watch::Watch;
use super::why::{self, Place};
use crate::cores::codec_threads;
use crate::source::{MAX_PIXELS, MAX_SIDE_PX, SourceError};

/// libav's mark of an unknown time.
const UNKNOWN: i64 = i64::MIN;

/// libav's names of formats that are read as time goes by, whatever they announce.
const ENDLESS_FORMATS: [&str; 3] = ["mpjpeg", "rtsp", "sdp"];

/// libav's names of formats whose clock may begin anew in mid-stream.
const CLOCKS_THAT_JUMP: [&str; 4] = ["mpegts", "mpeg", "mpegvideo", "hls"];

/// An opened container and the decoder of its best video stream.
pub(super) struct Session {
    pub(super) input: Input,
    pub(super) decoder: ffmpeg::decoder::Video,
    pub(super) index: usize,
    pub(super) facts: Facts,
}

/// What the container says of its video stream.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// Seconds of one tick of the stream's clock.
    pub(super) tick: f64,
    /// The container's start by its own clock, s, where it is known.
    pub(super) start_s: Option<f64>,
    /// Pictures come as they are taken, without an end that is known.
    pub(super) live: bool,
    /// Its clock jumps where pieces were joined or packets lost, as MPEG streams' do.
    pub(super) clock_jumps: bool,
    /// Announced number of pictures.
    pub(super) frames: Option<u64>,
    /// Announced mean rate, pictures a second.
    pub(super) fps: Option<f64>,
    /// Announced end of the video stream, since the container's start.
    pub(super) end: Option<Duration>,
    /// Announced length of the whole container.
    pub(super) length: Option<Duration>,
    /// How the container says that pictures are to be turned.
    pub(super) orientation: Orientation,
    /// Width of a pixel to its height, where the container gives it.
    pub(super) aspect: Option<(i32, i32)>,
    /// Whether pictures that come with an alpha channel mean it.
    pub(super) alpha: bool,
    /// Whether the container, or the first pictures, say that half pictures of different times lie in each.
    pub(super) interlaced: bool,
    /// What cannot be honoured, as the end of a sentence that begins with the file's name.
    pub(super) note: Option<String>,
}

impl Session {
    /// Opens a file or stream. Network waits end when `watch` says so.
    pub(super) fn open(
        address: &Address,
        settings: &VideoSettings,
        (place, watch): (Place, &Arc<Watch>),
    ) -> Result<Session, SourceError> {
        ffmpeg::log::set_level(ffmpeg::log::Level::Quiet);
        let input = open_input(address, place, watch).map_err(|error| why::not_opened(address, place, error, watch))?;
        let format = input.format().name().to_owned();
        let known = |list: &str| list.split(',').any(|name| format.split(',').any(|part| part == name));
        if place == Place::Stream && !known(container::ALL) && !known(container::STREAMED) {
            return Err(why::no_film(address, &format));
        }
        let live = address.is_stream() && !is_finite(address, &input, watch);
        let (index, facts, decoder) = {
            let stream = input
                .streams()
                .best(Type::Video)
                .filter(|stream| !stream.disposition().contains(Disposition::ATTACHED_PIC))
                .ok_or_else(|| why::no_video(address, &input))?;
            let (width, height) = (stream.parameters().width(), stream.parameters().height());
            if width.max(height) > MAX_SIDE_PX || u64::from(width) * u64::from(height) > MAX_PIXELS {
                return Err(why::too_large(address, width, height));
            }
            let decoder = open_decoder(&stream, live, settings)
                .map_err(|error| why::no_decoder(address, stream.parameters().id(), error))?;
            (stream.index(), Facts { live, ..facts(&input, &stream) }, decoder)
        };
        Ok(Session { input, decoder, index, facts })
    }
}

/// Opens what the address names and nothing else: of files only the formats that their first bytes tell, by no protocol but `file`; of
/// streams whatever comes, by the protocols that the address takes. libav heeds either a list of protocols or a request to stop, so
/// what may bring anything is read with a time-out of its own, on a thread that can be left behind (`aside`).
fn open_input(address: &Address, place: Place, watch: &Arc<Watch>) -> Result<Input, ffmpeg::Error> {
    let formats = match place {
        Place::File(formats) => formats.to_owned(),
        Place::Pipe => container::ALL.to_owned(),
        Place::Stream => format!("{},{}", container::ALL, container::STREAMED),
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
    options.push(("rw_timeout", watch.patience_us().to_string()));
    ffmpeg::format::input_with_dictionary(address.target(), options.into_iter().collect::<Dictionary>())
}

/// Whether what comes over the network is a file or a finished playlist: its length is known, in time or in bytes.
fn is_finite(address: &Address, input: &Input, watch: &Watch) -> bool {
    let format = input.format();
    let endless = address.is_endless() || ENDLESS_FORMATS.contains(&format.name());
    // A playlist has a length in bytes whether it is finished or not.
    let by_size = || format.name() != "hls" && length::announced(address.target(), watch.patience()).is_some();
    !endless && (input.duration() > 0 || by_size())
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

fn facts(input: &Input, stream: &Stream<'_>) -> Facts {
    let tick = seconds_of_tick(stream);
    let start = container_start(input);
    let positive = |value: f64| (value.is_finite() && value > 0.0).then_some(value);
    let rates = [f64::from(stream.avg_frame_rate()), f64::from(stream.rate())];
    let fps = rates.into_iter().find_map(positive);
    let own_start = if stream.start_time() == UNKNOWN { 0.0 } else { stream.start_time() as f64 * tick };
    let end = (stream.duration() > 0)
        .then(|| own_start + stream.duration() as f64 * tick - start.unwrap_or(0.0))
        .and_then(|end| Duration::try_from_secs_f64(end).ok());
    let length = u64::try_from(input.duration()).ok().map(Duration::from_micros);
    let length = length.map(|length| since_start(length, start.unwrap_or(0.0), input));
    let guess = || Some((end.or(length)?.as_secs_f64() * fps?).round() as u64);
    Facts {
        tick,
        start_s: start,
        live: false,
        clock_jumps: CLOCKS_THAT_JUMP.contains(&input.format().name()),
        frames: u64::try_from(stream.frames()).ok().filter(|&frames| frames > 0).or_else(guess),
        fps,
        end,
        length,
        orientation: orientation(stream),
        aspect: aspect(stream),
        // Raw pixels of AVI have a fourth byte without a meaning, which is mostly 0.
        alpha: stream.parameters().id() != Id::RAWVIDEO || input.format().name() != "avi",
        interlaced: matches!(
            stream.parameters().field_order(),
            FieldOrder::TT | FieldOrder::BB | FieldOrder::TB | FieldOrder::BT
        ),
        note: lost(stream),
    }
}

/// The announced length, counted from the container's start. In Matroska some write the end of the last picture there, whatever
/// the clock began with.
fn since_start(length: Duration, start: f64, input: &Input) -> Duration {
    let matroska = input.format().name().contains("matroska");
    let rest = Duration::try_from_secs_f64(length.as_secs_f64() - start).ok().filter(|rest| !rest.is_zero());
    rest.filter(|_| matroska && start > 0.0).unwrap_or(length)
}

/// Seconds of one tick of a stream's clock.
fn seconds_of_tick(stream: &Stream<'_>) -> f64 {
    let tick = f64::from(stream.time_base());
    if tick.is_finite() && tick > 0.0 { tick } else { 1.0 / 90_000.0 }
}

/// The start of the container, s: the earliest start of its sound and pictures.
fn container_start(input: &Input) -> Option<f64> {
    input
        .streams()
        .filter(|stream| matches!(stream.parameters().medium(), Type::Video | Type::Audio))
        .filter(|stream| !stream.disposition().contains(Disposition::ATTACHED_PIC) && stream.start_time() != UNKNOWN)
        .map(|stream| stream.start_time() as f64 * seconds_of_tick(&stream))
        .min_by(f64::total_cmp)
}

/// FFmpeg 8 dropped side data of streams (decoders put the matrix on each frame instead, which is read too). Where the
/// wrapper has the method, it takes precedence over this stand-in.
#[allow(dead_code)]
trait NoSideData {
    fn side_data(&self) -> std::iter::Empty<ffmpeg::packet::SideData<'_>> {
        std::iter::empty()
    }
}

impl NoSideData for Stream<'_> {}

fn orientation(stream: &Stream<'_>) -> Orientation {
    let matrix = stream.side_data().find(|data| data.kind() == side_data::Type::DisplayMatrix);
    matrix.map_or(Orientation::UPRIGHT, |data| Orientation::from_matrix(data.data()))
}

/// Width of a pixel to its height by the container; beyond 4 to 1 it is broken metadata, not a camera.
fn aspect(stream: &Stream<'_>) -> Option<(i32, i32)> {
    let ratio = stream.sample_aspect_ratio();
    (0.25..=4.0).contains(&f64::from(ratio)).then(|| (ratio.numerator(), ratio.denominator()))
}

/// A sentence for Dolby Vision whose pictures mean nothing without Dolby's own way of reading them. The third byte of libav's record is the
/// profile, the eighth the standard that the pictures also follow, 0 for none.
fn dolby_vision(stream: &Stream<'_>) -> Option<String> {
    let record = stream.side_data().find(|data| data.kind() == side_data::Type::DOVI_CONF)?;
    let (profile, also) = (record.data().get(2)?, record.data().get(7)?);
    (*also == 0).then(|| {
        format!("is Dolby Vision of profile {profile}, which follows no other standard: its colours are wrong")
    })
}

/// A decoder for a stream.
fn find_decoder(stream: &Stream<'_>) -> Option<ffmpeg::Codec> {
    alpha_decoder(stream).or_else(|| ffmpeg::decoder::find(stream.parameters().id()))
}

/// libav's own decoders of VP8 and VP9 leave transparency out, those of libvpx do not.
fn alpha_decoder(stream: &Stream<'_>) -> Option<ffmpeg::Codec> {
    match stream.parameters().id() {
        Id::VP8 if has_alpha(stream) => ffmpeg::decoder::find_by_name("libvpx"),
        Id::VP9 if has_alpha(stream) => ffmpeg::decoder::find_by_name("libvpx-vp9"),
        _ => None,
    }
}

fn has_alpha(stream: &Stream<'_>) -> bool {
    stream.metadata().iter().any(|(key, value)| key.eq_ignore_ascii_case("alpha_mode") && value == "1")
}

/// What of the pictures cannot be honoured.
fn lost(stream: &Stream<'_>) -> Option<String> {
    let unseen = has_alpha(stream) && alpha_decoder(stream).is_none();
    let sentence = "has transparent parts that only libvpx can read, which is missing here: what lies there is seen";
    dolby_vision(stream).or_else(|| unseen.then(|| sentence.to_owned()))
}
