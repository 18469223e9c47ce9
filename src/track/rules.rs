//! What the tracker goes by in a frame.

/// What decides in a frame which findings start, confirm and keep tracks, besides the settings.
pub struct TrackRules<'a> {
    /// Evidence from which a finding starts a track, `0..=1`.
    pub conf: f32,
    /// Hits from which a track is confirmed in this frame: 1 for stills.
    pub confirm_hits: u32,
    /// Whether a circle is on skin, from what it was before and its skin context.
    pub on_skin: &'a dyn Fn(Option<bool>, f32) -> bool,
}
