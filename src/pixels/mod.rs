//! To come.

pub mod chain;
