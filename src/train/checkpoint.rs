//! Checkpoints: everything that an interrupted training needs to go on to the same result.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor, Var};
use serde::{Deserialize, Serialize};

use super::error::TrainError;
use super::history::Epoch;
use super::init::single;
use super::optimiser::AdamMoments;
use super::step::Learner;
use crate::files::{self, Replacement, commit};
use crate::model::weights::LARGEST_WEIGHTS;

/// Largest record of the progress that is read, bytes: thousands of epochs.
const LARGEST_PROGRESS: u64 = 16 << 20;

/// What is kept beside the tensors.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointProgress {
    /// The settings, as text: a checkpoint continues only under the same ones.
    pub settings: String,
    /// Optimiser steps taken.
    pub steps: u64,
    /// Finished epochs with their figures.
    pub history: Vec<Epoch>,
}

/// Writes `checkpoint.safetensors` and `checkpoint.json` into the folder, both or neither.
pub fn save(folder: &Path, learner: &Learner, progress: &CheckpointProgress) -> Result<(), TrainError> {
    let mut tensors = learner.learnt.parameters.tensors()?;
    for (name, AdamMoments { first, second }) in &learner.learnt.optimiser.moments {
        tensors.insert(format!("adam.m.{name}"), first.clone());
        tensors.insert(format!("adam.v.{name}"), second.clone());
    }
    let text = serde_json::to_vec_pretty(progress).map_err(TrainError::unwritten)?;
    write_together([
        (folder.join("checkpoint.safetensors"), serialize(&tensors)?),
        (folder.join("checkpoint.json"), text),
    ])
}

/// Which settings differ, and how: `epochs was 1 and is 2`.
fn differences(before: &str, now: &str) -> String {
    let table = |text: &str| text.parse::<toml::Table>().unwrap_or_default();
    let (before, now) = (table(before), table(now));
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let word = |value: Option<&toml::Value>| value.map_or("not known".to_owned(), toml::Value::to_string);
    let differ = names.into_iter().filter(|name| before.get(*name) != now.get(*name));
    let said: Vec<String> =
        differ.map(|name| format!("{name} was {} and is {}", word(before.get(name)), word(now.get(name)))).collect();
    said.join(", ")
}

/// Loads the checkpoint of the folder into the learner; returns its progress.
pub fn resume(folder: &Path, learner: &mut Learner, settings: &str) -> Result<CheckpointProgress, TrainError> {
    let file = folder.join("checkpoint.json");
    let text = files::bytes(&file, LARGEST_PROGRESS)
        .map_err(|e| TrainError::NoCheckpoint { file: file.clone(), why: e.to_string() })?;
    let progress: CheckpointProgress =
        serde_json::from_slice(&text).map_err(|e| TrainError::file(&file, format!("not a checkpoint ({e})")))?;
    if progress.settings != settings {
        let differences = differences(&progress.settings, settings);
        return Err(TrainError::OtherSettings { file, differences });
    }
    let file = folder.join("checkpoint.safetensors");
    // Moments of the optimiser beside the weights, two for each.
    let bytes = files::bytes(&file, 3 * LARGEST_WEIGHTS)
        .map_err(|e| TrainError::file(&file, format!("cannot be read ({e})")))?;
    let tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu)
        .map_err(|e| TrainError::file(&file, format!("not a checkpoint ({e})")))?;
    let mut tensors = single(tensors.into_iter().collect(), &file)?;
    let mut take = |name: &str, dims: &[usize]| match tensors.remove(name) {
        Some(tensor) if tensor.dims() == dims => Ok(tensor),
        Some(tensor) => {
            let shape = tensor.dims();
            Err(TrainError::file(&file, format!("tensor {name} has shape {shape:?}, the network wants {dims:?}")))
        }
        None => Err(TrainError::file(&file, format!("holds no tensor {name}"))),
    };
    let names: Vec<(String, Vec<usize>)> =
        learner.learnt.parameters.learnt.iter().map(|(name, var)| (name.clone(), var.dims().to_vec())).collect();
    for (name, dims) in names {
        learner.learnt.parameters.learnt.insert(name.clone(), Var::from_tensor(&take(&name, &dims)?)?);
        if let (Ok(first), Ok(second)) =
            (take(&format!("adam.m.{name}"), &dims), take(&format!("adam.v.{name}"), &dims))
        {
            learner.learnt.optimiser.moments.insert(name, AdamMoments { first, second });
        }
    }
    for (name, values) in &mut learner.learnt.parameters.followed {
        *values = take(name, &[values.len()])?.to_vec1()?;
    }
    learner.learnt.optimiser.steps = progress.steps;
    Ok(progress)
}

/// Tensors as the bytes of a safetensors file, in the order of their names.
pub fn serialize(tensors: &BTreeMap<String, Tensor>) -> Result<Vec<u8>, TrainError> {
    safetensors::serialize(tensors, None).map_err(|e| TrainError::unwritten(format!("weights cannot be written: {e}")))
}

/// Writes files that belong together, all of them or none.
pub(super) fn write_together<const N: usize>(files: [(PathBuf, Vec<u8>); N]) -> Result<(), TrainError> {
    let write = || -> std::io::Result<()> {
        let mut begun = Vec::new();
        for (path, bytes) in &files {
            let mut new = Replacement::begin(path)?;
            new.write_all(bytes)?;
            begun.push(new);
        }
        commit(begun)
    };
    write().map_err(TrainError::unwritten)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_differ_are_named() {
        assert_eq!(differences("epochs = 1\nrate = 0.1\n", "epochs = 2\nrate = 0.1\n"), "epochs was 1 and is 2");
        assert_eq!(differences("", "side = 64"), "side was not known and is 64");
    }
}
