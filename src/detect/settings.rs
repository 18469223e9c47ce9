//! Settings of all that turns a frame into findings.

use serde::{Deserialize, Serialize};

use crate::cache::CacheSettings;
use crate::place::PlaceSettings;
use crate::quality::{CoachSettings, QualitySettings};
use crate::scan::ScanSettings;
use crate::settings::sections;
use crate::skin::SkinSettings;
use crate::track::{OpinionSettings, TrackSettings};

/// Settings of all that turns a frame into findings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectSettings {
    /// Windows, cascade and peaks.
    pub scan: ScanSettings,
    /// Scores kept between frames.
    pub cache: CacheSettings,
    /// Findings followed through time.
    pub track: TrackSettings,
    /// Tracks joined to places.
    pub place: PlaceSettings,
    /// Whether a finding is on skin.
    pub skin: SkinSettings,
    /// What the second network is asked.
    pub opinion: OpinionSettings,
    /// From where on a picture is too poor to judge by.
    pub quality: QualitySettings,
    /// How hints are given to who films.
    pub coach: CoachSettings,
    /// Whether it is said where faces may be.
    #[serde(default)]
    pub cover_faces: bool,
}

impl DetectSettings {
    /// The settings as shipped.
    ///
    /// # Errors
    /// Never in a program that passed its tests, which read what is shipped.
    pub fn shipped() -> Result<DetectSettings, toml::de::Error> {
        sections(&["scan", "cache", "track", "place", "skin", "opinion", "quality", "coach"]).try_into()
    }
}
