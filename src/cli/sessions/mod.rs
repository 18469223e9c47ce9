//! Commands about sessions that were recorded.

mod alignment;
pub(super) mod export_session;
mod film;
pub(super) mod forget;
mod own_files;
mod player;
mod redrawn;
pub(super) mod replay;
pub(super) mod report;
