//! `lesionscope train`: close-ups in, a model folder out.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::classifier::{Classifier, ModelChoice, OpinionChoice};
use crate::cli::exit::Usage;
use crate::cli::globals::Globals;
use crate::cli::labelled::{NamingFlags, words};
use crate::cli::paths::folder::RunFolder;
use crate::cli::paths::inputs::{of_data, of_model_place};
use crate::cli::paths::outputs::apart;
use crate::cli::progress::Sign;
use crate::cli::say::{note, tell};
use crate::cli::setup::detect_settings;
use crate::config::Config;
use crate::files::{LOCK, same};
use crate::model::own::pooling::Pooling;
use crate::train::alarms::Miner;
use crate::train::folder::FILES;
use crate::train::history::Epoch;
use crate::train::run::run;
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
    pub(crate) settings: TrainFlags,
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

/// Flags of the section `[train]`.
#[derive(Args, Debug, Serialize)]
#[command(next_help_heading = "Training")]
pub(crate) struct TrainFlags {
    /// Network: small and lite0-first (scan), lite0 (EfficientNet-Lite0, the second opinion) [default: small]
    #[arg(long)]
    network: Option<String>,
    /// Head: average counts every place of the last feature map alike, attention learns how much each counts [default: average]
    #[arg(long)]
    head: Option<Pooling>,
    /// Side of its windows, px [default: what the network is made for: 64 or, for lite0, 128]
    #[arg(long, allow_negative_numbers = true)]
    side: Option<i64>,
    /// Side of the windows of the first six tenths of the epochs, px: smaller is faster [default: the same throughout]
    #[arg(long, allow_negative_numbers = true)]
    early_side: Option<i64>,
    /// Files with weights to start from, one laid over the other: safetensors, or the .pth of EfficientNet-Lite0 [default: random weights]
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    init: Option<Vec<String>>,
    /// Learn from the false circles of a model in lesion-free photographs of the training side: its folder, or bundled [default: none]
    #[arg(long, value_name = "DIR|bundled")]
    mine: Option<String>,
    /// Sources to leave out of the training side [default: none]
    #[arg(long, value_name = "SOURCE", value_delimiter = ',')]
    without: Option<Vec<String>>,
    /// Share of the windows that show a lesion, 0 to 1 [default: 0.45]
    #[arg(long, allow_negative_numbers = true)]
    lesions: Option<f64>,
    /// Share of the lesions that are seen by a good camera in good light, 0 to 1 [default: 0]
    #[arg(long, allow_negative_numbers = true)]
    mild: Option<f64>,
    /// Share of lesions and skin that carry painted marks (ink, rulers, dark corners, stickers, hairs), 0 to 1 [default: 0.15]
    #[arg(long, allow_negative_numbers = true)]
    marks: Option<f64>,
    /// How far draws lean from every image alike (0) to every source alike (1) [default: 0.6]
    #[arg(long, allow_negative_numbers = true)]
    source_balance: Option<f64>,
    /// Epochs [default: 16]
    #[arg(long, allow_negative_numbers = true)]
    epochs: Option<i64>,
    /// Windows drawn an epoch [default: 24064]
    #[arg(long, allow_negative_numbers = true)]
    draws: Option<i64>,
    /// Windows a step [default: 64]
    #[arg(long, allow_negative_numbers = true)]
    batch: Option<i64>,
    /// Peak learning rate [default: 0.002]
    #[arg(long, allow_negative_numbers = true)]
    rate: Option<f64>,
    /// Seed of every random choice [default: 1]
    #[arg(long, allow_negative_numbers = true)]
    seed: Option<i64>,
}

/// Trains as the settings say.
pub(crate) fn train(globals: &Globals, config: Config, args: &TrainArgs) -> Result<()> {
    let settings = config.train.clone();
    let naming = args.naming.naming(&config.classes)?;
    let place = place(globals, args, &settings)?;
    let command = command_line(&settings, args) + &words(&naming) + if args.strict { " --strict" } else { "" };
    // As the lines of the epochs are, the bar is for whoever waits.
    let sign = Sign::training(globals.quiet)?;
    let bar = Mutex::new(sign.bar().clone());
    let total = settings.draws as u64 * u64::from(settings.epochs);
    let show = |report: Report| {
        let bar = bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match report {
            Report::Reading(done, all) => {
                bar.set_length(all);
                bar.set_position(done);
                bar.set_message("reading images");
            }
            Report::Note(text) => bar.suspend(|| note(&text)),
            Report::Mining(done, all) => {
                bar.set_length(all);
                bar.set_position(done);
                bar.set_message("looking for false circles");
            }
            Report::Learning(epoch, windows, loss) => {
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
        }
    };
    let start = Start {
        resume: args.resume,
        command: &command,
        miner: miner(&settings.mine, &config)?,
        naming,
        strict: args.strict,
    };
    let folder = run(&settings, (&args.data, place.path()), &start, &show)?;
    drop(sign);
    tell(&format!("wrote {} (weights, model.toml, history.svg, checkpoint)", folder.display()));
    Ok(())
}

/// The folder that the model is to go into: empty unless asked for, with nothing of what is read, and nobody else's.
fn place(globals: &Globals, args: &TrainArgs, settings: &TrainSettings) -> Result<RunFolder, Usage> {
    let TrainArgs { data, out, resume, exist_ok, .. } = args;
    let lies_in = if data.is_dir() { Some(data.as_path()) } else { data.parent() };
    if lies_in.is_some_and(|folder| same(folder, out)) {
        return Err(Usage(format!("--out {}: is the folder of the data; name another one", out.display())));
    }
    let holds_something = std::fs::read_dir(out)
        .is_ok_and(|entries| entries.filter_map(std::result::Result::ok).any(|entry| entry.file_name() != LOCK));
    if holds_something && !resume && !exist_ok {
        return Err(Usage(format!(
            "{} exists and is not empty; name another --out, say --resume to go on with what was trained there, or --exist-ok to write \
             over it",
            out.display()
        )));
    }
    let mined = Some(&settings.mine).filter(|mine| !mine.is_empty()).into_iter();
    let models = mined.flat_map(|mine| of_model_place(Path::new(mine)));
    let read = settings.init.iter().map(PathBuf::from).chain(models).chain(of_data(data)).chain(globals.config.clone());
    apart(&FILES.map(|name| out.join(name)), &read.collect::<Vec<_>>())?;
    let unmade = || Usage(format!("{} exists and is no folder; name another --out", out.display()));
    if out.exists() && !out.is_dir() { Err(unmade()) } else { RunFolder::new(out, true)?.ok_or_else(unmade) }
}

/// The model whose false circles are mined; `None` when none is named.
fn miner(name: &str, config: &Config) -> Result<Option<Miner>> {
    let model = match name {
        "" => return Ok(None),
        "bundled" => None,
        folder => Some(PathBuf::from(folder)),
    };
    let choice = ModelChoice { model, opinion: OpinionChoice::Nobody, ..ModelChoice::default() };
    let classifier = Classifier::load(&choice, &[])?;
    classifier.notes.iter().for_each(|said| note(said));
    let mut detect = detect_settings(config);
    classifier.complete(&mut detect);
    Ok(Some(Miner { model: classifier.model, detect }))
}

/// The command that makes the same model again.
fn command_line(settings: &TrainSettings, args: &TrainArgs) -> String {
    let TrainSettings { network, side, early_side, init, mine, without, lesions, mild, marks, source_balance, .. } =
        settings;
    let TrainSettings { epochs, draws, batch, rate, seed, .. } = settings;
    let mut line = format!("lesionscope train --data {} --out {}", args.data.display(), args.out.display());
    line += &format!(
        " --network {network} --side {side} --lesions {lesions} --mild {mild} --marks {marks} --source-balance {source_balance}"
    );
    line += &format!(" --epochs {epochs} --draws {draws} --batch {batch} --rate {rate} --seed {seed}");
    if !settings.head.is_average() {
        line += &format!(" --head {}", settings.head.name());
    }
    if *early_side > 0 {
        line += &format!(" --early-side {early_side}");
    }
    if !init.is_empty() {
        line += &format!(" --init {}", init.join(","));
    }
    if !mine.is_empty() {
        line += &format!(" --mine {mine}");
    }
    if !without.is_empty() {
        line += &format!(" --without {}", without.join(","));
    }
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
