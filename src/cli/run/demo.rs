//! `lesionscope demo`: the main job on a generated scene.

use std::path::PathBuf;

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::flags::ScanFlags;
use crate::cli::globals::Globals;
use crate::cli::paths::folder::Destination;
use crate::cli::run::headless::{Order, process};
use crate::cli::say::tell;
use crate::config::{Config, SettingsLayer};
use crate::report::REPORT;
use crate::sink::BestPictureSink;

/// `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// End after this many pictures.
    #[arg(long, value_name = "N", default_value = "300")]
    frames: i64,
    /// The run folder itself; without it, runs/demo, runs/demo2, ...
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write into a run folder that exists, over what is there.
    #[arg(long)]
    exist_ok: bool,
    /// Scan.
    #[command(flatten)]
    scan: ScanFlags,
}

impl DemoArgs {
    /// The settings that the flags make.
    pub(crate) fn layers(&self) -> Vec<SettingsLayer> {
        let name = SettingsLayer::new("lesionscope demo", "output.name", "demo");
        let frames = SettingsLayer::new("--frames", "run.frames", self.frames);
        [vec![name, frames], self.scan.layers()].concat()
    }
}

/// The generated scene that is shown.
const SCENE: &str = "scene:1";

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &DemoArgs, config: Config) -> anyhow::Result<Exit> {
    let destination = Destination::new(args.out.as_deref(), args.exist_ok, &config.output);
    let order = Order { globals, source: SCENE, model: &args.scan.model, destination };
    let mut picture = PathBuf::new();
    let exit = process(order, config, |files, folder| {
        picture = folder.join("demo.png");
        files.add("picture", Box::new(BestPictureSink::new(&picture)), picture.clone());
        Ok(())
    })?;
    if !globals.quiet && picture.exists() {
        let report = picture.with_file_name(REPORT);
        let shown = if report.exists() { report } else { picture };
        tell(&format!("now open {}", shown.display()));
    }
    Ok(exit)
}
