//! What cascade and cache cost in a run, from the frames that were also scanned exhaustively.

use crate::counted;
use serde::Serialize;

use crate::finding::AuditedLesion;
use crate::statistics::{Interval, Trial, bootstrap, share_interval};

/// A lesion of an audited frame.
#[derive(Clone, Copy, Debug)]
pub struct AuditEntry {
    /// Number of the frame.
    pub frame: u64,
    /// The lesion.
    pub lesion: AuditedLesion,
}

/// The account of all audited frames.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AuditReport {
    /// Frames scanned exhaustively as well.
    pub frames: u64,
    /// Lesions with skin around them.
    pub on_skin: Shortcuts,
    /// All others: prints on cloth and the like.
    pub elsewhere: Shortcuts,
}

/// What the two shortcuts did to some lesions of an exhaustive scan.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Shortcuts {
    /// Lesions, each counted on every audited frame that it is circled on.
    pub lesions: usize,
    /// Missed by the cascade on the same frame, nothing reused.
    pub missed_by_cascade: MissedShare,
    /// Found by the cascade on the same frame, missed by the run, which reuses scores.
    pub missed_by_cache: MissedShare,
    /// How far the cascade moves the evidence of lesions that it finds.
    pub moved_by_cascade: EvidenceShift,
    /// How far the cache moves the evidence on top of that.
    pub moved_by_cache: EvidenceShift,
}

/// How many lesions were missed. The 95 % interval is a bootstrap over frames, not lesions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MissedShare {
    /// How many.
    pub count: usize,
    /// Part of the lesions, `0..=1`; 0 without any.
    pub share: f64,
    /// Lower and upper end of the interval; `null` without lesions.
    pub interval: Option<Interval>,
}

/// Absolute changes of the evidence, `0..=1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EvidenceShift {
    /// Mean change.
    pub mean: f64,
    /// 95 % interval of the mean by a bootstrap over frames; `null` without lesions.
    pub interval: Option<Interval>,
    /// 95th percentile of the changes.
    pub p95: f64,
}

impl AuditReport {
    /// The report on the lesions of so many audited frames; `None` when none was audited.
    pub fn new(frames: u64, audited: &[AuditEntry]) -> Option<AuditReport> {
        let part = |on_skin: bool| {
            let lesions: Vec<AuditEntry> =
                audited.iter().filter(|entry| entry.lesion.on_skin == on_skin).copied().collect();
            Shortcuts::of(&lesions)
        };
        (frames > 0).then(|| AuditReport { frames, on_skin: part(true), elsewhere: part(false) })
    }

    /// The report in sentences.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("audit: exhaustive scan of {} as well", counted(self.frames, "frame"))];
        for (place, part) in [("on skin", &self.on_skin), ("elsewhere", &self.elsewhere)] {
            lines.push(format!(
                "  {place}: {}; the cascade missed {}, the cache {}",
                counted(part.lesions, "lesion"),
                part.missed_by_cascade,
                part.missed_by_cache
            ));
            let (cascade, cache) = (&part.moved_by_cascade, &part.moved_by_cache);
            lines.push(format!(
                "    the evidence moved by {cascade} because of the cascade, by {cache} because of the cache"
            ));
        }
        lines
    }
}

impl Shortcuts {
    fn of(lesions: &[AuditEntry]) -> Shortcuts {
        let share = |missed: &dyn Fn(&AuditedLesion) -> bool| {
            let trial = |entry: &AuditEntry| Trial { group: entry.frame as usize, hit: missed(&entry.lesion) };
            let trials: Vec<Trial> = lesions.iter().map(trial).collect();
            let count = trials.iter().filter(|trial| trial.hit).count();
            MissedShare { count, share: count as f64 / trials.len().max(1) as f64, interval: share_interval(&trials) }
        };
        let moved = |change: &dyn Fn(&AuditedLesion) -> Option<f32>| {
            let changes =
                lesions.iter().filter_map(|entry| Some((entry.frame, f64::from(change(&entry.lesion)?.abs()))));
            EvidenceShift::of(&changes.collect::<Vec<_>>())
        };
        Shortcuts {
            lesions: lesions.len(),
            missed_by_cascade: share(&|lesion| lesion.cascade.is_none()),
            missed_by_cache: share(&|lesion| lesion.cascade.is_some() && lesion.run.is_none()),
            moved_by_cascade: moved(&|lesion| Some(lesion.cascade? - lesion.exhaustive)),
            moved_by_cache: moved(&|lesion| Some(lesion.run? - lesion.cascade?)),
        }
    }
}

impl EvidenceShift {
    fn of(changes: &[(u64, f64)]) -> EvidenceShift {
        let mean = |drawn: &[&(u64, f64)]| {
            (!drawn.is_empty()).then(|| drawn.iter().map(|change| change.1).sum::<f64>() / drawn.len() as f64)
        };
        let mut sorted: Vec<f64> = changes.iter().map(|change| change.1).collect();
        sorted.sort_by(f64::total_cmp);
        let last = (0.95 * sorted.len() as f64).ceil() as usize;
        EvidenceShift {
            mean: mean(&changes.iter().collect::<Vec<_>>()).unwrap_or(0.0),
            interval: bootstrap(changes, |change| change.0 as usize, mean),
            p95: sorted.get(last.saturating_sub(1)).copied().unwrap_or(0.0),
        }
    }
}

impl std::fmt::Display for MissedShare {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{} ({:.1} %", self.count, 100.0 * self.share)?;
        match self.interval {
            Some(Interval { low, high }) => write!(f, ", 95 % interval {:.1} to {:.1} %)", 100.0 * low, 100.0 * high),
            None => write!(f, ")"),
        }
    }
}

impl std::fmt::Display for EvidenceShift {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{:.3}", self.mean)?;
        match self.interval {
            Some(Interval { low, high }) => write!(f, " ({low:.3} to {high:.3}; 95 of 100 by at most {:.3})", self.p95),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misses_are_laid_to_the_shortcut_that_missed() {
        let lesion = |on_skin, cascade, run| AuditedLesion { on_skin, exhaustive: 0.8, cascade, run };
        let audited = [
            (3, lesion(true, Some(0.9), Some(0.7))),
            (3, lesion(true, None, None)),
            // Not found by the cascade on this frame, but known from an earlier one: the cascade's miss, no one else's.
            (6, lesion(true, None, Some(0.8))),
            (6, lesion(true, Some(0.8), None)),
            (6, lesion(false, Some(0.8), None)),
        ]
        .map(|(frame, lesion)| AuditEntry { frame, lesion });
        let report = AuditReport::new(2, &audited).unwrap();
        let skin = &report.on_skin;
        assert_eq!((skin.lesions, skin.missed_by_cascade.count, skin.missed_by_cache.count), (4, 2, 1));
        assert!((skin.moved_by_cascade.mean - 0.05).abs() < 1e-6 && (skin.moved_by_cache.mean - 0.2).abs() < 1e-6);
        assert_eq!((report.elsewhere.lesions, report.elsewhere.missed_by_cache.share), (1, 1.0));
        assert!(skin.missed_by_cascade.interval.is_some_and(|Interval { low, high }| low <= 0.5 && 0.5 <= high));
        let text = report.lines().join("\n");
        assert!(text.contains("on skin: 4 lesions; the cascade missed 2 (50.0 %"), "{text}");
        assert_eq!(AuditReport::new(0, &[]), None);
        assert!(AuditReport::new(1, &[]).unwrap().lines().join("").contains("0 lesions"));
    }
}
