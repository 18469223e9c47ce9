//! `lesionscope import`: a TensorFlow or ONNX classifier in, a model folder out that is used like any other.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;
use clap::Args;
use serde::Deserialize;

use super::exit::{Exit, Usage};
use super::familiar::Closeups;
use super::foreign::{ForeignFlags, is_onnx, load};
use super::interrupt::undo_at_end;
use super::say::{note, say};
use crate::model::onnx::Foreign;

/// The script that knows TensorFlow; it is handed to Python, and is in `models/` for whoever wants to run it by hand.
const SCRIPT: &str = include_str!("../../models/import.py");

/// Largest difference of a score between the original and the converted model.
const AGREEMENT: f32 = 1e-4;

/// `import`.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// A .keras, .h5, .tflite or .onnx file, or the folder of a SavedModel.
    source: PathBuf,
    /// Folder that the model is written into: model.onnx and model.toml.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Python with the packages tensorflow and tf2onnx.
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    python: PathBuf,
    /// Folder, with folders in it, (or glob, in quotes) of close-ups of the kind that it was trained on: what it answers about with
    /// less energy than about nineteen in twenty of them gets a dotted circle and is called unfamiliar.
    #[arg(long, value_name = "DIR")]
    closeups: Option<String>,
    /// Write into a folder that exists, over what is there.
    #[arg(long)]
    exist_ok: bool,
    /// What is known of it.
    #[command(flatten)]
    foreign: ForeignFlags,
}

/// What the original answered.
#[derive(Deserialize)]
struct Sample {
    picture: Vec<f32>,
    answer: Vec<f32>,
}

/// Runs the command.
pub(super) fn run(args: &ImportArgs) -> anyhow::Result<Exit> {
    let ImportArgs { source, out, .. } = args;
    if !source.exists() {
        return Err(Usage(format!("{}: there is no such file or folder", source.display())).into());
    }
    if out.exists() && !args.exist_ok {
        return Err(Usage(format!("{}: exists; choose another --out, or --exist-ok", out.display())).into());
    }
    // Before the conversion, which takes long.
    let closeups = args.closeups.as_deref().map(Closeups::find).transpose()?;
    let workshop = Workshop::new()?;
    let (file, samples) = match is_onnx(source) {
        true => (source.clone(), Vec::new()),
        false => convert(args, &workshop)?,
    };
    // The file on the way has a name that nobody gave.
    let named = |text: &str| text.replace(&file.display().to_string(), &source.display().to_string());
    let (foreign, guesses) = load(&file, &args.foreign).map_err(|error| Usage(named(&error.to_string())))?;
    guesses.iter().for_each(|guess| note(&named(guess)));
    let agreement = compared(&foreign, &samples, source)?;
    let (familiar, known) = match closeups {
        Some(closeups) => closeups.familiar(&foreign).map(|(familiar, said)| (Some(familiar), said))?,
        None => (None, String::new()),
    };
    std::fs::create_dir_all(out).with_context(|| format!("{} cannot be made", out.display()))?;
    std::fs::copy(&file, out.join("model.onnx")).with_context(|| format!("{} cannot be written", out.display()))?;
    let mut card = foreign.card().clone();
    card.name = out.file_name().map_or(card.name, |name| name.to_string_lossy().into_owned());
    card.familiar = familiar;
    let text = toml::to_string_pretty(&card).context("the description cannot be written")?;
    std::fs::write(out.join("model.toml"), text).with_context(|| format!("{} cannot be written", out.display()))?;
    let names: Vec<&str> = card.classes.iter().map(|class| class.name.as_str()).collect();
    say(&format!(
        "{agreement}{known}wrote {0} (model.onnx, model.toml): {1} px, pixels \"{2}\", classes {3}\n\
         next: lesionscope live --model {0}",
        out.display(),
        card.picture.side,
        card.picture.scaling.name(),
        names.join(", ")
    ))?;
    Ok(Exit::Done)
}

/// How far the converted model agrees with the original; an error when it does not.
fn compared(foreign: &Foreign, samples: &[Sample], source: &Path) -> anyhow::Result<String> {
    let mut worst = 0f32;
    for Sample { picture, answer } in samples {
        let ours = foreign.numbers(picture)?;
        if ours.len() != answer.len() {
            return Err(Usage(format!(
                "{}: answers with {} numbers, converted with {}; choose the output with --output",
                source.display(),
                answer.len(),
                ours.len()
            ))
            .into());
        }
        let scale = answer.iter().fold(1f32, |most, value| most.max(value.abs()));
        worst = ours.iter().zip(answer).fold(worst, |worst, (a, b)| worst.max((a - b).abs() / scale));
    }
    match samples.len() {
        0 => Ok(String::new()),
        _ if worst <= AGREEMENT => {
            Ok(format!("the converted model agrees with the original on {} samples to {worst:.1e}\n", samples.len()))
        }
        _ => Err(Usage(format!(
            "{}: the converted model differs from the original by {worst:.1e}, more than {AGREEMENT:.0e}; it would not answer as \
             yours does",
            source.display()
        ))
        .into()),
    }
}

/// The model as an ONNX file, made by Python, and what the original answers on samples.
fn convert(args: &ImportArgs, workshop: &Workshop) -> anyhow::Result<(PathBuf, Vec<Sample>)> {
    let python = &args.python;
    let able = Command::new(python).args(["-c", "import tensorflow, tf2onnx"]).output();
    if !able.is_ok_and(|output| output.status.success()) {
        return Err(Usage(instructions(&args.source, python)).into());
    }
    let [file, noted, constants] = ["model.onnx", "samples.json", "constants.json"].map(|name| workshop.0.join(name));
    let given: serde_json::Map<String, serde_json::Value> =
        args.foreign.input.iter().map(|(name, values)| (name.clone(), values.clone().into())).collect();
    std::fs::write(&constants, serde_json::to_vec(&given)?).context("no room for temporary files")?;
    note(&format!("{}: being converted by {} ...", args.source.display(), python.display()));
    let mut child = Command::new(python)
        .arg("-")
        .args([&args.source, &file, &noted, &constants])
        .env("TF_CPP_MIN_LOG_LEVEL", "3")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} cannot be started", python.display()))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(SCRIPT.as_bytes()).context("the script cannot be handed to Python")?;
    }
    let output = child.wait_with_output().context("Python was lost")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no word of why");
        return Err(Usage(format!("{}: cannot be converted: {last}", args.source.display())).into());
    }
    let samples = std::fs::read(&noted).context("Python left no samples")?;
    Ok((file, serde_json::from_slice(&samples).context("the samples cannot be read")?))
}

fn instructions(source: &Path, python: &Path) -> String {
    format!(
        "{0} has no tensorflow and tf2onnx, which convert the model; in an environment of their own:\n  \
         python3 -m venv tf && tf/bin/pip install tensorflow-cpu tf2onnx \"onnx<1.18\"\n  \
         lesionscope import {1} --python tf/bin/python --out models/mine",
        python.display(),
        source.display()
    )
}

/// A folder for files on the way, gone when this is.
struct Workshop(PathBuf);

impl Workshop {
    fn new() -> anyhow::Result<Workshop> {
        let place = std::env::temp_dir().join(format!("lesionscope-import-{}", std::process::id()));
        std::fs::create_dir_all(&place).with_context(|| format!("{} cannot be made", place.display()))?;
        let left = place.clone();
        undo_at_end(move || std::fs::remove_dir_all(left).unwrap_or_default());
        Ok(Workshop(place))
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // Left behind, it would be a few files in the system's temporary folder.
        std::fs::remove_dir_all(&self.0).ok();
    }
}
