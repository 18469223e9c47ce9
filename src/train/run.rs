//! The training run: data in, a model folder out, with checkpoints on the way.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::alarms::{FalseAlarm, Miner, false_alarms};
use super::checkpoint::{self, CheckpointProgress, write_together};
use super::classes::bundled_classes;
use super::epoch::{Draws, learn};
use super::error::TrainError;
use super::folder::{blank_card, write_model};
use super::history::{Epoch, plot};
use super::init;
use super::input::TrainingInput;
use super::mining::hardest;
use super::optimiser::AdamW;
use super::parameters::{self, Parameters};
use super::parts::Learnt;
use super::pool::PhotoPool;
use super::readme::model_card;
use super::report::Report;
use super::settings::TrainSettings;
use super::skin;
use super::start::Start;
use super::step::{Learner, LearntNetworks};
use super::validate::ValidationSet;
use super::windows::Recipe;
use crate::data::record;
use crate::model::own::architecture::Architecture;
use crate::model::own::card::Card;
use crate::model::own::network::{GATE_CLASSES, Network};
use crate::model::own::pooling::Pooling;
use crate::model::own::zoo;
use crate::settings::objection;

/// Share of the epochs that see windows of [`TrainSettings::early_side_px`]: smaller windows cost less, and what they teach
/// holds for larger ones too (progressive resizing, Howard 2018; Tan and Le 2021).
const EARLY: f32 = 0.6;
/// Epochs without hard negatives: a network that knows nothing finds everything hard.
const FIRST_MINED: u32 = 2;
/// Draws of an epoch for each hard negative that is kept.
const HARD_POOL: u64 = 24;

/// Trains on `data` and leaves the model in `out`.
pub fn run(
    settings: &TrainSettings,
    (data, out): (&Path, &Path),
    start: &Start,
    report: &(dyn Fn(Report) + Sync),
) -> Result<PathBuf, TrainError> {
    check(settings)?;
    if settings.network == zoo::SKIN {
        return skin::run::run(settings, (data, out), start, report);
    }
    let classes = bundled_classes();
    let (classifier, gate) = networks(settings)?;
    let recipe = Recipe {
        classifier: classifier.side as u32,
        gate: gate.side as u32,
        lesions: settings.lesions,
        mild: settings.mild,
        marks: settings.marks,
    };
    let TrainingInput { training, validation, items, record } =
        TrainingInput::new((data, out), (settings, start), &classes, report)?;
    let set = ValidationSet::new(&validation, &training, recipe, settings.seed);
    let record = record.to_json().map_err(TrainError::unwritten)?;
    std::fs::create_dir_all(out).map_err(|e| TrainError::file(out, format!("cannot be made ({e})")))?;
    let alarms = match &start.miner {
        Some(miner) => mined(&training, miner, report)?,
        None => Vec::new(),
    };
    let mut card = blank_card(out, (classifier, gate), settings, start.command, &items);
    let mut learner = new_learner(&card, settings)?;
    let fingerprint = toml::to_string(settings).map_err(TrainError::unwritten)?;
    let mut history = match start.resume {
        true => checkpoint::resume(out, &mut learner, &fingerprint)?.history,
        false => Vec::new(),
    };
    for epoch in history.len() as u32 + 1..=settings.epochs {
        let network = Network::from_tensors(card.clone(), learner.learnt.parameters.tensors()?)?;
        let wanted = if epoch > FIRST_MINED { settings.draws as u64 / HARD_POOL } else { 0 };
        let recipe = recipe_of(settings, epoch, recipe);
        let hard = hardest(&training, recipe, &network, (settings.seed, epoch, wanted))?;
        let loss = learn(
            &mut learner,
            &Draws { pool: &training, hard: &hard, alarms: &alarms, recipe, settings },
            epoch,
            report,
        )?;
        let figures = set.measure(&Network::from_tensors(card.clone(), learner.learnt.parameters.tensors()?)?)?;
        let done = Epoch { epoch, loss, validation: figures };
        report(Report::Epoch(done.clone()));
        history.push(done);
        let progress = CheckpointProgress {
            settings: fingerprint.clone(),
            steps: learner.learnt.optimiser.steps,
            history: history.clone(),
        };
        checkpoint::save(out, &learner, &progress)?;
        // Before the weights: what they learnt from is known of half a run, too.
        write_together([(out.join(record::FILE), record.clone().into_bytes())])?;
        write_model(out, &mut card, &learner, &figures)?;
        write_together([
            (out.join("history.svg"), plot(&history)?.into_bytes()),
            (out.join("README.md"), model_card(&card, &history).into_bytes()),
        ])?;
    }
    Ok(out.to_owned())
}

fn check(settings: &TrainSettings) -> Result<(), TrainError> {
    let TrainSettings { draws, batch, .. } = *settings;
    let few = || (draws < batch).then(|| format!("train.draws: {draws} is less than train.batch = {batch}"));
    objection("train", settings).or_else(few).map_or(Ok(()), |problem| Err(TrainError::Settings(problem)))
}

/// The false circles of the model that is mined.
pub(super) fn mined(
    pool: &PhotoPool,
    miner: &Miner,
    report: &(dyn Fn(Report) + Sync),
) -> Result<Vec<FalseAlarm>, TrainError> {
    let (done, all) = (AtomicU64::new(0), pool.lesion_free().count() as u64);
    false_alarms(pool, miner, &|| report(Report::Mining { done: done.fetch_add(1, Ordering::Relaxed) + 1, all }))
}

/// How the windows of an epoch (from 1) are drawn.
fn recipe_of(settings: &TrainSettings, epoch: u32, recipe: Recipe) -> Recipe {
    match settings.early_side_px {
        Some(side) if (epoch as f32) <= EARLY * settings.epochs as f32 => Recipe { classifier: side as u32, ..recipe },
        _ => recipe,
    }
}

/// The classifier and the coarse level that the settings name.
fn networks(settings: &TrainSettings) -> Result<(Architecture, Architecture), TrainError> {
    let unusable = TrainError::Settings;
    let name = &settings.network;
    let usual = zoo::usual_side(name)
        .ok_or_else(|| unusable(format!("no network is called \"{name}\"; there are: {}", zoo::NAMES.join(", "))))?;
    let classifier = zoo::classifier(name, settings.side_px.unwrap_or(usual))
        .ok_or_else(|| unusable(format!("no network \"{name}\"")))?;
    match classifier.problem() {
        Some(problem) => Err(unusable(format!("network {name}: {problem}"))),
        None => Ok((classifier, zoo::coarse())),
    }
}

fn new_learner(card: &Card, settings: &TrainSettings) -> Result<Learner, TrainError> {
    let mut normal = parameters::normal(settings.seed);
    let (classifier, gate) = (card.classifier_blocks(), card.gate_blocks());
    let mut parameters = Parameters::default();
    parameters.add_chain(&classifier, &mut normal)?;
    parameters.add_chain(&gate, &mut normal)?;
    parameters.add_head("classes", card.classifier.features(), card.classes.len(), &mut normal)?;
    parameters.add_head("context", card.classifier.features(), 1, &mut normal)?;
    parameters.add_head("gate_classes", card.gate.features(), GATE_CLASSES, &mut normal)?;
    if card.head == Pooling::Attention {
        parameters.add_attention(card.classifier.features(), &mut normal)?;
    }
    for file in &settings.init {
        init::fill(&mut parameters, &classifier, Path::new(file))?;
    }
    let optimiser = AdamW::new(settings.weight_decay);
    let networks = LearntNetworks { classifier, pooling: card.head, gate, classes: card.classes.len() };
    Ok(Learner { learnt: Learnt { parameters, optimiser }, networks })
}
