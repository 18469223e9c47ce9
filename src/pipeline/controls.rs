//! What the window may change while the threads run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Bits that mean "as configured": a NaN, which no threshold is.
const UNSET: u32 = u32::MAX;

/// Switches shared between the window and the threads; clones share.
#[derive(Clone, Debug)]
pub struct Controls {
    paused: Arc<AtomicBool>,
    threshold: Arc<AtomicU32>,
}

impl Default for Controls {
    fn default() -> Controls {
        Controls { paused: Arc::default(), threshold: Arc::new(AtomicU32::new(UNSET)) }
    }
}

impl Controls {
    /// Holds a file at its current picture; a live source goes on and its pictures are passed over.
    pub fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::Relaxed);
    }

    /// Whether the run is held.
    pub fn paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }

    /// Sets the threshold, `0..=1`, from the next picture on.
    pub fn set_threshold(&self, threshold: f32) {
        self.threshold.store(threshold.clamp(0.0, 1.0).to_bits(), Ordering::Relaxed);
    }

    /// The threshold, if it was set.
    pub fn threshold(&self) -> Option<f32> {
        let bits = self.threshold.load(Ordering::Relaxed);
        (bits != UNSET).then(|| f32::from_bits(bits))
    }
}
