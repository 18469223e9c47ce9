//! `lesionscope evaluate explanations`: which maps to believe, on close-ups with lesion masks.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use super::args::Cli;
use super::classifier::{Classifier, ModelFlags};
use super::closeups::chosen;
use super::evaluate::write_json;
use super::exit::{Exit, Usage};
use super::explain::methods;
use super::explaining::{answer, likeliest};
use super::say::say;
use crate::evaluate::explanations::{Figures, Masked, Row, baselines, judge, rank_correlation, shuffled, table};
use crate::explain::{Explainer, Method, Question};
use crate::geometry::Square;
use crate::model::Model;
use crate::pixels::resize::Cutter;
use crate::train::dataset::{Content, Item, Row as Closeup, Side};
use crate::train::photo::Photo;

/// `evaluate explanations`.
#[derive(Debug, Args)]
pub(super) struct ExplanationsArgs {
    /// Close-ups with lesion masks: a manifest.tsv with a column mask, or the folder that it lies in (its validation side).
    data: PathBuf,
    /// Model.
    #[command(flatten)]
    model: ModelFlags,
    /// Of these sources only, as named in the manifest.
    #[arg(long, value_name = "SOURCE", value_delimiter = ',')]
    sources: Vec<String>,
    /// Close-ups looked at, at most: spread evenly over those that there are.
    #[arg(long, value_name = "N", default_value_t = 48)]
    limit: usize,
    /// Methods, or "all".
    #[arg(long, value_name = "A,B", value_delimiter = ',', default_value = "all")]
    method: Vec<String>,
    /// Write the figures as JSON as well.
    #[arg(long, value_name = "FILE.json")]
    json: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(cli: &Cli, args: &ExplanationsArgs) -> anyhow::Result<Exit> {
    let methods = methods(&args.method)?;
    let classifier = Classifier::load(&args.model, &[])?;
    let network =
        classifier.model.namer().ok_or_else(|| Usage("this model only answers: it has no maps".to_owned()))?;
    let closeups = masked(args, &classifier.class_names())?;
    let unlearnt = shuffled(network)?;
    let bar = if cli.quiet { ProgressBar::hidden() } else { ProgressBar::new((closeups.len() * methods.len()) as u64) };
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} maps, {eta} left").context("progress bar")?);
    let judged: anyhow::Result<Vec<Vec<(String, Figures)>>> = closeups
        .par_iter()
        .map(|closeup| {
            let mut both = (Explainer::new(network)?, Explainer::new(&unlearnt)?);
            closeup_figures(&mut both, closeup, (&methods, &bar))
        })
        .collect();
    bar.finish_and_clear();
    let judged: Vec<(String, Figures)> = judged?.into_iter().flatten().collect();
    let mut names: Vec<&String> = Vec::new();
    for (name, _) in &judged {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let of = |name: &str| judged.iter().filter(|(n, _)| n == name).map(|(_, f)| *f).collect::<Vec<Figures>>();
    let rows: Vec<Row> = names.into_iter().map(|name| Row::new(name, &of(name))).collect();
    if let Some(path) = &args.json {
        write_json(path, &rows)?;
    }
    say(&table(&rows))?;
    Ok(Exit::Done)
}

/// The close-ups to look at: those with a mask, evenly spread, none more than asked for.
fn masked(args: &ExplanationsArgs, classes: &[String]) -> anyhow::Result<Vec<Closeup>> {
    let mut rows = chosen(&args.data, false, classes)?;
    rows.retain(|row| row.mask.is_some() && (args.sources.is_empty() || args.sources.contains(&row.source)));
    if rows.is_empty() {
        let data = args.data.display();
        return Err(
            Usage(format!("{data}: no close-up with a mask; a manifest.tsv with a column mask is needed")).into()
        );
    }
    let step = rows.len().div_ceil(args.limit.max(1)).max(1);
    Ok(rows.into_iter().step_by(step).collect())
}

/// The figures of every method, and of maps that know nothing, on one close-up seen as a whole.
fn closeup_figures(
    (explainer, unlearnt): &mut (Explainer, Explainer),
    closeup: &Closeup,
    (methods, bar): (&[Method], &ProgressBar),
) -> anyhow::Result<Vec<(String, Figures)>> {
    let photo = Photo::read(&item(closeup))?;
    let side = explainer.network().input_side();
    let (w, h) = photo.size();
    let square = Square::around((w as f32 / 2.0, h as f32 / 2.0), w.min(h) as f32, w, h);
    let window = Cutter::new().square(photo.picture(), square, side)?;
    let step = square.side / side as f32;
    let mask: Vec<bool> = (0..side * side)
        .map(|i| {
            let place = |at: u32, from: f32| from + (at as f32 + 0.5) * step;
            photo.mask_at(place(i % side, square.x), place(i / side, square.y)) >= 0.5
        })
        .collect();
    let scores = answer(explainer.network(), &window)?;
    // About the class that the network calls, right or wrong: that is what somebody would ask about.
    let class = likeliest(explainer.network(), &scores);
    let question = Question { window: &window, class };
    let subject = Masked { question, mask: &mask };
    let mut out = Vec::new();
    for &method in methods {
        let started = Instant::now();
        let map = explainer.explain(question, method)?;
        let ms = started.elapsed().as_secs_f32() * 1000.0;
        let figures = judge(explainer, &subject, &map)?;
        let shuffled = rank_correlation(&map, &unlearnt.explain(question, method)?);
        out.push((method.name().to_owned(), Figures { ms, shuffled, ..figures }));
        bar.inc(1);
    }
    for (name, map) in baselines(side as usize) {
        out.push((name.to_owned(), judge(explainer, &subject, &map)?));
    }
    Ok(out)
}

/// A close-up as training reads it, with its mask.
fn item(row: &Closeup) -> Item {
    Item {
        path: row.path.clone(),
        mask: row.mask.clone(),
        content: Content::Lesion(0),
        group: row.group.clone(),
        source: row.source.clone(),
        licence: row.licence.clone(),
        side: Side::Validation,
    }
}
