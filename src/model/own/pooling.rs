//! How the last feature map of a classifier is pooled to the one row of features that its heads see.

use std::collections::BTreeMap;
use std::str::FromStr;

use candle_core::{Result, Tensor, bail};
use serde::{Deserialize, Serialize};

use super::attention::{self, Attention};
use super::frozen::pooled;

/// The kind of pooling; `head` in `model.toml`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The average over all cells.
    #[default]
    Average,
    /// Gated attention (Ilse, Tomczak and Welling 2018).
    Attention,
}

impl Pooling {
    /// All of them.
    pub const ALL: [Pooling; 2] = [Pooling::Average, Pooling::Attention];

    /// Its name in files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Pooling::Average => "average",
            Pooling::Attention => "attention",
        }
    }

    /// Whether it is the default, which `model.toml` does not mention.
    pub fn is_average(&self) -> bool {
        *self == Pooling::Average
    }

    /// Names and shapes of its parameters for a number of features.
    pub fn shapes(self, features: usize) -> Vec<(&'static str, [usize; 2])> {
        match self {
            Pooling::Average => Vec::new(),
            Pooling::Attention => attention::NAMES.into_iter().zip(attention::shapes(features)).collect(),
        }
    }
}

impl FromStr for Pooling {
    type Err = String;

    fn from_str(name: &str) -> std::result::Result<Pooling, String> {
        let known = Pooling::ALL.map(Pooling::name).join(", ");
        let found = Pooling::ALL.into_iter().find(|pooling| pooling.name() == name);
        found.ok_or_else(|| format!("no head is called \"{name}\"; there are: {known}"))
    }
}

/// The pooling of a trained network. Clones share the weights.
#[derive(Clone)]
pub enum FeaturePool {
    /// The average over all cells.
    Average,
    /// The average weighted by attention.
    Attention(Attention),
}

impl FeaturePool {
    /// Takes its parameters from the tensors of a weights file.
    pub fn new(pooling: Pooling, tensors: &BTreeMap<String, Tensor>) -> Result<FeaturePool> {
        let find = |name: &str| match tensors.get(name) {
            Some(tensor) => Ok(tensor),
            None => bail!("no tensor named {name}"),
        };
        Ok(match pooling {
            Pooling::Average => FeaturePool::Average,
            Pooling::Attention => FeaturePool::Attention(Attention::new(find)?),
        })
    }

    /// The rows of features `(n, features)` of feature maps `(n, h, w, features)`.
    pub fn forward(&self, map: &Tensor) -> Result<Tensor> {
        match self {
            FeaturePool::Average => pooled(map),
            FeaturePool::Attention(attention) => Ok(attention.forward(map)?.pooled),
        }
    }
}
