//! The commands that run a source through the pipeline, and what they share.

pub(crate) mod begun;
mod closing;
pub(crate) mod demo;
pub(crate) mod headless;
pub(crate) mod live;
mod viewer;
pub(crate) mod window;
