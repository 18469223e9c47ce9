//! What a container says of its video stream.

use std::time::Duration;

use ffmpeg_the_third as ffmpeg;

use ffmpeg::codec::Id;
use ffmpeg::format::context::Input;
use ffmpeg::format::stream::Disposition;
use ffmpeg::media::Type;
use ffmpeg::packet::side_data;
use ffmpeg::{FieldOrder, Stream};

use super::address::Address;
use super::container;
use super::orientation::Orientation;
use super::picture::PixelAspect;
use super::why;
use crate::pictures;

/// libav's mark of an unknown time.
const UNKNOWN: i64 = i64::MIN;

/// libav's names of lists of pieces, which have a length in time when they are finished.
pub(super) const LISTS: [&str; 2] = ["hls", "dash"];

/// libav's names of formats whose clock may begin anew in mid-stream.
const CLOCKS_THAT_JUMP: [&str; 3] = ["mpegts", "mpeg", "mpegvideo"];

/// Those without a length of their own, for which libav takes the last time stamp for the end.
pub(super) const MEASURED: [&str; 2] = ["mpegts", "mpeg"];

/// What stands for the number of pictures in AVI files whose writers could not go back to the head.
const NO_COUNT: i64 = 0x4000_0000;

/// Whether a source ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    /// It does. `open`: nothing but the end of the connection may tell where.
    Film { open: bool },
    /// It does not, or comes in its own time.
    Live,
    /// What comes tells.
    Unsure,
}

/// What the container says of its video stream.
#[derive(Clone, Debug)]
pub(super) struct StreamFacts {
    /// Seconds of one tick of the stream's clock.
    pub(super) tick: f64,
    /// The container's start by its own clock, s, where it is known.
    pub(super) start_s: Option<f64>,
    /// Pictures come as they are taken, without an end that is known.
    pub(super) live: bool,
    /// What libav calls the format.
    pub(super) format: String,
    /// Nothing but the end of the connection may tell where it ends.
    pub(super) open_end: bool,
    /// A file of which it is known that its end is missing.
    pub(super) cut: bool,
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
    /// Shape of the pixels, where the container gives it.
    pub(super) aspect: Option<PixelAspect>,
    /// Whether pictures that come with an alpha channel mean it.
    pub(super) alpha: bool,
    /// Whether the container, or the first pictures, say that half pictures of different times lie in each.
    pub(super) interlaced: bool,
    /// What cannot be honoured, as the end of a sentence that begins with the file's name.
    pub(super) note: Option<String>,
}

impl StreamFacts {
    /// Adds what a file announces of its length and libav does not pass on.
    pub(super) fn look_into(&mut self, address: &Address, input: &Input) {
        let Some(file) = address.file().filter(|file| file.is_file()) else { return };
        match self.format.as_str() {
            "gif" => self.cut = pictures::is_cut_gif(&file),
            "asf" if input.duration() <= 0 => {
                self.length = why::head(&file).ok().and_then(|head| container::length_of_asf(&head));
            }
            _ => {}
        }
    }

    /// Whether libav takes it for a picture file, or several of them on end.
    pub(super) fn is_picture_file(&self) -> bool {
        self.format.ends_with("_pipe") || self.format == "mjpeg"
    }

    /// Whether it is a list of pieces that are fetched one by one.
    pub(super) fn is_list(&self) -> bool {
        LISTS.contains(&self.format.as_str())
    }

    /// Whether the end that is announced is but the last time stamp.
    pub(super) fn is_measured(&self) -> bool {
        MEASURED.contains(&self.format.as_str())
    }
}

/// What the container says of `stream`, which has this span.
pub(super) fn facts(input: &Input, stream: &Stream<'_>, span: Span) -> StreamFacts {
    let format = input.format().name().to_owned();
    let tick = seconds_of_tick(stream);
    let start = container_start(input);
    let positive = |value: f64| (value.is_finite() && value > 0.0).then_some(value);
    let rates = [f64::from(stream.avg_frame_rate()), f64::from(stream.rate())];
    let fps = rates.into_iter().find_map(positive);
    let own_start = if stream.start_time() == UNKNOWN { 0.0 } else { stream.start_time() as f64 * tick };
    let end = (stream.duration() > 0)
        .then(|| own_start + stream.duration() as f64 * tick - start.unwrap_or(0.0))
        .and_then(|end| Duration::try_from_secs_f64(end).ok());
    // Of a file that was cut libav gives the length of what is left, but the number of pictures is that of the head.
    let end = if format == "avi" { end.max(counted(stream.frames(), tick)) } else { end };
    let length = u64::try_from(input.duration()).ok().map(Duration::from_micros);
    let length = length.map(|length| since_start(length, start.unwrap_or(0.0), input));
    let guess = || Some((end.or(length)?.as_secs_f64() * fps?).round() as u64);
    StreamFacts {
        tick,
        start_s: start,
        live: span == Span::Live,
        open_end: matches!(span, Span::Film { open: true } | Span::Unsure),
        cut: false,
        clock_jumps: CLOCKS_THAT_JUMP.contains(&format.as_str()),
        frames: u64::try_from(stream.frames()).ok().filter(|&frames| frames > 0).or_else(guess),
        fps,
        end,
        length,
        orientation: orientation(stream),
        aspect: aspect(stream),
        // Raw pixels of AVI have a fourth byte without a meaning, which is mostly 0.
        alpha: stream.parameters().id() != Id::RAWVIDEO || format != "avi",
        format,
        interlaced: matches!(
            stream.parameters().field_order(),
            FieldOrder::TT | FieldOrder::BB | FieldOrder::TB | FieldOrder::BT
        ),
        note: lost(stream),
    }
}

/// Length of so many pictures of an AVI file.
fn counted(frames: i64, tick: f64) -> Option<Duration> {
    let length = (1..NO_COUNT).contains(&frames).then_some(frames as f64 * tick)?;
    Duration::try_from_secs_f64(length).ok()
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

/// Shape of the pixels by the container, if it may be true.
fn aspect(stream: &Stream<'_>) -> Option<PixelAspect> {
    Some(PixelAspect::of(stream.sample_aspect_ratio())).filter(|aspect| aspect.is_plausible())
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

/// libav's own decoders of VP8 and VP9 leave transparency out, those of libvpx do not.
pub(super) fn alpha_decoder(stream: &Stream<'_>) -> Option<ffmpeg::Codec> {
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
