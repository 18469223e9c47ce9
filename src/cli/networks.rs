//! `lesionscope evaluate networks`: trained models side by side, cost and worth.

use std::time::Instant;

use anyhow::Context;
use image::RgbImage;

use super::args::Cli;
use super::classifier::network;
use super::closeups::{bar, chosen};
use super::evaluate::write_json;
use super::evaluate_args::NetworksArgs;
use super::exit::Exit;
use super::say::{note, say};
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
pub(super) fn run(cli: &Cli, args: &NetworksArgs) -> anyhow::Result<Exit> {
    let mut candidates = Vec::new();
    for folder in &args.models {
        let network = network(folder)?;
        let card = network.card().clone();
        let names: Vec<String> = card.classes.iter().map(|class| class.name.clone()).collect();
        let rows = chosen(&args.data, false, &names)?;
        let ms = milliseconds(&network)?;
        let progress = bar(cli.quiet, rows.len())?;
        let (judged, skipped) = judge(&rows, &network, Looking::default(), &|| progress.inc(1));
        progress.finish_and_clear();
        skipped.iter().for_each(|why| note(&format!("left out: {why}")));
        candidates.push(Candidate::new(&card, ms, CloseupsReport::new(&card.name, &card.classes, &judged, skipped)));
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
