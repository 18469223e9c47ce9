//! Chooses and opens a video encoder.

use ffmpeg_the_third as ffmpeg;

use ffmpeg::codec::threading;
use ffmpeg::encoder::video::Encoder;
use ffmpeg::format::Pixel;
use ffmpeg::{Codec, Dictionary, Rational, color};

use super::settings::{Preset, VideoSinkSettings};
use crate::cores::codec_threads;
use crate::geometry::Size;

/// The clock of recorded video, ticks a second: whole ticks for 24, 25, 30, 50, 60 pictures a second and their NTSC
/// relatives, 17 us at worst for others, and the largest such that MPEG-4 can count with (16 bits).
pub(super) const TICKS: i32 = 60_000;

/// So many seconds in ticks.
pub(super) fn ticks(seconds: f64) -> i64 {
    (seconds * f64::from(TICKS)).round() as i64
}

/// Most pictures between two that can be jumped to, should their times stand still.
const LONGEST_GROUP: u32 = 600;

/// How many pictures an encoder may hold back to make the file small. What the file's head says of the pictures is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LookAhead {
    /// As many as the preset says: for pictures that come faster than time.
    Far,
    /// Few: for pictures that come as time goes by, 15 a second and more.
    Near,
    /// As few as there can be with pictures that are coded from later ones: for pictures that come slower than that.
    Nearest,
}

impl LookAhead {
    /// Pictures that libx264 looks ahead, and most threads, each of which holds one back. With five the files are about as small as with the ten of
    /// its usual preset, and a little less good.
    fn limits(self) -> Option<(u32, usize)> {
        match self {
            LookAhead::Far => None,
            LookAhead::Near => Some((5, 2)),
            LookAhead::Nearest => Some((3, 1)),
        }
    }
}

/// Encoders in the order in which `auto` tries them.
const CANDIDATES: [&str; 3] = ["libx264", "libopenh264", "mpeg4"];

/// An encoder that this FFmpeg has.
pub(super) struct EncoderChoice {
    name: String,
    codec: Codec,
}

/// The encoder of this name, or the best there is for `auto`; otherwise a sentence.
pub(super) fn choose(wanted: &str) -> Result<EncoderChoice, String> {
    let names = if wanted == "auto" { CANDIDATES.to_vec() } else { vec![wanted] };
    // A NUL cannot be part of a name, and would end the process in the wrapper.
    let found = names.into_iter().filter(|name| !name.contains('\0')).find_map(|name| {
        let codec = ffmpeg::encoder::find_by_name(name).filter(Codec::is_video)?;
        Some(EncoderChoice { name: name.to_owned(), codec })
    });
    found.ok_or_else(|| match wanted {
        "auto" => format!("this FFmpeg has no encoder to record with; one of {} is needed", CANDIDATES.join(", ")),
        _ => format!("this FFmpeg has no video encoder {wanted:?}; auto, {} are usual", CANDIDATES.join(", ")),
    })
}

impl EncoderChoice {
    /// The encoder's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// A sentence when it is not H.264.
    pub(super) fn note(&self) -> Option<String> {
        (self.codec.id() != ffmpeg::codec::Id::H264).then(|| {
            format!("recording with {}, as this FFmpeg has no H.264 encoder or another was asked for", self.name)
        })
    }

    /// Opens the encoder for pictures of an even `size` in 4:2:0, BT.709, limited range.
    pub(super) fn open(
        &self,
        settings: &VideoSinkSettings,
        size: Size,
        fps: Option<f64>,
        look: LookAhead,
    ) -> Result<Encoder, ffmpeg::Error> {
        let Size { width, height } = size;
        let mut context = ffmpeg::codec::Context::new_with_codec(self.codec);
        // Slices would cost quality; with frame threads the encoder holds a few pictures back.
        let kind = threading::Config::kind(threading::Type::Frame);
        let threads = codec_threads(settings.threads).min(look.limits().map_or(usize::MAX, |(_, threads)| threads));
        context.set_threading(threading::Config { count: threads, ..kind });
        context.set_flags(ffmpeg::codec::Flags::GLOBAL_HEADER);
        let mut video = context.encoder().video()?;
        video.set_width(width);
        video.set_height(height);
        video.set_format(Pixel::YUV420P);
        video.set_time_base(Rational(1, TICKS));
        video.set_frame_rate(fps.map(Rational::from).filter(|rate| rate.numerator() > 0 && rate.denominator() > 0));
        video.set_gop(LONGEST_GROUP);
        video.set_colorspace(color::Space::BT709);
        video.set_color_range(color::Range::MPEG);
        video.set_aspect_ratio(Rational(1, 1));
        if self.name != "libx264" {
            // Others have no constant quality; a fifth of a bit a pixel is about what crf 20 comes to.
            video.set_bit_rate((f64::from(width) * f64::from(height) * fps.unwrap_or(30.0) * 0.2) as usize);
        }
        video.open_as_with(self.codec, self.options(settings, look))
    }

    fn options(&self, settings: &VideoSinkSettings, look: LookAhead) -> Dictionary {
        let mut options: Dictionary = [("color_primaries", "bt709"), ("color_trc", "bt709")].into_iter().collect();
        if self.name == "libx264" {
            options.set("preset", preset(settings.preset));
            options.set("crf", settings.crf.min(51).to_string());
            // Pictures that are asked to be key frames can be jumped to.
            options.set("forced-idr", "1");
            // The thread that looks ahead would hold more pictures back, and the scan has use for its core.
            let ahead = look.limits().map_or(String::new(), |(ahead, _)| format!(":rc-lookahead={ahead}"));
            options.set("x264-params", format!("sync-lookahead=0{ahead}"));
        }
        options
    }
}

fn preset(preset: Preset) -> &'static str {
    match preset {
        Preset::Ultrafast => "ultrafast",
        Preset::Superfast => "superfast",
        Preset::Veryfast => "veryfast",
        Preset::Faster => "faster",
        Preset::Fast => "fast",
        Preset::Medium => "medium",
        Preset::Slow => "slow",
        Preset::Slower => "slower",
        Preset::Veryslow => "veryslow",
    }
}
