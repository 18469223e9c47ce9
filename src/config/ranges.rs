//! The allowed values of every numeric setting, and of every word with a fixed choice: one table, checked before anything runs.

use toml::Value;

use crate::explain::Shown;
use crate::model::own::zoo::NAMES;

/// Allowed values of a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// A whole number within these bounds, both included.
    Whole(i64, i64),
    /// A number within these bounds, both included.
    Real(f64, f64),
    /// One of these words.
    Word(&'static [&'static str]),
}

/// Speeds of libx264.
const PRESETS: &[&str] =
    &["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"];

/// Full name of the key, allowed values, unit (empty for pure numbers).
pub const RANGES: &[(&str, Range, &str)] = &[
    ("run.workers", Range::Whole(0, 256), "threads"),
    ("run.budget_ms", Range::Real(0.0, 10_000.0), "ms"),
    ("run.vid_stride", Range::Whole(1, 1000), "pictures"),
    ("run.max_fps", Range::Real(0.0, 1000.0), "pictures a second"),
    ("run.frames", Range::Whole(0, i64::MAX), "pictures"),
    ("scan.min_size", Range::Whole(0, 4096), "px"),
    ("scan.max_size", Range::Whole(0, 16384), "px"),
    ("scan.scale_factor", Range::Real(1.05, 4.0), ""),
    ("scan.stride", Range::Real(0.05, 1.0), "of the side"),
    ("scan.conf", Range::Real(0.0, 1.0), ""),
    ("scan.gate", Range::Real(0.0, 1.0), ""),
    ("scan.gate_margin", Range::Real(0.0, 1.0), ""),
    ("scan.max_fine", Range::Whole(1, 1_000_000), "windows"),
    ("scan.audit", Range::Whole(0, 1_000_000), "frames"),
    ("scan.fuse_iou", Range::Real(0.0, 1.0), ""),
    ("scan.nms_iou", Range::Real(0.0, 1.0), ""),
    ("scan.nms_ios", Range::Real(0.0, 1.0), ""),
    ("scan.size_bonus", Range::Real(-10.0, 10.0), "log-odds"),
    ("scan.fill", Range::Real(0.05, 0.5), "of the side"),
    ("scan.min_luma", Range::Real(0.0, 255.0), "grey levels"),
    ("cache.bound", Range::Real(0.0, 255.0), "grey levels"),
    ("cache.contrast", Range::Real(0.0, 1.0), ""),
    ("cache.exposure", Range::Real(0.0, 255.0), "grey levels"),
    ("cache.max_age", Range::Whole(0, 100_000), "frames"),
    ("cache.still_age", Range::Whole(0, 100_000), "frames"),
    ("cache.coarse_age", Range::Whole(0, 100), "frames"),
    ("cache.reach", Range::Real(0.0, 1.0), "of the side"),
    ("track.confirm_hits", Range::Whole(1, 1000), "frames"),
    ("track.tentative_misses", Range::Whole(0, 1000), "frames"),
    ("track.hold", Range::Whole(0, 1000), "frames"),
    ("track.lost_after", Range::Whole(0, 100_000), "frames"),
    ("track.keep", Range::Real(0.0, 1.0), ""),
    ("track.max_distance", Range::Real(0.01, 100.0), "mean radii"),
    ("track.max_ratio", Range::Real(1.0, 100.0), ""),
    ("track.score_weight", Range::Real(0.001, 1.0), ""),
    ("track.position_weight", Range::Real(0.001, 1.0), ""),
    ("track.velocity_weight", Range::Real(0.0, 1.0), ""),
    ("skin.enter", Range::Real(0.0, 1.0), ""),
    ("skin.leave", Range::Real(0.0, 1.0), ""),
    ("draw.heat_opacity", Range::Real(0.0, 1.0), ""),
    ("draw.colour_map", Range::Word(&["inferno", "magma", "plasma", "viridis", "cividis"]), ""),
    ("draw.line_width", Range::Real(0.0, 64.0), "px"),
    ("explain.method", Range::Word(&Shown::NAMES), ""),
    ("explain.every", Range::Whole(1, 100_000), "frames"),
    ("explain.contour", Range::Real(0.0, 1.0), ""),
    ("opinion.looks", Range::Whole(0, 1000), "circles"),
    ("opinion.ask", Range::Real(0.0, 1.0), ""),
    ("opinion.conf", Range::Real(0.0, 1.0), ""),
    ("opinion.trust", Range::Real(0.0, 1.0), ""),
    ("opinion.suspicious", Range::Real(0.0, 1.0), ""),
    ("opinion.weight", Range::Real(0.001, 1.0), ""),
    ("record.encoder", Range::Word(&["auto", "libx264", "libopenh264", "mpeg4"]), ""),
    ("record.preset", Range::Word(PRESETS), ""),
    ("record.crf", Range::Whole(0, 51), ""),
    ("record.keyframe_s", Range::Real(0.1, 60.0), "s"),
    ("record.fragment_s", Range::Real(0.1, 60.0), "s"),
    ("record.threads", Range::Whole(0, 64), "threads"),
    ("camera.width", Range::Whole(16, 7680), "px"),
    ("camera.height", Range::Whole(16, 4320), "px"),
    ("camera.fps", Range::Whole(1, 240), "pictures a second"),
    ("camera.pixel_format", Range::Word(&["auto", "yuyv", "nv12", "rgb", "bgr", "gray", "mjpeg"]), ""),
    ("camera.open_timeout_s", Range::Real(0.1, 600.0), "s"),
    ("camera.stall_s", Range::Real(0.1, 600.0), "s"),
    ("camera.reconnect_s", Range::Real(0.0, 86_400.0), "s"),
    ("video.timeout_s", Range::Real(0.5, 600.0), "s"),
    ("video.reconnect_s", Range::Real(0.0, 86_400.0), "s"),
    ("video.decode_threads", Range::Whole(0, 64), "threads"),
    ("video.untagged_matrix", Range::Word(&["bt601", "bt709"]), ""),
    ("scene.width", Range::Whole(160, 3840), "px"),
    ("scene.height", Range::Whole(120, 2160), "px"),
    ("scene.fps", Range::Real(1.0, 240.0), "pictures a second"),
    ("scene.frames", Range::Whole(0, i64::MAX), "pictures"),
    ("train.network", Range::Word(&NAMES), ""),
    ("train.side", Range::Whole(0, 1024), "px"),
    ("train.early_side", Range::Whole(0, 1024), "px"),
    ("train.lesions", Range::Real(0.0, 1.0), ""),
    ("train.marks", Range::Real(0.0, 1.0), ""),
    ("train.mild", Range::Real(0.0, 1.0), ""),
    ("train.source_balance", Range::Real(0.0, 1.0), ""),
    ("train.epochs", Range::Whole(1, 100_000), ""),
    ("train.draws", Range::Whole(1, 1_000_000_000), "windows"),
    ("train.batch", Range::Whole(1, 65_536), "windows"),
    ("train.rate", Range::Real(0.000_000_1, 1.0), ""),
    ("train.weight_decay", Range::Real(0.0, 10.0), ""),
    ("train.seed", Range::Whole(0, i64::MAX), ""),
    ("train.conf", Range::Real(0.0, 1.0), ""),
];

/// What is wrong with the value of a key, if anything.
pub(super) fn complaint(key: &str, value: &Value) -> Option<String> {
    let (_, range, unit) = RANGES.iter().find(|(name, ..)| *name == key)?;
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    let wrong = |allowed: String| Some(format!("{value} is not allowed; allowed: {allowed}"));
    match (range, value) {
        (Range::Whole(low, high), Value::Integer(n)) if (low..=high).contains(&n) => None,
        (Range::Whole(low, i64::MAX), _) => wrong(format!("a whole number from {low}{unit}")),
        (Range::Whole(low, high), _) => wrong(format!("a whole number from {low} to {high}{unit}")),
        (Range::Real(low, high), Value::Float(x)) if (low..=high).contains(&x) => None,
        (Range::Real(low, high), Value::Integer(n)) if (*low..=*high).contains(&(*n as f64)) => None,
        (Range::Real(low, high), _) => wrong(format!("a number from {low} to {high}{unit}")),
        (Range::Word(words), Value::String(word)) if words.contains(&word.as_str()) => None,
        (Range::Word(words), _) => wrong(words.join(", ")),
    }
}
