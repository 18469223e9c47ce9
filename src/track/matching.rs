//! Which finding belongs to which track: greedy, the best pairs first.

use crate::geometry::Circle;

/// Where a track is expected, and for how many frames it has not been seen.
pub(super) struct ExpectedCircle {
    /// The predicted circle.
    pub(super) circle: Circle,
    /// Frames in a row without a finding.
    pub(super) misses: u32,
}

/// A track and a circle that may belong together, by their indices.
struct Pair {
    cost: f32,
    track: usize,
    circle: usize,
}

/// The track of each circle, by index; none twice. A pair costs its distance in mean radii plus the log of the ratio
/// of the radii, and a little for each frame that the track was missing, so that a live track goes before a lost one.
pub(super) fn assign(
    tracks: &[ExpectedCircle],
    circles: &[Circle],
    max_distance: f32,
    max_ratio: f32,
) -> Vec<Option<usize>> {
    let mut pairs: Vec<Pair> = Vec::new();
    for (track_index, track) in tracks.iter().enumerate() {
        for (circle_index, circle) in circles.iter().enumerate() {
            let distance = 2.0 * track.circle.distance(circle) / (track.circle.r + circle.r).max(1e-3);
            let ratio = (track.circle.r.max(1e-3) / circle.r.max(1e-3)).ln().abs();
            if distance <= max_distance && ratio <= max_ratio.max(1.0).ln() {
                let cost = distance + ratio + 0.05 * track.misses.min(20) as f32;
                pairs.push(Pair { cost, track: track_index, circle: circle_index });
            }
        }
    }
    pairs.sort_by(|a, b| a.cost.total_cmp(&b.cost).then((a.track, a.circle).cmp(&(b.track, b.circle))));
    let mut owners = vec![None; circles.len()];
    let mut taken = vec![false; tracks.len()];
    for Pair { track, circle, .. } in pairs {
        if owners[circle].is_none() && !taken[track] {
            owners[circle] = Some(track);
            taken[track] = true;
        }
    }
    owners
}
