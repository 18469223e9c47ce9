//! `lesionscope evaluate explanations`: which maps to believe, on windows whose lesion is known.

use std::time::Instant;

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use crate::cli::evaluate::masked::{MaskedWindow, MaskedWindows, WindowFlags};
use crate::cli::exit::Exit;
use crate::cli::explain::explanations::{answer, likeliest};
use crate::cli::explain::{askable, methods};
use crate::cli::globals::Globals;
use crate::cli::models::flags::ModelFlags;
use crate::cli::paths::inputs;
use crate::cli::paths::outputs::Outputs;
use crate::cli::setup::detect_settings;
use crate::cli::written::ReportFlags;
use crate::config::Config;
use crate::evaluate::explanations::agreement::{Agreement, Ranking, rank_correlation};
use crate::evaluate::explanations::report::{ExplanationsReport, MethodRow};
use crate::evaluate::explanations::{Figures, MaskedQuestion, baselines, judge, shuffled};
use crate::explain::{Explainer, Method, Question};
use crate::scanner::Scanner;

/// `evaluate explanations`.
#[derive(Debug, Args)]
pub(crate) struct ExplanationsArgs {
    /// Which windows.
    #[command(flatten)]
    pub(crate) windows: WindowFlags,
    /// Model.
    #[command(flatten)]
    pub(crate) model: ModelFlags,
    /// Windows whose maps are compared with those of a network with shuffled weights, which takes a second map each.
    #[arg(long, value_name = "N", default_value_t = 8)]
    shuffled: usize,
    /// Methods, or "all".
    #[arg(long, value_name = "A,B", value_delimiter = ',', default_value = "all")]
    method: Vec<String>,
    /// Where the figures go.
    #[command(flatten)]
    pub(crate) written: ReportFlags,
}

/// The figures of every method on one window, of maps that know nothing behind them, and the methods' rankings.
struct WindowFigures {
    figures: Vec<Figures>,
    rankings: Vec<Ranking>,
}

/// Runs the command.
pub(crate) fn run(
    globals: &Globals,
    args: &ExplanationsArgs,
    config: &Config,
    outputs: &Outputs,
) -> anyhow::Result<Exit> {
    methods(&args.method)?;
    let read = inputs::of_settings(globals, &args.model).into_iter().chain(inputs::of_data(&args.windows.data));
    outputs.check_apart(&read.collect::<Vec<_>>())?;
    let scanner = Scanner::new(args.model.load(&[])?, detect_settings(config))?;
    let explainer = scanner.explainer()?;
    let methods = askable(&args.method, &explainer)?;
    let side = explainer.input_side();
    let MaskedWindows { windows, what, shift } =
        MaskedWindows::read(&args.windows, &args.model, (config, scanner.classes()), side)?;
    // The weights of a classifier of the user's own are not taken apart.
    let unlearnt = match explainer.network() {
        Some(network) => Some(Explainer::new(&shuffled(network)?)?),
        None => None,
    };
    let bar =
        if globals.quiet { ProgressBar::hidden() } else { ProgressBar::new((windows.len() * methods.len()) as u64) };
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} maps, {eta} left").context("progress bar")?);
    // Those for the shuffled network come from everywhere.
    let every = windows.len().div_ceil(args.shuffled.max(1));
    let compared = |i: usize| unlearnt.is_some() && args.shuffled > 0 && i.is_multiple_of(every);
    let judged: Vec<WindowFigures> = windows
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
    let of = |n: usize| judged.iter().filter_map(|window| window.figures.get(n).copied()).collect::<Vec<Figures>>();
    let rows = all.enumerate().map(|(n, name)| MethodRow::new(name, &of(n))).collect();
    let rankings: Vec<Vec<Ranking>> = judged.into_iter().map(|window| window.rankings).collect();
    let report = ExplanationsReport {
        what: what.to_owned(),
        windows: windows.len(),
        shift,
        shuffled: (0..windows.len()).filter(|i| compared(*i)).count(),
        rows,
        agreement: Agreement::new(&names, &rankings),
    };
    args.written.finish(&report, &report.table(), |command| Ok(report.html(command)))
}

fn window_figures(
    (explainer, unlearnt): (Explainer, Option<Explainer>),
    MaskedWindow { window, mask }: &MaskedWindow,
    (methods, bar): (&[Method], &ProgressBar),
) -> anyhow::Result<WindowFigures> {
    let scores = answer(&explainer, window)?;
    // About the class that the network calls, right or wrong: that is what somebody would ask about.
    let class = likeliest(&explainer, &scores);
    let question = Question { window, class };
    let subject = MaskedQuestion { question, mask };
    let (mut figures, mut rankings) = (Vec::new(), Vec::new());
    for &method in methods {
        let started = Instant::now();
        let map = explainer.explain(question, method)?;
        let ms = started.elapsed().as_secs_f32() * 1000.0;
        let shuffled = match &unlearnt {
            Some(unlearnt) => Some(rank_correlation(&map, &unlearnt.explain(question, method)?)),
            None => None,
        };
        let shown = explainer.laid(&map, method);
        figures.push(Figures { ms, shuffled, ..judge(&explainer, &subject, &shown)? });
        rankings.push(Ranking::new(&shown));
        bar.inc(1);
    }
    for (_, map) in baselines(window.width() as usize) {
        figures.push(judge(&explainer, &subject, &map.smoothed())?);
    }
    Ok(WindowFigures { figures, rankings })
}
