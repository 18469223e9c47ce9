//! `lesionscope evaluate scenes`: runs the scan over clips and judges its circles against their truth.

use std::path::PathBuf;

use clap::Args;

use crate::cli::evaluate::scanning::scan_clip;
use crate::cli::exit::Exit;
use crate::cli::flags::{PaceGroup, ScanFlags};
use crate::cli::globals::Globals;
use crate::cli::labelled::any_side;
use crate::cli::paths::inputs;
use crate::cli::paths::outputs::Outputs;
use crate::cli::say::note;
use crate::cli::setting_flags::SettingFlags;
use crate::cli::written::ReportFlags;
use crate::config::Config;
use crate::counted;
use crate::data::Side;
use crate::evaluate::scenes::{clips, evaluate_scenes, of_side};

/// `evaluate scenes`.
#[derive(Debug, Args)]
pub(crate) struct ScenesArgs {
    /// Folder of clips, each with its truth beside it as NAME.jsonl.
    pub(crate) dir: PathBuf,
    /// Side that is judged: train, development or report.
    #[arg(long, value_name = "SIDE", value_parser = any_side, default_value = "development")]
    pub(crate) split: Side,
    /// Where the figures go.
    #[command(flatten)]
    pub(crate) written: ReportFlags,
    /// Scan.
    #[command(flatten)]
    pub(crate) scan: ScanFlags,
    /// Source.
    #[command(flatten)]
    pub(crate) pace: SettingFlags<PaceGroup>,
}

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &ScenesArgs, config: &Config, outputs: &Outputs) -> anyhow::Result<Exit> {
    let (clips, said) = of_side(clips(&args.dir)?, args.split, &args.dir)?;
    let mut inputs = inputs::of_settings(globals, &args.scan.model);
    inputs.extend(clips.iter().flat_map(|clip| [clip.video.clone(), clip.truth.clone()]));
    outputs.check_apart(&inputs)?;
    if !globals.quiet {
        note(&format!("{}: {said}", args.dir.display()));
    }
    let report = evaluate_scenes(&clips, |clip, take| {
        let frames = scan_clip(config, &args.scan.model, &clip.video, &mut *take)?;
        if !globals.quiet {
            note(&format!("{}: {}", clip.name, counted(frames, "frame")));
        }
        anyhow::Ok(())
    })?;
    args.written.finish(&report, &report.table(), |command| report.html(command))
}
