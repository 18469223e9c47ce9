//! Which colour and line a circle gets: the colour says what kind of class, the line says how sure its state is.

use image::Rgb;

use crate::finding::{ScoreOrigin, TrackState, TrackedCircle};
use crate::model::{Class, ClassKind};

/// How the line of a circle runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// Unbroken: scores computed on this frame.
    Solid,
    /// Four narrow gaps on the diagonals: scores taken from the cache.
    Notched,
    /// Dashes: not on skin.
    Dashed,
    /// Dots: what the score rests on lies outside of the circle, or the classifier was taught nothing like it.
    Dotted,
}

/// Colour and line of a circle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct CircleStyle {
    /// Colour of the line.
    pub colour: Rgb<u8>,
    /// Width of the line, px.
    pub width: f32,
    /// How the line runs.
    pub pattern: Pattern,
}

// The colours of Okabe and Ito (2008), "Color Universal Design": told apart by all common kinds of colour blindness.
// Warm ones mean suspicious, cool ones benign; yellow is kept for a fourth suspicious class because it is the least alarming.
pub(super) const SUSPICIOUS: [Rgb<u8>; 4] =
    [Rgb([213, 94, 0]), Rgb([230, 159, 0]), Rgb([204, 121, 167]), Rgb([240, 228, 66])];
pub(super) const BENIGN: [Rgb<u8>; 3] = [Rgb([86, 180, 233]), Rgb([0, 158, 115]), Rgb([0, 114, 178])];
/// Circles that are not on skin, and classes that are no lesion.
pub(super) const OFF_SKIN: Rgb<u8> = Rgb([190, 190, 190]);

/// Width of a tentative circle's line, as a part of a confirmed one's.
pub(super) const TENTATIVE: f32 = 0.45;
/// Width of the line of a confirmed circle off the skin, likewise: it is there for whoever looks for it.
const OFF_SKIN_LINE: f32 = 0.6;

impl CircleStyle {
    /// The look of a tracked circle where a confirmed one is `line` px wide.
    pub(super) fn of(tracked: &TrackedCircle, classes: &[Class], line: f32) -> CircleStyle {
        let colour = if tracked.on_skin { class_colour(tracked.class, classes) } else { OFF_SKIN };
        let width = match tracked.state {
            TrackState::Confirmed if tracked.on_skin => line,
            TrackState::Confirmed => (line * OFF_SKIN_LINE).max(1.5),
            _ => (line * TENTATIVE).max(1.0),
        };
        let pattern = match (tracked.on_skin, tracked.finding.origin) {
            (false, _) => Pattern::Dashed,
            (true, _) if doubtful(tracked) || tracked.unfamiliar() => Pattern::Dotted,
            (true, ScoreOrigin::Reused) => Pattern::Notched,
            (true, ScoreOrigin::Fresh) => Pattern::Solid,
        };
        CircleStyle { colour, width, pattern }
    }
}

/// Whether what the score of a circle rests on is known to lie outside of it.
pub(super) fn doubtful(tracked: &TrackedCircle) -> bool {
    tracked.explained.as_ref().is_some_and(|explained| explained.explanation.trust.doubtful())
}

/// The colour of a class: the n-th suspicious lesion class gets the n-th warm colour, the n-th benign one the n-th cool colour.
pub(super) fn class_colour(index: usize, classes: &[Class]) -> Rgb<u8> {
    let Some(class) = classes.get(index).filter(|class| class.kind == ClassKind::Lesion) else { return OFF_SKIN };
    let same = |other: &&Class| other.kind == ClassKind::Lesion && other.suspicious == class.suspicious;
    let rank = classes.iter().take(index).filter(same).count();
    let palette: &[Rgb<u8>] = if class.suspicious { &SUSPICIOUS } else { &BENIGN };
    palette.iter().cycle().nth(rank).copied().unwrap_or(OFF_SKIN)
}
