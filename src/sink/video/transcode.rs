//! Sound that does not fit into an MP4 becomes AAC.

use ffmpeg_the_third as ffmpeg;

use ffmpeg::channel_layout::{ChannelLayout, ChannelOrder};
use ffmpeg::codec::{Context, Id, Parameters};
use ffmpeg::encoder::audio::Encoder;
use ffmpeg::filter::Graph;
use ffmpeg::format::Sample;
use ffmpeg::format::sample::Type;
use ffmpeg::frame::Audio;
use ffmpeg::{Error, Packet, Rational};

/// What times of sound count in.
pub(super) const NANOSECONDS: Rational = Rational(1, 1_000_000_000);

/// Rates that AAC knows, samples a second.
const RATES: [u32; 9] = [48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000];

/// Bits a second of a channel.
const BIT_RATE: usize = 96_000;

/// Decodes packets, resamples and encodes. Gaps become silence, overlaps are cut, so that what comes out keeps its place.
pub(super) struct Transcoder {
    decoder: ffmpeg::decoder::Audio,
    encoder: Encoder,
    /// Built for the first samples, and anew should later ones be of another kind.
    graph: Option<(SampleKind, Graph)>,
    /// Encoded and not handed out yet.
    ready: Vec<Packet>,
    /// Packets that could not be decoded.
    pub(super) unreadable: u64,
}

#[derive(Clone, PartialEq)]
struct SampleKind {
    format: Sample,
    rate: u32,
    layout: String,
}

impl Transcoder {
    /// For a stream of sound. Mono stays mono, anything else becomes stereo.
    ///
    /// # Errors
    /// When this FFmpeg has no decoder for it or no encoder for AAC.
    pub(super) fn new(parameters: &Parameters) -> Result<Transcoder, Error> {
        let codec = ffmpeg::decoder::find(parameters.id()).ok_or(Error::DecoderNotFound)?;
        let decoder = Context::from_parameters(parameters.clone())?.decoder().open_as(codec)?.audio()?;
        let rate = parameters.sample_rate();
        let rate = if RATES.contains(&rate) { rate } else { RATES[0] };
        let channels = parameters.ch_layout().channels().clamp(1, 2);
        let aac = ffmpeg::encoder::find(Id::AAC).ok_or(Error::EncoderNotFound)?;
        let mut context = Context::new_with_codec(aac);
        context.set_flags(ffmpeg::codec::Flags::GLOBAL_HEADER);
        let mut encoder = context.encoder().audio()?;
        encoder.set_rate(i32::try_from(rate).unwrap_or(48_000));
        encoder.set_ch_layout(ChannelLayout::default_for_channels(channels));
        encoder.set_format(Sample::F32(Type::Planar));
        encoder.set_bit_rate(BIT_RATE * channels as usize);
        encoder.set_time_base(Rational(1, i32::try_from(rate).unwrap_or(48_000)));
        Ok(Transcoder { decoder, encoder: encoder.open_as(aac)?, graph: None, ready: Vec::new(), unreadable: 0 })
    }

    /// Codec, rate and channels of what comes out.
    pub(super) fn parameters(&self) -> Parameters {
        Parameters::from(&self.encoder)
    }

    /// What the times of packets that come out count in.
    pub(super) fn time_base(&self) -> Rational {
        Rational(1, i32::try_from(self.encoder.rate()).unwrap_or(48_000))
    }

    /// Takes a packet that lies at `time`, ns, and gives what is ready.
    pub(super) fn put(&mut self, mut packet: Packet, time: i64) -> Result<Vec<Packet>, Error> {
        packet.set_pts(Some(time));
        packet.set_dts(Some(time));
        if self.decoder.send_packet(&packet).is_err() {
            self.unreadable += 1;
        }
        self.decoded()?;
        Ok(self.encoded())
    }

    /// Gives all that is left.
    pub(super) fn finish(&mut self) -> Result<Vec<Packet>, Error> {
        // Told twice, decoder and filters answer that they know.
        self.decoder.send_eof().ok();
        self.decoded()?;
        self.drain_graph()?;
        self.encoder.send_eof().ok();
        Ok(self.encoded())
    }

    fn decoded(&mut self) -> Result<(), Error> {
        let mut samples = Audio::empty();
        while self.decoder.receive_frame(&mut samples).is_ok() {
            if samples.ch_layout().order() == ChannelOrder::Unspecified {
                let channels = samples.ch_layout().channels();
                samples.set_ch_layout(ChannelLayout::default_for_channels(channels));
            }
            let kind = SampleKind {
                format: samples.format(),
                rate: samples.rate(),
                layout: samples.ch_layout().description(),
            };
            if self.graph.as_ref().is_none_or(|(of, _)| *of != kind) {
                self.drain_graph()?;
                let graph = self.build(&kind)?;
                self.graph = Some((kind, graph));
            }
            if let Some((_, graph)) = &mut self.graph {
                graph.get("in").ok_or(Error::Bug)?.source().add(&samples)?;
            }
            self.filtered()?;
        }
        Ok(())
    }

    fn drain_graph(&mut self) -> Result<(), Error> {
        if let Some((_, graph)) = &mut self.graph {
            graph.get("in").ok_or(Error::Bug)?.source().flush().ok();
        }
        self.filtered()?;
        self.graph = None;
        Ok(())
    }

    fn filtered(&mut self) -> Result<(), Error> {
        let Some((_, graph)) = &mut self.graph else { return Ok(()) };
        let mut samples = Audio::empty();
        while graph.get("out").ok_or(Error::Bug)?.sink().frame(&mut samples).is_ok() {
            self.encoder.send_frame(&samples)?;
            // It takes no more before it is emptied: packets of some codecs make several of AAC.
            drain(&mut self.encoder, &mut self.ready);
        }
        Ok(())
    }

    fn encoded(&mut self) -> Vec<Packet> {
        drain(&mut self.encoder, &mut self.ready);
        std::mem::take(&mut self.ready)
    }

    fn build(&self, kind: &SampleKind) -> Result<Graph, Error> {
        let (rate, layout) = (self.encoder.rate(), self.encoder.ch_layout().description());
        let args = format!(
            "time_base={}/{}:sample_rate={}:sample_fmt={}:channel_layout={}",
            NANOSECONDS.numerator(),
            NANOSECONDS.denominator(),
            kind.rate,
            kind.format.name(),
            kind.layout
        );
        let spec = format!(
            "aresample={rate}:async=1000,aformat=sample_fmts=fltp:sample_rates={rate}:channel_layouts={layout},asetnsamples=n={}:p=0",
            self.encoder.frame_size().max(1)
        );
        let mut graph = Graph::new();
        let source = ffmpeg::filter::find("abuffer").ok_or(Error::FilterNotFound)?;
        let sink = ffmpeg::filter::find("abuffersink").ok_or(Error::FilterNotFound)?;
        graph.add(&source, "in", &args)?;
        graph.add(&sink, "out", "")?;
        graph.output("in", 0)?.input("out", 0)?.parse(&spec)?;
        graph.validate()?;
        Ok(graph)
    }
}

/// Takes all that an encoder has ready.
fn drain(encoder: &mut Encoder, ready: &mut Vec<Packet>) {
    loop {
        let mut packet = Packet::empty();
        if encoder.receive_packet(&mut packet).is_err() {
            return;
        }
        ready.push(packet);
    }
}
