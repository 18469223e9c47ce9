//! The numbers of a tensor of the file, of whatever kind they are.

use tract_onnx::pb::TensorProto;
use tract_onnx::prelude::f16;

/// ONNX's number for 32-bit floats.
pub(crate) const FLOAT: i32 = 1;

/// The numbers as 32-bit floats, in the order of the file; whole numbers beyond 2^24 are rounded. `None` for texts, complex numbers and kinds
/// of less than a byte.
pub(in crate::model::onnx) fn values(tensor: &TensorProto) -> Option<Vec<f32>> {
    let raw = tensor.raw_data.as_slice();
    if !raw.is_empty() {
        return of_bytes(tensor.data_type, raw);
    }
    let whole = || tensor.int32_data.iter();
    Some(match tensor.data_type {
        FLOAT => tensor.float_data.clone(),
        2..=6 | 9 => whole().map(|v| *v as f32).collect(),
        7 => tensor.int64_data.iter().map(|v| *v as f32).collect(),
        10 => whole().map(|v| f16::from_bits(*v as u16).to_f32()).collect(),
        16 => whole().map(|v| brain(*v as u16)).collect(),
        11 => tensor.double_data.iter().map(|v| *v as f32).collect(),
        12 | 13 => tensor.uint64_data.iter().map(|v| *v as f32).collect(),
        _ => return None,
    })
}

fn of_bytes(kind: i32, raw: &[u8]) -> Option<Vec<f32>> {
    let (two, four, eight) = (raw.as_chunks::<2>().0, raw.as_chunks::<4>().0, raw.as_chunks::<8>().0);
    Some(match kind {
        FLOAT => four.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        2 | 9 => raw.iter().map(|b| f32::from(*b)).collect(),
        3 => raw.iter().map(|b| f32::from(*b as i8)).collect(),
        4 => two.iter().map(|b| f32::from(u16::from_le_bytes(*b))).collect(),
        5 => two.iter().map(|b| f32::from(i16::from_le_bytes(*b))).collect(),
        6 => four.iter().map(|b| i32::from_le_bytes(*b) as f32).collect(),
        12 => four.iter().map(|b| u32::from_le_bytes(*b) as f32).collect(),
        7 => eight.iter().map(|b| i64::from_le_bytes(*b) as f32).collect(),
        13 => eight.iter().map(|b| u64::from_le_bytes(*b) as f32).collect(),
        10 => two.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
        16 => two.iter().map(|b| brain(u16::from_le_bytes(*b))).collect(),
        11 => eight.iter().map(|b| f64::from_le_bytes(*b) as f32).collect(),
        _ => return None,
    })
}

/// The upper half of a 32-bit float.
fn brain(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// A tensor of 32-bit floats.
pub(super) fn tensor(name: &str, dims: &[i64], values: Vec<f32>) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        dims: dims.to_vec(),
        data_type: FLOAT,
        float_data: values,
        ..TensorProto::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_kind_are_read_from_fields_and_from_bytes() {
        let raw = |kind: i32, raw: &[u8]| {
            values(&TensorProto { data_type: kind, raw_data: raw.to_vec(), ..TensorProto::default() })
        };
        let typed = |kind: i32, numbers: &[i32]| {
            values(&TensorProto { data_type: kind, int32_data: numbers.to_vec(), ..TensorProto::default() })
        };
        assert_eq!(raw(1, &(-1.5f32).to_le_bytes()), Some(vec![-1.5]));
        assert_eq!(raw(2, &[200, 3]), Some(vec![200.0, 3.0]));
        assert_eq!(raw(3, &[200, 3]), Some(vec![-56.0, 3.0]));
        assert_eq!(raw(6, &(-70_000i32).to_le_bytes()), Some(vec![-70_000.0]));
        assert_eq!(raw(11, &0.25f64.to_le_bytes()), Some(vec![0.25]));
        // 1.5 and infinity in half precision, 1.5 with eight bits of exponent.
        assert_eq!(raw(10, &[0x00, 0x3e, 0x00, 0x7c]), Some(vec![1.5, f32::INFINITY]));
        assert_eq!(raw(16, &[0xc0, 0x3f]), Some(vec![1.5]));
        assert_eq!(typed(10, &[0x3e00]), Some(vec![1.5]));
        assert_eq!(typed(3, &[-128]), Some(vec![-128.0]));
        assert_eq!((raw(8, b"word"), raw(22, &[0x12])), (None, None));
    }
}
