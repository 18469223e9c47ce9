//! The packets of an open container. Usually each is read when it is asked for. A stream of which nobody knows whether it ends is read by a
//! thread as fast as it comes, because its pace tells: a file comes faster than its pictures are to be shown, a camera in its own time.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ffmpeg_the_third as ffmpeg;

use ffmpeg::Packet;
use ffmpeg::format::context::Input;

use super::watch::Watch;

/// Longest time, since it was asked for, until a stream is taken for one without an end.
const SURE: Duration = Duration::from_millis(1500);

/// Film, s, that servers of cameras send at once when somebody comes.
const BURST_S: f64 = 10.0;

/// How many times as fast as it is shown a film comes.
const FAST: f64 = 4.0;

/// Most bytes that are held while it is not known, and afterwards.
const MOST: (usize, usize) = (64 << 20, 1 << 20);

/// Errors in a row after which there is nothing more.
const GIVE_UP_AFTER: u32 = 60;

/// The system's number of an error of input or output.
const EIO: i32 = 5;

/// Time between two looks at the wish to stop.
const LOOK: Duration = Duration::from_millis(20);

/// Where packets come from.
pub(super) enum Packets {
    /// Read when they are asked for.
    Here(Box<Input>),
    /// Read ahead.
    Ahead(Ahead),
}

impl Packets {
    /// The next packet.
    pub(super) fn read(&mut self, packet: &mut Packet, watch: &Watch) -> Result<(), ffmpeg::Error> {
        match self {
            Packets::Here(input) => packet.read(input),
            Packets::Ahead(ahead) => {
                *packet = ahead.next(watch)?;
                Ok(())
            }
        }
    }
}

/// Whether an error is how libav says that a web server closed the connection: the end, where no length was announced.
pub(super) fn is_closed(error: ffmpeg::Error) -> bool {
    matches!(error, ffmpeg::Error::Other { errno } if errno == EIO)
}

/// A stream that is read ahead.
pub(super) struct Ahead(Arc<SharedPackets>);

#[derive(Default)]
struct SharedPackets {
    held: Mutex<PacketQueue>,
    changed: Condvar,
}

#[derive(Default)]
struct PacketQueue {
    packets: VecDeque<Result<Packet, ffmpeg::Error>>,
    bytes: usize,
    most: usize,
    /// Packets of pictures that have come.
    pictures: u64,
    /// What ended it.
    end: Option<ffmpeg::Error>,
    /// Nobody wants more.
    closed: bool,
}

impl SharedPackets {
    fn lock(&self) -> MutexGuard<'_, PacketQueue> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, held: MutexGuard<'a, PacketQueue>) -> MutexGuard<'a, PacketQueue> {
        self.changed.wait_timeout(held, LOOK).unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Ahead {
    /// Begins to read `input`, whose pictures come in stream `index`.
    pub(super) fn new(input: Input, index: usize, watch: &Arc<Watch>) -> std::io::Result<Ahead> {
        let shared = Arc::new(SharedPackets::default());
        shared.lock().most = MOST.0;
        let (filled, watch) = (Arc::clone(&shared), Arc::clone(watch));
        let thread = std::thread::Builder::new().name("packets".to_owned());
        thread.spawn(move || fill(input, index, &filled, &watch))?;
        Ok(Ahead(shared))
    }

    /// Whether the stream is live: waits until that is known. It was asked for at `begun` and has `fps` pictures a second.
    pub(super) fn is_live(&self, begun: Instant, fps: f64, watch: &Watch) -> bool {
        let mut held = self.0.lock();
        loop {
            let seen = StreamPace {
                film_s: held.pictures as f64 / fps,
                full: held.bytes >= held.most,
                end: held.end,
                waited: begun.elapsed(),
            };
            let is_known = if watch.ends_wait() { Some(true) } else { seen.is_live() };
            if let Some(is_live) = is_known {
                held.most = MOST.1;
                return is_live;
            }
            held = self.0.wait(held);
        }
    }

    fn next(&mut self, watch: &Watch) -> Result<Packet, ffmpeg::Error> {
        let mut held = self.0.lock();
        loop {
            if let Some(packet) = held.packets.pop_front() {
                held.bytes = held.bytes.saturating_sub(packet.as_ref().map_or(0, Packet::size));
                self.0.changed.notify_all();
                return packet;
            }
            if let Some(end) = held.end {
                return Err(end);
            }
            if watch.ends_wait() {
                return Err(ffmpeg::Error::Exit);
            }
            held = self.0.wait(held);
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
    }
}

/// The thread: reads until nobody wants more or there is no more.
fn fill(mut input: Input, index: usize, shared: &SharedPackets, watch: &Watch) {
    let mut errors = 0;
    loop {
        let mut held = shared.lock();
        while held.bytes >= held.most && !held.closed {
            held = shared.wait(held);
        }
        if held.closed {
            return;
        }
        drop(held);
        watch.alive();
        let mut packet = Packet::empty();
        let read = packet.read(&mut input);
        let mut held = shared.lock();
        match read {
            Ok(()) => {
                watch.alive();
                errors = 0;
                held.pictures += u64::from(packet.stream() == index);
                held.bytes += packet.size();
                held.packets.push_back(Ok(packet));
            }
            Err(error) => {
                errors += 1;
                // An end within a packet is told as one, also where the patience ended it.
                let error = if watch.ends_wait() { ffmpeg::Error::Exit } else { error };
                let ends = matches!(error, ffmpeg::Error::Eof | ffmpeg::Error::Exit) || is_closed(error);
                if ends || errors > GIVE_UP_AFTER {
                    held.end = Some(error);
                    shared.changed.notify_all();
                    return;
                }
                held.packets.push_back(Err(error));
            }
        }
        shared.changed.notify_all();
    }
}

/// What is known of a stream after some time.
#[derive(Clone, Copy, Debug)]
struct StreamPace {
    /// Length of the film that has come, s.
    film_s: f64,
    /// Whether no more can be held.
    full: bool,
    end: Option<ffmpeg::Error>,
    waited: Duration,
}

impl StreamPace {
    /// Whether it is live; `None` while that is not known.
    fn is_live(self) -> Option<bool> {
        let waited_s = self.waited.as_secs_f64();
        match self.end {
            // All there is has come.
            Some(error) => Some(!(error == ffmpeg::Error::Eof || is_closed(error))),
            None if self.film_s > BURST_S + FAST * waited_s => Some(false),
            None if self.full => Some(self.film_s < FAST * waited_s),
            None => (self.waited >= SURE).then_some(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_fast_or_ends_is_a_film() {
        let seen =
            |film_s: f64, ms: u64| StreamPace { film_s, full: false, end: None, waited: Duration::from_millis(ms) };
        assert_eq!(seen(5.0, 100).is_live(), None, "it may be what a camera sends at once");
        assert_eq!(seen(5.0, 1500).is_live(), Some(true));
        assert_eq!(seen(11.0, 1500).is_live(), Some(true), "a camera's burst and what followed");
        assert_eq!(seen(20.0, 1500).is_live(), Some(false));
        assert_eq!(seen(11.0, 100).is_live(), Some(false));
        for (end, is_live) in [
            (ffmpeg::Error::Eof, false),
            (ffmpeg::Error::Other { errno: EIO }, false),
            (ffmpeg::Error::Exit, true),
            (ffmpeg::Error::Other { errno: 110 }, true),
        ] {
            assert_eq!(StreamPace { end: Some(end), ..seen(2.0, 100) }.is_live(), Some(is_live), "{end}");
        }
        assert_eq!(StreamPace { full: true, ..seen(2.0, 100) }.is_live(), Some(false));
        assert_eq!(StreamPace { full: true, ..seen(2.0, 1000) }.is_live(), Some(true));
    }
}
