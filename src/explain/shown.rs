//! What is laid over the circles of a run, by name: nothing, the scan's own map, or the map of a method.

use serde::{Deserialize, Serialize};

use super::Method;

/// What is shown of the reasons for a score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MapChoice {
    /// Nothing.
    #[default]
    Nothing,
    /// The scan's own map: the evidence of the windows, the one that the circles come from.
    WindowMap,
    /// The map of a method over each confirmed circle.
    Method(Method),
}

/// How circles are explained; section `[explain]` of the configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExplainSettings {
    /// What is laid over the circles.
    pub method: MapChoice,
    /// Frames after which a circle's map is made anew.
    pub every_frames: u64,
    /// Quantile of the values of a map at which a contour is drawn around its highest cells.
    pub contour: Option<f32>,
}

impl MapChoice {
    /// The names of all of them.
    pub const NAMES: [&'static str; 2 + Method::ALL.len()] = {
        let mut names = [NOTHING; 2 + Method::ALL.len()];
        names[1] = WINDOW_MAP;
        let mut at = 0;
        while at < Method::ALL.len() {
            names[2 + at] = Method::ALL[at].name();
            at += 1;
        }
        names
    };

    /// Its name in settings and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            MapChoice::Nothing => NOTHING,
            MapChoice::WindowMap => WINDOW_MAP,
            MapChoice::Method(method) => method.name(),
        }
    }

    /// What it says, and what it does not.
    pub fn about(self) -> &'static str {
        match self {
            MapChoice::Nothing => "circles alone",
            MapChoice::WindowMap => {
                "where the classifier's windows look like a lesion: the map that the circles come from"
            }
            MapChoice::Method(method) => method.about(),
        }
    }

    /// The one of a name.
    pub fn named(name: &str) -> Option<MapChoice> {
        match name {
            NOTHING => Some(MapChoice::Nothing),
            WINDOW_MAP => Some(MapChoice::WindowMap),
            name => Method::named(name).map(MapChoice::Method),
        }
    }

    /// The method, if it is one.
    pub fn method(self) -> Option<Method> {
        match self {
            MapChoice::Method(method) => Some(method),
            MapChoice::Nothing | MapChoice::WindowMap => None,
        }
    }

    /// The choices that a viewer goes through, from `start` on. `has` are the methods that work with the classifier. A slow method is
    /// among them only when it is the start.
    pub fn round(start: MapChoice, has: &[Method]) -> Vec<MapChoice> {
        let quick = QUICK.iter().filter(|method| has.contains(method)).map(|method| MapChoice::Method(*method));
        let mut round: Vec<MapChoice> = [MapChoice::Nothing, MapChoice::WindowMap].into_iter().chain(quick).collect();
        let at = round.iter().position(|shown| *shown == start);
        match at {
            Some(at) => round.rotate_left(at),
            None => round.insert(0, start),
        }
        round
    }
}

const NOTHING: &str = "none";
const WINDOW_MAP: &str = "window-map";

/// Methods that are quick enough beside video, each with an idea of its own. Of those the first points at lesions best for its time, in
/// close-ups and in scenes, and answers to the weights (docs/results/explanations.md).
const QUICK: [Method; 6] =
    [Method::LayerCam, Method::Sensitivity, Method::LrpGamma, Method::Attention, Method::Cam, Method::LrpComposite];

impl TryFrom<String> for MapChoice {
    type Error = String;

    fn try_from(name: String) -> Result<MapChoice, String> {
        MapChoice::named(&name)
            .ok_or_else(|| format!("{name} explains nothing; what does is one of {}", MapChoice::NAMES.join(", ")))
    }
}

impl From<MapChoice> for String {
    fn from(shown: MapChoice) -> String {
        shown.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_what_it_names() {
        for name in MapChoice::NAMES {
            assert_eq!(MapChoice::named(name).map(MapChoice::name), Some(name));
        }
        assert_eq!(MapChoice::NAMES.len(), 2 + Method::ALL.len());
        assert!(MapChoice::try_from("magic".to_owned()).unwrap_err().contains("layer-cam"));
    }

    #[test]
    fn the_round_starts_where_it_was_asked_to_and_holds_everything_once() {
        let round = MapChoice::round(MapChoice::Nothing, &Method::ALL);
        assert_eq!((round.len(), round[0], round[1]), (2 + QUICK.len(), MapChoice::Nothing, MapChoice::WindowMap));
        let from_cam = MapChoice::round(MapChoice::Method(Method::Cam), &Method::ALL);
        assert_eq!((from_cam.len(), from_cam[0]), (round.len(), MapChoice::Method(Method::Cam)));
        assert!(round.iter().all(|shown| from_cam.contains(shown)));
        let slow = MapChoice::round(MapChoice::Method(Method::Rise), &Method::ALL);
        assert_eq!(
            (slow.len(), slow[0], slow[1]),
            (round.len() + 1, MapChoice::Method(Method::Rise), MapChoice::Nothing)
        );
        assert_eq!(
            MapChoice::round(MapChoice::WindowMap, &[Method::Occlusion]),
            [MapChoice::WindowMap, MapChoice::Nothing],
            "a model that only answers"
        );
    }
}
