//! The model folder that a training run leaves behind.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::{DType, Tensor};

use super::checkpoint::{serialize, write_together};
use super::classes::bundled_classes;
use super::error::TrainError;
use super::settings::TrainSettings;
use super::step::Learner;
use super::validate::ValidationFigures;
use crate::data::{Item, Side};
use crate::model::own::architecture::Architecture;
use crate::model::own::card::{Calibration, Card, SCHEMA, Thresholds, Training};
use crate::model::weights::{Weights, checksum};

/// The files that a training run writes into its folder.
pub const FILES: [&str; 7] = [
    "weights.safetensors",
    "model.toml",
    "history.svg",
    "README.md",
    "checkpoint.safetensors",
    "checkpoint.json",
    crate::data::record::FILE,
];

/// Parameters from which a network's matrices are written in half precision.
const HALVED_FROM: usize = 1 << 20;

/// The description of a model that was not trained yet.
pub(super) fn blank_card(
    out: &Path,
    (classifier, gate): (Architecture, Architecture),
    settings: &TrainSettings,
    command: &str,
    items: &[Item],
) -> Card {
    Card {
        schema: SCHEMA.into(),
        name: out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        head: settings.head,
        weights: Weights { sha256: String::new() },
        calibration: Calibration::default(),
        thresholds: Thresholds { conf: settings.conf, gate: 0.5 },
        classifier,
        gate,
        training: training(settings, command, items),
        classes: bundled_classes(),
    }
}

/// How a model is trained, and on what.
pub(super) fn training(settings: &TrainSettings, command: &str, items: &[Item]) -> Training {
    let mut sources: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for item in items.iter().filter(|item| item.side == Side::Train) {
        *sources.entry((&item.source, &item.licence)).or_default() += 1;
    }
    Training {
        command: command.to_owned(),
        seed: settings.seed,
        epochs: settings.epochs,
        data: sources.iter().map(|((source, licence), n)| format!("{source}: {n} images, {licence}")).collect(),
    }
}

/// Writes weights and description, both or neither.
pub(super) fn write_model(
    out: &Path,
    card: &mut Card,
    learner: &Learner,
    figures: &ValidationFigures,
) -> Result<(), TrainError> {
    let weights = serialize(&halved(learner.learnt.parameters.tensors()?)?)?;
    card.weights.sha256 = checksum(&weights);
    card.thresholds.gate = (figures.gate_threshold * 1000.0).floor() / 1000.0;
    let text = toml::to_string_pretty(card).map_err(TrainError::unwritten)?;
    write_together([(out.join("weights.safetensors"), weights), (out.join("model.toml"), text.into_bytes())])
}

/// The matrices of a large network as half-precision numbers: they make a tenth of a percent of difference to an activation.
fn halved(mut tensors: BTreeMap<String, Tensor>) -> candle_core::Result<BTreeMap<String, Tensor>> {
    if tensors.values().map(Tensor::elem_count).sum::<usize>() > HALVED_FROM {
        for (_, tensor) in tensors.iter_mut().filter(|(name, _)| name.ends_with(".weight")) {
            *tensor = tensor.to_dtype(DType::F16)?;
        }
    }
    Ok(tensors)
}
