//! Which finding belongs to which track: greedy, the best pairs first.

use crate::geometry::Circle;

/// Where a track is expected, and for how many frames it has not been seen.
pub(super) struct ExpectedCircle {
    /// The predicted circle.
    pub(super) circle: Circle,
    /// Frames in a row without a finding.
    pub(super) misses: u32,
}

/// The track of each circle, by index; none twice. A pair costs its distance in mean radii plus the log of the ratio
/// of the radii, and a little for each frame that the track was missing, so that a live track goes before a lost one.
pub(super) fn assign(
    tracks: &[ExpectedCircle],
    circles: &[Circle],
    max_distance: f32,
    max_ratio: f32,
) -> Vec<Option<usize>> {
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    for (t, track) in tracks.iter().enumerate() {
        for (c, circle) in circles.iter().enumerate() {
            let distance = 2.0 * track.circle.distance(circle) / (track.circle.r + circle.r).max(1e-3);
            let ratio = (track.circle.r.max(1e-3) / circle.r.max(1e-3)).ln().abs();
            if distance <= max_distance && ratio <= max_ratio.max(1.0).ln() {
                pairs.push((distance + ratio + 0.05 * track.misses.min(20) as f32, t, c));
            }
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut owners = vec![None; circles.len()];
    let mut taken = vec![false; tracks.len()];
    for (_, t, c) in pairs {
        if let (Some(owner @ None), Some(mark @ false)) = (owners.get_mut(c), taken.get_mut(t)) {
            *owner = Some(t);
            *mark = true;
        }
    }
    owners
}
