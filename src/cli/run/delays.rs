//! How late the window shows pictures and circles.

use std::time::Instant;

use crate::pipeline::Histogram;
use crate::sink::ShownAfter;

/// A picture that was handed to the window and is not shown yet.
#[derive(Clone, Copy, Default)]
pub(super) struct PendingPicture {
    /// When it came, if it is shown for the first time.
    pub(super) came: Option<Instant>,
    /// When the picture came that its circles were found on, if they are shown for the first time.
    pub(super) circles_came: Option<Instant>,
}

/// The delays of pictures and circles, each counted once.
#[derive(Default)]
pub(super) struct Delays {
    pending: PendingPicture,
    pictures: Histogram,
    circles: Histogram,
}

impl Delays {
    /// Notes what was handed to the window.
    pub(super) fn handed(&mut self, picture: PendingPicture) {
        self.pending = picture;
    }

    /// Notes when the window showed it.
    pub(super) fn shown(&mut self, at: Instant) {
        let PendingPicture { came, circles_came } = std::mem::take(&mut self.pending);
        for (histogram, came) in [(&mut self.pictures, came), (&mut self.circles, circles_came)] {
            if let Some(came) = came {
                histogram.add(at.saturating_duration_since(came));
            }
        }
    }

    /// The delays; `None` where nothing was shown.
    pub(super) fn percentiles(&self) -> Option<ShownAfter> {
        let (picture, circles) = (self.pictures.percentiles(), self.circles.percentiles());
        (picture.max > 0.0).then_some(ShownAfter { picture, circles })
    }
}
