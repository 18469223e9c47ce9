//! Files as every layer handles them: what is replaced is whole at all times, and no name decides where something is written.

mod bytes;
mod hold;
mod lock;
mod name;
mod replace;
mod same;
mod system;
mod text;

pub use bytes::{bytes, open};
pub use hold::{Hold, hold};
pub use lock::{LOCK, Lock, LockError};
pub use name::{Names, name};
pub use replace::{Replacement, commit, replace, unfinished};
pub use same::{clash, same};
pub use system::is_pipe;
pub use text::{is_unseen, text, text_of, visible};
