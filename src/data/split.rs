//! Data on its two sides.

use super::picture_id::PictureId;
use super::side::Side;

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

impl Split {
    /// Keeps what is said of the rows that are kept; `kept` has one answer a row.
    pub fn retain(&mut self, kept: &[bool]) {
        let mut keep = kept.iter();
        self.sides.retain(|_| keep.next() == Some(&true));
        let mut keep = kept.iter();
        self.contents.retain(|_| keep.next() == Some(&true));
    }
}
