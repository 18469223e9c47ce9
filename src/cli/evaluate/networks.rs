//! `lesionscope evaluate networks`: trained models side by side, cost and worth.

use crate::cli::labelled::NamingFlags;
use clap::Args;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use image::RgbImage;

use crate::classifier::network;
use crate::cli::globals::Globals;
use crate::cli::progress::closeups_bar;
use crate::cli::written::ReportFlags;

use crate::cli::exit::Exit;
use crate::cli::labelled::{CloseupSelection, SelectionRequest, WantedSides, records};
use crate::cli::paths::inputs;
use crate::cli::paths::outputs::Outputs;
use crate::cli::say::note;
use crate::config::Config;
use crate::evaluate::closeups::judge;
use crate::evaluate::closeups::look::LookSettings;
use crate::evaluate::closeups::networks::{Candidate, html, table};
use crate::evaluate::closeups::report::CloseupsReport;
use crate::model::Model;
use crate::model::own::network::Network;

/// `evaluate networks`.
#[derive(Debug, Args)]
pub(crate) struct NetworksArgs {
    /// Folders of trained models.
    #[arg(value_name = "DIR", required = true)]
    pub(crate) models: Vec<PathBuf>,
    /// Close-ups of known class: a folder with one folder a class, or a manifest.tsv. Those that one of the models was trained on are left out.
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// What the classes of the data are.
    #[command(flatten)]
    pub(crate) naming: NamingFlags,
    /// Where the figures go.
    #[command(flatten)]
    pub(crate) written: ReportFlags,
}

/// Windows that are answered at once, as in a scan.
const WINDOWS: usize = 12;
/// Times that they are, after two that do not count.
const ROUNDS: usize = 25;

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &NetworksArgs, config: &Config, outputs: &Outputs) -> anyhow::Result<Exit> {
    let naming = args.naming.naming(&config.classes)?;
    // All are judged on the same close-ups: those that none of them was trained on.
    let record = records(args.models.iter())?;
    let mut candidates = Vec::new();
    for folder in &args.models {
        let network = network(folder)?;
        let card = network.card().clone();
        let (data, classes) = (args.data.as_path(), card.classes.as_slice());
        let choice = SelectionRequest {
            data,
            classes,
            naming: &naming,
            record: record.as_ref(),
            wanted: WantedSides::Usual,
            several: args.models.len() > 1,
        };
        let CloseupSelection { rows, said, left_out } = choice.select()?;
        if candidates.is_empty() {
            left_out.iter().for_each(|sentence| note(&format!("{}: {sentence}", data.display())));
        }
        let read = inputs::of_places(globals, &args.models).into_iter();
        outputs.check_apart(&read.chain(inputs::of_closeups(&args.data, &rows)).collect::<Vec<_>>())?;
        let ms = milliseconds(&network)?;
        let progress = closeups_bar(globals.quiet, rows.len())?;
        let (judged, skipped) = judge(&rows, &network, LookSettings::default(), &|| progress.inc(1))?;
        progress.finish_and_clear();
        skipped.iter().for_each(|why| note(&format!("left out: {why}")));
        let mut figures = CloseupsReport::new(&card.name, &card.classes, &judged, skipped);
        (figures.judged_on, figures.left_out) = (said, left_out);
        let name = folder.display().to_string();
        candidates.push(Candidate { name, ..Candidate::new(&card, ms, figures) });
    }
    args.written.finish(&candidates, &table(&candidates), |command| Ok(html(&candidates, command)))
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
