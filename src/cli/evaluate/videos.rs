//! `lesionscope evaluate videos`: circles on clips that show no lesion.

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
use crate::evaluate::scenes::{lesion_free_clips, of_side};
use crate::evaluate::videos::{VideoCounts, VideosReport};

/// `evaluate videos`.
#[derive(Debug, Args)]
pub(crate) struct VideosArgs {
    /// Folder of clips that show no lesion; those with a truth file beside them are passed over.
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
pub(crate) fn run(globals: &Globals, args: &VideosArgs, config: &Config, outputs: &Outputs) -> anyhow::Result<Exit> {
    let (clips, said) = of_side(lesion_free_clips(&args.dir)?, args.split, &args.dir)?;
    let mut inputs = inputs::of_settings(globals, &args.scan.model);
    inputs.extend(clips.iter().map(|clip| clip.video.clone()));
    outputs.check_apart(&inputs)?;
    if !globals.quiet {
        note(&format!("{}: {said}", args.dir.display()));
    }
    let mut counts = Vec::new();
    for clip in &clips {
        let mut video = VideoCounts::new(&clip.name);
        let frames = scan_clip(config, &args.scan.model, &clip.video, &mut |seen| video.add_frame(&seen))?;
        if !globals.quiet {
            note(&format!("{}: {}", clip.name, counted(frames, "frame")));
        }
        counts.push(video);
    }
    let report = VideosReport::new(counts);
    args.written.finish(&report, &report.table(), |command| Ok(report.html(command)))
}
