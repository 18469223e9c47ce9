//! `lesionscope evaluate closeups`: the classifier against close-ups whose class is known.

use std::path::Path;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use super::args::Cli;
use super::classifier::Classifier;
use super::evaluate::{write, write_json, write_page};
use super::evaluate_args::CloseupsArgs;
use super::exit::{Exit, Usage};
use super::say::{note, say};
use crate::evaluate::closeups::judge;
use crate::evaluate::closeups::look::Looking;
use crate::evaluate::closeups::report::{CloseupsReport, predictions};
use crate::model::classes::merged;
use crate::pixels::paint::artefact::Artefact;
use crate::train::dataset::{Row, Side, rows};

/// Runs the command.
pub(super) fn run(cli: &Cli, args: &CloseupsArgs) -> anyhow::Result<Exit> {
    let classifier = Classifier::load(&args.model, &[])?;
    let names = classifier.class_names();
    let rows = chosen(&args.data, args.all, &names)?;
    let bar = bar(cli.quiet, rows.len())?;
    let (judged, skipped) = judge(&rows, &*classifier.model, looking(args)?, &|| bar.inc(1));
    bar.finish_and_clear();
    for why in &skipped {
        note(&format!("left out: {why}"));
    }
    if judged.is_empty() {
        return Err(anyhow::anyhow!("{}: none of its {} images could be read", args.data.display(), rows.len()));
    }
    let classes = classifier.model.classes();
    if let Some(path) = &args.predictions {
        write(path, &predictions(&judged, classes))?;
    }
    // A model with a second opinion answers with that.
    let stamp = classifier.stamp.opinion.as_deref().unwrap_or(&classifier.stamp);
    let report = CloseupsReport::new(&stamp.name, classes, &judged, skipped);
    if let Some(path) = &args.json {
        write_json(path, &report)?;
    }
    if let Some(path) = &args.report {
        write_page(path, |command| report.html(command))?;
    }
    say(&report.table())?;
    Ok(Exit::Done)
}

fn looking(args: &CloseupsArgs) -> anyhow::Result<Looking> {
    let artefact = match &args.artefact {
        None => None,
        Some(name) => Some(Artefact::named(name).ok_or_else(|| {
            let known: Vec<&str> = Artefact::ALL.iter().map(|(name, _)| *name).collect();
            Usage(format!("--artefact {name}: there is no such thing; there are {}", known.join(", ")))
        })?),
    };
    Ok(Looking { flips: args.flips, artefact })
}

/// A progress bar over close-ups.
pub(super) fn bar(quiet: bool, count: usize) -> anyhow::Result<ProgressBar> {
    let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(count as u64) };
    bar.set_style(
        ProgressStyle::with_template("{wide_bar} {pos}/{len} close-ups, {eta} left").context("progress bar")?,
    );
    Ok(bar)
}

/// The rows to look at: of a manifest the close-ups of its validation side, or with `all` of both sides; of a folder all
/// pictures.
pub(super) fn chosen(data: &Path, all: bool, classes: &[String]) -> anyhow::Result<Vec<Row>> {
    let mut rows = rows(data)?;
    let split = rows.iter().any(|row| row.side.is_some());
    // Data sets also hold what is no close-up; other names that the model does not know are judged by nobody, but may be
    // predicted.
    rows.retain(|row| !["background", "skin", "skin-scene"].contains(&row.class.as_str()));
    if split {
        rows.retain(|row| row.class.is_empty() || classes.contains(&row.class) || merged(&row.class).is_some());
    }
    if split && !all {
        rows.retain(|row| row.side == Some(Side::Validation));
    }
    if rows.is_empty() {
        let data = data.display();
        return Err(Usage(format!(
            "{data}: no close-up to judge; name a folder with one folder a class (nevus/, melanoma/ ...) or a manifest.tsv"
        ))
        .into());
    }
    Ok(rows)
}
