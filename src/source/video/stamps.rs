//! What is known of a picture's time, and what was done to those that make no sense.

use std::time::Duration;

/// Pictures to look ahead when a time stamp is in doubt.
pub(super) const AHEAD: usize = 3;

/// A picture's time stamp, ns since the start of the container, and the length of its packet, ns, where it is known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stamp {
    pub(super) own: Option<i64>,
    pub(super) lasts: Option<i64>,
}

/// What else is known when a time stamp is in doubt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence<'a> {
    /// Time stamps of the next pictures, up to [`AHEAD`] of them.
    pub(super) ahead: &'a [Option<i64>],
    /// Whether there is sound all the way from the picture before to this one.
    pub(super) sound_between: bool,
}

/// What the container says of its clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct ContainerClock {
    /// Usual time between pictures, ns.
    pub(super) usual: i64,
    /// One tick of its clock, ns.
    pub(super) tick: i64,
    /// End of the container, ns since its start.
    pub(super) end: Option<i64>,
    /// Whether its clock may jump where pieces were joined or packets lost (MPEG transport and program streams).
    pub(super) jumps: bool,
}

/// Pictures that were not placed by their stamps.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// Spread between their neighbours.
    pub(super) spread: u64,
    /// Placed at the film's pace while the clock stood still.
    pub(super) standing: u64,
    /// Behind a jump that was taken out.
    pub(super) jumps: u64,
}

impl Counts {
    /// A sentence on them, the first of which lies at `first`, ns.
    pub(super) fn sentence(&self, first: i64) -> String {
        let at = Duration::from_nanos(u64::try_from(first).unwrap_or(0)).as_secs_f64();
        let parts = [
            (self.spread, "pictures placed between their neighbours"),
            (self.standing, "pictures placed at the film's own pace while its clock stood still"),
            (self.jumps, "jumps of the clock replaced by the film's own pace"),
        ];
        let parts: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{what}: {count}")).collect();
        let parts = parts.join(", ");
        format!("the film has time stamps that jump or stand still, the first of them at {at:.2} s; {parts}")
    }
}
