//! `lesionscope evaluate scenes`: runs the scan over clips and judges its circles against their truth.

use crate::cli::evaluate::clips::ClipArgs;
use crate::cli::exit::Exit;
use crate::cli::globals::Globals;
use crate::cli::paths::outputs::Outputs;
use crate::config::Config;
use crate::evaluate::scenes::{clips, evaluate_scenes};

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &ClipArgs, config: &Config, outputs: &Outputs) -> anyhow::Result<Exit> {
    let clips = args.judged(clips(&args.dir)?, globals, outputs)?;
    let report = evaluate_scenes(&clips, |clip, take| args.scan(clip, globals, config, &mut *take))?;
    args.written.finish(&report, &report.table(), |command| report.html(command))
}
