//! The training run: data in, a model folder out, with checkpoints on the way.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::TrainError;
use super::alarms::{FalseAlarm, Miner, false_alarms};
use super::checkpoint::{self, Progress, write_together};
use super::epoch::{Draws, learn};
use super::folder::{blank_card, write_model};
use super::history::{Epoch, plot};
use super::init;
use super::mining::hardest;
use super::optimiser::AdamW;
use super::pool::Pool;
use super::reading::Reading;
use super::readme::model_card;
use super::step::Learner;
use super::windows::Recipe;
use crate::data::{Naming, record};
use crate::model::architecture::Architecture;
use crate::model::card::Card;
use crate::model::classes::{self, MERGED};
use crate::model::network::{GATE_CLASSES, Network};
use crate::model::pooling::Pooling;
use crate::model::trainable::{self, Parameters};
use crate::model::{Class, ClassKind, zoo};

/// Settings of a training run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainSettings {
    /// Name of the network: one of [`zoo::NAMES`].
    pub network: String,
    /// How the last feature map becomes what the heads see.
    pub head: Pooling,
    /// Side of its windows, px; 0 stands for what the network is made for.
    pub side: usize,
    /// Side of the windows of the first six tenths of the epochs, px; 0: the same throughout.
    pub early_side: usize,
    /// Files with weights that it starts from, one laid over the other; empty for random ones.
    pub init: Vec<String>,
    /// Model whose false circles in lesion-free photographs are learnt from: a folder, or "bundled"; empty: none.
    pub mine: String,
    /// Sources whose images are left out of the training side.
    pub without: Vec<String>,
    /// Share of the draws that show a lesion, `0..=1`.
    pub lesions: f32,
    /// Share of the lesions that are seen by a good camera in good light, `0..=1`.
    pub mild: f32,
    /// Share of the lesions, and of the skin without any, that carry painted marks, `0..=1`.
    pub marks: f32,
    /// How far draws lean from "every image alike" (0) to "every source alike" (1).
    pub source_balance: f32,
    /// Epochs, each of `draws` windows.
    pub epochs: u32,
    /// Windows drawn an epoch.
    pub draws: usize,
    /// Windows a step.
    pub batch: usize,
    /// Peak learning rate.
    pub rate: f64,
    /// Weight decay relative to the learning rate.
    pub weight_decay: f64,
    /// Seed of every random choice.
    pub seed: u64,
    /// Evidence from which a window counts as a lesion, `0..=1`: written into the model's description.
    pub conf: f32,
}

/// Share of the epochs that see windows of [`TrainSettings::early_side`]: smaller windows cost less, and what they teach
/// holds for larger ones too (progressive resizing, Howard 2018; Tan and Le 2021).
const EARLY: f32 = 0.6;
/// Epochs without hard negatives: a network that knows nothing finds everything hard.
const FIRST_MINED: u32 = 2;
/// One hard negative is kept for so many draws of an epoch.
const HARD_POOL: u64 = 24;

/// How a run is started.
#[derive(Default)]
pub struct Start<'a> {
    /// Whether it goes on from the checkpoint in its folder.
    pub resume: bool,
    /// The command, for the model's description.
    pub command: &'a str,
    /// The model whose false circles are mined.
    pub miner: Option<Miner>,
    /// What the classes of the data are.
    pub naming: Naming,
    /// Whether a picture that is missing or cannot be read stops the run; otherwise it is left out and named.
    pub strict: bool,
}

/// Where a run stands, for a progress bar.
#[derive(Clone, Debug)]
pub enum Report {
    /// Something that the user should know.
    Note(String),
    /// Images read so far, of all.
    Reading(u64, u64),
    /// Photographs searched for false circles so far, of all.
    Mining(u64, u64),
    /// Epoch (from 1), windows learnt from in it, smoothed loss.
    Learning(u32, u64, f32),
    /// An epoch ended.
    Epoch(Epoch),
}

/// Trains on `data` and leaves the model in `out`.
pub fn run(
    settings: &TrainSettings,
    (data, out): (&Path, &Path),
    start: &Start,
    report: &(dyn Fn(Report) + Sync),
) -> Result<PathBuf, TrainError> {
    check(settings)?;
    let classes = bundled_classes();
    let (classifier, gate) = networks(settings)?;
    let recipe = Recipe {
        classifier: classifier.side as u32,
        gate: gate.side as u32,
        lesions: settings.lesions,
        mild: settings.mild,
        marks: settings.marks,
    };
    let Reading { training, set, items, record } =
        Reading::new((data, out), (settings, start), (&classes, recipe), report)?;
    let record = record.to_json().map_err(|e| TrainError::Failed(e.to_string()))?;
    std::fs::create_dir_all(out).map_err(|e| TrainError::data(out, format!("cannot be made ({e})")))?;
    let alarms = match &start.miner {
        Some(miner) => mined(&training, miner, report)?,
        None => Vec::new(),
    };
    let mut card = blank_card(out, (classifier, gate), settings, start.command, &items);
    let mut learner = new_learner(&card, settings)?;
    let fingerprint = toml::to_string(settings).map_err(|e| TrainError::Failed(e.to_string()))?;
    let mut history = match start.resume {
        true => checkpoint::resume(out, &mut learner, &fingerprint)?.history,
        false => Vec::new(),
    };
    for epoch in history.len() as u32 + 1..=settings.epochs {
        let network = Network::from_tensors(card.clone(), learner.parameters.tensors()?)?;
        let wanted = if epoch > FIRST_MINED { settings.draws as u64 / HARD_POOL } else { 0 };
        let recipe = recipe_of(settings, epoch, recipe);
        let hard = hardest(&training, recipe, &network, (settings.seed, epoch, wanted))?;
        let loss = learn(
            &mut learner,
            &Draws { pool: &training, hard: &hard, alarms: &alarms, recipe, settings },
            epoch,
            report,
        )?;
        let figures = set.measure(&Network::from_tensors(card.clone(), learner.parameters.tensors()?)?)?;
        let done = Epoch { epoch, loss, validation: figures };
        report(Report::Epoch(done.clone()));
        history.push(done);
        let progress =
            Progress { settings: fingerprint.clone(), steps: learner.optimiser.steps, history: history.clone() };
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

/// The classes of the bundled model.
pub fn bundled_classes() -> Vec<Class> {
    let class = |name: &str, kind| Class { name: name.to_owned(), kind, suspicious: classes::suspicious(name) };
    let lesions = MERGED.iter().map(|(name, _)| class(name, ClassKind::Lesion));
    [class("background", ClassKind::Background), class("skin", ClassKind::Skin)].into_iter().chain(lesions).collect()
}

fn check(settings: &TrainSettings) -> Result<(), TrainError> {
    let TrainSettings { epochs, draws, batch, rate, early_side, .. } = *settings;
    if early_side != 0 && !(32..=1024).contains(&early_side) {
        return Err(TrainError::Unusable(format!("early side {early_side}: 0, or 32 to 1024 px, is allowed")));
    }
    if epochs == 0 || batch < 2 || draws < batch || !(rate > 0.0 && rate <= 1.0) {
        return Err(TrainError::Unusable(format!(
            "epochs {epochs}, draws {draws}, batch {batch}, rate {rate}: at least one epoch, a batch of 2 or more, \
             as many draws as a batch and a rate above 0 up to 1 are needed"
        )));
    }
    Ok(())
}

/// The false circles of the model that is mined.
fn mined(pool: &Pool, miner: &Miner, report: &(dyn Fn(Report) + Sync)) -> Result<Vec<FalseAlarm>, TrainError> {
    let (done, all) = (AtomicU64::new(0), pool.lesion_free().count() as u64);
    false_alarms(pool, miner, &|| report(Report::Mining(done.fetch_add(1, Ordering::Relaxed) + 1, all)))
}

/// How the windows of an epoch (from 1) are drawn.
fn recipe_of(settings: &TrainSettings, epoch: u32, recipe: Recipe) -> Recipe {
    match settings.early_side {
        side if side > 0 && (epoch as f32) <= EARLY * settings.epochs as f32 => {
            Recipe { classifier: side as u32, ..recipe }
        }
        _ => recipe,
    }
}

/// The classifier and the coarse level that the settings name.
fn networks(settings: &TrainSettings) -> Result<(Architecture, Architecture), TrainError> {
    let unusable = |what: String| TrainError::Unusable(what);
    let name = &settings.network;
    let usual = zoo::usual_side(name)
        .ok_or_else(|| unusable(format!("no network is called \"{name}\"; there are: {}", zoo::NAMES.join(", "))))?;
    let side = if settings.side == 0 { usual } else { settings.side };
    let classifier = zoo::classifier(name, side).ok_or_else(|| unusable(format!("no network \"{name}\"")))?;
    match classifier.problem() {
        Some(problem) => Err(unusable(format!("network {name}: {problem}"))),
        None => Ok((classifier, zoo::gate())),
    }
}

fn new_learner(card: &Card, settings: &TrainSettings) -> Result<Learner, TrainError> {
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    // Box and Muller 1958.
    let mut normal = move || {
        let (u, v): (f32, f32) = (rng.random_range(f32::EPSILON..1.0), rng.random());
        (-2.0 * u.ln()).sqrt() * (std::f32::consts::TAU * v).cos()
    };
    let (classifier, gate) = trainable::steps(&card.classifier, &card.gate);
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
    Ok(Learner { parameters, optimiser, classifier, pooling: card.head, gate, classes: card.classes.len() })
}
