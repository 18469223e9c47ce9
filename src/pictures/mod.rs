//! Still pictures: the one list of what counts as one, and the one reader, for sources, training and evaluation.

mod kinds;
mod read;

pub use kinds::{EXTENSIONS, is_picture};
pub use read::{read, upright_size};

/// Largest side of a picture that is accepted, px: the largest of JPEG cameras and H.264 levels lie well below.
pub const MAX_SIDE_PX: u32 = 16_384;

/// Largest picture that is accepted, px: 400 MB as RGB, of which a run holds several.
pub const MAX_PIXELS: u64 = 1 << 27;
