//! Lesions: patches with transparency, one painter a kind, after what smartphone close-ups show of each.

mod kind;
mod painted;
mod pigmented;
mod red;
mod shape;
mod touch;

pub use self::kind::{KINDS, LesionKind};
pub use self::painted::{Lesion, lesion};
