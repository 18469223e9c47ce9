//! From strokes on the keyboard to what the viewer asked for.

use minifb::Key;

/// What a viewer can ask for in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// End the session (Esc, q, or the window was closed).
    Quit,
    /// Hold or release the picture (Space).
    Pause,
    /// Write the picture, clean and annotated (s).
    Snapshot,
    /// Start or stop recording (r).
    Record,
    /// Heat map on or off (h).
    ToggleHeat,
    /// Circles on or off (c).
    ToggleCircles,
    /// Labels on or off (l).
    NextLabels,
    /// The next explanation method (m).
    NextExplanation,
    /// Higher threshold (+, =).
    ConfUp,
    /// Lower threshold (-).
    ConfDown,
    /// Stronger heat (]).
    OpacityUp,
    /// Fainter heat ([).
    OpacityDown,
    /// Help on or off (?, F1).
    Help,
    /// Some seconds back, in what was recorded (left arrow).
    LeapBack,
    /// Some seconds on (right arrow).
    LeapForward,
    /// One picture back (comma).
    PreviousFrame,
    /// One picture on (full stop).
    NextFrame,
}

impl Action {
    /// All of them; the window's process names them by their places here.
    pub(super) const ALL: [Action; 17] = [
        Action::Quit,
        Action::Pause,
        Action::Snapshot,
        Action::Record,
        Action::ToggleHeat,
        Action::ToggleCircles,
        Action::NextLabels,
        Action::NextExplanation,
        Action::ConfUp,
        Action::ConfDown,
        Action::OpacityUp,
        Action::OpacityDown,
        Action::Help,
        Action::LeapBack,
        Action::LeapForward,
        Action::PreviousFrame,
        Action::NextFrame,
    ];

    /// Whether holding the key down repeats it.
    fn repeats(self) -> bool {
        use Action::{ConfDown, ConfUp, LeapBack, LeapForward, NextFrame, OpacityDown, OpacityUp, PreviousFrame};
        let steps = [ConfUp, ConfDown, OpacityUp, OpacityDown, LeapBack, LeapForward, PreviousFrame, NextFrame];
        steps.contains(&self)
    }
}

/// One report of the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stroke {
    /// A key went down, or the system repeats it.
    Down(Key),
    /// A key was released.
    Up(Key),
    /// The character that the key stands for on this keyboard, shift included.
    Letter(char),
}

/// Remembers which keys are down, to tell a press from a repeat.
#[derive(Debug, Default)]
pub(super) struct Keyboard {
    down: Vec<Key>,
    /// Whether the latest stroke was the repeat of a key that is held down.
    repeating: bool,
}

impl Keyboard {
    /// The actions of these strokes, in order. Letters decide, so that `?` and `+` are found on any keyboard layout;
    /// a letter follows the stroke of its key at once, and belongs to a repeat if that stroke was one.
    pub(super) fn read(&mut self, strokes: &[Stroke]) -> Vec<Action> {
        let mut actions = Vec::new();
        for stroke in strokes {
            let action = match *stroke {
                Stroke::Down(key) => {
                    self.repeating = self.down.contains(&key);
                    if !self.repeating {
                        self.down.push(key);
                    }
                    of_key(key)
                }
                Stroke::Up(key) => {
                    self.repeating = false;
                    self.down.retain(|held| *held != key);
                    None
                }
                Stroke::Letter(letter) => of_letter(letter),
            };
            actions.extend(action.filter(|action| !self.repeating || action.repeats()));
            if matches!(stroke, Stroke::Letter(_)) {
                self.repeating = false;
            }
        }
        actions
    }

    /// Forgets which keys are down, because their release may have gone to another window.
    pub(super) fn forget(&mut self) {
        self.down.clear();
        self.repeating = false;
    }
}

/// Keys that stand for no character.
fn of_key(key: Key) -> Option<Action> {
    match key {
        Key::Escape => Some(Action::Quit),
        Key::F1 => Some(Action::Help),
        Key::Left => Some(Action::LeapBack),
        Key::Right => Some(Action::LeapForward),
        _ => None,
    }
}

fn of_letter(letter: char) -> Option<Action> {
    Some(match letter.to_ascii_lowercase() {
        'q' => Action::Quit,
        ' ' => Action::Pause,
        's' => Action::Snapshot,
        'r' => Action::Record,
        'h' => Action::ToggleHeat,
        'c' => Action::ToggleCircles,
        'l' => Action::NextLabels,
        'm' => Action::NextExplanation,
        '+' | '=' => Action::ConfUp,
        '-' => Action::ConfDown,
        ']' => Action::OpacityUp,
        '[' => Action::OpacityDown,
        '?' => Action::Help,
        ',' => Action::PreviousFrame,
        '.' => Action::NextFrame,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_key_acts_once_unless_it_steps() {
        let mut keyboard = Keyboard::default();
        let held = |key, letter| [Stroke::Down(key), Stroke::Letter(letter)].repeat(3);
        assert_eq!(keyboard.read(&held(Key::H, 'h')), [Action::ToggleHeat]);
        assert_eq!(keyboard.read(&[Stroke::Up(Key::H)]), []);
        assert_eq!(keyboard.read(&held(Key::H, 'h')), [Action::ToggleHeat]);
        assert_eq!(keyboard.read(&held(Key::Minus, '-')), [Action::ConfDown; 3]);
    }

    #[test]
    fn arrows_and_marks_step_through_what_was_recorded() {
        let held = [Stroke::Down(Key::Left), Stroke::Down(Key::Left), Stroke::Up(Key::Left), Stroke::Letter('.')];
        let expected = [Action::LeapBack, Action::LeapBack, Action::NextFrame];
        assert_eq!(Keyboard::default().read(&held), expected);
    }

    #[test]
    fn a_letter_before_its_key_works_too() {
        // Wayland reports the character first.
        let once = [Stroke::Letter('s'), Stroke::Down(Key::S), Stroke::Up(Key::S)];
        assert_eq!(Keyboard::default().read(&once.repeat(2)), [Action::Snapshot; 2]);
    }

    #[test]
    fn the_question_mark_is_found_with_its_shift() {
        let strokes = [Stroke::Down(Key::LeftShift), Stroke::Down(Key::Slash), Stroke::Letter('?')];
        assert_eq!(Keyboard::default().read(&strokes), [Action::Help]);
        assert_eq!(Keyboard::default().read(&[Stroke::Down(Key::Slash), Stroke::Letter('/')]), []);
    }

    #[test]
    fn a_key_released_elsewhere_is_not_stuck() {
        let mut keyboard = Keyboard::default();
        let press = [Stroke::Down(Key::C), Stroke::Letter('c')];
        assert_eq!(keyboard.read(&press), [Action::ToggleCircles]);
        keyboard.forget();
        assert_eq!(keyboard.read(&press), [Action::ToggleCircles]);
    }

    #[test]
    fn escape_acts_once_although_it_comes_as_key_and_character() {
        let strokes = [Stroke::Down(Key::Escape), Stroke::Letter('\u{1b}'), Stroke::Up(Key::Escape)];
        assert_eq!(Keyboard::default().read(&strokes), [Action::Quit]);
    }

    #[test]
    fn every_key_of_the_help_screen_does_something() {
        for (keys, text) in crate::draw::KEYS {
            for key in keys.split_whitespace() {
                let action = match key {
                    "Esc" => of_key(Key::Escape),
                    "F1" => of_key(Key::F1),
                    "Space" => of_letter(' '),
                    letter => letter.chars().next().and_then(of_letter),
                };
                assert!(action.is_some(), "the help promises {key:?} for {text:?}");
            }
        }
    }
}
