//! Training the network of the skin map: whole pictures composed of people, cloth and lesions, an answer for every cell.

mod compose;
mod learner;
mod measure;
mod people;
pub(super) mod run;
mod scene;

pub use self::measure::SkinFigures;
