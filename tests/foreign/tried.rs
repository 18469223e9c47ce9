//! What a user does with a file, in short: loaded, asked, opened, explained.

use image::{Rgb, RgbImage};
use lesionscope::explain::inside::{Depth, Gradient, open_onnx};
use lesionscope::model::onnx::OnnxClassifier;
use lesionscope::model::onnx::graph::Graph;
use lesionscope::model::onnx::guess::{Hints, describe};
use lesionscope::model::onnx::picture::Scaling;
use lesionscope::model::own::frozen::batch;

/// Whether a loaded file could be opened to the pixels; the sentence for one that cannot be loaded.
pub(crate) fn tried(file: &[u8]) -> Result<bool, String> {
    let plain = |side: u32| RgbImage::from_fn(side, side, |x, y| Rgb([(7 * x) as u8, (5 * y) as u8, 90]));
    let graph = Graph::read(file, "file.onnx").map_err(|error| error.to_string())?;
    let hints = Hints { scaling: Some(Scaling::ZeroOne), ..Hints::default() };
    let (card, _) = describe(&graph, &hints, &|side| vec![plain(side)], ("file.onnx", "file", String::new()))
        .map_err(|error| error.to_string())?;
    let side = card.picture.side as u32;
    let foreign = OnnxClassifier::new(&graph, card, "file.onnx").map_err(|error| error.to_string())?;
    foreign.probabilities(&plain(side)).map_err(|error| error.to_string())?;
    let Ok(inside) = open_onnx(&foreign) else { return Ok(false) };
    let picture = batch(&[&plain(side)]).map_err(|error| error.to_string())?;
    let Ok(trace) = inside.trace(&picture) else { return Ok(false) };
    if inside.depth() < Depth::Pixels {
        return Ok(false);
    }
    Ok(trace.logit_gradient(0).and_then(|seed| trace.back(&Gradient, seed)).is_ok())
}
