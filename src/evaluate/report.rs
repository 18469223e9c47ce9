//! The outcome of an evaluation: figures for JSON, and a table to print.

use std::collections::BTreeMap;

use serde::Serialize;

use super::contrast::CONTRAST_BINS;
use super::curve::Froc;
use super::places::PlaceCounts;
use super::tally::{RADIUS_BINS, Recall, Tally};
use super::trails::TrailCounts;

/// The figures of one clip, or of all together. Shares are `0..=1`; a figure without anything to count is `null`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClipReport {
    /// Name of the clip.
    pub name: String,
    /// Frames judged.
    pub frames: u64,
    /// Frames of the truth that had no detection line.
    pub unseen_frames: u64,
    /// Detection lines that had no truth.
    pub surplus_frames: u64,
    /// Circles on the judged frames.
    pub circles: u64,
    /// Share of the lesions (over all frames) that a circle found.
    pub recall: Option<f64>,
    /// The same with alarmed circles only: those not marked as off the skin.
    pub recall_alarmed: Option<f64>,
    /// Share of the lesions of a suspicious class that any circle found.
    pub suspicious_recall: Option<f64>,
    /// Share of the lesions of a suspicious class that a circle of a suspicious class found.
    pub suspicious_called: Option<f64>,
    /// False circles a frame, on and off the skin.
    pub false_a_frame: Option<f64>,
    /// False circles a frame on the skin.
    pub false_on_skin: Option<f64>,
    /// False circles a frame off the skin.
    pub false_off_skin: Option<f64>,
    /// Circles a frame that lie off the skin and say so; not false.
    pub flagged_off_skin: Option<f64>,
    /// Second circles on a lesion, a frame; not false.
    pub duplicates: Option<f64>,
    /// Share of the circles, but for those marked as off the skin, that are the best circle of a lesion. Second circles count against it, as in
    /// PASCAL VOC (Everingham et al. 2010).
    pub precision: Option<f64>,
    /// Share of the benign lesions found that a circle of a suspicious class found.
    pub benign_called: Option<f64>,
    /// IDF1 (Ristani et al. 2016), `0..=1`.
    pub idf1: Option<f64>,
    /// What became of the lesions through time.
    pub trails: TrailCounts,
    /// How places and lesions agree.
    pub places: PlaceCounts,
    /// IDF1 of places and lesions, `0..=1`.
    pub place_idf1: Option<f64>,
    /// Median distance between circle and lesion, px.
    pub position_error_px: Option<f32>,
    /// Median distance between circle and lesion, radii of the lesion.
    pub position_error_radii: Option<f32>,
    /// Median of the larger radius over the smaller.
    pub radius_ratio: Option<f32>,
    /// Counts of all lesions.
    pub lesions: Recall,
    /// Counts of the lesions of suspicious classes.
    pub suspicious: Recall,
    /// Counts of the others.
    pub benign: Recall,
    /// Counts of the lesions of a contrast below 5.
    pub low_contrast: Recall,
    /// Counts of those of 5 and more.
    pub high_contrast: Recall,
    /// Counts of those of a radius of 54 px and more.
    pub large: Recall,
    /// False circles on the skin.
    pub false_circles_on_skin: u64,
    /// False circles off the skin.
    pub false_circles_off_skin: u64,
    /// Second circles on a lesion.
    pub second_circles: u64,
    /// Counts by class of the truth.
    pub by_class: BTreeMap<String, Recall>,
    /// Counts by radius of the lesion, px.
    pub by_radius: Vec<RecallBin>,
    /// Counts by contrast of the lesion with the skin around it, CIE76 differences; of frames whose picture was at hand.
    pub by_contrast: Vec<RecallBin>,
    /// Recall against false circles a frame, all circles. Ends at `recall` and `false_a_frame`.
    pub froc: Froc,
    /// The same of the alarmed circles alone.
    pub froc_alarmed: Froc,
}

/// Counts of the lesions of one range of a measure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecallBin {
    /// Its lower border, which belongs to it.
    pub from: f32,
    /// Its upper border, which does not; `null`: no end.
    pub to: Option<f32>,
    /// Counts.
    #[serde(flatten)]
    pub recall: Recall,
}

/// The outcome over several clips.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScenesReport {
    /// One a clip, in order.
    pub clips: Vec<ClipReport>,
    /// All clips together, every frame weighing the same.
    pub all: ClipReport,
}

impl ClipReport {
    /// The figures of a tally.
    pub fn new(name: &str, tally: &Tally) -> ClipReport {
        let a_frame = |count: u64| (tally.frames > 0).then(|| count as f64 / tally.frames as f64);
        let errors = tally.errors();
        ClipReport {
            name: name.to_owned(),
            frames: tally.frames,
            unseen_frames: tally.unseen_frames,
            surplus_frames: tally.surplus_frames,
            circles: tally.circles,
            recall: tally.all.share(),
            recall_alarmed: tally.all.of(tally.all.alarmed),
            suspicious_recall: tally.suspicious.share(),
            suspicious_called: tally.suspicious.of(tally.suspicious.called_suspicious),
            false_a_frame: a_frame(tally.false_on_skin + tally.false_off_skin),
            false_on_skin: a_frame(tally.false_on_skin),
            false_off_skin: a_frame(tally.false_off_skin),
            flagged_off_skin: a_frame(tally.flagged_off_skin),
            duplicates: a_frame(tally.duplicates),
            precision: tally.precision(),
            benign_called: (tally.benign.found > 0)
                .then(|| tally.benign.called_suspicious as f64 / tally.benign.found as f64),
            idf1: tally.trails.idf1(),
            trails: tally.trails,
            places: tally.places,
            place_idf1: tally.places.idf1(),
            position_error_px: errors.map(|e| e.distance_px),
            position_error_radii: errors.map(|e| e.distance_radii),
            radius_ratio: errors.map(|e| e.radius_ratio),
            lesions: tally.all,
            suspicious: tally.suspicious,
            benign: tally.benign,
            low_contrast: sum(&CONTRAST_BINS, &tally.by_contrast, |from| from < LOW_CONTRAST),
            high_contrast: sum(&CONTRAST_BINS, &tally.by_contrast, |from| from >= LOW_CONTRAST),
            large: sum(&RADIUS_BINS, &tally.by_radius, |from| from >= LARGE_PX),
            false_circles_on_skin: tally.false_on_skin,
            false_circles_off_skin: tally.false_off_skin,
            second_circles: tally.duplicates,
            by_class: tally.by_class.clone(),
            by_radius: bins(&RADIUS_BINS, &tally.by_radius),
            by_contrast: bins(&CONTRAST_BINS, &tally.by_contrast),
            froc: tally.froc.all(),
            froc_alarmed: tally.froc.alarmed(),
        }
    }
}

/// Contrast below which lesions are hard to see; a border of [`CONTRAST_BINS`].
const LOW_CONTRAST: f32 = 5.0;

/// Radius from which a lesion is large, px; a border of [`RADIUS_BINS`].
const LARGE_PX: f32 = 54.0;

/// Counts of the bins whose lower border is wanted, together.
fn sum(borders: &[f32], counts: &[Recall], wanted: impl Fn(f32) -> bool) -> Recall {
    let mut all = Recall::default();
    bins(borders, counts).iter().filter(|bin| wanted(bin.from)).for_each(|bin| all.add(&bin.recall));
    all
}

/// Counts with the borders of the bins that they belong to, from 0 up.
fn bins(borders: &[f32], counts: &[Recall]) -> Vec<RecallBin> {
    let from = std::iter::once(0.0).chain(borders.iter().copied());
    let to = borders.iter().copied().map(Some).chain(std::iter::once(None));
    from.zip(to).zip(counts).map(|((from, to), &recall)| RecallBin { from, to, recall }).collect()
}
