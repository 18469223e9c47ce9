//! Places: the lesions of a session. Tracks break where a hand passes, the camera leaves or the detector flickers; their place stays.
//!
//! [`PlaceBook`] (`book.rs`) takes the circles of every frame. Those of known tracks show where their places are, and carry the others along
//! (`following.rs`). A confirmed circle on skin whose track has no place yet (`admitting.rs`) is joined to one out of view where position,
//! radius and appearance (`appearance.rs`) agree, by the best assignment of all (`matching.rs`). Where a place should be is known from the
//! camera's motion; where the camera was lost, from where it was seen last or from the constellation of several (`constellation.rs`, chosen
//! in `joining.rs`). What belongs to no known place is a new one. `history.rs` decides what a place is called.

mod admitting;
mod appearance;
mod book;
mod constellation;
mod following;
mod history;
mod joining;
mod kept;
mod matching;
mod settings;
#[cfg(test)]
mod tests;

pub use self::appearance::Appearance;
pub use self::book::{PlaceBook, PlaceFrame};
pub use self::settings::PlaceSettings;
