//! Video files are read by whoever asks for a picture, pipes and streams by a thread, which is left behind when it hangs: nothing ends the
//! opening or reading of a pipe that nobody writes into, or the look-up of a name.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::address::Address;
use super::reader::{OpenRequest, VideoReader, seconds};
use super::settings::VideoSettings;
use super::watch::Watch;
use super::why::{self, SourcePlace};
use crate::frame::Frame;
use crate::source::{Source, SourceError, SourceInfo, SourceStats, Stop};

/// Time between two looks at the wish to stop.
const LOOK: Duration = Duration::from_millis(20);

/// What a thread that should have noticed the end of the patience gets on top.
const GRACE: Duration = Duration::from_millis(500);

/// A video file, a pipe or a network stream.
pub struct VideoSource(VideoAccess);

enum VideoAccess {
    Here(Box<VideoReader>),
    Aside(Box<Aside>),
}

impl VideoSource {
    /// Opens a file, a pipe or a stream (`rtsp://`, `http://` ...) and decodes its first picture. A stream is live when it has no end or comes
    /// in its own time; a file or a finished playlist of a web server is a film, and a picture file of a server or a pipe is a still.
    ///
    /// `rtsp://` goes over UDP with TCP in reserve; `?tcp` at the end of the address takes TCP at once.
    ///
    /// # Errors
    /// When it is missing, not a video, without pictures, too large, in an unknown codec, or does not answer within the time-out. No sentence
    /// holds a password or another secret of an address.
    pub fn open(path_or_url: &str, settings: &VideoSettings) -> Result<VideoSource, SourceError> {
        let address = Address::new(path_or_url)?;
        let place = why::tried(&address)?;
        let watch = Arc::new(Watch::new(seconds(settings.timeout_s)));
        let opening = OpenRequest { address, place, settings: settings.clone(), watch };
        Ok(VideoSource(match place {
            SourcePlace::File(_) => VideoAccess::Here(Box::new(VideoReader::open(opening)?)),
            SourcePlace::Pipe | SourcePlace::Stream => VideoAccess::Aside(Box::new(Aside::open(opening)?)),
        }))
    }
}

impl Source for VideoSource {
    fn info(&self) -> &SourceInfo {
        match &self.0 {
            VideoAccess::Here(reading) => reading.info(),
            VideoAccess::Aside(aside) => &aside.info,
        }
    }

    fn next_frame(&mut self, stop: &Stop) -> Result<Option<Frame>, SourceError> {
        match &mut self.0 {
            VideoAccess::Here(reading) => reading.next_frame(stop),
            VideoAccess::Aside(aside) => aside.next_frame(stop),
        }
    }

    fn stats(&self) -> SourceStats {
        match &self.0 {
            VideoAccess::Here(reading) => reading.stats(),
            VideoAccess::Aside(aside) => aside.stats.clone(),
        }
    }
}

/// What the thread tells.
enum ReaderMessage {
    Opened(Box<SourceInfo>),
    Picture(Frame, SourceStats),
    End(SourceStats),
    Failed(SourceError),
}

struct Aside {
    told: Receiver<ReaderMessage>,
    opening: OpenRequest,
    /// Tells the thread once that pictures are asked for; until then whoever wants something of the source says so.
    begin: Option<Sender<()>>,
    /// Asks the thread to end; it may not be able to heed it.
    stop: Stop,
    info: SourceInfo,
    stats: SourceStats,
    ended: bool,
}

impl Aside {
    fn open(opening: OpenRequest) -> Result<Aside, SourceError> {
        let (tell, told) = bounded(1);
        let (begin, begun) = bounded(1);
        let stop = Stop::default();
        let (work, asked) = (opening.clone(), stop.clone());
        std::thread::Builder::new()
            .name("source".to_owned())
            .spawn(move || tell_all(work, &asked, &begun, &tell))
            .map_err(|error| SourceError::Failed(format!("no thread for {}: {error}", opening.address.shown())))?;
        loop {
            match told.recv_timeout(LOOK) {
                Ok(ReaderMessage::Opened(info)) => {
                    let stats = SourceStats::default();
                    return Ok(Aside { told, opening, begin: Some(begin), stop, info: *info, stats, ended: false });
                }
                Ok(ReaderMessage::Failed(error)) => return Err(error),
                Err(RecvTimeoutError::Timeout) if !opening.watch.hangs(GRACE) => {}
                Err(RecvTimeoutError::Timeout) => {
                    stop.request();
                    return Err(why::silent(&opening.address, opening.place, &opening.watch));
                }
                Ok(ReaderMessage::Picture(..) | ReaderMessage::End(_)) | Err(RecvTimeoutError::Disconnected) => {
                    return Err(lost(&opening));
                }
            }
        }
    }

    fn next_frame(&mut self, stop: &Stop) -> Result<Option<Frame>, SourceError> {
        self.opening.watch.alive();
        if let Some(begin) = self.begin.take() {
            // A thread that has ended has told why.
            begin.send(()).ok();
        }
        while !self.ended {
            if stop.requested() {
                self.stop.request();
                return Ok(None);
            }
            match self.told.recv_timeout(LOOK) {
                Ok(ReaderMessage::Picture(frame, stats)) => {
                    self.stats = stats;
                    return Ok(Some(frame));
                }
                Ok(ReaderMessage::End(stats)) => {
                    self.stats = stats;
                    self.ended = true;
                }
                Ok(ReaderMessage::Failed(error)) => return Err(error),
                Err(RecvTimeoutError::Timeout) if !self.hangs() => {}
                Err(RecvTimeoutError::Timeout) => return Err(self.nothing_more()),
                Ok(ReaderMessage::Opened(_)) | Err(RecvTimeoutError::Disconnected) => return Err(lost(&self.opening)),
            }
        }
        Ok(None)
    }

    /// Whether a stream is silent for longer than it is tried again. Whoever writes into a pipe may pause.
    fn hangs(&self) -> bool {
        let OpenRequest { place, settings, watch, .. } = &self.opening;
        *place == SourcePlace::Stream && watch.hangs(seconds(settings.reconnect_s) + GRACE)
    }

    fn nothing_more(&self) -> SourceError {
        let OpenRequest { address, settings, .. } = &self.opening;
        let s = settings.timeout_s + settings.reconnect_s;
        SourceError::Failed(format!("{} has sent nothing for {s} s; check it and the network", address.shown()))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        self.stop.request();
    }
}

/// The thread: opens, then tells picture after picture until nobody listens.
fn tell_all(opening: OpenRequest, stop: &Stop, begun: &Receiver<()>, tell: &Sender<ReaderMessage>) {
    let mut reading = match VideoReader::open(opening) {
        Ok(reading) => reading,
        // Nobody listens any more when it was too late; so below.
        Err(error) => return tell.send(ReaderMessage::Failed(error)).unwrap_or_default(),
    };
    let mut told = tell.send(ReaderMessage::Opened(Box::new(reading.info().clone())));
    if told.is_ok() && begun.recv().is_err() {
        return;
    }
    while told.is_ok() {
        told = match reading.next_frame(stop) {
            Ok(Some(frame)) => tell.send(ReaderMessage::Picture(frame, reading.stats())),
            Ok(None) => return tell.send(ReaderMessage::End(reading.stats())).unwrap_or_default(),
            Err(error) => return tell.send(ReaderMessage::Failed(error)).unwrap_or_default(),
        };
    }
}

fn lost(opening: &OpenRequest) -> SourceError {
    SourceError::Failed(format!("{}: reading it failed", opening.address.shown()))
}
