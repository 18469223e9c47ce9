//! The networks that `train` knows by name.

use super::architecture::{Architecture, Layer};
use crate::model::ops::activation::Activation;

/// Names of the networks.
pub const NAMES: [&str; 3] = ["small", "lite0", "lite0-first"];

/// Name of the network of the skin map, which is no classifier.
pub const SKIN: &str = "skin";

/// Side of the windows that a network is made for, px, when nothing else is asked for; `None` for an unknown name.
pub fn usual_side(name: &str) -> Option<usize> {
    match name {
        "small" | "lite0-first" => Some(64),
        "lite0" => Some(128),
        _ => None,
    }
}

/// The classifier of that name for windows of `side` px; `None` for an unknown name.
///
/// - `small`: a residual network that is quick enough to scan with.
/// - `lite0`: EfficientNet-Lite0 (Tan and Le 2019, without squeeze-and-excitation), for which ImageNet weights are published.
/// - `lite0-first`: its first five stages, up to one output in 16 px: starts from the same weights and is quick enough to scan with.
pub fn classifier(name: &str, side: usize) -> Option<Architecture> {
    match name {
        "small" => Some(Architecture { side, activation: Activation::Relu, layers: small() }),
        "lite0" => Some(Architecture { side, activation: Activation::Relu6, layers: lite0(LITE0.len(), 1280) }),
        "lite0-first" => Some(Architecture { side, activation: Activation::Relu6, layers: lite0(5, 256) }),
        _ => None,
    }
}

/// Side of the squares that the skin map is trained on, px, when nothing else is asked for.
pub const SKIN_SIDE: usize = 224;

/// The network of the skin map: the first five stages of EfficientNet-Lite0 with a cell every 8 px, so that eyes and nostrils of a face
/// that fills a third of a picture have cells of their own.
pub fn skin(side: usize) -> Architecture {
    let mut layers = lite0(5, 96);
    let fourth = LITE0[..3].iter().map(|(repeats, ..)| repeats).sum::<usize>() + 1;
    if let Layer::Inverted { stride, .. } = &mut layers[fourth] {
        *stride = 1;
    }
    Architecture { side, activation: Activation::Relu6, layers }
}

/// The coarse level: 24 px, without padding, so that it answers for a whole picture as for each window.
pub fn coarse() -> Architecture {
    let layers = vec![conv(16, 4, 2, 0), conv(24, 3, 2, 0), conv(48, 3, 2, 0), conv(48, 2, 1, 0)];
    Architecture { side: 24, activation: Activation::Relu, layers }
}

fn conv(out: usize, kernel: usize, stride: usize, padding: usize) -> Layer {
    Layer::Conv { out, kernel, stride, padding }
}

fn small() -> Vec<Layer> {
    let residual = Layer::Residual {};
    vec![conv(16, 3, 2, 1), conv(32, 3, 2, 1), residual, conv(64, 3, 2, 1), residual, conv(128, 3, 2, 1), residual]
}

/// Blocks of EfficientNet-B0, the stem and the head unscaled: repeats, kernel, stride of the first, expand, out.
const LITE0: [(usize, usize, usize, usize, usize); 7] = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
];

/// The stem, the first `stages` of EfficientNet-Lite0, and a 1x1 convolution to `features` channels.
fn lite0(stages: usize, features: usize) -> Vec<Layer> {
    let mut layers = vec![conv(32, 3, 2, 1)];
    for (repeats, kernel, stride, expand, out) in LITE0.into_iter().take(stages) {
        for i in 0..repeats {
            layers.push(Layer::Inverted { out, kernel, stride: if i == 0 { stride } else { 1 }, expand });
        }
    }
    layers.push(conv(features, 1, 1, 0));
    layers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lite0_costs_what_its_paper_says() {
        let network = classifier("lite0", 224).unwrap();
        // 407 million multiply-adds with the 1000-class head (1.28 million), which is left out here.
        let cost = network.multiply_adds();
        assert!((380_000_000..410_000_000).contains(&cost), "{cost}");
        assert_eq!((network.features(), network.stride(), network.output(224)), (1280, 32, 7));
    }

    #[test]
    fn every_name_has_a_network_and_nothing_else_has() {
        for name in NAMES {
            let side = usual_side(name).unwrap();
            assert_eq!(classifier(name, side).unwrap().problem(), None);
        }
        assert!(classifier("large", 64).is_none() && usual_side("large").is_none());
        assert_eq!(coarse().output(24), 1);
    }
}
