//! `lesionscope train`: close-ups in, a model folder out.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Result;
use clap::Args;

use crate::classifier::{Classifier, ModelChoice, OpinionChoice, SkinChoice};
use crate::cli::exit::Usage;
use crate::cli::globals::Globals;
use crate::cli::labelled::{NamingFlags, words};
use crate::cli::paths::error::PathError;
use crate::cli::paths::folder::RunFolder;
use crate::cli::paths::inputs::{of_data, of_model_place};
use crate::cli::paths::outputs::apart;
use crate::cli::progress::ProgressSign;
use crate::cli::say::{note, tell};
use crate::cli::setting_flags::{Flag, FlagGroup, SettingFlags};
use crate::cli::setup::detect_settings;
use crate::config::Config;
use crate::files::{LOCK, same};
use crate::model::own::zoo;
use crate::train::alarms::Miner;
use crate::train::folder::FILES;
use crate::train::history::Epoch;
use crate::train::run::run;
use crate::train::skin::SkinFigures;
use crate::train::{Report, Start, TrainSettings};

/// Train a classifier on close-ups
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  lesionscope train --data target/data/open --out models/mine
  lesionscope train --data my-closeups/ --out models/mine --epochs 12     # one folder a class: nevus/, melanoma/, background/ ...
  lesionscope train --data my-closeups/ --out models/mine --epochs 12 --resume")]
pub(crate) struct TrainArgs {
    /// Folder with one folder a class, or a manifest.tsv (columns path, class; split, group, source, licence, mask are used too)
    #[arg(long)]
    data: PathBuf,
    /// Folder that the model is written into
    #[arg(long)]
    out: PathBuf,
    /// Settings
    #[command(flatten)]
    pub(crate) settings: SettingFlags<TrainingGroup>,
    /// What the classes of the data are
    #[command(flatten)]
    naming: NamingFlags,
    /// Stop at a picture that is missing or cannot be read; otherwise it is left out and named
    #[arg(long)]
    strict: bool,
    /// Go on from the checkpoint in --out
    #[arg(long)]
    resume: bool,
    /// Write into a folder that holds something, over what is there
    #[arg(long)]
    exist_ok: bool,
}

/// How a model is trained.
#[derive(Debug)]
pub(crate) enum TrainingGroup {}

impl FlagGroup for TrainingGroup {
    const HEADING: Option<&'static str> = Some("Training");
    const FLAGS: &'static [Flag] = &[
        Flag { name: "network", setting: "train.network", value: "NETWORK" },
        Flag { name: "head", setting: "train.head", value: "HEAD" },
        Flag { name: "side", setting: "train.side_px", value: "PX" },
        Flag { name: "early-side", setting: "train.early_side_px", value: "PX" },
        Flag { name: "init", setting: "train.init", value: "FILE" },
        Flag { name: "mine", setting: "train.mine", value: "DIR|bundled" },
        Flag { name: "without", setting: "train.without", value: "SOURCE" },
        Flag { name: "lesions", setting: "train.lesions", value: "0..1" },
        Flag { name: "mild", setting: "train.mild", value: "0..1" },
        Flag { name: "marks", setting: "train.marks", value: "0..1" },
        Flag { name: "source-balance", setting: "train.source_balance", value: "0..1" },
        Flag { name: "epochs", setting: "train.epochs", value: "N" },
        Flag { name: "draws", setting: "train.draws", value: "N" },
        Flag { name: "batch", setting: "train.batch", value: "N" },
        Flag { name: "rate", setting: "train.rate", value: "RATE" },
        Flag { name: "seed", setting: "train.seed", value: "N" },
    ];
}

/// Trains as the settings say.
pub(crate) fn train(globals: &Globals, config: Config, args: &TrainArgs) -> Result<()> {
    let settings = config.train.clone();
    let naming = args.naming.naming(&config.classes)?;
    let place = place(globals, args, &settings)?;
    let command = command_line(&settings, args) + &words(&naming) + if args.strict { " --strict" } else { "" };
    // As the lines of the epochs are, the bar is for whoever waits.
    let sign = ProgressSign::training(globals.quiet)?;
    let bar = Mutex::new(sign.bar().clone());
    let total = settings.draws as u64 * u64::from(settings.epochs);
    let show = |report: Report| {
        let bar = bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match report {
            Report::Reading { done, all } => {
                bar.set_length(all);
                bar.set_position(done);
                bar.set_message("reading images");
            }
            Report::Note(text) => bar.suspend(|| note(&text)),
            Report::Mining { done, all } => {
                bar.set_length(all);
                bar.set_position(done);
                bar.set_message("looking for false circles");
            }
            Report::Learning { epoch, windows, loss } => {
                if bar.length() != Some(total) {
                    bar.reset();
                    bar.set_length(total);
                }
                bar.set_position(u64::from(epoch - 1) * settings.draws as u64 + windows);
                bar.set_message(format!("epoch {epoch}/{} loss {loss:.3}", settings.epochs));
            }
            Report::Epoch(epoch) => {
                let line = epoch_line(&epoch);
                if bar.is_hidden() { tell(&line) } else { bar.println(line) }
            }
            Report::SkinEpoch { epoch, loss, figures } => {
                let line = skin_epoch_line(epoch, loss, &figures);
                if bar.is_hidden() { tell(&line) } else { bar.println(line) }
            }
        }
    };
    let start = Start {
        resume: args.resume,
        command: &command,
        miner: settings.mine.as_deref().map(|mine| miner(mine, &config)).transpose()?,
        naming,
        strict: args.strict,
    };
    let folder = run(&settings, (&args.data, place.path()), &start, &show)?;
    drop(sign);
    tell(&format!("wrote {} (weights, model.toml, history.svg, checkpoint)", folder.display()));
    Ok(())
}

/// The folder that the model is written into. Refused where it holds something, unless that was asked for, where it holds what is read, and
/// where another process writes into it.
fn place(globals: &Globals, args: &TrainArgs, settings: &TrainSettings) -> Result<RunFolder> {
    let TrainArgs { data, out, resume, exist_ok, .. } = args;
    let lies_in = if data.is_dir() { Some(data.as_path()) } else { data.parent() };
    if lies_in.is_some_and(|folder| same(folder, out)) {
        return Err(Usage(format!("--out {}: is the folder of the data; name another one", out.display())).into());
    }
    let holds_something = std::fs::read_dir(out)
        .is_ok_and(|entries| entries.filter_map(std::result::Result::ok).any(|entry| entry.file_name() != LOCK));
    if holds_something && !resume && !exist_ok {
        return Err(Usage(format!(
            "{} exists and is not empty; name another --out, say --resume to go on with what was trained there, or --exist-ok to write \
             over it",
            out.display()
        ))
        .into());
    }
    let models = settings.mine.iter().flat_map(|mine| of_model_place(Path::new(mine)));
    let read = settings.init.iter().map(PathBuf::from).chain(models).chain(of_data(data)).chain(globals.config.clone());
    apart(&FILES.map(|name| out.join(name)), &read.collect::<Vec<_>>())?;
    if out.exists() && !out.is_dir() {
        return Err(PathError::NotAFolder(out.clone()).into());
    }
    Ok(RunFolder::new(out, true)?)
}

/// The model whose false circles are mined.
fn miner(name: &str, config: &Config) -> Result<Miner> {
    let model = Some(name).filter(|name| *name != "bundled").map(PathBuf::from);
    // What a skin map keeps from being circled is what a new one is to learn.
    let skin = if config.train.network == zoo::SKIN { SkinChoice::Nobody } else { SkinChoice::Bundled };
    let choice = ModelChoice { model, opinion: OpinionChoice::Nobody, skin, ..ModelChoice::default() };
    let classifier = Classifier::load(&choice, &[])?;
    classifier.notes.iter().for_each(|said| note(said));
    let mut detect = detect_settings(config);
    let point = classifier.complete(&mut detect);
    Ok(Miner { model: classifier.model, detect, point })
}

/// The command that makes the same model again.
fn command_line(settings: &TrainSettings, args: &TrainArgs) -> String {
    let TrainSettings { network, init, without, lesions, mild, marks, source_balance, .. } = settings;
    let TrainSettings { epochs, draws, batch, rate, seed, .. } = settings;
    let mut line = format!("lesionscope train --data {} --out {}", args.data.display(), args.out.display());
    line += &format!(" --network {network} --lesions {lesions} --mild {mild} --marks {marks}");
    line += &format!(" --source-balance {source_balance} --epochs {epochs} --draws {draws} --batch {batch}");
    line += &format!(" --rate {rate} --seed {seed}");
    let mut given = |flag: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            line += &format!(" --{flag} {value}");
        }
    };
    given("head", Some(settings.head.name().to_owned()).filter(|_| !settings.head.is_average()));
    given("side", settings.side_px.map(|px| px.to_string()));
    given("early-side", settings.early_side_px.map(|px| px.to_string()));
    given("init", Some(init.join(",")));
    given("mine", settings.mine.clone());
    given("without", Some(without.join(",")));
    line
}

fn epoch_line(Epoch { epoch, loss, validation: v }: &Epoch) -> String {
    format!(
        "epoch {epoch:>3}  loss {loss:.3}  validation: balanced accuracy {:.3}, AUC suspicious {:.3}, AUC lesion {:.4}, \
         coarse AUC {:.4} (lets {:.1} % of lesion-free windows through)",
        v.balanced_accuracy,
        v.suspicious_auc,
        v.lesion_auc,
        v.gate_auc,
        100.0 * v.gate_passes
    )
}

fn skin_epoch_line(epoch: u32, loss: f32, SkinFigures { recall, iou }: &SkinFigures) -> String {
    let kinds = ["other", "skin", "part", "lesion"].iter().zip(recall.iter().zip(iou));
    let said = kinds.map(|(kind, (recall, iou))| format!("{kind} {recall:.3}/{iou:.3}"));
    format!(
        "epoch {epoch:>3}  loss {loss:.3}  validation, recall/IoU of cells: {}",
        said.collect::<Vec<_>>().join(", ")
    )
}
