//! The window in a process of its own: Xlib ends the process that uses it when the display goes away or another program destroys the
//! window, and that must not be the one that records.

use std::io;
use std::net::Shutdown;
use std::process::{Child, Command};
use std::thread::{Builder, sleep};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use image::RgbImage;

use super::fit::Shrinker;
use super::link::{Link, start};
use super::wire::{News, next_news, send_picture};
use super::{Action, SinkError};
use crate::geometry::Size;

/// Longest time that a display may take to open a window.
const OPENING: Duration = Duration::from_secs(20);

/// Time between two looks at whether the window's process has ended.
const LOOK: Duration = Duration::from_millis(20);

/// Longest time that the window's process may take to take in a picture, or to end.
const PATIENCE: Duration = Duration::from_secs(3);

/// News that may wait: keys held down repeat 30 times a second.
const WAITING: usize = 64;

/// A window in a process of its own.
pub struct WindowApart {
    child: Child,
    link: Link,
    news: Receiver<(News, Instant)>,
    /// Of the window.
    size: Size,
    shrinker: Shrinker,
    /// Whether a picture is on its way.
    busy: bool,
    shown: Option<Instant>,
}

impl WindowApart {
    /// Starts `program`, which is to call [`serve`](super::serve), and waits until its window is open.
    ///
    /// # Errors
    /// When there is no window; the sentence says why.
    pub fn open(program: Command) -> Result<WindowApart, SinkError> {
        let mut window = started(program).map_err(|error| {
            SinkError::NoWindow(format!("no window can be opened: its process cannot be started ({error})"))
        })?;
        match window.news.recv_timeout(OPENING) {
            Ok((News::Size(size), _)) => window.size = size,
            Ok((News::Refused(sentence), _)) => return Err(SinkError::NoWindow(sentence)),
            _ => {
                let sentence = "no window can be opened: the display does not answer, or has just ended";
                return Err(SinkError::NoWindow(sentence.to_owned()));
            }
        }
        Ok(window)
    }

    /// Whether the picture before was shown, so that the next one can come.
    pub fn is_ready(&self) -> bool {
        !self.busy
    }

    /// Hands over a picture, to be shown as large as the window allows with its shape kept. While a picture is held, show it again now and
    /// then: the window may have been resized or uncovered.
    ///
    /// # Errors
    /// When the window hangs. That it is gone [`WindowApart::events`] says, which knows whether the viewer has left.
    pub fn show(&mut self, picture: &RgbImage) -> Result<(), SinkError> {
        self.busy = true;
        let sent = send_picture(&self.link, self.shrinker.shrink(picture, self.size));
        let hangs = |error: &io::Error| matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
        if sent.is_err_and(|error| hangs(&error)) {
            return Err(SinkError::Failed("the window takes no more pictures: its display does not answer".to_owned()));
        }
        Ok(())
    }

    /// What the viewer asked for since the last call, in order. Does not wait.
    ///
    /// # Errors
    /// When the window has gone without the viewer's having asked for it.
    pub fn events(&mut self) -> Result<Vec<Action>, SinkError> {
        let mut actions = Vec::new();
        loop {
            match self.news.try_recv() {
                Ok((News::Asked(action), _)) => actions.push(action),
                Ok((News::Size(size), _)) => self.size = size,
                Ok((News::Shown, at)) => (self.busy, self.shown) = (false, Some(at)),
                Ok((News::Refused(sentence), _)) => return Err(SinkError::Failed(sentence)),
                Err(TryRecvError::Empty) => return Ok(actions),
                Err(TryRecvError::Disconnected) if actions.contains(&Action::Quit) => return Ok(actions),
                Err(TryRecvError::Disconnected) => return Err(gone()),
            }
        }
    }

    /// When the picture that was handed over last was shown, told once.
    pub fn shown(&mut self) -> Option<Instant> {
        self.shown.take()
    }
}

impl Drop for WindowApart {
    fn drop(&mut self) {
        // The process ends when it hears nothing more; one that hangs is ended.
        self.link.shutdown(Shutdown::Both).ok();
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE && matches!(self.child.try_wait(), Ok(None)) {
            sleep(LOOK);
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn started(program: Command) -> io::Result<WindowApart> {
    let (child, link) = start(program)?;
    let (say, news) = bounded(WAITING);
    let listening = link.try_clone()?;
    link.set_write_timeout(Some(PATIENCE))?;
    let window = WindowApart {
        child,
        link,
        news,
        size: Size { width: 1, height: 1 },
        shrinker: Shrinker::default(),
        busy: false,
        shown: None,
    };
    let listen = move || {
        while let Ok(Some(news)) = next_news(&listening) {
            if say.send((news, Instant::now())).is_err() {
                return;
            }
        }
    };
    Builder::new().name("window".to_owned()).spawn(listen)?;
    Ok(window)
}

fn gone() -> SinkError {
    SinkError::Failed(
        "the window is gone: its display has ended, or another program destroyed it; all files were finished"
            .to_owned(),
    )
}
