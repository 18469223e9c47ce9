//! The thread that reads a camera: opens it, reads, opens it again when it has gone away.
//!
//! Reading has a thread of its own because it can block for ever (a device that hangs without going away gives neither
//! a picture nor an error); whoever waits for pictures must still see a request to stop. Pictures are handed over one
//! at a time, the newest replacing one that was not fetched.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use nokhwa::Buffer;

use super::formats::CameraFormat;
use super::layout::PixelLayout;
use super::trouble::CameraTrouble;

/// A camera that is open: gives one picture after the other and when each was taken. Blocks until there is one, perhaps
/// for ever.
pub(super) trait Shutter {
    /// The next picture, and when it was taken.
    fn picture(&mut self) -> Result<(Buffer, Instant), CameraTrouble>;
}

/// A camera that was opened, and what it will deliver.
pub(super) struct OpenCamera {
    /// What the pictures come from.
    pub(super) shutter: Box<dyn Shutter>,
    /// The format.
    pub(super) format: CameraFormat,
    /// How the bytes of the pictures are laid out.
    pub(super) layout: PixelLayout,
}

/// Opens the camera, each time it is called; called in the thread that reads.
pub(super) type CameraOpener = Box<dyn FnMut() -> Result<OpenCamera, CameraTrouble> + Send>;

/// Waits between attempts to open a camera that went away: the first, doubled up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LAST_PAUSE: Duration = Duration::from_secs(2);
/// How often a pause looks whether the camera is to be closed.
const LOOK: Duration = Duration::from_millis(20);
/// How long closing waits for the device to be let go of in good order.
const FAREWELL: Duration = Duration::from_millis(150);

/// What a camera delivered, as it came.
pub(super) struct RawPicture {
    /// The bytes and, in the library's words, what they are.
    pub(super) buffer: Buffer,
    /// How the bytes are laid out.
    pub(super) layout: PixelLayout,
    /// When the picture was taken.
    pub(super) taken: Instant,
    /// Number of the picture, from 0, of all that were read.
    pub(super) number: u64,
    /// How often the camera had been opened again when the picture was read.
    pub(super) reopened: u32,
}

/// The end of the thread that the pictures come out of. Dropping it closes the camera without waiting for a device that
/// hangs.
pub(super) struct CameraReader {
    pictures: Receiver<RawPicture>,
    closing: Arc<AtomicBool>,
    last_words: Arc<Mutex<String>>,
    ended: Receiver<()>,
}

impl CameraReader {
    /// Opens the camera in a new thread and returns once it is open, with what it will deliver.
    pub(super) fn start(opener: CameraOpener, patience: Duration) -> Result<(Self, CameraFormat), CameraTrouble> {
        let (to_pictures, pictures) = bounded(1);
        let (to_ready, ready) = bounded(1);
        let (to_ended, ended) = bounded(1);
        let closing = Arc::new(AtomicBool::new(false));
        let last_words = Arc::new(Mutex::new(String::new()));
        let thread = ReaderThread {
            opener,
            out: Newest { to: to_pictures, from: pictures.clone() },
            closing: Arc::clone(&closing),
            last_words: Arc::clone(&last_words),
            number: 0,
        };
        thread::Builder::new()
            .name("camera".to_string())
            .spawn(move || {
                thread.run(&to_ready);
                drop(to_ended);
            })
            .map_err(|error| CameraTrouble::Other(error.to_string()))?;
        let reader = Self { pictures, closing, last_words, ended };
        match ready.recv_timeout(patience) {
            Ok(Ok(format)) => Ok((reader, format)),
            Ok(Err(trouble)) => Err(trouble),
            Err(RecvTimeoutError::Timeout) => {
                Err(CameraTrouble::Other(format!("it did not answer within {:.1} s", patience.as_secs_f64())))
            }
            Err(RecvTimeoutError::Disconnected) => Err(CameraTrouble::Other("its reader ended".to_string())),
        }
    }

    /// The newest picture, waiting no longer than `patience`.
    pub(super) fn next(&self, patience: Duration) -> Result<RawPicture, RecvTimeoutError> {
        self.pictures.recv_timeout(patience)
    }

    /// What was last wrong with the camera; empty when nothing was.
    pub(super) fn last_words(&self) -> String {
        self.last_words.lock().map(|words| words.clone()).unwrap_or_default()
    }
}

impl Drop for CameraReader {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
        // The sender is only ever dropped: an answer, of either kind, is not needed.
        self.ended.recv_timeout(FAREWELL).ok();
    }
}

/// A one-place channel whose newest entry replaces an older one.
struct Newest {
    to: Sender<RawPicture>,
    from: Receiver<RawPicture>,
}

impl Newest {
    fn put(&self, picture: RawPicture) {
        if let Err(TrySendError::Full(picture)) = self.to.try_send(picture) {
            self.from.try_recv().ok();
            self.to.try_send(picture).ok();
        }
    }
}

struct ReaderThread {
    opener: CameraOpener,
    out: Newest,
    closing: Arc<AtomicBool>,
    last_words: Arc<Mutex<String>>,
    number: u64,
}

impl ReaderThread {
    fn run(mut self, ready: &Sender<Result<CameraFormat, CameraTrouble>>) {
        let mut opened = match (self.opener)() {
            Ok(opened) => {
                ready.send(Ok(opened.format)).ok();
                Some(opened)
            }
            Err(trouble) => {
                ready.send(Err(trouble)).ok();
                return;
            }
        };
        let mut pause = FIRST_PAUSE;
        let mut reopened = 0;
        while !self.is_closing() {
            if let Some(camera) = opened.take() {
                let before = self.number;
                // Reading and closing call into bindings that panic on errors of the device that they do not expect.
                let read = catch_unwind(AssertUnwindSafe(|| self.read(camera, reopened)));
                self.say(read.unwrap_or_else(|_| CameraTrouble::not_understood().to_string()));
                if self.number > before {
                    pause = FIRST_PAUSE;
                }
            }
            self.rest(pause);
            pause = (pause * 2).min(LAST_PAUSE);
            if self.is_closing() {
                return;
            }
            match (self.opener)() {
                Ok(camera) => {
                    reopened += 1;
                    opened = Some(camera);
                }
                Err(trouble) => self.say(trouble.to_string()),
            }
        }
    }

    /// Reads until the camera fails or is to be closed; returns what the camera failed of.
    fn read(&mut self, mut camera: OpenCamera, reopened: u32) -> String {
        while !self.is_closing() {
            let (buffer, taken) = match camera.shutter.picture() {
                Ok(picture) => picture,
                Err(trouble) => return trouble.to_string(),
            };
            self.out.put(RawPicture { buffer, layout: camera.layout, taken, number: self.number, reopened });
            self.number += 1;
        }
        String::new()
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    fn say(&self, words: String) {
        if let Ok(mut last) = self.last_words.lock() {
            *last = words;
        }
    }

    fn rest(&self, pause: Duration) {
        let until = Instant::now() + pause;
        while Instant::now() < until && !self.is_closing() {
            thread::sleep(LOOK);
        }
    }
}
