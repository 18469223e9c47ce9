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

/// The thresholds of a scan: the model's own, or others where the settings name them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OperatingPoint {
    /// Evidence from which a window counts as a lesion, `0..=1`.
    pub conf: f32,
    /// Probability of the coarse level from which a window may be shown to the classifier, `0..=1`.
    pub coarse_conf: f32,
    /// Share of the suspicious classes in all lesion classes from which a circle is called suspicious, `0..=1`.
    pub suspicious: f32,
}

/// Settings of the scan; `config/default.toml` says what is allowed, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScanSettings {
    /// Side of the smallest window; `None`: a twentieth of the short side of the frame, 24 to 36 px.
    pub min_size_px: Option<u32>,
    /// Side of the largest window; `None`: the short side of the frame.
    pub max_size_px: Option<u32>,
    /// Ratio of the sides of neighbouring scales.
    pub scale_factor: f32,
    /// Longest step between neighbouring windows, as a fraction of their side.
    pub stride_sides: f32,
    /// Evidence from which a window counts as a lesion; `None`: the model's own.
    pub conf: Option<f32>,
    /// Names of the classes that are searched for; empty stands for every lesion class.
    pub classes: Vec<String>,
    /// Probability of the coarse level from which a window may be shown to the classifier; `None`: the model's own.
    pub coarse_conf: Option<f32>,
    /// A window is left out when the coarse level gives a window of a neighbouring scale around the same centre a probability that is higher by more than this.
    pub coarse_margin: f32,
    /// Windows of the plan that the classifier sees in a frame, at most.
    pub max_fine_windows: u32,
    /// Whether the classifier looks again around each peak: four half steps.
    pub refine: bool,
    /// Shows every window to the classifier: no coarse level, no cache. Slow, and what the shortcuts are measured against.
    pub exhaustive: bool,
    /// Every so many frames of a film are scanned exhaustively as well, to count what the shortcuts miss.
    pub audit_frames: Option<u32>,
    /// Circles of one lesion found at several scales are averaged when their intersection over union is at least this.
    pub fuse_iou: f32,
    /// Of two circles whose intersection over union is above this, the weaker goes.
    pub nms_iou: f32,
    /// Of two circles whose intersection over the smaller is above this (one lies within the other), the weaker goes.
    pub nms_ios: f32,
    /// Bonus of larger circles when the weaker is chosen: log-odds a doubling of the side.
    pub size_bonus: f32,
    /// Radius of the circle drawn, as a fraction of the window's side.
    pub radius_sides: f32,
    /// A picture with a mean luma below this is not assessable, grey levels.
    pub min_luma_levels: f32,
}

/// Indices of some classes.
pub fn indices(classes: &[Class], which: impl Fn(&Class) -> bool) -> Vec<usize> {
    classes.iter().enumerate().filter(|(_, class)| which(class)).map(|(index, _)| index).collect()
}

impl ScanSettings {
    /// Indices of the classes whose circles are wanted. Names that the model does not have, or that are no lesion, are left out;
    /// [`ScanSettings::unknown_classes`] has them.
    pub fn wanted_classes(&self, classes: &[Class]) -> Vec<usize> {
        let named = |class: &Class| self.classes.is_empty() || self.classes.contains(&class.name);
        indices(classes, |class| class.kind == ClassKind::Lesion && named(class))
    }

    /// Indices of the classes whose probabilities are evidence: of a model that knows what is no lesion all lesion classes, whichever are
    /// wanted, as a melanoma that is nearly called a carcinoma is no less a lesion; of one that takes everything for a lesion those that
    /// are wanted.
    pub fn evidence_classes(&self, classes: &[Class]) -> Vec<usize> {
        let lesions = indices(classes, |class| class.kind == ClassKind::Lesion);
        if lesions.len() == classes.len() { self.wanted_classes(classes) } else { lesions }
    }

    /// Side of the smallest window in a frame whose short side is `short` px.
    pub fn smallest(&self, short: u32) -> u32 {
        let largest = self.max_size_px.map_or(u32::MAX, |px| px.max(8));
        self.min_size_px.map_or_else(|| (short / 20).clamp(24, 36).min(largest), |px| px.max(8))
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
        min_size_px: Some(36),
        max_size_px: None,
        scale_factor: 1.5,
        stride_sides: 0.333,
        conf: None,
        classes: Vec::new(),
        coarse_conf: None,
        coarse_margin: 0.3,
        max_fine_windows: 160,
        refine: true,
        exhaustive: false,
        audit_frames: None,
        fuse_iou: 0.4,
        nms_iou: 0.3,
        nms_ios: 0.6,
        size_bonus: 0.5,
        radius_sides: 0.31,
        min_luma_levels: 12.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_window_follows_the_frame_between_its_bounds() {
        let smallest = |min_size_px, max_size_px, short| {
            ScanSettings { min_size_px, max_size_px, ..test_settings() }.smallest(short)
        };
        assert_eq!([183, 480, 600, 720, 2160].map(|short| smallest(None, None, short)), [24, 24, 30, 36, 36]);
        let below = [20, 500].map(|most| smallest(None, Some(most), 720));
        assert_eq!(below, [20, 36], "never above the largest");
        assert_eq!([48, 3].map(|least| smallest(Some(least), None, 720)), [48, 8]);
    }
}
