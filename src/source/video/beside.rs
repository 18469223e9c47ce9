//! What goes by beside the pictures: the sound, and what packets say of their times.

use std::collections::VecDeque;

use ffmpeg_the_third as ffmpeg;

use ffmpeg::Packet;
use ffmpeg::codec::{Context, Parameters};
use ffmpeg::format::context::Input;
use ffmpeg::media::Type;

use super::facts::StreamFacts;
use crate::sound::SoundTap;

/// Packets of pictures whose lengths are remembered: more than a decoder holds back.
const LENGTHS: usize = 128;

/// Stretches of sound that are remembered.
const STRETCHES: usize = 64;

/// Packets of sound that lie this close together, ns, belong to one stretch.
const CLOSE: i64 = 1_000_000_000;

/// Watches the packets that are read.
pub(super) struct Beside {
    /// The stream of pictures.
    pictures: usize,
    sound: Option<(usize, SoundTap)>,
    /// Seconds of a tick of every stream.
    ticks: Vec<f64>,
    /// The container's start, s; the first picture's time where it is not known.
    start_s: Option<f64>,
    /// Latest end of a packet of any stream, s since the start.
    latest_s: f64,
    lengths: VecDeque<PacketLength>,
    stretches: VecDeque<SoundStretch>,
}

/// How long a packet of pictures lasts.
struct PacketLength {
    /// Its time stamp, ticks.
    stamp: i64,
    ticks: i64,
}

/// A time in which there was sound, ns since the start.
struct SoundStretch {
    from_ns: i64,
    to_ns: i64,
}

impl Beside {
    /// For a container that was just opened, whose pictures come in stream `pictures`.
    pub(super) fn new(input: &Input, pictures: usize, facts: &StreamFacts) -> Beside {
        let tick = |value: f64| if value.is_finite() && value > 0.0 { value } else { 1.0 / 90_000.0 };
        Beside {
            pictures,
            sound: (!facts.live).then(|| sound(input)).flatten(),
            ticks: input.streams().map(|stream| tick(f64::from(stream.time_base()))).collect(),
            start_s: facts.start_s,
            latest_s: 0.0,
            lengths: VecDeque::new(),
            stretches: VecDeque::new(),
        }
    }

    /// Leaves sound alone, as that of a live stream is.
    pub(super) fn without_sound(&mut self) {
        self.sound = None;
    }

    /// Takes note of a packet that was read.
    pub(super) fn note(&mut self, packet: &Packet) {
        let stream = packet.stream();
        let stamp = packet.pts().or(packet.dts());
        if let Some(stamp) = stamp {
            let end = self.seconds(stream, stamp.saturating_add(packet.duration())) - self.start_s.unwrap_or(0.0);
            self.latest_s = self.latest_s.max(end);
        }
        if stream == self.pictures {
            if self.lengths.len() == LENGTHS {
                self.lengths.pop_front();
            }
            let ticks = packet.duration();
            self.lengths.extend(stamp.filter(|_| ticks > 0).map(|stamp| PacketLength { stamp, ticks }));
        } else if let Some((_, tap)) = self.sound.as_ref().filter(|(sound, _)| *sound == stream) {
            // Sound before the start of pictures whose own start is unknown has no place.
            let (Some(stamp), Some(start_s)) = (stamp, self.start_s) else { return };
            let own = nanoseconds(self.seconds(stream, stamp) - start_s);
            tap.put(packet, own);
            self.stretch(own);
        }
    }

    /// A time stamp of a picture in ns since the start of the container.
    pub(super) fn own(&mut self, stamp: i64) -> i64 {
        let tick = self.tick(self.pictures);
        let start_s = *self.start_s.get_or_insert(stamp as f64 * tick);
        let origin = (start_s / tick).round() as i64;
        nanoseconds(stamp.saturating_sub(origin) as f64 * tick)
    }

    /// Length of the picture with a time stamp by its packet, ns.
    pub(super) fn lasts(&self, stamp: i64) -> Option<i64> {
        let length = self.lengths.iter().rev().find(|length| length.stamp == stamp)?;
        Some(nanoseconds(self.seconds(self.pictures, length.ticks)))
    }

    /// Whether there is sound nearly all the way between two times, ns since the start.
    pub(super) fn sound_between(&self, from: i64, to: i64) -> bool {
        let quarter = to.saturating_sub(from) / 4;
        let covers = |sound: &SoundStretch| {
            sound.from_ns <= from.saturating_add(quarter) && sound.to_ns >= to.saturating_sub(quarter)
        };
        quarter > 0 && self.stretches.iter().any(covers)
    }

    /// Latest end of a packet of any stream, s since the container's start.
    pub(super) fn latest_s(&self) -> f64 {
        self.latest_s
    }

    /// The sound, if there is any.
    pub(super) fn tap(&self) -> Option<&SoundTap> {
        self.sound.as_ref().map(|(_, tap)| tap)
    }

    /// Whether somebody waits for the first sound.
    pub(super) fn sound_is_awaited(&self) -> bool {
        self.tap().is_some_and(SoundTap::is_awaited)
    }

    fn stretch(&mut self, own: i64) {
        match self.stretches.back_mut() {
            Some(SoundStretch { to_ns: end, .. }) if (*end - CLOSE..=end.saturating_add(CLOSE)).contains(&own) => {
                *end = own.max(*end);
            }
            _ => {
                if self.stretches.len() == STRETCHES {
                    self.stretches.pop_front();
                }
                self.stretches.push_back(SoundStretch { from_ns: own, to_ns: own });
            }
        }
    }

    fn tick(&self, stream: usize) -> f64 {
        self.ticks.get(stream).copied().unwrap_or(1.0 / 90_000.0)
    }

    fn seconds(&self, stream: usize, ticks: i64) -> f64 {
        ticks as f64 * self.tick(stream)
    }
}

/// The best stream of sound.
fn sound(input: &Input) -> Option<(usize, SoundTap)> {
    let stream = input.streams().best(Type::Audio)?;
    // The wrapper copies parameters only by way of a context.
    let parameters = Parameters::from(Context::from_parameters(stream.parameters()).ok()?.decoder());
    Some((stream.index(), SoundTap::new(parameters, stream.time_base())))
}

/// Seconds as ns; what does not fit is as far away as can be.
fn nanoseconds(seconds: f64) -> i64 {
    (seconds * 1e9).round() as i64
}
