//! How much of the search a frame gets.

use crate::scan::plan::{CoarseTile, Plan};

/// Part of the coarse level that a frame gets at most where pictures are shown as they come: all of it at once, in the first frame or
/// after a cut, would make them late. Within a sixth of a second everything was looked at.
const SPREAD: f32 = 0.2;

/// The tiles of the coarse level that a frame gets.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TileShare {
    pub(super) tiles: Vec<CoarseTile>,
    /// Whether others were left for want of effort, rather than for the next frames.
    pub(super) cut: bool,
}

/// How much of the search a frame gets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Part of the windows that the settings ask for, `0..=1`.
    part: f32,
    /// Part of the coarse level's windows, `0..=1`.
    coarse: f32,
}

impl Effort {
    /// All that the settings ask for.
    pub(super) const WHOLE: Effort = Effort { part: 1.0, coarse: 1.0 };

    /// Only this part of the windows that the settings ask for, `0..=1`.
    pub(super) fn with_part(self, part: f32) -> Effort {
        Effort { part: part.clamp(0.0, 1.0), ..self }
    }

    /// No more of the coarse level in one frame than there is time for in a live one.
    pub(super) fn spread(self) -> Effort {
        Effort { coarse: SPREAD, ..self }
    }

    /// How many of some things it is enough for, at least one.
    pub(super) fn of(self, things: usize) -> usize {
        (things as f32 * self.part).ceil().max(1.0) as usize
    }

    /// The first of the tiles that are due.
    pub(super) fn tiles(self, plan: &Plan, due: Vec<CoarseTile>) -> TileShare {
        let most = self.of(due.len());
        let cut = due.len() > most;
        let mut tiles = due;
        tiles.truncate(most);
        let mut left = plan.coarse_windows() as f32 * self.coarse;
        tiles.retain(|tile| {
            let fits = left > 0.0;
            left -= tile.windows() as f32;
            fits
        });
        TileShare { tiles, cut }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::model::CoarseGeometry;
    use crate::scan::test_settings;

    #[test]
    fn what_is_spread_is_done_within_some_frames_and_cuts_nothing() {
        let plan =
            Plan::new(Size { width: 1280, height: 720 }, &test_settings(), CoarseGeometry { side: 24, stride: 8 });
        let all = plan.tiles(32);
        assert_eq!(Effort::WHOLE.tiles(&plan, all.clone()), TileShare { tiles: all.clone(), cut: false });
        let (mut due, mut frames) = (all, 0);
        while !due.is_empty() {
            let TileShare { tiles: done, cut } = Effort::WHOLE.spread().tiles(&plan, due.clone());
            let windows: usize = done.iter().map(CoarseTile::windows).sum();
            assert!(!done.is_empty() && !cut && windows as f32 <= 0.3 * plan.coarse_windows() as f32, "{windows}");
            due.drain(..done.len());
            frames += 1;
        }
        assert!((4..=5).contains(&frames), "{frames}");
    }

    #[test]
    fn less_effort_cuts_and_says_so() {
        let plan =
            Plan::new(Size { width: 1280, height: 720 }, &test_settings(), CoarseGeometry { side: 24, stride: 8 });
        let all = plan.tiles(32);
        let half = Effort::WHOLE.with_part(0.5);
        assert_eq!((half.of(5), half.of(1), half.of(0)), (3, 1, 1));
        assert_eq!(
            half.tiles(&plan, all.clone()),
            TileShare { tiles: all[..all.len().div_ceil(2)].to_vec(), cut: true }
        );
    }
}
