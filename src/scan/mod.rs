//! The scan: which windows there are (`plan`), which of them deserve the classifier (`candidates`), where it looks again
//! (`refine`), what it said (`map`), and how that becomes circles (`peaks`). Pure functions.

pub mod candidates;
pub mod crowd;
pub mod map;
pub mod peaks;
pub mod plan;
pub mod refine;

use serde::{Deserialize, Serialize};

use crate::model::{Class, ClassKind};

/// Settings of the scan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScanSettings {
    /// Side of the smallest window, px, at least 8; 0 stands for a twentieth of the short side of the frame, 24 to 36 px.
    pub min_size: u32,
    /// Side of the largest window, px; 0 stands for the short side of the frame.
    pub max_size: u32,
    /// Ratio of the sides of neighbouring scales, `1.05..=4`.
    pub scale_factor: f32,
    /// Longest step between neighbouring windows, as a fraction of the side, `0.05..=1`.
    pub stride: f32,
    /// Evidence from which a window counts as a lesion, `0..=1`.
    pub conf: f32,
    /// Names of the classes that are searched for; empty stands for every lesion class.
    pub classes: Vec<String>,
    /// Coarse probability from which a window may be shown to the classifier, `0..=1`.
    pub gate: f32,
    /// A window is left out when the coarse level likes the same place at a neighbouring scale by more than this, `0..=1`.
    pub gate_margin: f32,
    /// The classifier sees at most this many windows of the plan in a frame, those that the coarse level likes best.
    pub max_fine: u32,
    /// Whether the classifier looks again around each peak: four half steps.
    pub refine: bool,
    /// Shows every window to the classifier: no coarse level, no cache. Slow, and what the shortcuts are measured against.
    pub exhaustive: bool,
    /// Every so many frames of a film are scanned exhaustively as well, to count what the shortcuts miss; 0: none.
    pub audit: u32,
    /// Circles of one place found at several scales are averaged when their intersection over union is at least this, `0..=1`.
    pub fuse_iou: f32,
    /// Of two circles whose intersection over union is above this, the weaker goes, `0..=1`.
    pub nms_iou: f32,
    /// Of two circles whose intersection over the smaller is above this (one lies within the other), the weaker goes, `0..=1`.
    pub nms_ios: f32,
    /// Bonus of larger circles when the weaker is chosen: log-odds a doubling of the side.
    pub size_bonus: f32,
    /// Radius of the circle drawn as a fraction of the window's side, `0.05..=0.5`.
    pub fill: f32,
    /// A picture with a mean luma below this is not assessable, grey levels, `0..=255`.
    pub min_luma: f32,
}

impl ScanSettings {
    /// Indices of the classes whose circles are wanted. Names that the model does not have, or that are no lesion, are left out;
    /// [`ScanSettings::unknown_classes`] has them.
    pub fn wanted(&self, classes: &[Class]) -> Vec<usize> {
        let wanted = |class: &Class| {
            class.kind == ClassKind::Lesion && (self.classes.is_empty() || self.classes.contains(&class.name))
        };
        (0..classes.len()).filter(|&index| classes.get(index).is_some_and(wanted)).collect()
    }

    /// Indices of the classes whose probabilities are evidence: of a model that knows what is no lesion all lesion classes, whichever are
    /// wanted, as a melanoma that is nearly called a carcinoma is no less a lesion; of one that takes everything for a lesion those that
    /// are wanted.
    pub fn searched(&self, classes: &[Class]) -> Vec<usize> {
        let knows_nothing_else = classes.iter().all(|class| class.kind == ClassKind::Lesion);
        if knows_nothing_else {
            return self.wanted(classes);
        }
        (0..classes.len())
            .filter(|&index| classes.get(index).is_some_and(|class| class.kind == ClassKind::Lesion))
            .collect()
    }

    /// Side of the smallest window in a frame whose short side is `short` px.
    pub fn smallest(&self, short: u32) -> u32 {
        let largest = if self.max_size == 0 { u32::MAX } else { self.max_size.max(8) };
        if self.min_size == 0 { (short / 20).clamp(24, 36).min(largest) } else { self.min_size.max(8) }
    }

    /// Names in `classes` that are no lesion class of the model.
    pub fn unknown_classes(&self, classes: &[Class]) -> Vec<String> {
        let known = |name: &String| classes.iter().any(|c| c.kind == ClassKind::Lesion && c.name == *name);
        self.classes.iter().filter(|name| !known(name)).cloned().collect()
    }
}

#[cfg(test)]
pub(crate) fn test_settings() -> ScanSettings {
    ScanSettings {
        min_size: 36,
        max_size: 0,
        scale_factor: 1.5,
        stride: 0.333,
        conf: 0.5,
        classes: Vec::new(),
        gate: 0.5,
        gate_margin: 0.3,
        max_fine: 160,
        refine: true,
        exhaustive: false,
        audit: 0,
        fuse_iou: 0.4,
        nms_iou: 0.3,
        nms_ios: 0.6,
        size_bonus: 0.5,
        fill: 0.31,
        min_luma: 12.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_window_follows_the_frame_between_its_bounds() {
        let smallest =
            |min_size, max_size, short| ScanSettings { min_size, max_size, ..test_settings() }.smallest(short);
        assert_eq!([183, 480, 600, 720, 2160].map(|short| smallest(0, 0, short)), [24, 24, 30, 36, 36]);
        assert_eq!((smallest(0, 20, 720), smallest(0, 500, 720)), (20, 36), "never above the largest");
        assert_eq!((smallest(48, 0, 720), smallest(3, 0, 720)), (48, 8));
    }
}
