//! Data on its two sides.

use super::picture_id::PictureId;
use super::row::Side;

/// The sides of the rows of some data.
#[derive(Clone, Debug)]
pub struct Split {
    /// A side for every row, in their order.
    pub sides: Vec<Side>,
    /// What every row's file holds, in their order.
    pub contents: Vec<PictureId>,
    /// Sentences on rows that could not stay on their side.
    pub notes: Vec<String>,
}
