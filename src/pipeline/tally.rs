//! What a run counts while it goes on: constant memory but for an entry a place, and a number a confirmed track.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::times::Histogram;
use crate::finding::{AuditedLesion, WindowCounts};
use crate::quality::HintSeconds;
use crate::sink::{AuditEntry, PlaceTally, RenderedFrame};

/// A frame is not shown for longer: the source was away.
const LONGEST: Duration = Duration::from_secs(1);

/// Frames so far, read by a progress bar while the run goes on; clones share.
#[derive(Clone, Debug, Default)]
pub struct RunProgress(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    frames: AtomicU64,
    dropped: AtomicU64,
}

impl RunProgress {
    /// Frames looked at.
    pub fn frames(&self) -> u64 {
        self.0.frames.load(Ordering::Relaxed)
    }

    /// Frames dropped.
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }
}

/// The counts of a run.
#[derive(Clone, Debug, Default)]
pub struct RunTally {
    /// Frames looked at.
    pub frames: u64,
    /// Frames dropped because a newer one was there.
    pub dropped: u64,
    /// What was found.
    pub places: PlaceTally,
    /// Windows of all frames together.
    pub windows: WindowCounts,
    /// Frames that were scanned exhaustively as well.
    pub audited_frames: u64,
    /// The lesions of those frames.
    pub audited: Vec<AuditEntry>,
    /// Frames to which the camera's motion was not found.
    pub camera_lost: u64,
    /// Frames searched less than the settings ask for, to keep to the time allowed.
    pub cut: u64,
    /// Frames that could not be judged.
    pub not_assessable: u64,
    /// Why the first of them could not.
    pub first_reason: Option<String>,
    /// For how long each hint was shown.
    pub coach: HintSeconds,
    /// Time of the last frame.
    last: Option<Duration>,
    /// Times of waiting for and decoding a frame.
    pub decode: Histogram,
    /// Times of scan and tracks.
    pub detect: Histogram,
    /// Times of drawing.
    pub render: Histogram,
    progress: RunProgress,
}

impl RunTally {
    /// The part that others may read while the run goes on.
    pub fn progress(&self) -> RunProgress {
        self.progress.clone()
    }

    /// Counts a frame.
    pub fn count(&mut self, item: &RenderedFrame) {
        self.frames += 1;
        self.dropped += item.dropped;
        self.places.count(item);
        let (sum, new) = (&mut self.windows, &item.detection.windows);
        sum.planned += new.planned;
        sum.coarse += new.coarse;
        sum.fine += new.fine;
        sum.reused += new.reused;
        sum.skipped += new.skipped;
        sum.capped += new.capped;
        sum.opinions += new.opinions;
        self.camera_lost += u64::from(item.detection.shortfall.camera_lost);
        self.cut += u64::from(item.detection.shortfall.cut);
        if let Some(audit) = &item.detection.audit {
            self.audited_frames += 1;
            let entry = |lesion: &AuditedLesion| AuditEntry { frame: item.frame.index, lesion: *lesion };
            self.audited.extend(audit.lesions.iter().map(entry));
        }
        if let Some(why) = &item.detection.not_assessable {
            self.not_assessable += 1;
            self.first_reason.get_or_insert_with(|| why.clone());
        }
        let lasted = self.last.map_or(Duration::ZERO, |last| item.frame.pts.saturating_sub(last).min(LONGEST));
        self.coach.add(item.detection.hint, lasted.as_secs_f64());
        self.last = Some(item.frame.pts);
        self.decode.add(item.times.decode);
        self.detect.add(item.times.detect);
        self.render.add(item.times.render);
        self.progress.0.frames.store(self.frames, Ordering::Relaxed);
        self.progress.0.dropped.store(self.dropped, Ordering::Relaxed);
    }
}
