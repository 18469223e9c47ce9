//! Keeps the process from ending while a file is being replaced, which would leave the new content beside it.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};

static REPLACING: RwLock<()> = RwLock::new(());

/// No file is replaced as long as this lives.
pub struct Hold(#[allow(dead_code, reason = "it is what keeps others out")] RwLockWriteGuard<'static, ()>);

/// Keeps files from being replaced from now on; `None` while one is.
pub fn hold() -> Option<Hold> {
    match REPLACING.try_write() {
        Ok(guard) => Some(Hold(guard)),
        Err(TryLockError::Poisoned(poisoned)) => Some(Hold(poisoned.into_inner())),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Says that a file is being replaced as long as this lives.
pub(super) fn replacing() -> RwLockReadGuard<'static, ()> {
    REPLACING.read().unwrap_or_else(PoisonError::into_inner)
}
