//! The commands that run a source through the pipeline, and what they share.

mod account;
mod delays;
pub(crate) mod demo;
pub(crate) mod first_frame;
mod found;
pub(crate) mod headless;
pub(crate) mod live;
mod viewer;
pub(crate) mod window;
