//! The process of the window: shows what comes through the link, says what the keys ask for, and ends when the link does.

use std::thread::{Builder, sleep};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use image::RgbImage;

use super::link::{Link, inherited};
use super::wire::{News, next_picture, send_news};
use super::{Action, LiveWindow};
use crate::geometry::Size;
use crate::sink::SinkError;

/// Longest time between two looks at the keys.
const LOOK: Duration = Duration::from_millis(8);

/// Time to end of itself when the other side is gone.
const PATIENCE: Duration = Duration::from_secs(2);

/// Opens a window for pictures of this size and serves it, by way of the standard input, until the other side is gone or the viewer leaves.
///
/// # Errors
/// When there is no window, or no thread to listen with; the other side was told.
pub fn serve(title: &str, size: Size) -> Result<(), SinkError> {
    let link = &inherited().map_err(|error| SinkError::NoWindow(format!("no window can be opened: {error}")))?;
    let opened = LiveWindow::open(title, size).and_then(|window| Ok((window, listen(link)?)));
    let (window, pictures) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            // Whoever is gone needs no telling.
            send_news(link, &News::Refused(error.to_string())).ok();
            return Err(error);
        }
    };
    // Without the other side there is nothing left to do.
    show(link, window, &pictures).or(Ok(()))
}

/// Ends the process also when it hangs in a display that does not answer: nobody is there any more who would do it.
#[allow(clippy::disallowed_methods, reason = "the thread that would return from main hangs")]
fn leave() {
    std::process::exit(1)
}

/// Pictures as they come, and where to put those that are no longer needed.
struct PictureExchange {
    arrived: Receiver<RgbImage>,
    spare: Sender<RgbImage>,
}

fn listen(link: &Link) -> Result<PictureExchange, SinkError> {
    let failed = |error| SinkError::Failed(format!("the window cannot listen for pictures: {error}"));
    let link = link.try_clone().map_err(failed)?;
    let (to, arrived) = bounded(1);
    let (spare, spares) = bounded(2);
    let listen = move || {
        while let Ok(Some(picture)) = next_picture(&link, spares.try_recv().ok()) {
            if to.send(picture).is_err() {
                break;
            }
        }
        drop(to);
        sleep(PATIENCE);
        leave();
    };
    Builder::new().name("pictures".to_owned()).spawn(listen).map_err(failed)?;
    Ok(PictureExchange { arrived, spare })
}

fn show(link: &Link, mut window: LiveWindow, pictures: &PictureExchange) -> std::io::Result<()> {
    let mut told = None;
    loop {
        let size = window.size();
        if told != Some(size) {
            told = Some(size);
            send_news(link, &News::Size(size))?;
        }
        match pictures.arrived.recv_timeout(LOOK) {
            Ok(picture) => {
                window.show(&picture).map_err(std::io::Error::other)?;
                send_news(link, &News::Shown)?;
                pictures.spare.try_send(picture).ok();
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        for action in window.events() {
            send_news(link, &News::Asked(action))?;
            if action == Action::Quit {
                return Ok(());
            }
        }
    }
}
