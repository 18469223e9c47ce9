//! The live window: a picture in, what the viewer asked for out. [`LiveWindow`] is the window itself, on the main thread of its process;
//! [`WindowApart`] has it in a process of its own, which a run that records needs.
//!
//! Not a [`Sink`](super::Sink): minifb's window may not leave the thread that opened it.

mod apart;
mod fit;
mod keys;
mod link;
mod serve;
mod view;
mod wire;

use std::cell::RefCell;
use std::rc::Rc;

use image::RgbImage;
use minifb::{InputCallback, Key, ScaleMode, Window, WindowOptions};

pub use self::serve::serve;
pub use apart::WindowApart;
pub use keys::Action;
pub use view::{Request, ViewState};

use super::SinkError;
use crate::geometry::Size;
use fit::Fitter;
use keys::{Keyboard, Stroke};

/// Largest size a window opens with: a laptop's screen has room for it. The viewer can enlarge it.
const LARGEST: Size = Size { width: 1280, height: 800 };
/// Smallest size a window opens with.
const SMALLEST: Size = Size { width: 320, height: 240 };

/// An open window that shows pictures of any size, letterboxed, and reads keys.
pub struct LiveWindow {
    window: Window,
    strokes: Rc<RefCell<Vec<Stroke>>>,
    keyboard: Keyboard,
    fitter: Fitter,
    had_focus: bool,
}

impl LiveWindow {
    /// Opens a resizable window for pictures of this size, with the shape of the picture where the screen allows.
    ///
    /// # Errors
    /// When there is no display to open it on; the sentence names the variables that say where it is.
    pub fn open(title: &str, size: Size) -> Result<LiveWindow, SinkError> {
        if !has_display() {
            let sentence = "no window can be opened: neither DISPLAY nor WAYLAND_DISPLAY is set, so there is no screen here; \
                            `lesionscope headless` writes files without one";
            return Err(SinkError::NoWindow(sentence.to_owned()));
        }
        let Size { width, height } = opening_size(size);
        let options = WindowOptions { resize: true, scale_mode: ScaleMode::Center, ..WindowOptions::default() };
        let mut window =
            Window::new(title, width as usize, height as usize, options).map_err(|error| no_window(&error))?;
        let strokes = Rc::new(RefCell::new(Vec::new()));
        // Whoever shows pictures has a pace; minifb's own would make them wait.
        window.set_target_fps(0);
        window.set_input_callback(Box::new(StrokeRecorder(Rc::clone(&strokes))));
        let fitter = Fitter::default();
        Ok(LiveWindow { window, strokes, keyboard: Keyboard::default(), fitter, had_focus: true })
    }

    /// Shows a picture, as large as the window allows with its shape kept. While a picture is held, show it again now and then:
    /// the window may have been resized or uncovered.
    ///
    /// # Errors
    /// When the display takes no more pictures.
    pub fn show(&mut self, picture: &RgbImage) -> Result<(), SinkError> {
        let (width, height) = self.window.get_size();
        let buffer = self.fitter.fit(picture, (width, height));
        self.window
            .update_with_buffer(buffer, width.max(1), height.max(1))
            .map_err(|error| SinkError::Failed(format!("the window takes no more pictures: {error}")))
    }

    /// The size of the window.
    pub fn size(&self) -> Size {
        let (width, height) = self.window.get_size();
        Size { width: width as u32, height: height as u32 }
    }

    /// What the viewer asked for since the last call, in order. Does not wait. A closed window says [`Action::Quit`] each time.
    pub fn events(&mut self) -> Vec<Action> {
        if !self.window.is_open() {
            return vec![Action::Quit];
        }
        self.window.update();
        let has_focus = self.window.is_active();
        if self.had_focus && !has_focus {
            // Keys that are released while another window has the focus are never reported as released.
            self.keyboard.forget();
        }
        self.had_focus = has_focus;
        let strokes = std::mem::take(&mut *self.strokes.borrow_mut());
        let mut actions = self.keyboard.read(&strokes);
        if !self.window.is_open() {
            actions.push(Action::Quit);
        }
        actions
    }
}

/// Notes every stroke that minifb reports: polling would miss a key that is pressed and released between two pictures,
/// and does not know which character a key stands for on this keyboard.
struct StrokeRecorder(Rc<RefCell<Vec<Stroke>>>);

impl InputCallback for StrokeRecorder {
    fn add_char(&mut self, code: u32) {
        if let Some(letter) = char::from_u32(code) {
            self.0.borrow_mut().push(Stroke::Letter(letter));
        }
    }

    fn set_key_state(&mut self, key: Key, down: bool) {
        self.0.borrow_mut().push(if down { Stroke::Down(key) } else { Stroke::Up(key) });
    }
}

/// The variables of which one names the screen. macOS and Windows know theirs without.
const SCREENS: &[&str] = if cfg!(all(unix, not(target_os = "macos"))) { &["DISPLAY", "WAYLAND_DISPLAY"] } else { &[] };

/// Whether the environment names a screen, where it has to.
fn has_display() -> bool {
    let named = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    SCREENS.is_empty() || SCREENS.iter().any(named)
}

fn no_window(error: &minifb::Error) -> SinkError {
    let value = |name: &&str| {
        std::env::var(name).map_or_else(|_| format!("{name} is not set"), |value| format!("{name}={value}"))
    };
    let why: Vec<String> = SCREENS.iter().map(value).collect();
    let why = if why.is_empty() { error.to_string() } else { format!("{error}; {}", why.join(", ")) };
    SinkError::NoWindow(format!(
        "no window can be opened ({why}): check that the display is there and may be used; \
         `lesionscope headless` writes files without one"
    ))
}

/// The size a window opens with for pictures of `size`: the same shape within the limits.
fn opening_size(size: Size) -> Size {
    let Size { width, height } = fit::inside(size, LARGEST);
    Size { width: width.min(size.width).max(SMALLEST.width), height: height.min(size.height).max(SMALLEST.height) }
}

#[cfg(test)]
mod tests {
    use super::opening_size;

    #[test]
    fn windows_open_at_the_size_of_the_picture_within_limits() {
        for (picture, window) in
            [((1280, 720), (1280, 720)), ((8000, 6000), (1066, 800)), ((640, 480), (640, 480)), ((1, 1), (320, 240))]
        {
            assert_eq!(opening_size(picture.into()), window.into());
        }
    }
}
