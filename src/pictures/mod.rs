//! Still pictures: the one list of what counts as one, and the one reader, for sources, training and evaluation.

mod boxes;
mod colour;
mod jpeg;
mod kinds;
mod libav;
mod more;
mod read;

pub use kinds::{EXTENSIONS, is_cut_gif, is_picture, is_still, left_out, left_out_of, names};
pub use read::{Still, begins, from_bytes, mask, open, read, upright_size, within_bytes};

/// Largest side of a picture that is accepted, px: the largest of JPEG cameras and H.264 levels lie well below.
pub const MAX_SIDE_PX: u32 = 16_384;

/// Largest picture that is accepted, px: 400 MB as RGB, of which a run holds several.
pub const MAX_PIXELS: u64 = 1 << 27;

/// Largest picture file that is accepted: the largest picture with four channels of 16 bits.
const MAX_BYTES: u64 = MAX_PIXELS * 8;

#[cfg(test)]
mod tests;
