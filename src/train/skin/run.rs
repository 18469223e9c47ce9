//! Trains the network of the skin map and leaves it in a model folder.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::compose::{SceneSize, Sources, draw};
use super::learner::SkinLearner;
use super::measure::{SkinFigures, SkinValidation};
use super::people::People;
use super::scene::SceneExample;
use crate::data::{Item, record};
use crate::model::own::skin_network::{HEAD, SCHEMA, SkinCard, SkinNetwork};
use crate::model::own::zoo;
use crate::model::skin_map::KINDS;
use crate::model::weights::{Weights, checksum};
use crate::train::checkpoint::{serialize, write_together};
use crate::train::classes::bundled_classes;
use crate::train::error::TrainError;
use crate::train::folder::training;
use crate::train::init;
use crate::train::input::TrainingInput;
use crate::train::optimiser::{AdamW, rate};
use crate::train::parameters::{Parameters, normal};
use crate::train::parts::Learnt;
use crate::train::run::mined;
use crate::train::{Report, Start, TrainSettings};

/// Longest side of the pictures that it will be shown, px.
const PICTURE_SIDE: u32 = 320;

/// Trains on `data` and leaves the model in `out`.
pub(in crate::train) fn run(
    settings: &TrainSettings,
    (data, out): (&Path, &Path),
    start: &Start,
    report: &(dyn Fn(Report) + Sync),
) -> Result<PathBuf, TrainError> {
    if start.resume {
        return Err(TrainError::Settings("train.network = \"skin\" cannot be resumed; train it anew".to_owned()));
    }
    let input = TrainingInput::new((data, out), (settings, start), &bundled_classes(), report)?;
    let record = input.record.to_json().map_err(TrainError::unwritten)?;
    std::fs::create_dir_all(out).map_err(|e| TrainError::file(out, format!("cannot be made ({e})")))?;
    let mined = start.miner.as_ref().map(|miner| mined(&input.training, miner, report)).transpose()?;
    let sources = Sources { people: People::new(&input.training, &mined.unwrap_or_default()), pool: &input.training };
    if sources.people.len() == 0 {
        let lacking =
            "the training side has no photographs of the class skin-scene, with masks; the skin map needs some";
        return Err(TrainError::file(data, lacking));
    }
    let mut card = blank_card(out, settings, start.command, &input.items);
    let size = SceneSize { side: card.architecture.side, cell: card.architecture.stride() };
    let held_out = Sources { people: People::new(&input.validation, &[]), pool: &input.validation };
    let validation = SkinValidation::new(&held_out, size, settings.seed);
    let mut learner = new_learner(&card, settings)?;
    for epoch in 1..=settings.epochs {
        let loss = learn(&mut learner, (&sources, size), (settings, epoch), report)?;
        let tensors = learner.learnt.parameters.tensors()?;
        let figures = validation.measure(&SkinNetwork::from_tensors(card.clone(), &tensors)?)?;
        report(Report::SkinEpoch { epoch, loss, figures });
        let weights = serialize(&tensors)?;
        card.weights.sha256 = checksum(&weights);
        let text = toml::to_string_pretty(&card).map_err(TrainError::unwritten)?;
        write_together([
            (out.join("weights.safetensors"), weights),
            (out.join("model.toml"), text.into_bytes()),
            (out.join("README.md"), readme(&card, figures).into_bytes()),
            (out.join(record::FILE), record.clone().into_bytes()),
        ])?;
    }
    Ok(out.to_owned())
}

fn blank_card(out: &Path, settings: &TrainSettings, command: &str, items: &[Item]) -> SkinCard {
    SkinCard {
        schema: SCHEMA.into(),
        name: out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        weights: Weights { sha256: String::new() },
        picture_side: PICTURE_SIDE,
        architecture: zoo::skin(settings.side_px.unwrap_or(zoo::SKIN_SIDE)),
        training: training(settings, command, items),
    }
}

fn new_learner(card: &SkinCard, settings: &TrainSettings) -> Result<SkinLearner, TrainError> {
    let mut normal = normal(settings.seed);
    let (mut parameters, blocks) = (Parameters::default(), card.blocks());
    parameters.add_chain(&blocks, &mut normal)?;
    parameters.add_head(HEAD, card.architecture.features(), KINDS, &mut normal)?;
    for file in &settings.init {
        init::fill(&mut parameters, &blocks, Path::new(file))?;
    }
    Ok(SkinLearner { learnt: Learnt { parameters, optimiser: AdamW::new(settings.weight_decay) }, blocks })
}

/// Learns from the scenes of an epoch (from 1); the mean loss.
fn learn(
    learner: &mut SkinLearner,
    (sources, size): (&Sources, SceneSize),
    (settings, epoch): (&TrainSettings, u32),
    report: &(dyn Fn(Report) + Sync),
) -> Result<f32, TrainError> {
    let batches = settings.draws / settings.batch;
    let total = u64::from(settings.epochs) * batches as u64;
    let (mut sum, mut smooth) = (0.0, None);
    for b in 0..batches {
        let first = (u64::from(epoch) * batches as u64 + b as u64) * settings.batch as u64;
        let scene = |i: u64| {
            // One generator a scene, so that it does not depend on the number of threads.
            let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
            rng.set_stream(first + i + 1);
            draw(sources, size, &mut rng)
        };
        let examples: Vec<SceneExample> = (0..settings.batch as u64).into_par_iter().map(scene).collect();
        let loss = learner.step(&examples, rate(settings.rate, learner.learnt.optimiser.steps, total))?;
        if !loss.is_finite() {
            return Err(TrainError::Diverged { epoch });
        }
        sum += loss;
        let blended = smooth.map_or(loss, |old: f32| 0.95 * old + 0.05 * loss);
        smooth = Some(blended);
        report(Report::Learning { epoch, windows: ((b + 1) * settings.batch) as u64, loss: blended });
    }
    Ok(sum / batches.max(1) as f32)
}

/// The model card.
fn readme(card: &SkinCard, figures: SkinFigures) -> String {
    let mut text = format!(
        "# {}\n\nThe skin map: says of every {} px of a picture whose longest side is {} px whether it shows something else, skin, a part of a \
         body that is no lesion, or a lesion. Written by `lesionscope train`; do not edit, train again.\n\n**Not a medical device.** It keeps \
         circles off eyes, nostrils and navels, and says what lies on skin. Skin tones, cameras and poses that the data lacks will be judged \
         worse than the figures below.\n\n## Training\n\n```\n{}\n```\n\nSeed {}, {} epochs. Images of the training side, with their licences:\n\n",
        card.name,
        card.architecture.stride(),
        card.picture_side,
        card.training.command,
        card.training.seed,
        card.training.epochs,
    );
    // Writing into a string cannot fail.
    card.training.data.iter().for_each(|source| _ = writeln!(text, "- {source}"));
    text += "\n## Validation\n\nCells of scenes composed of the development side's photographs:\n\n| kind | recall | IoU |\n|---|---|---|\n";
    let kinds = ["other", "skin", "part", "lesion"];
    for (kind, (recall, iou)) in kinds.iter().zip(figures.recall.iter().zip(figures.iou)) {
        _ = writeln!(text, "| {kind} | {recall:.3} | {iou:.3} |");
    }
    text
}
