//! The commands that make models and files of them, and the flags that name a model.

mod agreement;
pub(crate) mod calibrate;
pub(crate) mod export;
mod familiar;
pub(crate) mod flags;
pub(crate) mod import;
mod python;
pub(crate) mod train;
