//! The classes that are learnt: those of the bundled model.

use crate::model::classes::{self, MERGED};
use crate::model::{Class, ClassKind};

/// Class index of background; the bundled classes start with background and skin.
pub const BACKGROUND: usize = 0;

/// Class index of skin.
pub const SKIN: usize = 1;

/// The classes of the bundled model.
pub fn bundled_classes() -> Vec<Class> {
    let class = |name: &str, kind| Class { name: name.to_owned(), kind, suspicious: classes::suspicious(name) };
    let lesions = MERGED.iter().map(|(name, _)| class(name, ClassKind::Lesion));
    [class("background", ClassKind::Background), class("skin", ClassKind::Skin)].into_iter().chain(lesions).collect()
}
