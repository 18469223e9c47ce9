//! What a painter says of one point.

use crate::pixels::paint::Colour;

/// Colour and opacity (`0..=1`) of one point of a lesion.
pub(super) type Touch = (Colour, f32);
