//! How the places of the last feature map of a classifier become the one row of features that its heads see.

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
    /// Every place counts alike.
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

    /// Whether it is the usual one, which `model.toml` does not mention.
    pub fn is_average(&self) -> bool {
        *self == Pooling::Average
    }

    /// Names and shapes of its parameters for so many features.
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

/// A trained network's pooling at work. Clones share the weights.
#[derive(Clone)]
pub enum FeaturePool {
    /// Every place counts alike.
    Average,
    /// Each counts as much as attention gives it.
    Attention(Attention),
}

impl FeaturePool {
    /// With the parameters of a weights file.
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

    /// Rows `(n, features)` of maps `(n, h, w, features)`.
    pub fn forward(&self, map: &Tensor) -> Result<Tensor> {
        match self {
            FeaturePool::Average => pooled(map),
            FeaturePool::Attention(attention) => Ok(attention.forward(map)?.pooled),
        }
    }
}
