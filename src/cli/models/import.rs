//! `lesionscope import`: a TensorFlow or ONNX classifier in, a model folder out that is used like any other.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use tempfile::TempDir;

use crate::classifier::{is_onnx, load_onnx};
use crate::cli::exit::{Exit, Usage};
use crate::cli::globals::{Globals, typed};
use crate::cli::interrupt::undo_at_end;
use crate::cli::models::agreement::{Sample, with_onnx_runtime, with_original};
use crate::cli::models::familiar::Closeups;
use crate::cli::models::flags::ForeignFlags;
use crate::cli::models::python;
use crate::cli::paths::error::PathError;
use crate::cli::paths::folder::RunFolder;
use crate::cli::paths::outputs::apart;
use crate::cli::say::{note, say};
use crate::files::{Replacement, commit};

/// The script that knows TensorFlow; it is handed to Python, and is in `models/` for whoever wants to run it by hand.
const SCRIPT: &str = include_str!("../../../models/import.py");

/// The files of the model.
const MODEL: &str = "model.onnx";
/// See [`MODEL`].
const CARD: &str = "model.toml";

/// `import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// A .keras, .h5, .tflite or .onnx file, or the folder of a SavedModel.
    source: PathBuf,
    /// Folder that the model is written into: model.onnx and model.toml.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Python with the packages tensorflow and tf2onnx, to convert the model, and onnxruntime, to compare its answers with.
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    python: PathBuf,
    /// Close-ups of the kind that it was trained on: a folder, with folders in it, or a glob in quotes. Windows with less energy than
    /// 95 % of them get a dotted circle and are called unfamiliar.
    #[arg(long, value_name = "DIR")]
    closeups: Option<String>,
    /// Write into a folder that exists, over what is there.
    #[arg(long)]
    exist_ok: bool,
    /// What is said of it.
    #[command(flatten)]
    foreign: ForeignFlags,
}

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &ImportArgs) -> anyhow::Result<Exit> {
    let ImportArgs { source, out, .. } = args;
    if !source.exists() {
        return Err(Usage(format!("{}: there is no such file or folder", source.display())).into());
    }
    // Before anything of it is read or written.
    check_place(globals, args)?;
    // Before the conversion, which takes long.
    let closeups = args.closeups.as_deref().map(Closeups::find).transpose()?;
    let workshop = workshop()?;
    let Conversion { file, samples } = match is_onnx(source) {
        true => Conversion { file: source.clone(), samples: Vec::new() },
        false => convert(args, workshop.path())?,
    };
    // The file on the way has a name that nobody gave.
    let named = |text: &str| text.replace(&file.display().to_string(), &source.display().to_string());
    let (foreign, guesses) =
        load_onnx(&file, &args.foreign.choice()).map_err(|error| Usage(named(&error.to_string())))?;
    guesses.iter().for_each(|guess| note(&named(guess)));
    let agreement = with_original(&foreign, &samples, source)?
        + &with_onnx_runtime(&foreign, &file, source, &args.python, workshop.path())?;
    let (familiar, known) = match closeups {
        Some(closeups) => closeups.familiar(&foreign, globals.quiet).map(|(familiar, said)| (Some(familiar), said))?,
        None => (None, String::new()),
    };
    let mut card = foreign.card().clone();
    card.name = out.file_name().map_or(card.name, |name| name.to_string_lossy().into_owned());
    card.familiar = familiar;
    let text = toml::to_string_pretty(&card).context("the description cannot be written")?;
    let place = RunFolder::new(out, args.exist_ok)?;
    write(place.path(), &file, &text)?;
    let names: Vec<&str> = card.classes.iter().map(|class| class.name.as_str()).collect();
    say(&format!(
        "{agreement}{known}wrote {0} (model.onnx, model.toml): {1} px, pixels \"{2}\", classes {3}\n\
         next: lesionscope live --model {0}",
        out.display(),
        card.picture.side,
        card.picture.scaling.name(),
        crate::printable(&names.join(", "))
    ))?;
    Ok(Exit::Done)
}

/// Refuses a folder that exists unasked, and one that holds what is read.
fn check_place(globals: &Globals, args: &ImportArgs) -> anyhow::Result<()> {
    let ImportArgs { source, out, foreign, exist_ok, .. } = args;
    let inside = source.is_dir() && {
        let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let of_out = out.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
        whole(of_out).starts_with(whole(source))
    };
    if inside {
        return Err(Usage(format!(
            "{} lies in {}, which is read; name another folder for what is written",
            out.display(),
            source.display()
        ))
        .into());
    }
    if out.exists() && !exist_ok {
        return Err(PathError::FolderExists(out.clone()).into());
    }
    let named = foreign.labels.iter().chain(&globals.config).cloned();
    let read: Vec<PathBuf> = std::iter::once(source.clone()).chain(named).collect();
    Ok(apart(&[MODEL, CARD].map(|name| out.join(name)), &read)?)
}

/// Writes model and description, both or neither.
fn write(out: &Path, model: &Path, card: &str) -> anyhow::Result<()> {
    let mut opened = File::open(model).with_context(|| format!("{} cannot be read", model.display()))?;
    let [mut onnx, mut toml] = [Replacement::begin(&out.join(MODEL))?, Replacement::begin(&out.join(CARD))?];
    std::io::copy(&mut opened, &mut onnx)?;
    toml.write_all(card.as_bytes())?;
    Ok(commit([onnx, toml])?)
}

/// A model as an ONNX file, and what the original answers on samples; none where it is the original.
struct Conversion {
    file: PathBuf,
    samples: Vec<Sample>,
}

/// The model as an ONNX file, made by Python.
fn convert(args: &ImportArgs, workshop: &Path) -> anyhow::Result<Conversion> {
    let python = &args.python;
    if !python::can_import(python, "tensorflow, tf2onnx") {
        return Err(Usage(instructions(python)).into());
    }
    let [file, noted, constants] = ["model.onnx", "samples.json", "constants.json"].map(|name| workshop.join(name));
    let given: serde_json::Map<String, serde_json::Value> =
        args.foreign.input.iter().map(|(name, values)| (name.clone(), values.clone().into())).collect();
    std::fs::write(&constants, serde_json::to_vec(&given)?).context("no room for temporary files")?;
    note(&format!("{}: being converted by {} ...", args.source.display(), python.display()));
    if let Some(last) = python::run(python, SCRIPT, &[&args.source, &file, &noted, &constants])? {
        return Err(Usage(format!("{}: cannot be converted: {last}", args.source.display())).into());
    }
    let samples = std::fs::read(&noted).context("Python left no samples")?;
    Ok(Conversion { file, samples: serde_json::from_slice(&samples).context("the samples cannot be read")? })
}

/// How to get a Python that can convert, and the command as it was typed with that.
fn instructions(python: &Path) -> String {
    format!(
        "{} has no tensorflow and tf2onnx, which convert the model; in an environment of their own:\n  \
         python3 -m venv tf && tf/bin/pip install tensorflow-cpu tf2onnx \"onnx<1.18\"\n  \
         lesionscope {} --python tf/bin/python",
        python.display(),
        crate::printable(&typed().join(" "))
    )
}

/// A folder for temporary files, removed when this is dropped. Its name cannot be guessed, so that nobody else can put something there first.
fn workshop() -> anyhow::Result<TempDir> {
    let made = tempfile::Builder::new().prefix("lesionscope-import-").tempdir();
    let made = made.with_context(|| format!("no folder can be made in {}", std::env::temp_dir().display()))?;
    let left = made.path().to_owned();
    undo_at_end(move || std::fs::remove_dir_all(left).unwrap_or_default());
    Ok(made)
}
