//! Flags that name a model.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::classifier::{Classifier, Gate, ModelChoice, OnnxChoice, OpinionChoice, SkinChoice};
use crate::cli::say::note;
use crate::geometry::Size;
use crate::model::ModelError;
use crate::model::onnx::picture::Scaling;

/// Which model is used.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ModelFlags {
    /// Folder of a trained model, or an ONNX file of your own classifier; without it, the model built into the program.
    #[arg(long, value_name = "DIR|FILE.onnx")]
    pub(crate) model: Option<PathBuf>,
    /// Folder of a larger model that is asked about what the first one found; "none" asks nobody. Without it, the one
    /// built into the program when --model is not given either.
    #[arg(long, value_name = "DIR|none")]
    pub(crate) opinion: Option<PathBuf>,
    /// Folder of a skin map, which says what of the picture is skin, a part of a body or something else; "none" asks nobody. Without it,
    /// "bundled": the one built into the program.
    #[arg(long, value_name = "DIR|bundled|none")]
    pub(crate) skin: Option<PathBuf>,
    /// A classifier of the user's own.
    #[command(flatten)]
    pub(crate) foreign: ForeignFlags,
}

impl ModelFlags {
    /// Loads the classifier, and says what had to be guessed about it. `wanted` names the classes that are searched for; none: all lesions.
    pub(crate) fn load(&self, wanted: &[String]) -> Result<Classifier, ModelError> {
        let classifier = Classifier::load(&self.choice(), wanted)?;
        classifier.notes.iter().for_each(|said| note(said));
        Ok(classifier)
    }

    /// What the flags choose.
    pub(crate) fn choice(&self) -> ModelChoice {
        let opinion = match &self.opinion {
            None => OpinionChoice::Usual,
            Some(folder) if folder == Path::new("none") => OpinionChoice::Nobody,
            Some(folder) => OpinionChoice::Folder(folder.clone()),
        };
        let skin = match &self.skin {
            Some(folder) if folder == Path::new("none") => SkinChoice::Nobody,
            Some(folder) if folder != Path::new("bundled") => SkinChoice::Folder(folder.clone()),
            _ => SkinChoice::Bundled,
        };
        ModelChoice { model: self.model.clone(), opinion, skin, foreign: self.foreign.choice() }
    }

    /// What is named as the folder of a model, or the file of one.
    pub(crate) fn places(&self) -> impl Iterator<Item = &PathBuf> {
        self.model.iter().chain(&self.opinion).chain(&self.skin)
    }
}

/// What is said of a classifier of the user's own; models of lesionscope's own kind need none of it.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Own classifier (--model FILE.onnx)")]
pub(crate) struct ForeignFlags {
    /// Names of its classes, one a line, in the order of its output.
    #[arg(long, value_name = "FILE.txt")]
    pub(crate) labels: Option<PathBuf>,
    /// Its suspicious classes; without it, those whose names say so.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) suspicious: Option<Vec<String>>,
    /// How the values of its pixels are scaled; auto tries all.
    #[arg(long, value_name = "HOW", value_enum, default_value = "auto", hide_default_value = true)]
    pub(crate) preprocess: Preprocess,
    /// Side of its picture, px, where the file takes any.
    #[arg(long, value_name = "PX")]
    pub(crate) side: Option<usize>,
    /// Values of another input that it has beside the picture, such as age or place on the body; may be repeated.
    #[arg(long, value_name = "NAME=V1,V2", value_parser = constant, allow_hyphen_values = true)]
    pub(crate) input: Vec<(String, Vec<f32>)>,
    /// The output that is read, where it has several.
    #[arg(long, value_name = "NAME")]
    pub(crate) output: Option<String>,
    /// Who decides where it looks: the bundled networks, which know skin and cloth, or nobody: it sees every window, slowly.
    #[arg(long, value_enum, default_value = "bundled", hide_default_value = true)]
    pub(crate) gate: GateFlag,
}

/// Who decides where a classifier of the user's own looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum GateFlag {
    /// The bundled networks.
    #[default]
    Bundled,
    /// Nobody.
    None,
}

/// What the values of pixels, 0 to 255, become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Preprocess {
    /// Whichever tells painted pictures apart best.
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

impl From<GateFlag> for Gate {
    fn from(flag: GateFlag) -> Gate {
        match flag {
            GateFlag::Bundled => Gate::Bundled,
            GateFlag::None => Gate::Nobody,
        }
    }
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

impl ForeignFlags {
    /// What the flags choose.
    pub(crate) fn choice(&self) -> OnnxChoice {
        OnnxChoice {
            labels: self.labels.clone(),
            suspicious: self.suspicious.clone(),
            scaling: self.preprocess.scaling(),
            side: self.side,
            constants: self.input.iter().cloned().collect(),
            output: self.output.clone(),
            gate: self.gate.into(),
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

/// One line about a model, after it was loaded and has answered for one window.
pub(crate) fn model_report(flags: &ModelFlags) -> anyhow::Result<String> {
    let mut classifier = flags.load(&[])?;
    let side = classifier.model.input_side();
    classifier.model.classify(&[image::RgbImage::new(side, side)])?;
    let opinion = match classifier.model.opinion_side() {
        Some(side) => {
            classifier.model.opinions(&[image::RgbImage::new(side, side)])?;
            format!(" with {} for a second opinion", classifier.stamp.opinion.as_ref().map_or("", |stamp| &stamp.name))
        }
        None => String::new(),
    };
    if let Some(size) = classifier.model.skin_map_size(Size::square(side)) {
        classifier.model.skin_map(&image::RgbImage::new(size.width, size.height))?;
    }
    let skin = classifier.stamp.skin.as_ref().map_or(String::new(), |stamp| format!(", skin map {}", stamp.name));
    let names = classifier.class_names();
    let said = format!("{}{opinion}{skin}, {} classes: {}", classifier.stamp.name, names.len(), names.join(", "));
    Ok(crate::printable(&said).into_owned())
}
