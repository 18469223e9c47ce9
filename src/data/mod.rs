//! Labelled pictures: which there are, what they are called, who belongs together, and on which of the three sides they stand.
//!
//! Whoever reads data opens it here ([`Data::open`]), says what its classes are to a model ([`Naming`]), and names the [`Side`] that it wants:
//! [`TrainingData`] has those that are learnt from and those that choices are made on; [`record::Record`] says what a model was trained on.
//! What is left out on the way is counted and named.

mod error;
mod folder;
mod half;
mod items;
pub mod json;
mod labelled;
pub mod labels;
mod listed;
mod manifest;
mod naming;
mod picture_id;
pub mod record;
mod row;
mod side;
mod sides;
mod split;
mod table;

pub use self::error::DataError;
pub use self::half::half as half_of;
pub use self::items::{Content, Item, TrainingData};
pub use self::labelled::Data;
pub use self::listed::FolderSides;
pub use self::naming::{LESION_FREE, Naming, is_wide};
pub use self::row::Row;
pub use self::side::Side;
pub use self::sides::sides;
pub use self::split::Split;

#[cfg(test)]
mod tests;
