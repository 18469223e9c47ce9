//! The training run: data in, a model folder out, with checkpoints on the way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::TrainError;
use super::alarms::{FalseAlarm, Miner, false_alarms};
use super::checkpoint::{self, Progress, write_whole};
use super::epoch::{Draws, learn};
use super::folder::{blank_card, write_model};
use super::history::{Epoch, plot};
use super::init;
use super::mining::hardest;
use super::optimiser::AdamW;
use super::pool::{Pool, Read};
use super::readme::model_card;
use super::step::Learner;
use super::validate::ValidationSet;
use super::windows::Recipe;
use crate::data::record::{self, Record};
use crate::data::{Content, Item, Naming, Side, TrainingData};
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
    let mut earlier = started_from(settings)?;
    let data = TrainingData::open(data, (&classes, &start.naming), &earlier)?;
    data.notes.iter().for_each(|note| report(Report::Note(note.clone())));
    let mut items = data.items.clone();
    items.retain(|item| item.side == Side::Validation || !settings.without.contains(&item.source));
    let (classifier, gate) = networks(settings)?;
    let recipe = Recipe {
        classifier: classifier.side as u32,
        gate: gate.side as u32,
        lesions: settings.lesions,
        mild: settings.mild,
        marks: settings.marks,
    };
    let (training, set, items) = read_pools(items, recipe, (settings, start.strict), report)?;
    check_read(&data, &items, &classes, start.strict)?;
    unvalidated(&items, &classes).into_iter().for_each(|note| report(Report::Note(note)));
    report(Report::Note(used(&items, &data)));
    std::fs::create_dir_all(out).map_err(|e| TrainError::data(out, format!("cannot be made ({e})")))?;
    let alarms = match &start.miner {
        Some(miner) => mined(&training, miner, report)?,
        None => Vec::new(),
    };
    let mut card = blank_card(out, (classifier, gate), settings, start.command, &items);
    let mut learner = new_learner(&card, settings)?;
    let fingerprint = toml::to_string(settings).map_err(|e| TrainError::Failed(e.to_string()))?;
    if start.resume {
        earlier.add(Record::read(out)?.unwrap_or_default());
    }
    let mut learnt_from = data.record(&items);
    learnt_from.add(earlier);
    let learnt_from = learnt_from.to_json().map_err(|e| TrainError::Failed(e.to_string()))?;
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
        write_whole(&out.join("history.svg"), plot(&history)?.as_bytes())?;
        // Before the weights: that they were never judged on what they learnt from holds for half of a run, too.
        write_whole(&out.join(record::FILE), learnt_from.as_bytes())?;
        write_model(out, &mut card, &learner, &figures)?;
        write_whole(&out.join("README.md"), model_card(&card, &history).as_bytes())?;
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

/// What the weights to start from were trained on, where folders beside them say so.
fn started_from(settings: &TrainSettings) -> Result<Record, TrainError> {
    let mut all = Record::default();
    for file in &settings.init {
        let folder = Path::new(file).parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        all.add(Record::read(folder)?.unwrap_or_default());
    }
    Ok(all)
}

/// Refuses a class that is lost because none of its pictures can be read and, where that is asked for, data with missing pictures.
fn check_read(data: &TrainingData, read: &[Item], classes: &[Class], strict: bool) -> Result<(), TrainError> {
    if strict && data.missing > 0 {
        return Err(TrainError::Unusable(format!(
            "{} listed pictures are missing; without --strict they are left out",
            data.missing
        )));
    }
    if !read.iter().any(|item| matches!(item.content, Content::Lesion(_)) && item.side == Side::Train) {
        return Err(TrainError::Unusable("none of the lesion images to train on can be read".to_owned()));
    }
    for (index, class) in classes.iter().enumerate() {
        let shown = |items: &[Item]| items.iter().filter(|item| item.content == Content::Lesion(index)).count();
        let (all, left) = (shown(&data.items), shown(read));
        if all > 0 && left == 0 {
            return Err(TrainError::Unusable(format!(
                "{}: none of its {all} pictures is left; they cannot be read, or --without leaves them out",
                class.name
            )));
        }
    }
    Ok(())
}

/// How many pictures there are on either side, of all.
fn used(items: &[Item], data: &TrainingData) -> String {
    let on = |side: Side| items.iter().filter(|item| item.side == side).count();
    let (training, validation) = (on(Side::Train), on(Side::Validation));
    format!("{training} pictures to train on and {validation} to validate on, of {}", data.count)
}

/// Why the figures of the validation side will not say much, if so.
fn unvalidated(items: &[Item], classes: &[Class]) -> Option<String> {
    let has = |class: usize, side| items.iter().any(|i| i.content == Content::Lesion(class) && i.side == side);
    let missing = (0..classes.len()).filter(|&class| has(class, Side::Train) && !has(class, Side::Validation));
    let names: Vec<&str> = missing.map(|class| classes[class].name.as_str()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "the validation side has no image of {}: its figures do not speak of that; more patients or a split column of \
             one's own would help",
            names.join(", ")
        )
    })
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

/// The pictures of both sides, and the items that could be read.
fn read_pools(
    mut items: Vec<Item>,
    recipe: Recipe,
    (settings, strict): (&TrainSettings, bool),
    report: &(dyn Fn(Report) + Sync),
) -> Result<(Pool, ValidationSet, Vec<Item>), TrainError> {
    let read = AtomicU64::new(0);
    let one = || {
        let done = read.fetch_add(1, Ordering::Relaxed) + 1;
        report(Report::Reading(done, items.len() as u64));
    };
    let Read { pool: training, unreadable: mut failed } =
        Pool::read((&items, Side::Train), settings.source_balance, &one);
    let validation = Pool::read((&items, Side::Validation), settings.source_balance, &one);
    failed.extend(validation.unreadable);
    if !failed.is_empty() {
        let all = failed.len();
        let why: Vec<String> = failed.iter().map(|(_, error)| error.to_string()).collect();
        let listed = format!("{all} of {} pictures cannot be read:\n  {}", items.len(), why.join("\n  "));
        if strict {
            return Err(TrainError::Unusable(format!("{listed}\nwithout --strict they are left out")));
        }
        report(Report::Note(format!("left out: {listed}")));
    }
    let failed: BTreeSet<PathBuf> = failed.into_iter().map(|(path, _)| path).collect();
    items.retain(|item| !failed.contains(&item.path));
    let set = ValidationSet::new(&validation.pool, &training, recipe, settings.seed);
    Ok((training, set, items))
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
