//! A graph run by ONNX Runtime instead of tract, where its library is found on this machine: the feature `onnxruntime`.

use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;
use prost::Message;
use tract_onnx::pb::ModelProto;

#[cfg(target_os = "windows")]
const LIBRARY: &str = "onnxruntime.dll";
#[cfg(target_os = "macos")]
const LIBRARY: &str = "libonnxruntime.dylib";
#[cfg(not(any(target_os = "windows", target_os = "macos")))]
const LIBRARY: &str = "libonnxruntime.so";

/// What came of [`load`].
static LOADED: OnceLock<Result<Option<PathBuf>, String>> = OnceLock::new();

/// A graph in as many sessions as threads asked at once: a session answers one at a time.
pub(super) struct Sessions {
    /// The graph as a file holds it.
    bytes: Vec<u8>,
    shape: [usize; 4],
    resting: Mutex<Vec<Session>>,
}

/// Loads the library for the whole run, that at `named` or else the system's, unless it was loaded before: its path; `None` where none
/// is named and the system has none. An error where one is named that does not load.
pub fn load(named: Option<PathBuf>) -> Result<Option<PathBuf>, String> {
    let load = || {
        let path = named.clone().unwrap_or_else(|| PathBuf::from(LIBRARY));
        match (ort::init_from(&path), named) {
            (Ok(environment), _) => {
                environment.with_name("lesionscope").with_telemetry(false).commit();
                Ok(Some(path))
            }
            (Err(error), Some(named)) => Err(format!("{}: {error}", named.display())),
            (Err(_), None) => Ok(None),
        }
    };
    LOADED.get_or_init(load).clone()
}

impl Sessions {
    /// Sessions for a graph whose one input is a picture of that shape; `None` where no library was loaded.
    pub(super) fn open(proto: &ModelProto, shape: [usize; 4]) -> Result<Option<Sessions>, String> {
        if LOADED.get().cloned().transpose()?.flatten().is_none() {
            return Ok(None);
        }
        let sessions = Sessions { bytes: proto.encode_to_vec(), shape, resting: Mutex::default() };
        let first = sessions.session()?;
        sessions.rest(first);
        Ok(Some(sessions))
    }

    fn session(&self) -> Result<Session, String> {
        let built = || -> ort::Result<Session> {
            // The workers share the windows out, so each session keeps to its own thread.
            Session::builder()?
                .with_intra_threads(1)?
                .with_inter_threads(1)?
                .with_optimization_level(GraphOptimizationLevel::All)?
                .commit_from_memory(&self.bytes)
        };
        built().map_err(said)
    }

    fn rest(&self, session: Session) {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner).push(session);
    }

    /// The numbers of every output for the values of one picture.
    pub(super) fn run(&self, values: &[f32]) -> Result<Vec<Vec<f32>>, String> {
        let rested = self.resting.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut session = rested.map_or_else(|| self.session(), Ok)?;
        let picture = TensorRef::from_array_view((self.shape, values)).map_err(said)?;
        let numbers = {
            let outputs = session.run(ort::inputs![picture]).map_err(said)?;
            let numbers = outputs.values().map(|output| {
                let (_, numbers) = output.try_extract_tensor::<f32>().map_err(said)?;
                Ok(numbers.to_vec())
            });
            numbers.collect::<Result<_, String>>()?
        };
        self.rest(session);
        Ok(numbers)
    }
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use image::{Rgb, RgbImage};

    use super::*;
    use crate::model::onnx::export::export;
    use crate::model::onnx::graph::{AxisOrder, Graph};
    use crate::model::onnx::picture::Scaling;
    use crate::model::onnx::runner::Runner;
    use crate::model::own::bundled::bundled;

    /// Whether the machine has the library; says so where it has not.
    fn at_hand() -> bool {
        let found = load(std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from)).unwrap().is_some();
        if !found {
            println!("skipped: no library of ONNX Runtime; name one by ORT_DYLIB_PATH");
        }
        found
    }

    #[test]
    fn answers_are_those_of_tract_from_any_number_of_threads() {
        if !at_hand() {
            return;
        }
        let network = bundled().unwrap();
        let graph = Graph::read(&export(&network).unwrap(), "small.onnx").unwrap();
        let side = network.card().classifier.side;
        let picture = super::super::card::PictureInput {
            input: graph.inputs[0].name.clone(),
            side,
            layout: AxisOrder::Nhwc,
            scaling: Scaling::Raw,
        };
        let (shape, outlet) = ([1, side, side, 3], "classes");
        let tract = Runner::by_tract(&graph, (&picture, outlet), &BTreeMap::new(), "small.onnx").unwrap();
        let sessions = Sessions::open(tract.proto(), shape).unwrap().unwrap();
        let values = |seed: u32| {
            let window = RgbImage::from_fn(side as u32, side as u32, |x, y| Rgb([(x * seed) as u8, (y * 3) as u8, 90]));
            Scaling::Raw.values(&window, AxisOrder::Nhwc)
        };
        std::thread::scope(|threads| {
            for seed in 1..5 {
                let (sessions, tract) = (&sessions, &tract);
                threads.spawn(move || {
                    for again in 0..3 {
                        let values = values(seed + 7 * again);
                        let (ours, theirs) = (sessions.run(&values).unwrap(), tract.run_all(&values).unwrap());
                        let gap = ours[0].iter().zip(&theirs[0]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                        assert!(ours.len() == 1 && ours[0].len() == theirs[0].len() && gap < 1e-4, "{gap}");
                    }
                });
            }
        });
        let resting = sessions.resting.lock().unwrap().len();
        assert!((1..=4).contains(&resting), "{resting} sessions for four threads");
    }

    #[test]
    fn what_is_no_graph_is_an_error() {
        if at_hand() {
            let nothing = Sessions::open(&ModelProto::default(), [1, 2, 2, 3]);
            assert!(nothing.is_err());
        }
    }
}
