//! For how long each hint was wanted or shown.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::assessment::Hint;

/// Seconds by hint; in files a table from their names to seconds, to a thousandth.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HintSeconds(BTreeMap<Hint, f64>);

impl HintSeconds {
    /// Adds the time of a frame, s, to that of its hint, if it has one.
    pub fn add(&mut self, hint: Option<Hint>, seconds: f64) {
        if let Some(hint) = hint {
            *self.0.entry(hint).or_default() += seconds;
        }
    }

    /// Adds the times of others.
    pub fn merge(&mut self, other: &HintSeconds) {
        other.0.iter().for_each(|(hint, seconds)| self.add(Some(*hint), *seconds));
    }

    /// The time of a hint, s.
    pub fn of(&self, hint: Hint) -> f64 {
        self.0.get(&hint).copied().unwrap_or(0.0)
    }
}

impl Serialize for HintSeconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(hint, seconds)| (hint.name(), (seconds * 1000.0).round() / 1000.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_add_up_by_hint() {
        let mut seconds = HintSeconds::default();
        seconds.add(Some(Hint::HoldStill), 0.5);
        seconds.add(None, 7.0);
        seconds.add(Some(Hint::HoldStill), 0.25);
        seconds.add(Some(Hint::MoreLight), 0.1 + 0.2);
        assert_eq!((seconds.of(Hint::HoldStill), seconds.of(Hint::TurnAway)), (0.75, 0.0));
        assert_eq!(serde_json::to_string(&seconds).unwrap(), r#"{"more_light":0.3,"hold_still":0.75}"#);
    }
}
