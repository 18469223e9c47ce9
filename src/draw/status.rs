//! The status line at the bottom: how fast, how old, how much was dropped, computed and reused.

use std::time::Duration;

use image::{Rgb, RgbImage};

use super::area::{Area, plate};
use super::font::Weight;
use super::text::{PALE, TextStyle, WHITE};
use crate::assessment::Hint;
use crate::finding::Shortfall;

/// What every surface says.
pub const NOTICE: &str = "not a medical device";

const SEPARATOR: &str = "  ·  ";

/// The numbers of the status line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// Pictures shown a second, when known.
    pub fps: Option<f32>,
    /// Time from the arrival of the picture to its being shown, when known (live sources).
    pub age: Option<Duration>,
    /// Frames dropped since the start.
    pub dropped: u64,
    /// Windows computed for this frame, both levels.
    pub computed: u64,
    /// Windows of this frame whose score came from the cache.
    pub reused: u64,
    /// Circles on this frame.
    pub circles: usize,
    /// Threshold on the score, `0..=1`.
    pub threshold: f32,
    /// What the search of this frame went without.
    pub shortfall: Shortfall,
    /// What to tell who films, if anything.
    pub hint: Option<Hint>,
    /// Whether a recording is being written.
    pub recording: bool,
    /// Whether the picture is held.
    pub paused: bool,
}

impl Status {
    /// The parts of the line, most important first, each with its place in the line from the left.
    fn parts(&self) -> Vec<(u8, String)> {
        let mut parts = vec![(8, NOTICE.to_owned())];
        let mut add = |place, text: String| parts.push((place, text));
        if self.paused {
            add(0, "paused".to_owned());
        }
        if self.recording {
            add(1, "● recording".to_owned());
        }
        if let Some(hint) = self.hint {
            add(2, format!("▸ {}", hint.words()));
        }
        if self.shortfall.cut {
            add(2, "search cut to the time allowed".to_owned());
        }
        if self.shortfall.camera_lost {
            add(2, "camera motion lost".to_owned());
        }
        add(6, if self.circles == 1 { "1 circle".to_owned() } else { format!("{} circles", self.circles) });
        if let Some(fps) = self.fps {
            add(2, format!("{fps:.1} fps"));
        }
        if let Some(age) = self.age {
            add(3, format!("{} ms old", age.as_millis()));
        }
        add(7, format!("threshold {:.2}", self.threshold));
        add(4, format!("{} dropped", self.dropped));
        add(5, format!("{} windows computed, {} reused", self.computed, self.reused));
        parts
    }

    /// The line, with the less important parts left out until `fits` agrees; `None` when not even [`NOTICE`] fits.
    pub fn line(&self, fits: impl Fn(&str) -> bool) -> Option<String> {
        let parts = self.parts();
        (1..=parts.len()).rev().find_map(|kept| {
            let mut kept: Vec<&(u8, String)> = parts.iter().take(kept).collect();
            kept.sort_by_key(|(place, _)| *place);
            let line = kept.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(SEPARATOR);
            fits(&line).then_some(line)
        })
    }
}

/// Paints the line at the bottom of `room` and returns the room that is left above it.
pub(super) fn paint(image: &mut RgbImage, room: Area, status: &Status) -> Area {
    let kind = TextStyle::for_picture(image.dimensions().into(), Weight::Regular);
    let margin = (kind.px * 0.4) as i64;
    let height = kind.px as i64 + margin;
    let fits = |line: &str| kind.measure(line).0 + 2 * margin <= room.w;
    let Some(line) = status.line(fits).filter(|_| height * 4 <= room.h) else { return room };
    let bar = Area { y: room.y + room.h - height, h: height, ..room };
    plate(image, bar, 0.0, Rgb([12, 14, 18]), 0.72);
    let rest = line.strip_suffix(NOTICE).unwrap_or(&line).trim_end_matches(SEPARATOR);
    let at = (bar.x + margin, bar.y + margin / 2);
    kind.write(image, at, WHITE, rest);
    kind.write(image, (bar.x + bar.w - margin - kind.measure(NOTICE).0, at.1), PALE, NOTICE);
    Area { h: room.h - height, ..room }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status() -> Status {
        Status {
            shortfall: Shortfall::default(),
            hint: None,
            fps: Some(29.97),
            age: Some(Duration::from_millis(41)),
            dropped: 3,
            computed: 498,
            reused: 431,
            circles: 2,
            threshold: 0.5,
            recording: true,
            paused: false,
        }
    }

    #[test]
    fn the_whole_line_says_every_number() {
        let line = status().line(|_| true).expect("everything fits");
        let expected = "● recording  ·  30.0 fps  ·  41 ms old  ·  3 dropped  ·  498 windows computed, 431 reused  ·  2 circles  ·  \
                        threshold 0.50  ·  not a medical device";
        assert_eq!(line, expected);
        let lost = Status { shortfall: Shortfall { camera_lost: true, cut: true }, ..status() };
        let line = lost.line(|_| true).expect("everything fits");
        assert!(
            line.starts_with("● recording  ·  search cut to the time allowed  ·  camera motion lost  ·  30.0 fps"),
            "{line}"
        );
    }

    #[test]
    fn a_hint_stands_before_the_numbers_and_stays_longest_but_for_the_recording() {
        let hinting = Status { hint: Some(Hint::HoldStill), ..status() };
        let line = hinting.line(|_| true).expect("everything fits");
        assert!(line.starts_with("● recording  ·  ▸ hold still  ·  30.0 fps"), "{line}");
        let short = hinting.line(|line| line.chars().count() < 58).expect("some of it fits");
        assert_eq!(short, "● recording  ·  ▸ hold still  ·  not a medical device");
    }

    #[test]
    fn a_narrow_line_drops_the_least_important_first_and_the_notice_last() {
        let short = status().line(|line| line.chars().count() < 60).expect("some of it fits");
        assert_eq!(short, "● recording  ·  2 circles  ·  not a medical device");
        assert_eq!(status().line(|line| line.chars().count() <= NOTICE.len()).as_deref(), Some(NOTICE));
        assert_eq!(status().line(|_| false), None);
    }
}
