//! `lesionscope evaluate networks`: trained models side by side, cost and worth.

use std::time::Instant;

use anyhow::Context;
use image::RgbImage;

use super::args::Cli;
use super::classifier::network;
use super::closeups::bar;
use super::evaluate::write_json;
use super::evaluate_args::NetworksArgs;
use super::exit::Exit;
use super::inputs;
use super::labelled::{Choice, Chosen, records};
use super::outputs::Outputs;
use super::say::{note, say};
use crate::config::Config;
use crate::evaluate::closeups::judge;
use crate::evaluate::closeups::look::Looking;
use crate::evaluate::closeups::networks::{Candidate, table};
use crate::evaluate::closeups::report::CloseupsReport;
use crate::model::Model;
use crate::model::network::Network;

/// Windows that are answered at once, as in a scan.
const WINDOWS: usize = 12;
/// Times that they are, after two that do not count.
const ROUNDS: usize = 25;

/// Runs the command.
pub(super) fn run(cli: &Cli, args: &NetworksArgs, (config, outputs): (&Config, &Outputs)) -> anyhow::Result<Exit> {
    let naming = args.naming.naming(&config.classes)?;
    // All are judged on the same close-ups: those that none of them was trained on.
    let record = records(args.models.iter())?;
    let mut candidates = Vec::new();
    for folder in &args.models {
        let network = network(folder)?;
        let card = network.card().clone();
        let (data, classes) = (args.data.as_path(), card.classes.as_slice());
        let choice = Choice { data, classes, naming: &naming, record: record.as_ref(), all: false };
        let Chosen { rows, said, left_out } = choice.take()?;
        let read = args.models.iter().flat_map(|folder| inputs::of_model_place(folder));
        outputs.check_apart(&read.chain(inputs::of_closeups(&args.data, &rows)).collect::<Vec<_>>())?;
        let ms = milliseconds(&network)?;
        let progress = bar(cli.quiet, rows.len())?;
        let (judged, skipped) = judge(&rows, &network, Looking::default(), &|| progress.inc(1))?;
        progress.finish_and_clear();
        skipped.iter().for_each(|why| note(&format!("left out: {why}")));
        let mut figures = CloseupsReport::new(&card.name, &card.classes, &judged, skipped);
        (figures.judged_on, figures.left_out) = (said, left_out);
        candidates.push(Candidate::new(&card, ms, figures));
    }
    if let Some(path) = &args.json {
        write_json(path, &candidates)?;
    }
    say(&table(&candidates))?;
    Ok(Exit::Done)
}

/// Median time that one thread takes for a window, ms.
fn milliseconds(network: &Network) -> anyhow::Result<f64> {
    let mut network = network.clone();
    let side = network.input_side();
    let picture = RgbImage::from_fn(side, side, |x, y| image::Rgb([(x * 7 + y * 13) as u8; 3]));
    let windows = vec![picture; WINDOWS];
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().context("a thread could not be started")?;
    let mut times = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS + 2 {
        let start = Instant::now();
        pool.install(|| network.classify(&windows))?;
        if round >= 2 {
            times.push(start.elapsed().as_secs_f64() * 1000.0 / WINDOWS as f64);
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
