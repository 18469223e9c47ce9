//! For how long each lesion is in view without a break.

use std::collections::BTreeMap;

use super::view::{ExportView, ExportedCircle, ExportedFrame};

/// A circle of a run, with its frame.
pub(super) struct RunCircle<'a> {
    pub(super) frame: &'a ExportedFrame<'a>,
    pub(super) circle: &'a ExportedCircle<'a>,
}

/// One lesion in view.
pub(super) struct LesionRun<'a> {
    pub(super) id: u64,
    /// At least one, in the order of time.
    pub(super) circles: Vec<RunCircle<'a>>,
}

impl LesionRun<'_> {
    /// From its first to its last frame, s.
    pub(super) fn times(&self) -> (f64, f64) {
        let time = |circle: Option<&RunCircle>| circle.map_or(0.0, |circle| circle.frame.frame.time_s);
        (time(self.circles.first()), time(self.circles.last()))
    }

    /// The class that it is called by on most frames, the first of equals; its number.
    pub(super) fn class(&self) -> usize {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        self.circles.iter().for_each(|circle| *counts.entry(circle.circle.class).or_default() += 1);
        counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(0, |(class, _)| class)
    }

    /// Whether it is a place, and not a track without one.
    pub(super) fn is_place(&self) -> bool {
        self.circles.iter().any(|circle| circle.circle.place == Some(self.id))
    }
}

/// The runs of a session, in the order of their beginning. One ends where its lesion is not circled for longer than `bridged_s`.
pub(super) fn runs<'a>(view: &'a ExportView<'a>, bridged_s: f64) -> Vec<LesionRun<'a>> {
    let mut runs: Vec<LesionRun> = Vec::new();
    let mut latest: BTreeMap<u64, usize> = BTreeMap::new();
    for frame in &view.frames {
        for circle in &frame.circles {
            let at = RunCircle { frame, circle };
            let open = latest.get(&circle.id).and_then(|index| runs.get_mut(*index));
            match open.filter(|run| frame.frame.time_s - run.times().1 <= bridged_s) {
                Some(run) => run.circles.push(at),
                None => {
                    latest.insert(circle.id, runs.len());
                    runs.push(LesionRun { id: circle.id, circles: vec![at] });
                }
            }
        }
    }
    runs
}
