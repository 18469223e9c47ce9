//! A user's own classifier, as an ONNX file or a folder made of one: flags, loading, and what is guessed about it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use image::RgbImage;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::classifier::read;
use crate::data::labels::labels;
use crate::model::ModelError;
use crate::model::network::checksum;
use crate::model::onnx::Foreign;
use crate::model::onnx::graph::Graph;
use crate::model::onnx::guess::{Hints, describe};
use crate::model::onnx::picture::Scaling;
use crate::pixels::paint::cloth::cloth;
use crate::pixels::paint::lesion::{KINDS, lesion};
use crate::pixels::paint::skin::skin;
use crate::pixels::paint::stamp::stamp;

/// How a classifier of the user's own is taken; for a model of lesionscope's own kind nothing of it is needed.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Own classifier (--model FILE.onnx)")]
pub(super) struct ForeignFlags {
    /// Names of its classes, one a line, in the order of its output.
    #[arg(long, value_name = "FILE.txt")]
    pub(super) labels: Option<PathBuf>,
    /// Its suspicious classes; without it, those whose names say so.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(super) suspicious: Option<Vec<String>>,
    /// What the values of its pixels become; auto tries them.
    #[arg(long, value_name = "HOW", value_enum, default_value = "auto", hide_default_value = true)]
    pub(super) preprocess: Preprocess,
    /// Side of its picture, px, where the file takes any.
    #[arg(long, value_name = "PX")]
    pub(super) side: Option<usize>,
    /// Values of another input that it has beside the picture, such as age or place on the body; may be repeated.
    #[arg(long, value_name = "NAME=V1,V2", value_parser = constant, allow_hyphen_values = true)]
    pub(super) input: Vec<(String, Vec<f32>)>,
    /// The output that is read, where it has several.
    #[arg(long, value_name = "NAME")]
    pub(super) output: Option<String>,
    /// Who decides where it looks: the bundled networks, which know skin and cloth, or nobody: it sees every window, slowly.
    #[arg(long, value_enum, default_value = "bundled", hide_default_value = true)]
    pub(super) gate: Gate,
}

/// Who decides where a classifier of the user's own looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Gate {
    /// The bundled networks.
    #[default]
    Bundled,
    /// Nobody.
    None,
}

/// What the values of pixels, 0 to 255, become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Preprocess {
    /// What tells painted pictures apart.
    #[default]
    Auto,
    /// 0 to 1.
    ZeroOne,
    /// -1 to 1: MobileNetV2, Xception, InceptionV3 of Keras.
    MinusOneOne,
    /// By ImageNet's mean and deviation: PyTorch, DenseNet of Keras.
    Imagenet,
    /// Blue first, less ImageNet's mean: ResNet50, VGG16 of Keras.
    Caffe,
    /// 0 to 255: EfficientNet of Keras.
    Raw,
}

impl Preprocess {
    fn scaling(self) -> Option<Scaling> {
        match self {
            Preprocess::Auto => None,
            Preprocess::ZeroOne => Some(Scaling::ZeroOne),
            Preprocess::MinusOneOne => Some(Scaling::MinusOneOne),
            Preprocess::Imagenet => Some(Scaling::Imagenet),
            Preprocess::Caffe => Some(Scaling::Caffe),
            Preprocess::Raw => Some(Scaling::Raw),
        }
    }
}

fn constant(text: &str) -> Result<(String, Vec<f32>), String> {
    let wrong = || format!("\"{text}\" is not NAME=V1,V2,... with numbers");
    let (name, values) = text.split_once('=').ok_or_else(wrong)?;
    let number = |value: &str| value.trim().parse().ok().filter(|value: &f32| value.is_finite());
    let values: Option<Vec<f32>> = values.split(',').map(number).collect();
    Ok((name.to_owned(), values.ok_or_else(wrong)?))
}

/// Whether a path names an ONNX file.
pub(super) fn is_onnx(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("onnx"))
}

/// Loads the library of ONNX Runtime, that of `ORT_DYLIB_PATH` or else the system's: its path, where there is one.
#[cfg(feature = "onnxruntime")]
pub(super) fn onnxruntime() -> Result<Option<PathBuf>, ModelError> {
    // The variable that other programs with the crate `ort` look at.
    let named = std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from);
    let loaded = crate::model::onnx::onnxruntime::load(named);
    loaded.map_err(|what| {
        ModelError::Unusable(format!("ORT_DYLIB_PATH: {what}; a library of ONNX Runtime 1.17 or later would do"))
    })
}

/// Loads an ONNX file; what had to be guessed comes with it, a sentence each.
pub(super) fn load(file: &Path, flags: &ForeignFlags) -> Result<(Foreign, Vec<String>), ModelError> {
    #[cfg(feature = "onnxruntime")]
    onnxruntime()?;
    let bytes = read(file)?;
    let place = file.display().to_string();
    let graph = Graph::read(&bytes, &place)?;
    let labels = match &flags.labels {
        Some(path) => Some(labels(path).map_err(|error| ModelError::Unusable(format!("--labels {error}")))?),
        None => None,
    };
    let constants: BTreeMap<String, Vec<f32>> = flags.input.iter().cloned().collect();
    let (scaling, output) = (flags.preprocess.scaling(), flags.output.clone());
    let hints = Hints { labels, suspicious: flags.suspicious.clone(), scaling, side: flags.side, constants, output };
    let name = file.file_stem().map_or("model".into(), |stem| stem.to_string_lossy().into_owned());
    let (card, notes) = describe(&graph, &hints, &examples, (&place, &name, checksum(&bytes)))?;
    let notes = notes.into_iter().map(|note| format!("{place}: {note}")).collect();
    Ok((Foreign::new(&graph, card, &place)?, notes))
}

/// Loads a folder with `model.toml` and `model.onnx`, given the text of the first.
pub(super) fn load_folder(folder: &Path, toml: &str) -> Result<Foreign, ModelError> {
    #[cfg(feature = "onnxruntime")]
    onnxruntime()?;
    Foreign::from_parts(toml, &read(&folder.join("model.onnx"))?, &folder.display().to_string())
}

/// Painted lesions of every kind in the middle of painted skin, bare skin, cloth: always the same pictures.
pub(super) fn examples(side: u32) -> Vec<RgbImage> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut pictures = Vec::new();
    for kind in KINDS.into_iter().chain(KINDS) {
        let mut picture = skin(&mut rng, side, side);
        let tone = picture.get_pixel(0, 0).0.map(f32::from);
        let patch = lesion(&mut rng, kind, side as f32 * 0.3, tone).image;
        let corner = |length: u32| (side as i32 - length as i32) / 2;
        stamp(&mut picture, &patch, (corner(patch.width()), corner(patch.height())), None);
        pictures.push(picture);
    }
    pictures.push(skin(&mut rng, side, side));
    pictures.push(cloth(&mut rng, side, side));
    pictures
}
