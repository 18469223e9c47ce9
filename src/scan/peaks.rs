//! Peaks of the score map to circles.
//!
//! Per level, the windows above a threshold form connected components; each is split where it has several summits
//! further apart than a lesion is wide, so that neighbouring lesions stay apart. Summits of one lesion at several scales
//! are averaged; of circles that still overlap or lie within each other the weaker goes (non-maximum suppression).

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::geometry::{Circle, Square};
use crate::scan::ScanSettings;
use crate::scan::map::{Look, ScoreMap};
use crate::scan::plan::{Plan, WindowId};

/// A summit of the score map, with the looks that saw it.
#[derive(Clone, Debug, PartialEq)]
pub struct Peak {
    /// The planned window with the highest evidence.
    pub window: WindowId,
    /// The looks that saw it: at least one.
    looks: Vec<Look>,
    /// Radius of the circle as a fraction of a window's side.
    fill: f32,
    /// The circle, where its extent was measured.
    extent: Option<Circle>,
}

impl Peak {
    /// A peak seen by one look.
    pub fn new(window: WindowId, look: Look, fill: f32) -> Peak {
        Peak { window, looks: vec![look], fill, extent: None }
    }

    /// Adds what another look at it said.
    pub fn add(&mut self, look: Look) {
        self.looks.push(look);
    }

    /// Where the window with the highest evidence is, px of the frame.
    pub fn square(&self) -> Square {
        self.looks[0].square
    }

    /// The looks that saw it.
    pub fn looks(&self) -> &[Look] {
        &self.looks
    }

    /// The highest evidence of its looks.
    pub fn evidence(&self) -> f32 {
        self.looks.iter().map(|look| look.evidence).fold(0.0, f32::max)
    }

    /// Says what the lesion's circle is, whatever windows saw it.
    pub fn measured(mut self, extent: Option<Circle>) -> Peak {
        self.extent = extent.or(self.extent);
        self
    }

    /// Its extent, where it was measured; else the mean position of the looks, weighted with the square of the evidence (arithmetic mean of the centres, geometric
    /// mean of the sides), as the circle of the lesion that fills such a window.
    pub fn circle(&self) -> Circle {
        if let Some(extent) = self.extent {
            return extent;
        }
        let (mut sum, mut x, mut y, mut log_side) = (0.0_f64, 0.0, 0.0, 0.0);
        for look in &self.looks {
            let weight = f64::from(look.evidence).powi(2) + 1e-9;
            let centre = look.square.centre();
            sum += weight;
            x += weight * f64::from(centre.x);
            y += weight * f64::from(centre.y);
            log_side += weight * f64::from(look.square.side.max(1.0)).ln();
        }
        let side = (log_side / sum).exp() as f32;
        Circle { x: (x / sum) as f32, y: (y / sum) as f32, r: side * self.fill }
    }

    /// The looks that its scores are the mean of: those whose evidence reaches `conf`, or the best when none does. The
    /// mean evidence thus reaches `conf` exactly when one look does.
    pub fn witnesses(&self, conf: f32) -> impl Iterator<Item = &Look> {
        let limit = self.evidence().min(conf);
        self.looks.iter().filter(move |look| look.evidence >= limit)
    }

    /// How strongly it stands against others: log-odds of the evidence, with a bonus for size.
    fn strength(&self, bonus: f32) -> f32 {
        let p = self.evidence().clamp(0.001, 0.999);
        (p / (1.0 - p)).ln() + bonus * self.circle().r.max(0.1).log2()
    }
}

/// The summits of a score map from a threshold of evidence on, the strongest first.
pub fn peaks(plan: &Plan, map: &ScoreMap, threshold: f32, settings: &ScanSettings) -> Vec<Peak> {
    let mut levels: BTreeMap<usize, Vec<(WindowId, &Look)>> = BTreeMap::new();
    for (id, look) in map.iter().filter(|(_, look)| look.evidence >= threshold && look.evidence > 0.0) {
        levels.entry(id.level).or_default().push((id, look));
    }
    let mut summits = Vec::new();
    for (level, windows) in levels {
        let side = plan.levels[level].side as f32;
        summits.extend(summits_of(windows, 2.0 * settings.radius_sides * side, settings.radius_sides));
    }
    suppress(fuse(summits, settings), settings)
}

/// Leaves of circles that overlap or lie within each other only the strongest. The result is sorted by strength and
/// does not depend on the order of the input.
pub fn suppress(peaks: Vec<Peak>, settings: &ScanSettings) -> Vec<Peak> {
    let mut kept: Vec<RankedPeak> = Vec::new();
    for ranked in by_strength(peaks, settings.size_bonus) {
        let (circle, iou, ios) = (ranked.circle, settings.nms_iou, settings.nms_ios);
        if kept.iter().all(|other| circle.iou(&other.circle) <= iou && circle.ios(&other.circle) <= ios) {
            kept.push(ranked);
        }
    }
    kept.into_iter().map(|ranked| ranked.peak).collect()
}

/// The summits of the windows of one level. From the highest window down, each belongs to the summit of its highest
/// neighbour; one without a higher neighbour is a summit of its own unless it is nearer to another than `reach` px.
fn summits_of(mut windows: Vec<(WindowId, &Look)>, reach: f32, fill: f32) -> Vec<Peak> {
    windows.sort_by(|a, b| b.1.evidence.total_cmp(&a.1.evidence).then(a.0.cmp(&b.0)));
    let mut labels: BTreeMap<WindowId, usize> = BTreeMap::new();
    let mut summits: Vec<Peak> = Vec::new();
    for (id, look) in windows {
        let slope = neighbours(id).filter_map(|other| labels.get(&other).copied()).min();
        let near = |(index, summit): (usize, &Peak)| {
            let distance = summit.square().centre().distance(look.square.centre());
            (distance < reach).then_some((index, distance))
        };
        let nearest = summits.iter().enumerate().filter_map(near).min_by(|a, b| a.1.total_cmp(&b.1));
        let label = match (nearest, slope) {
            (Some((index, _)), _) => {
                summits[index].add(look.clone());
                index
            }
            // On a slope but far from its summit: it belongs there, and would only pull the circle off the lesion.
            (None, Some(index)) => index,
            (None, None) => {
                summits.push(Peak::new(id, look.clone(), fill));
                summits.len() - 1
            }
        };
        labels.insert(id, label);
    }
    summits
}

fn neighbours(id: WindowId) -> impl Iterator<Item = WindowId> {
    let shift = |value: u32, by: i64| u32::try_from(i64::from(value) + by).ok();
    (-1..=1).flat_map(move |dy| (-1..=1).map(move |dx| (dx, dy))).filter(|step| *step != (0, 0)).filter_map(
        move |(dx, dy)| Some(WindowId { level: id.level, row: shift(id.row, dy)?, col: shift(id.col, dx)? }),
    )
}

/// Joins peaks of one lesion at several scales: each, from the strongest, takes up those whose circles agree with its own.
fn fuse(peaks: Vec<Peak>, settings: &ScanSettings) -> Vec<Peak> {
    let mut fused: Vec<RankedPeak> = Vec::new();
    for ranked in by_strength(peaks, settings.size_bonus) {
        match fused.iter_mut().find(|home| ranked.circle.iou(&home.circle) >= settings.fuse_iou) {
            Some(home) => home.peak.looks.extend(ranked.peak.looks),
            None => fused.push(ranked),
        }
    }
    fused.into_iter().map(|ranked| ranked.peak).collect()
}

/// A peak with what it is compared by.
struct RankedPeak {
    peak: Peak,
    strength: f32,
    circle: Circle,
}

/// The strongest first; of equals by window and circle, so that the order of the input does not matter.
fn by_strength(peaks: Vec<Peak>, bonus: f32) -> Vec<RankedPeak> {
    let rank = |peak: Peak| RankedPeak { strength: peak.strength(bonus), circle: peak.circle(), peak };
    let mut ranked: Vec<RankedPeak> = peaks.into_iter().map(rank).collect();
    let position = |a: &Circle, b: &Circle| -> Ordering {
        a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)).then(a.r.total_cmp(&b.r))
    };
    ranked.sort_by(|a, b| {
        let stronger = b.strength.total_cmp(&a.strength);
        stronger.then(a.peak.window.cmp(&b.peak.window)).then(position(&a.circle, &b.circle))
    });
    ranked
}
