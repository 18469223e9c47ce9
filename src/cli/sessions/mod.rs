//! Commands about sessions that were recorded.

pub(super) mod export_session;
pub(super) mod forget;
mod own_files;
