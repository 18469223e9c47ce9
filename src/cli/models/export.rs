//! `lesionscope export`: the classifier of a model as an ONNX file.

use std::path::PathBuf;

use clap::Args;

use crate::classifier::network;
use crate::cli::exit::Exit;
use crate::cli::globals::Globals;
use crate::cli::paths::inputs::of_places;
use crate::cli::paths::outputs::Outputs;
use crate::cli::say::say;
use crate::files::replace;
use crate::model::Model;
use crate::model::onnx::export::export;
use crate::model::own::bundled;

/// `export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The ONNX file to write.
    #[arg(long, value_name = "FILE.onnx")]
    onnx: PathBuf,
    /// Folder of the model; without it, the bundled network that names circles ("models/small" is the one that searches).
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Write over a file that exists.
    #[arg(long)]
    exist_ok: bool,
}

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &ExportArgs) -> anyhow::Result<Exit> {
    let place = args.onnx.display();
    let outputs = Outputs::new([("--onnx", &Some(args.onnx.clone()))], args.exist_ok)?;
    outputs.check_apart(&of_places(globals, &args.model))?;
    let network = match &args.model {
        Some(folder) => network(folder)?,
        None => bundled::opinion()?,
    };
    let bytes = export(&network)?;
    replace(&args.onnx, &bytes)?;
    let side = network.input_side();
    let names: Vec<&str> = network.classes().iter().map(|class| class.name.as_str()).collect();
    say(&format!(
        "wrote {place}: {} ({} bytes); picture (n, {side}, {side}, 3), values 0 to 255, to classes ({}) and context",
        network.card().name,
        bytes.len(),
        names.join(", ")
    ))?;
    Ok(Exit::Done)
}
