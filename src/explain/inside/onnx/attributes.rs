//! What the attributes and tensors of an ONNX file hold.

use crate::explain::inside::OpeningError;
use candle_core::{Device, Tensor};
use tract_onnx::pb::{AttributeProto, NodeProto, TensorProto};

/// An attribute of an operator.
pub(super) fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name == name)
}

/// A whole number.
pub(super) fn integer(node: &NodeProto, name: &str, otherwise: i64) -> i64 {
    attribute(node, name).map_or(otherwise, |attribute| attribute.i)
}

/// A number.
pub(super) fn number(node: &NodeProto, name: &str, otherwise: f32) -> f32 {
    attribute(node, name).map_or(otherwise, |attribute| attribute.f)
}

/// Whole numbers; none where there is no such attribute.
pub(super) fn integers(node: &NodeProto, name: &str) -> Option<Vec<i64>> {
    attribute(node, name).map(|attribute| attribute.ints.clone())
}

/// Whole numbers that are no negative ones; `count` times `otherwise` where there is no such attribute.
pub(super) fn sizes(
    node: &NodeProto,
    name: &str,
    (count, otherwise): (usize, usize),
) -> Result<Vec<usize>, OpeningError> {
    let Some(found) = integers(node, name) else { return Ok(vec![otherwise; count]) };
    let sizes: Vec<usize> = found.iter().filter_map(|size| usize::try_from(*size).ok()).collect();
    match sizes.len() == count && found.len() == count {
        true => Ok(sizes),
        false => Err(OpeningError::unsupported(format!("{} with {name} {found:?}", node.op_type))),
    }
}

/// A word.
pub(super) fn word(node: &NodeProto, name: &str) -> String {
    attribute(node, name).map_or(String::new(), |attribute| String::from_utf8_lossy(&attribute.s).into_owned())
}

/// A value that does not depend on the picture.
#[derive(Clone)]
pub(super) enum Constant {
    /// Real numbers.
    Numbers(Tensor),
    /// Whole numbers, such as a shape; flat.
    Integers(Vec<i64>),
}

/// The values of a tensor of the file.
pub(super) fn fixed(tensor: &TensorProto) -> Result<Constant, OpeningError> {
    let dims: Vec<usize> = tensor.dims.iter().filter_map(|side| usize::try_from(*side).ok()).collect();
    let raw = &tensor.raw_data;
    let numbers: Vec<f32> = match (tensor.data_type, raw.is_empty()) {
        (1, true) => tensor.float_data.clone(),
        (1, false) => raw.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        (11, true) => tensor.double_data.iter().map(|v| *v as f32).collect(),
        (11, false) => raw.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b) as f32).collect(),
        (7, true) => return Ok(Constant::Integers(tensor.int64_data.clone())),
        (7, false) => {
            return Ok(Constant::Integers(raw.as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b)).collect()));
        }
        (6, true) => return Ok(Constant::Integers(tensor.int32_data.iter().map(|v| i64::from(*v)).collect())),
        (6, false) => {
            let values = raw.as_chunks::<4>().0.iter().map(|b| i64::from(i32::from_le_bytes(*b)));
            return Ok(Constant::Integers(values.collect()));
        }
        (other, _) => return Err(OpeningError::unsupported(format!("values of type {other}"))),
    };
    Ok(Constant::Numbers(Tensor::from_vec(numbers, dims, &Device::Cpu)?))
}
