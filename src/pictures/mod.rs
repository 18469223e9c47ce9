//! Still pictures: the one list of what counts as one, and the one reader, for sources, training and evaluation.

#[cfg(feature = "video")]
mod boxes;
mod bytes;
mod colour;
mod ends;
mod jpeg;
mod kinds;
#[cfg(feature = "video")]
mod libav;
mod limits;
mod more;
mod opacity;
mod read;
mod stored;

pub use kinds::{EXTENSIONS, is_cut_gif, is_picture, is_still, left_out, left_out_of, names};
pub use limits::{MAX_PIXELS, MAX_SIDE_PX, within_bytes};
pub use read::{Still, begins, from_bytes, mask, open, read, upright_size};

#[cfg(test)]
mod tests;
