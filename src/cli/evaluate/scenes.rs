//! `lesionscope evaluate scenes`: runs the scan over clips and judges its circles against their truth.

use crate::cli::flags::{PaceGroup, ScanFlags};
use crate::counted;
use clap::Args;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context;

use super::detections::show;
use crate::cli::globals::Globals;
use crate::cli::written::write_page;

use crate::cli::evaluate::judging::scan;
use crate::cli::exit::Exit;
use crate::cli::paths::inputs;
use crate::cli::paths::outputs::Outputs;
use crate::cli::say::note;
use crate::cli::setting_flags::SettingFlags;
use crate::cli::setup::Preparation;
use crate::config::Config;
use crate::evaluate::detections::SeenFrame;
use crate::evaluate::scenes::{clips, evaluate_scenes};
use crate::source::Stop;

/// `evaluate scenes`.
#[derive(Debug, Args)]
pub(crate) struct ScenesArgs {
    /// Folder of clips, each with its truth beside it as NAME.jsonl.
    pub(crate) dir: PathBuf,
    /// Write the figures as JSON as well.
    #[arg(long, value_name = "FILE.json")]
    pub(crate) json: Option<PathBuf>,
    /// Write a page with tables and the free-response ROC curve.
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,
    /// Scan.
    #[command(flatten)]
    pub(crate) scan: ScanFlags,
    /// Source.
    #[command(flatten)]
    pub(crate) pace: SettingFlags<PaceGroup>,
}

/// Runs the command.
pub(crate) fn run(
    globals: &Globals,
    args: &ScenesArgs,
    (config, outputs): (&Config, &Outputs),
) -> anyhow::Result<Exit> {
    let clips = clips(&args.dir)?;
    let mut inputs = inputs::of_settings(globals, &args.scan.model);
    inputs.extend(clips.iter().flat_map(|clip| [clip.video.clone(), clip.truth.clone()]));
    outputs.check_apart(&inputs)?;
    let report = evaluate_scenes(&clips, |clip, take| {
        let frames = scan_clip(args, config, &clip.video, &mut *take)?;
        if !globals.quiet {
            note(&format!("{}: {}", clip.name, counted(frames, "frame")));
        }
        anyhow::Ok(())
    })?;
    if let Some(path) = &args.report {
        write_page(path, |command| report.html(command))?;
    }
    show(&report, args.json.as_deref())?;
    Ok(Exit::Done)
}

/// Runs the scan over a clip; returns the number of frames.
fn scan_clip(args: &ScenesArgs, config: &Config, clip: &Path, take: &mut dyn FnMut(SeenFrame)) -> anyhow::Result<u64> {
    // The pipeline asks its source to end when the front returns, so every clip has a wish to stop of its own.
    let word = clip.to_string_lossy();
    let preparation = Preparation::new(config.clone(), &word, &args.scan.model, Stop::default())?;
    let outcome = scan(preparation, &mut |scanned| take(scanned.seen));
    outcome.result.with_context(|| format!("{}", clip.display()))?;
    outcome.source.notes.iter().for_each(|said| note(said));
    Ok(outcome.tally.frames)
}
