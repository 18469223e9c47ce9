//! What the window may change while the threads run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use crate::explain::Method;

/// Bits that mean "as configured": a NaN, which no threshold is.
const UNSET: u32 = u32::MAX;

/// Switches shared between the window and the threads; clones share.
#[derive(Clone, Debug)]
pub struct Controls {
    paused: Arc<AtomicBool>,
    threshold: Arc<AtomicU32>,
    /// Index of the method in [`Method::ALL`], from 1; 0: none.
    method: Arc<AtomicUsize>,
}

impl Default for Controls {
    fn default() -> Controls {
        Controls { paused: Arc::default(), threshold: Arc::new(AtomicU32::new(UNSET)), method: Arc::default() }
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

    /// Sets the method by which circles are explained from the next picture on; `None`: they are not.
    pub fn set_method(&self, method: Option<Method>) {
        let index = method.and_then(|method| Method::ALL.iter().position(|known| *known == method));
        self.method.store(index.map_or(0, |index| index + 1), Ordering::Relaxed);
    }

    /// The method by which circles are explained.
    pub fn method(&self) -> Option<Method> {
        let index = self.method.load(Ordering::Relaxed).checked_sub(1)?;
        Method::ALL.get(index).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_comes_through() {
        let controls = Controls::default();
        let other = controls.clone();
        assert_eq!(other.method(), None);
        for method in Method::ALL {
            controls.set_method(Some(method));
            assert_eq!(other.method(), Some(method));
        }
        controls.set_method(None);
        assert_eq!(other.method(), None);
    }
}
