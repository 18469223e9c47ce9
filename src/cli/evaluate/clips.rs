//! What the commands that judge clips have in common: their arguments, the clips of the side that is asked for, and the scan of one.

use std::path::PathBuf;

use clap::Args;

use crate::cli::evaluate::scanning::scan_clip;
use crate::cli::flags::{PaceGroup, ScanFlags};
use crate::cli::globals::Globals;
use crate::cli::labelled::any_side;
use crate::cli::paths::inputs;
use crate::cli::paths::outputs::Outputs;
use crate::cli::say::note;
use crate::cli::setting_flags::SettingFlags;
use crate::cli::written::ReportFlags;
use crate::config::{Config, SettingsLayer};
use crate::counted;
use crate::data::Side;
use crate::evaluate::detections::SeenFrame;
use crate::evaluate::scenes::{Clip, of_side};

/// `evaluate scenes` and `evaluate videos`.
#[derive(Debug, Args)]
pub(crate) struct ClipArgs {
    /// Folder of the clips.
    pub(crate) dir: PathBuf,
    /// Side that is judged: train, development or report.
    #[arg(long, value_name = "SIDE", value_parser = any_side, default_value = "development")]
    split: Side,
    /// Where the figures go.
    #[command(flatten)]
    pub(crate) written: ReportFlags,
    /// Scan.
    #[command(flatten)]
    pub(crate) scan: ScanFlags,
    /// Source.
    #[command(flatten)]
    pace: SettingFlags<PaceGroup>,
}

impl ClipArgs {
    /// The settings that the flags make.
    pub(crate) fn layers(&self) -> Vec<SettingsLayer> {
        [self.scan.layers(), self.pace.layers().to_vec()].concat()
    }

    /// Those of the clips that stand on the side that is asked for. None, or an output that is one of their files, is an error.
    pub(super) fn judged(&self, all: Vec<Clip>, globals: &Globals, outputs: &Outputs) -> anyhow::Result<Vec<Clip>> {
        let (clips, said) = of_side(all, self.split, &self.dir)?;
        let mut inputs = inputs::of_settings(globals, &self.scan.model);
        inputs.extend(clips.iter().flat_map(|clip| [clip.video.clone(), clip.truth.clone()]));
        outputs.check_apart(&inputs)?;
        if !globals.quiet {
            note(&format!("{}: {said}", self.dir.display()));
        }
        Ok(clips)
    }

    /// Scans a clip, and says how many frames it has.
    pub(super) fn scan(
        &self,
        clip: &Clip,
        globals: &Globals,
        config: &Config,
        take: &mut dyn FnMut(SeenFrame),
    ) -> anyhow::Result<()> {
        let frames = scan_clip(config, &self.scan.model, &clip.video, take)?;
        if !globals.quiet {
            note(&format!("{}: {}", clip.name, counted(frames, "frame")));
        }
        Ok(())
    }
}
