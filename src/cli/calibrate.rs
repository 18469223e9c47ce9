//! `lesionscope calibrate`: temperature and operating point of a model from close-ups, written into its `model.toml`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::args::Cli;
use super::classifier::{Classifier, ModelFlags};
use super::closeups::{bar, chosen};
use super::exit::Exit;
use super::say::say;
use crate::evaluate::closeups::calibrate::{answers, calibrate};
use crate::evaluate::closeups::judge;
use crate::evaluate::closeups::look::Looking;
use crate::evaluate::closeups::report::CloseupsReport;
use crate::model::card::Card;

/// Mark in a model card before the figures that this command writes.
const SECTION: &str = "## Close-ups\n";

/// `calibrate`.
#[derive(Debug, Args)]
pub(super) struct CalibrateArgs {
    /// Folder of the trained model; its model.toml and README.md are written anew.
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// Close-ups that it was not trained on: a folder with one folder a class, or a manifest.tsv (its validation side).
    #[arg(long)]
    data: PathBuf,
    /// Share of the suspicious close-ups that shall be called suspicious, 0 to 1.
    #[arg(long, value_name = "0..1", default_value_t = 0.9)]
    target_sensitivity: f32,
}

/// Runs the command.
pub(super) fn run(cli: &Cli, args: &CalibrateArgs) -> anyhow::Result<Exit> {
    let flags = ModelFlags { model: Some(args.model.clone()), ..ModelFlags::default() };
    let classifier = Classifier::load(&flags, &[])?;
    let rows = chosen(&args.data, false, &classifier.class_names())?;
    let progress = bar(cli.quiet, 2 * rows.len())?;
    let answered = answers(&rows, &*classifier.model, &|| progress.inc(1));
    let file = args.model.join("model.toml");
    let text = std::fs::read_to_string(&file).with_context(|| format!("{}: cannot be read", file.display()))?;
    let mut card = Card::parse(&text, &file.display().to_string())?;
    card.calibration = calibrate(&answered, &card.classes, card.calibration, args.target_sensitivity);
    write(&file, &toml::to_string_pretty(&card).context("the description could not be written")?)?;

    let classifier = Classifier::load(&flags, &[])?;
    let (judged, skipped) = judge(&rows, &*classifier.model, Looking::default(), &|| progress.inc(1));
    progress.finish_and_clear();
    let report = CloseupsReport::new(&card.name, &card.classes, &judged, skipped);
    let table = report.table();
    let readme = args.model.join("README.md");
    let old = std::fs::read_to_string(&readme).unwrap_or_default();
    let kept = old.split(SECTION).next().unwrap_or_default().trim_end();
    let command = format!(
        "lesionscope calibrate --model {} --data {} --target-sensitivity {}",
        args.model.display(),
        args.data.display(),
        args.target_sensitivity
    );
    let (temperature, suspicious) = (card.calibration.temperature, card.calibration.suspicious);
    write(
        &readme,
        &format!(
            "{kept}\n\n{SECTION}\nWritten by `{command}`: temperature {temperature:.3}; a lesion is called suspicious from a \
             share of {suspicious:.3} of the suspicious classes. Close-ups of the validation side, three windows each, no masks:\n\n```\n{table}```\n"
        ),
    )?;
    say(&format!(
        "{table}\ntemperature {temperature:.3}, called suspicious from {suspicious:.3}: written into {}\n",
        file.display()
    ))?;
    Ok(Exit::Done)
}

fn write(path: &std::path::Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("{}: cannot be written", path.display()))
}
