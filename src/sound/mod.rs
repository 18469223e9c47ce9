//! The sound of a film on its way from the one demuxer that reads it to whoever records the film.
//!
//! A source is opened once: a pipe cannot be read twice, and what comes over the network should not be fetched twice. So whoever
//! reads the pictures puts the packets of sound into a [`SoundTap`], and a recording takes them out by a [`SoundReader`].

mod placer;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ffmpeg_the_third as ffmpeg;

use ffmpeg::codec::Parameters;
use ffmpeg::{Packet, Rational};

use self::placer::{Placement, PlacementFacts, SoundPlacer};

/// Most bytes of sound that wait for one reader; pictures and sound of one moment usually lie within a few hundred KB.
const MOST_BYTES: usize = 64 << 20;

/// What a packet costs besides its data, bytes.
const PACKET_BYTES: usize = 256;

/// Shifts of the pictures that are remembered.
const MOST_SHIFTS: usize = 64;

/// Where the reader of a film leaves the packets of its sound for those who record it. Clones share one tap. Once the film has begun, packets
/// are kept only while there is a reader.
#[derive(Clone)]
pub struct SoundTap(Arc<Mutex<TapState>>);

struct TapState {
    parameters: Parameters,
    time_base: Rational,
    /// What came before the film began, for readers yet to come; `None` afterwards.
    early: Option<Queue>,
    readers: Vec<(u64, Queue)>,
    next_reader: u64,
    shifts: VecDeque<i64>,
    heard: bool,
    ended: bool,
}

#[derive(Clone, Default)]
struct Queue {
    packets: VecDeque<SoundPacket>,
    bytes: usize,
    lost: u64,
}

/// A packet with its time and length by its own clock, ns since the start of the container.
#[derive(Clone)]
struct SoundPacket {
    packet: Packet,
    own: i64,
    lasts: i64,
}

impl fmt::Debug for SoundTap {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SoundTap").finish_non_exhaustive()
    }
}

impl SoundTap {
    /// A tap for sound of this codec, rate and channels, whose packets count time in `time_base`.
    pub fn new(parameters: Parameters, time_base: Rational) -> SoundTap {
        SoundTap(Arc::new(Mutex::new(TapState {
            parameters,
            time_base,
            early: Some(Queue::default()),
            readers: Vec::new(),
            next_reader: 0,
            shifts: VecDeque::new(),
            heard: false,
            ended: false,
        })))
    }

    /// Adds a packet. `own` is its time by the clock of the container, ns since the container's start.
    pub fn put(&self, packet: &Packet, own: i64) {
        let mut shared = self.lock();
        shared.heard = true;
        let tick = f64::from(shared.time_base);
        let lasts = (packet.duration().max(0) as f64 * tick * 1e9).round() as i64;
        let heard = SoundPacket { packet: packet.clone(), own, lasts };
        for (_, queue) in &mut shared.readers {
            queue.push(heard.clone());
        }
        if let Some(early) = &mut shared.early {
            early.push(heard);
        }
    }

    /// Says that the film begins: readers made later do not get what came before.
    pub fn begin(&self) {
        self.lock().early = None;
    }

    /// Whether there is a reader, and no packet has come yet.
    pub fn is_awaited(&self) -> bool {
        let shared = self.lock();
        !shared.readers.is_empty() && !shared.heard
    }

    /// Says that from here on `shift` (ns) is added to the times of the pictures, so that the sound can follow.
    pub fn shifted(&self, shift: i64) {
        let mut shared = self.lock();
        if shared.shifts.len() == MOST_SHIFTS {
            shared.shifts.pop_front();
        }
        shared.shifts.push_back(shift);
    }

    /// Says that everything was read.
    pub fn end(&self) {
        self.lock().ended = true;
    }

    /// A reader of all sound from the start when the film has not begun, else from here on.
    pub fn reader(&self) -> SoundReader {
        let mut shared = self.lock();
        let id = shared.next_reader;
        shared.next_reader += 1;
        let queue = shared.early.clone().unwrap_or_default();
        shared.readers.push((id, queue));
        drop(shared);
        SoundReader { tap: self.clone(), id, placing: SoundPlacer::default() }
    }

    fn lock(&self) -> MutexGuard<'_, TapState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn push(&mut self, heard: SoundPacket) {
        let bytes = heard.packet.size() + PACKET_BYTES;
        if self.bytes + bytes > MOST_BYTES {
            self.lost += 1;
            return;
        }
        self.bytes += bytes;
        self.packets.push_back(heard);
    }
}

/// Takes packets out of a [`SoundTap`], each in its place beside the pictures.
pub struct SoundReader {
    tap: SoundTap,
    id: u64,
    placing: SoundPlacer,
}

impl SoundReader {
    /// Codec, rate, channels.
    pub fn parameters(&self) -> Parameters {
        self.tap.lock().parameters.clone()
    }

    /// The unit of the times in the packets, s.
    pub fn time_base(&self) -> Rational {
        self.tap.lock().time_base
    }

    /// Whether a packet has come.
    pub fn hears(&self) -> bool {
        self.tap.lock().heard
    }

    /// The packet that comes next, wherever it lies in time; it is not taken out.
    pub fn first(&self) -> Option<Packet> {
        let shared = self.tap.lock();
        let (_, queue) = shared.readers.iter().find(|(id, _)| *id == self.id)?;
        queue.packets.front().map(|heard| heard.packet.clone())
    }

    /// Whether everything was read: no picture comes any more.
    pub fn has_ended(&self) -> bool {
        self.tap.lock().ended
    }

    /// Packets that were dropped, as more than 64 MiB waited: pictures and sound of one moment lie too far apart in the file.
    pub fn lost(&self) -> u64 {
        self.tap.lock().readers.iter().find(|(id, _)| *id == self.id).map_or(0, |(_, queue)| queue.lost)
    }

    /// Packets that were placed after the one before, because their own time made no sense.
    pub fn moved(&self) -> u64 {
        self.placing.moved
    }

    /// The next packet that lies before `until` (ns), and its time beside the pictures, ns.
    pub fn next_before(&mut self, until: i64) -> Option<(Packet, i64)> {
        let mut shared = self.tap.lock();
        let shared = &mut *shared;
        let (_, queue) = shared.readers.iter_mut().find(|(id, _)| *id == self.id)?;
        let first = queue.packets.front()?;
        let next = queue.packets.get(1).map(|heard| heard.own);
        let known = PlacementFacts { next, until, shifts: shared.shifts.make_contiguous(), ended: shared.ended };
        let Placement::At(time) = self.placing.place(first.own, first.lasts, known) else { return None };
        let heard = queue.packets.pop_front()?;
        queue.bytes = queue.bytes.saturating_sub(heard.packet.size() + PACKET_BYTES);
        Some((heard.packet, time))
    }
}

impl Drop for SoundReader {
    fn drop(&mut self) {
        self.tap.lock().readers.retain(|(id, _)| *id != self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tap() -> SoundTap {
        SoundTap::new(Parameters::new(), Rational(1, 1000))
    }

    fn packet(bytes: usize) -> Packet {
        let mut packet = Packet::new(bytes);
        packet.set_duration(20);
        packet
    }

    fn times(reader: &mut SoundReader, until: i64) -> Vec<i64> {
        std::iter::from_fn(|| reader.next_before(until)).map(|(_, time)| time).collect()
    }

    const MS: i64 = 1_000_000;

    #[test]
    fn every_reader_hears_all_of_it_in_its_own_time() {
        let tap = tap();
        tap.put(&packet(10), 0);
        let (mut one, mut two) = (tap.reader(), tap.reader());
        assert!(one.hears() && !tap.is_awaited());
        tap.begin();
        tap.put(&packet(11), 20 * MS);
        assert_eq!(one.first().map(|packet| packet.size()), Some(10), "looked at, not taken");
        assert_eq!(times(&mut one, 20 * MS), [0]);
        assert_eq!(one.first().map(|packet| packet.size()), Some(11));
        assert_eq!(times(&mut two, i64::MAX), [0, 20 * MS]);
        tap.put(&packet(10), 40 * MS);
        assert_eq!(times(&mut one, i64::MAX), [20 * MS, 40 * MS]);
        assert!(!one.has_ended());
    }

    #[test]
    fn nothing_is_kept_for_nobody() {
        let tap = tap();
        tap.put(&packet(10), 0);
        tap.begin();
        tap.put(&packet(10), 20 * MS);
        assert!(tap.lock().early.is_none() && tap.lock().readers.is_empty());
        drop(tap.reader());
        assert!(tap.lock().readers.is_empty());
        let mut late = tap.reader();
        tap.put(&packet(10), 40 * MS);
        assert_eq!(times(&mut late, i64::MAX), [40 * MS]);
    }

    #[test]
    fn what_waits_is_bounded_and_what_is_dropped_is_counted() {
        let tap = tap();
        let mut reader = tap.reader();
        tap.begin();
        for i in 0..80 {
            tap.put(&packet(1 << 20), i * 20 * MS);
        }
        assert_eq!(reader.lost(), 80 - 63);
        assert_eq!(times(&mut reader, i64::MAX).len(), 63);
        tap.put(&packet(1 << 20), 2000 * MS);
        assert_eq!(times(&mut reader, i64::MAX).len(), 1);
    }
}
