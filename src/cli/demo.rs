//! `lesionscope demo`: the main job on a generated scene.

use std::path::PathBuf;

use super::args::{Cli, DemoArgs};
use super::exit::Exit;
use super::folder::Destination;
use super::headless::{Order, process};
use super::say::tell;
use crate::config::Config;
use crate::sink::pictures::BestPictureSink;

/// The generated scene that is shown.
const SCENE: &str = "scene:1";

/// Runs the command.
pub(super) fn run(cli: &Cli, args: &DemoArgs, config: Config) -> anyhow::Result<Exit> {
    let destination = Destination::new(args.out.as_deref(), args.exist_ok, &config.output);
    let order = Order { cli, source: SCENE, model: &args.scan.model, destination };
    let mut picture = PathBuf::new();
    let exit = process(order, config, |files, folder| {
        picture = folder.join("demo.png");
        files.add("picture", Box::new(BestPictureSink::new(&picture)), picture.clone());
        Ok(())
    })?;
    if !cli.quiet && picture.exists() {
        tell(&format!("now open {} (the frame with the most circles) and annotated.mp4 beside it", picture.display()));
    }
    Ok(exit)
}
