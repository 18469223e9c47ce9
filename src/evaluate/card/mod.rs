//! One card for a model: what can be measured on open data, the development side beside the report side, with intervals.

mod figures;
mod material;
mod page;
mod rows;
mod sheet;

pub use self::figures::CardFigure;
pub use self::material::SideMaterial;
pub use self::sheet::{CardLine, CardSubject, EvaluationCard};

#[cfg(test)]
mod tests;
