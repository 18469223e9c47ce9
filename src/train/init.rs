//! Weights to start from: those of a model of ours, or of EfficientNet from safetensors or PyTorch's old `.pth` format.
//!
//! A `.pth` is a row of pickles and the raw numbers. The pickles are read by candle's interpreter, which knows dictionaries,
//! tuples and numbers and calls nothing, so no code of the file is run.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::panic::catch_unwind;
use std::path::Path;

use candle_core::pickle::{Object, Stack};
use candle_core::{DType, Device, Tensor, Var};

use super::error::TrainError;
use super::parameters::Parameters;
use crate::files;
use crate::model::finite;
use crate::model::own::architecture::{Block, Convolution};
use crate::model::weights::LARGEST_WEIGHTS;

/// The pickled magic number with which PyTorch's files begin before version 1.6.
const MAGIC: [u8; 15] = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

/// Layers of EfficientNet that are not in a block: their position among the convolutions decides the name.
const STEM: (&str, &str) = ("_conv_stem", "_bn0");
const TOP: (&str, &str) = ("_conv_head", "_bn1");

/// Fills the parameters from a file, as far as names and shapes agree, and returns how many convolutions or tensors were
/// filled. A model of ours fills whatever it has in common with this one; of EfficientNet's weights the convolutions of
/// `steps` are filled and the heads left as they are.
pub fn fill(parameters: &mut Parameters, steps: &[Block], file: &Path) -> Result<usize, TrainError> {
    let bytes =
        files::bytes(file, LARGEST_WEIGHTS).map_err(|e| TrainError::file(file, format!("cannot be read ({e})")))?;
    let unreadable = |e: candle_core::Error| TrainError::file(file, format!("no weights that can be read ({e})"));
    let tensors = match bytes.starts_with(&MAGIC) {
        // Candle's interpreter takes some liberties with what it expects to find.
        true => catch_unwind(|| old_pth(&bytes))
            .unwrap_or_else(|_| Err(candle_core::Error::msg("its pickles make no sense")))
            .map_err(unreadable)?,
        false => candle_core::safetensors::load_buffer(&bytes, &Device::Cpu).map_err(unreadable)?.into_iter().collect(),
    };
    let tensors = single(tensors, file)?;
    let mut filled = fill_own(parameters, &tensors)?;
    if filled > 0 {
        return Ok(filled);
    }
    for (conv, (name, norm)) in steps.iter().flat_map(Block::convolutions).zip(names(steps)) {
        filled += usize::from(fill_one(parameters, conv, &tensors, (&name, &norm))?);
    }
    match filled {
        0 => Err(TrainError::file(
            file,
            "holds nothing of this network; weights of the same network would fit, or EfficientNet-Lite0's for lite0",
        )),
        filled => Ok(filled),
    }
}

/// The tensors of numbers as 32-bit floats, none of them NaN or infinite; others, such as counts of batches, are left as they are.
pub(super) fn single(tensors: BTreeMap<String, Tensor>, file: &Path) -> Result<BTreeMap<String, Tensor>, TrainError> {
    let single = |(name, tensor): (String, Tensor)| {
        if !tensor.dtype().is_float() {
            return Ok((name, tensor));
        }
        let tensor = tensor.to_dtype(DType::F32)?;
        finite::tensor(&name, &tensor).map_err(|what| TrainError::file(file, what))?;
        Ok((name, tensor))
    };
    tensors.into_iter().map(single).collect()
}

/// Fills every tensor that the file has under the same name and in the same shape.
fn fill_own(parameters: &mut Parameters, tensors: &BTreeMap<String, Tensor>) -> Result<usize, TrainError> {
    let mut filled = 0;
    for (name, var) in &mut parameters.learnt {
        if let Some(tensor) = tensors.get(name).filter(|tensor| tensor.dims() == var.dims()) {
            *var = Var::from_tensor(&tensor.to_dtype(DType::F32)?)?;
            filled += 1;
        }
    }
    for (name, values) in &mut parameters.followed {
        if let Some(tensor) = tensors.get(name).filter(|tensor| tensor.dims() == [values.len()]) {
            *values = tensor.to_dtype(DType::F32)?.to_vec1()?;
        }
    }
    Ok(filled)
}

/// Names of the convolutions and of their normalisations in EfficientNet's files, in the order of the network.
fn names(steps: &[Block]) -> Vec<(String, String)> {
    let (mut block, mut names) = (0, Vec::new());
    for conv in steps.iter().flat_map(Block::convolutions) {
        let (kind, norm) = match conv.name.rsplit('.').next() {
            Some("expand") => ("_expand_conv", "_bn0"),
            Some("depthwise") => ("_depthwise_conv", "_bn1"),
            Some("project") => ("_project_conv", "_bn2"),
            _ => {
                let (kind, norm) = if block == 0 { STEM } else { TOP };
                names.push((kind.to_owned(), norm.to_owned()));
                continue;
            }
        };
        names.push((format!("_blocks.{block}.{kind}"), format!("_blocks.{block}.{norm}")));
        block += usize::from(kind == "_project_conv");
    }
    names
}

/// Fills one convolution; `false` when the file lacks it or has it in another shape.
fn fill_one(
    parameters: &mut Parameters,
    conv: &Convolution,
    tensors: &BTreeMap<String, Tensor>,
    (name, norm): (&str, &str),
) -> Result<bool, TrainError> {
    let kernel = conv.geometry.kernel;
    let Some(weight) = tensors.get(&format!("{name}.weight")) else { return Ok(false) };
    let parts = ["weight", "bias", "running_mean", "running_var"].map(|part| tensors.get(&format!("{norm}.{part}")));
    let [Some(gamma), Some(beta), Some(mean), Some(variance)] = parts else { return Ok(false) };
    let norms = [gamma, beta, mean, variance];
    if weight.dims() != [conv.output, conv.input, kernel, kernel] || norms.iter().any(|t| t.dims() != [conv.output]) {
        return Ok(false);
    }
    // From (output, input, row, column) to a matrix with the rows (row, column, input).
    let weight = weight.permute((2, 3, 1, 0))?.reshape((kernel * kernel * conv.input, conv.output))?;
    for (part, tensor) in [("weight", &weight), ("gamma", gamma), ("beta", beta)] {
        let value = Var::from_tensor(&tensor.to_dtype(DType::F32)?.contiguous()?)?;
        parameters.learnt.insert(format!("{}.{part}", conv.name), value);
    }
    for (part, tensor) in [("mean", mean), ("variance", variance)] {
        parameters.followed.insert(format!("{}.{part}", conv.name), tensor.to_dtype(DType::F32)?.to_vec1()?);
    }
    Ok(true)
}

/// The tensors of a state dictionary in PyTorch's format before version 1.6: magic number, protocol, system, dictionary,
/// names of the storages, and for each its length and its numbers.
fn old_pth(bytes: &[u8]) -> candle_core::Result<BTreeMap<String, Tensor>> {
    let mut file = Cursor::new(bytes);
    // The magic number is too long for the interpreter.
    file.set_position(MAGIC.len() as u64);
    let mut next = || -> candle_core::Result<(Object, u64)> {
        let mut stack = Stack::empty();
        stack.read_loop(&mut file)?;
        Ok((stack.finalize()?, file.position()))
    };
    let mut parts = (0..4).map(|_| next()).collect::<candle_core::Result<Vec<_>>>()?.into_iter().skip(2);
    let (Some((dictionary, _)), Some((_, end))) = (parts.next(), parts.next()) else {
        candle_core::bail!("the file ends early")
    };
    let entries = match dictionary {
        Object::Dict(entries) => entries,
        Object::Build { callable, .. } => match *callable {
            Object::Dict(entries) => entries,
            _ => candle_core::bail!("no dictionary of tensors"),
        },
        _ => candle_core::bail!("no dictionary of tensors"),
    };
    let infos = entries.into_iter().filter_map(|(name, value)| value.into_tensor_info(name, Path::new("")).transpose());
    let infos = infos.collect::<candle_core::Result<Vec<_>>>()?;
    // Storages follow in the order of their names as texts.
    let mut storages: BTreeMap<String, (usize, &[u8])> = BTreeMap::new();
    let sizes: BTreeMap<String, usize> =
        infos.iter().map(|info| (info.path.clone(), info.dtype.size_in_bytes())).collect();
    let mut rest = bytes.get(end as usize..).unwrap_or_default();
    for (path, size) in sizes {
        let mut count = [0u8; 8];
        rest.read_exact(&mut count)?;
        let length = usize::try_from(u64::from_le_bytes(count)).ok().and_then(|count| count.checked_mul(size));
        let Some((numbers, after)) = length.and_then(|length| rest.split_at_checked(length)) else {
            candle_core::bail!("the file ends within its numbers")
        };
        storages.insert(path, (size, numbers));
        rest = after;
    }
    let mut tensors = BTreeMap::new();
    for info in infos {
        let Some((size, numbers)) = storages.get(&info.path) else { continue };
        if info.layout.shape().elem_count().saturating_mul(*size) > numbers.len() {
            candle_core::bail!("tensor {} is larger than its numbers", info.name)
        }
        let places = places(info.layout.dims(), info.layout.stride());
        // Candle keeps the offset in bytes here.
        let from = info.layout.start_offset();
        let numbers = places.iter().map(|at| numbers.get(from + at * size..from + (at + 1) * size));
        let Some(numbers) = numbers.collect::<Option<Vec<&[u8]>>>() else {
            candle_core::bail!("tensor {} lies outside of its numbers", info.name)
        };
        let tensor = Tensor::from_raw_buffer(&numbers.concat(), info.dtype, info.layout.dims(), &Device::Cpu)?;
        tensors.insert(info.name, tensor);
    }
    Ok(tensors)
}

/// Indices of the elements of a tensor among its numbers, row by row: weights converted from TensorFlow lie transposed.
fn places(dims: &[usize], strides: &[usize]) -> Vec<usize> {
    let mut places = vec![0];
    for (&dim, &stride) in dims.iter().zip(strides) {
        places = places.iter().flat_map(|place| (0..dim).map(move |i| place + i * stride)).collect();
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ops::activation::Activation;
    use crate::model::own::architecture::{Architecture, Layer};

    /// Written by `tests/data/tiny.py`: a stem of two channels whose 54 weights are numbered as they lie in the file.
    const TINY: &[u8] = include_bytes!("../../tests/data/tiny.pth");

    fn fill_from(bytes: &[u8]) -> (Parameters, Result<usize, TrainError>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tiny.pth");
        std::fs::write(&file, bytes).unwrap();
        let layers = vec![Layer::Conv { out: 2, kernel: 3, stride: 2, padding: 1 }];
        let steps = Architecture { side: 16, activation: Activation::Relu6, layers }.steps("classifier");
        let mut parameters = Parameters::default();
        parameters.add_chain(&steps, &mut || 0.1).unwrap();
        let filled = fill(&mut parameters, &steps, &file);
        (parameters, filled)
    }

    #[test]
    fn an_old_pth_fills_the_convolutions_it_names() {
        let (parameters, filled) = fill_from(TINY);
        assert_eq!(filled.unwrap(), 1);
        let weight = parameters.get("classifier.0.weight").unwrap();
        assert_eq!(weight.dims(), [27, 2]);
        let numbered: Vec<f32> = (0..54).map(|i| i as f32).collect();
        assert_eq!(weight.flatten_all().unwrap().to_vec1::<f32>().unwrap(), numbered, "row, column, input, output");
        let of = |name: &str| parameters.get(name).unwrap().to_vec1::<f32>().unwrap();
        assert_eq!((of("classifier.0.gamma"), of("classifier.0.beta")), (vec![1.5, 2.5], vec![0.5, -0.5]));
        assert_eq!(parameters.followed["classifier.0.variance"], [5.0, 6.0]);
    }

    #[test]
    fn a_weight_that_is_no_number_is_refused_with_its_tensor() {
        let at = TINY.windows(4).position(|four| four == 7f32.to_le_bytes()).unwrap();
        let mut bytes = TINY.to_vec();
        bytes[at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
        let error = fill_from(&bytes).1.unwrap_err().to_string();
        assert!(error.contains("tiny.pth") && error.contains("_conv_stem.weight holds NaN"), "{error}");
    }

    #[test]
    fn a_damaged_file_is_refused_by_name_wherever_it_ends() {
        for length in 0..TINY.len() {
            let error = fill_from(&TINY[..length]).1.unwrap_err().to_string();
            assert!(error.contains("tiny.pth"), "{error}");
        }
    }
}
