//! `lesionscope evaluate videos`: circles on clips that show no lesion.

use crate::cli::evaluate::clips::ClipArgs;
use crate::cli::exit::Exit;
use crate::cli::globals::Globals;
use crate::cli::paths::outputs::Outputs;
use crate::config::Config;
use crate::evaluate::scenes::lesion_free_clips;
use crate::evaluate::videos::{VideoCounts, VideosReport};

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &ClipArgs, config: &Config, outputs: &Outputs) -> anyhow::Result<Exit> {
    let clips = args.judged(lesion_free_clips(&args.dir)?, globals, outputs)?;
    let mut counts = Vec::new();
    for clip in &clips {
        let mut video = VideoCounts::new(&clip.name);
        args.scan(clip, globals, config, &mut |seen| video.add_frame(&seen))?;
        counts.push(video);
    }
    let report = VideosReport::new(counts);
    args.written.finish(&report, &report.table(), |command| Ok(report.html(command)))
}
