//! `lesionscope evaluate closeups`: the classifier against close-ups whose class is known.

use crate::cli::labelled::NamingFlags;
use crate::cli::models::flags::ModelFlags;
use crate::cli::progress::closeups_bar;
use clap::Args;
use std::path::PathBuf;

use crate::cli::globals::Globals;
use crate::cli::written::{ReportFlags, write};

use crate::cli::exit::{Exit, Usage};
use crate::cli::labelled::{CloseupSelection, SelectionRequest, WantedSides, held_out, records_of};
use crate::cli::paths::inputs;
use crate::cli::paths::outputs::Outputs;
use crate::cli::say::note;
use crate::config::Config;
use crate::data::Side;
use crate::evaluate::closeups::judge;
use crate::evaluate::closeups::look::LookSettings;
use crate::evaluate::closeups::report::{CloseupsReport, predictions};
use crate::pixels::paint::artefact::Artefact;

/// `evaluate closeups`.
#[derive(Debug, Args)]
pub(crate) struct CloseupsArgs {
    /// Folder with one folder a class, or a manifest.tsv (columns path, class; split, group, source, note are used too).
    pub(crate) data: PathBuf,
    /// Model.
    #[command(flatten)]
    pub(crate) model: ModelFlags,
    /// What the classes of the data are.
    #[command(flatten)]
    pub(crate) naming: NamingFlags,
    /// Side that is judged: development or report (default: development; of data that no training takes part in, all).
    #[arg(long, value_name = "SIDE", value_parser = held_out)]
    pub(crate) split: Option<Side>,
    /// Judge all sides: what the model was trained on as well.
    #[arg(long, conflicts_with = "split")]
    pub(crate) all: bool,
    /// Look at the mirror images too and take the mean.
    #[arg(long)]
    pub(crate) flips: bool,
    /// Paint this over every close-up first, to see whether the model answers to it: corners, ink, ruler, sticker or hairs.
    #[arg(long, value_name = "KIND")]
    pub(crate) artefact: Option<String>,
    /// Write every answer: path, true class, one column a class.
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) predictions: Option<PathBuf>,
    /// Where the figures go.
    #[command(flatten)]
    pub(crate) written: ReportFlags,
}

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &CloseupsArgs, config: &Config, outputs: &Outputs) -> anyhow::Result<Exit> {
    let naming = args.naming.naming(&config.classes)?;
    let classifier = args.model.load(&[])?;
    let record = records_of(&args.model)?;
    let (data, classes) = (args.data.as_path(), classifier.model.classes());
    let wanted = if args.all { WantedSides::All } else { WantedSides::of(args.split) };
    let choice = SelectionRequest { data, classes, naming: &naming, record: record.as_ref(), wanted, several: false };
    let CloseupSelection { rows, said, left_out } = choice.select()?;
    let read = inputs::of_settings(globals, &args.model).into_iter().chain(inputs::of_closeups(&args.data, &rows));
    outputs.check_apart(&read.collect::<Vec<_>>())?;
    let bar = closeups_bar(globals.quiet, rows.len())?;
    let (judged, skipped) = judge(&rows, &*classifier.model, looking(args)?, &|| bar.inc(1))?;
    bar.finish_and_clear();
    for why in &skipped {
        note(&format!("left out: {why}"));
    }
    if judged.is_empty() {
        let what = format!("{}: none of its {} images could be read", args.data.display(), rows.len());
        return Err(Usage(what).into());
    }
    if judged.iter().all(|closeup| closeup.class.is_empty()) {
        let what = "no close-up of a known class; name a folder with one folder a class (nevus/, melanoma/ ...) or a manifest.tsv";
        return Err(Usage(format!("{}: {what}", args.data.display())).into());
    }
    if let Some(path) = &args.predictions {
        write(path, &predictions(&judged, classes))?;
    }
    // A model with a second opinion answers with that.
    let stamp = classifier.stamp.opinion.as_deref().unwrap_or(&classifier.stamp);
    let mut report = CloseupsReport::new(&stamp.name, classes, &judged, skipped);
    (report.judged_on, report.left_out) = (said, left_out);
    args.written.finish(&report, &report.table(), |command| report.html(command))
}

fn looking(args: &CloseupsArgs) -> anyhow::Result<LookSettings> {
    let artefact = match &args.artefact {
        None => None,
        Some(name) => Some(Artefact::named(name).ok_or_else(|| {
            let known: Vec<&str> = Artefact::ALL.iter().map(|(name, _)| *name).collect();
            Usage(format!("--artefact {name}: there is no such thing; there are {}", known.join(", ")))
        })?),
    };
    Ok(LookSettings { flips: args.flips, artefact })
}
