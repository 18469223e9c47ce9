//! Checkpoints: everything that an interrupted training needs to go on to the same result.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::{Device, Tensor, Var};
use serde::{Deserialize, Serialize};

use super::TrainError;
use super::history::Epoch;
use super::step::Learner;
use crate::files;
use crate::model::network::LARGEST_WEIGHTS;

/// Largest checkpoint that is read, bytes: the weights and two moments of each.
const LARGEST_CHECKPOINT: u64 = 3 * LARGEST_WEIGHTS;

/// What is kept beside the tensors.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// The settings, as text: a checkpoint continues only under the same ones.
    pub settings: String,
    /// Optimiser steps taken.
    pub steps: u64,
    /// Finished epochs with their figures.
    pub history: Vec<Epoch>,
}

/// Writes `checkpoint.safetensors` and `checkpoint.json` into the folder, each complete or not at all.
pub fn save(folder: &Path, learner: &Learner, progress: &Progress) -> Result<(), TrainError> {
    let mut tensors = learner.parameters.tensors()?;
    for (name, (m, v)) in &learner.optimiser.moments {
        tensors.insert(format!("adam.m.{name}"), m.clone());
        tensors.insert(format!("adam.v.{name}"), v.clone());
    }
    let text = serde_json::to_vec_pretty(progress).map_err(|e| TrainError::Failed(e.to_string()))?;
    write_whole(&folder.join("checkpoint.safetensors"), &serialize(&tensors)?)?;
    write_whole(&folder.join("checkpoint.json"), &text)
}

/// Takes up the checkpoint in the folder; the progress it held.
pub fn resume(folder: &Path, learner: &mut Learner, settings: &str) -> Result<Progress, TrainError> {
    let file = folder.join("checkpoint.json");
    let text = files::text(&file).map_err(|e| TrainError::data(&file, format!("no checkpoint to resume ({e})")))?;
    let progress: Progress =
        serde_json::from_str(&text).map_err(|e| TrainError::data(&file, format!("not a checkpoint ({e})")))?;
    if progress.settings != settings {
        return Err(TrainError::data(
            &file,
            "was made with other settings; resume with the same ones or choose another --out",
        ));
    }
    let file = folder.join("checkpoint.safetensors");
    let bytes = files::bytes(&file, LARGEST_CHECKPOINT)
        .map_err(|e| TrainError::data(&file, format!("cannot be read ({e})")))?;
    let mut tensors: BTreeMap<String, Tensor> =
        candle_core::safetensors::load_buffer(&bytes, &Device::Cpu)?.into_iter().collect();
    let mut take =
        |name: &str| tensors.remove(name).ok_or_else(|| TrainError::data(&file, format!("holds no tensor {name}")));
    let names: Vec<String> = learner.parameters.learnt.keys().cloned().collect();
    for name in names {
        learner.parameters.learnt.insert(name.clone(), Var::from_tensor(&take(&name)?)?);
        if let (Ok(m), Ok(v)) = (take(&format!("adam.m.{name}")), take(&format!("adam.v.{name}"))) {
            learner.optimiser.moments.insert(name, (m, v));
        }
    }
    for (name, values) in &mut learner.parameters.followed {
        *values = take(name)?.to_vec1()?;
    }
    learner.optimiser.steps = progress.steps;
    Ok(progress)
}

/// Tensors as the bytes of a safetensors file, in the order of their names.
pub fn serialize(tensors: &BTreeMap<String, Tensor>) -> Result<Vec<u8>, TrainError> {
    safetensors::serialize(tensors, None).map_err(|e| TrainError::Failed(format!("weights cannot be written: {e}")))
}

/// Writes a file beside its place and moves it there.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    let failed = |e: std::io::Error| TrainError::Failed(format!("{}: cannot be written ({e})", path.display()));
    let beside = path.with_extension("part");
    std::fs::write(&beside, bytes).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}
