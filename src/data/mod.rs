//! Labelled pictures: which there are, what they are called, who belongs together, and on which side of the split they stand.
//!
//! Whoever reads data opens it here ([`Data::open`]), says what its classes are to a model ([`Naming`]), and names the side that it wants:
//! [`TrainingData`] for training, [`record::Record`] for judging a model that was trained on some of it. What is left out on the way is counted and named.

mod error;
mod folder;
mod items;
pub mod json;
mod labelled;
pub mod labels;
mod manifest;
mod naming;
mod picture_id;
pub mod record;
mod row;
mod sides;
mod split;
mod table;

pub use self::error::DataError;
pub use self::items::{Content, Item, TrainingData};
pub use self::labelled::Data;
pub use self::naming::{LESION_FREE, Naming};
pub use self::row::{Row, Side};
pub use self::sides::usual_side;
pub use self::split::Split;

#[cfg(test)]
mod tests;
