//! `lesionscope demo`: the main job on a generated scene.

use super::args::{Cli, DemoArgs};
use super::exit::Exit;
use super::folder::Destination;
use super::headless::{Order, process};
use crate::config::Config;
use crate::sink::pictures::BestPictureSink;

/// The generated scene that is shown.
const SCENE: &str = "scene:1";

/// Runs the command.
pub(super) fn run(cli: &Cli, args: &DemoArgs, config: Config) -> anyhow::Result<Exit> {
    let destination = Destination { out: args.out.clone(), exist_ok: args.exist_ok };
    let order = Order { source: SCENE, model: args.scan.model.as_ref(), destination, quiet: cli.quiet };
    process(order, config, |files, folder| {
        let path = folder.join("demo.png");
        files.add("picture", Box::new(BestPictureSink::new(&path)), path);
        Ok(())
    })
}
