//! `lesionscope evaluate closeups`: the classifier against close-ups whose class is known.

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use super::args::Cli;
use super::classifier::Classifier;
use super::evaluate::{write, write_json, write_page};
use super::evaluate_args::CloseupsArgs;
use super::exit::{Exit, Usage};
use super::inputs;
use super::labelled::{Choice, Chosen, records_of};
use super::outputs::Outputs;
use super::say::{note, say};
use crate::config::Config;
use crate::evaluate::closeups::judge;
use crate::evaluate::closeups::look::Looking;
use crate::evaluate::closeups::report::{CloseupsReport, predictions};
use crate::pixels::paint::artefact::Artefact;

/// Runs the command.
pub(super) fn run(cli: &Cli, args: &CloseupsArgs, (config, outputs): (&Config, &Outputs)) -> anyhow::Result<Exit> {
    let naming = args.naming.naming(&config.classes)?;
    let classifier = Classifier::load(&args.model, &[])?;
    let record = records_of(&args.model)?;
    let (data, classes) = (args.data.as_path(), classifier.model.classes());
    let choice = Choice { data, classes, naming: &naming, record: record.as_ref(), all: args.all };
    let Chosen { rows, said, left_out } = choice.take()?;
    let read = inputs::of_settings(cli, &args.model).into_iter().chain(inputs::of_closeups(&args.data, &rows));
    outputs.check_apart(&read.collect::<Vec<_>>())?;
    let bar = bar(cli.quiet, rows.len())?;
    let (judged, skipped) = judge(&rows, &*classifier.model, looking(args)?, &|| bar.inc(1))?;
    bar.finish_and_clear();
    for why in &skipped {
        note(&format!("left out: {why}"));
    }
    if judged.is_empty() {
        let what = format!("{}: none of its {} images could be read", args.data.display(), rows.len());
        return Err(Usage(what).into());
    }
    if let Some(path) = &args.predictions {
        write(path, &predictions(&judged, classes))?;
    }
    // A model with a second opinion answers with that.
    let stamp = classifier.stamp.opinion.as_deref().unwrap_or(&classifier.stamp);
    let mut report = CloseupsReport::new(&stamp.name, classes, &judged, skipped);
    (report.judged_on, report.left_out) = (said, left_out);
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
