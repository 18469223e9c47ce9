//! `lesionscope evaluate explanations`: which maps to believe, on windows whose lesion is known.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use super::args::Cli;
use super::classifier::{Classifier, ModelFlags};
use super::evaluate::{write_json, write_page};
use super::exit::{Exit, Usage};
use super::explain::{askable, methods};
use super::explaining::{answer, likeliest};
use super::inputs;
use super::labelled::NamingFlags;
use super::masked::{MaskedWindow, MaskedWindows};
use super::outputs::Outputs;
use super::say::say;
use crate::config::Config;
use crate::evaluate::explanations::agreement::{Agreement, Ranking, rank_correlation};
use crate::evaluate::explanations::report::{ExplanationsReport, Row};
use crate::evaluate::explanations::{Figures, Masked, baselines, judge, shuffled};
use crate::explain::{Explainer, Method, Question};

/// `evaluate explanations`.
#[derive(Debug, Args)]
pub(super) struct ExplanationsArgs {
    /// Close-ups with lesion masks: a manifest.tsv with a column mask, or the folder that it lies in (its validation side); or a
    /// folder of clips, each with its truth beside it as NAME.jsonl.
    pub(super) data: PathBuf,
    /// Model.
    #[command(flatten)]
    pub(super) model: ModelFlags,
    /// What the classes of the data are.
    #[command(flatten)]
    pub(super) naming: NamingFlags,
    /// Close-ups of these sources only, as named in the manifest.
    #[arg(long, value_name = "SOURCE", value_delimiter = ',')]
    pub(super) sources: Vec<String>,
    /// Windows looked at, at most: spread evenly over those that there are.
    #[arg(long, value_name = "N", default_value_t = 48)]
    pub(super) limit: usize,
    /// Of clips, the lesions of every Nth frame.
    #[arg(long, value_name = "N", default_value_t = 25)]
    pub(super) every: u64,
    /// Move every window off the middle by up to so much of its side, at random but the same every time, so that a map that
    /// always points at the middle does not win (default: 0 for close-ups, 0.25 for clips).
    #[arg(long, value_name = "PART")]
    pub(super) shift: Option<f32>,
    /// Windows whose maps are compared with those of a network with shuffled weights, which takes a second map each.
    #[arg(long, value_name = "N", default_value_t = 8)]
    shuffled: usize,
    /// Methods, or "all".
    #[arg(long, value_name = "A,B", value_delimiter = ',', default_value = "all")]
    method: Vec<String>,
    /// Write the figures as JSON as well, with what every two methods have in common.
    #[arg(long, value_name = "FILE.json")]
    pub(super) json: Option<PathBuf>,
    /// Write a page with the table, and with what every two methods have in common.
    #[arg(long, value_name = "FILE.html")]
    pub(super) report: Option<PathBuf>,
}

/// The figures of every method on one window, of maps that know nothing behind them, and the methods' rankings.
type Judged = (Vec<Figures>, Vec<Ranking>);

/// Runs the command.
pub(super) fn run(cli: &Cli, args: &ExplanationsArgs, (config, outputs): (&Config, &Outputs)) -> anyhow::Result<Exit> {
    methods(&args.method)?;
    let read = inputs::of_settings(cli, &args.model).into_iter().chain(inputs::of_data(&args.data));
    outputs.check_apart(&read.collect::<Vec<_>>())?;
    let classifier = Classifier::load(&args.model, &[])?;
    let namer = classifier.model.namer().ok_or_else(|| Usage("this model names nothing".to_owned()))?;
    let explainer = Explainer::of(namer)?;
    let methods = askable(&args.method, &explainer)?;
    let mut config = config.clone();
    classifier.complete(&mut config);
    let side = explainer.input_side();
    let MaskedWindows { windows, what, shift } =
        MaskedWindows::read(args, (&config, classifier.model.classes()), side)?;
    // The weights of a classifier of the user's own are not taken apart.
    let unlearnt = match explainer.network() {
        Some(network) => Some(Explainer::new(&shuffled(network)?)?),
        None => None,
    };
    let bar = if cli.quiet { ProgressBar::hidden() } else { ProgressBar::new((windows.len() * methods.len()) as u64) };
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} maps, {eta} left").context("progress bar")?);
    // Those for the shuffled network come from everywhere.
    let every = windows.len().div_ceil(args.shuffled.max(1));
    let compared = |i: usize| unlearnt.is_some() && args.shuffled > 0 && i.is_multiple_of(every);
    let judged: Vec<Judged> = windows
        .par_iter()
        .enumerate()
        .map(|(i, window)| {
            let unlearnt = unlearnt.clone().filter(|_| compared(i));
            window_figures((explainer.clone(), unlearnt), window, (&methods, &bar))
        })
        .collect::<anyhow::Result<_>>()?;
    bar.finish_and_clear();
    let names: Vec<&str> = methods.iter().map(|method| method.name()).collect();
    let all = names.iter().copied().chain(baselines(1).map(|(name, _)| name));
    let of = |n: usize| judged.iter().filter_map(|(figures, _)| figures.get(n).copied()).collect::<Vec<Figures>>();
    let rows = all.enumerate().map(|(n, name)| Row::new(name, &of(n))).collect();
    let rankings: Vec<Vec<Ranking>> = judged.into_iter().map(|(_, rankings)| rankings).collect();
    let report = ExplanationsReport {
        what: what.to_owned(),
        windows: windows.len(),
        shift,
        shuffled: (0..windows.len()).filter(|i| compared(*i)).count(),
        rows,
        agreement: Agreement::new(&names, &rankings),
    };
    if let Some(path) = &args.json {
        write_json(path, &report)?;
    }
    if let Some(path) = &args.report {
        write_page(path, |command| Ok(report.html(command)))?;
    }
    say(&report.table())?;
    Ok(Exit::Done)
}

fn window_figures(
    (mut explainer, mut unlearnt): (Explainer, Option<Explainer>),
    MaskedWindow { window, mask }: &MaskedWindow,
    (methods, bar): (&[Method], &ProgressBar),
) -> anyhow::Result<Judged> {
    let scores = answer(&mut explainer, window)?;
    // About the class that the network calls, right or wrong: that is what somebody would ask about.
    let class = likeliest(&explainer, &scores);
    let question = Question { window, class };
    let subject = Masked { question, mask };
    let (mut figures, mut rankings) = (Vec::new(), Vec::new());
    for &method in methods {
        let started = Instant::now();
        let map = explainer.explain(question, method)?;
        let ms = started.elapsed().as_secs_f32() * 1000.0;
        let shuffled = match &mut unlearnt {
            Some(unlearnt) => Some(rank_correlation(&map, &unlearnt.explain(question, method)?)),
            None => None,
        };
        let shown = explainer.laid(&map, method);
        figures.push(Figures { ms, shuffled, ..judge(&mut explainer, &subject, &shown)? });
        rankings.push(Ranking::new(&shown));
        bar.inc(1);
    }
    for (_, map) in baselines(window.width() as usize) {
        figures.push(judge(&mut explainer, &subject, &map.smoothed())?);
    }
    Ok((figures, rankings))
}
