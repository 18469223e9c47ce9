//! Files as every layer handles them: what is replaced is whole at all times, and no name decides where something is written.

mod bytes;
mod hold;
mod name;
mod replace;
mod same;
mod text;

pub use bytes::{bytes, open};
pub use hold::{Hold, hold};
pub use name::name;
pub use replace::replace;
pub use same::same;
pub use text::{text, text_of};
