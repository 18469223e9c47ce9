//! The commands that run a source through the pipeline, and what they share.

mod account;
mod conclusion;
mod current;
mod delays;
pub(crate) mod demo;
pub(crate) mod first_frame;
mod found;
pub(crate) mod headless;
pub(crate) mod live;
mod takes;
mod time_limit;
mod video;
mod viewer;
pub(crate) mod window;
