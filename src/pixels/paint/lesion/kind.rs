//! The kinds of lesions that can be painted.

/// A kind that can be painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LesionKind {
    /// Round, even, brown.
    Nevus,
    /// Large, asymmetric, irregular border, several colours.
    Melanoma,
    /// Warty, stuck on, waxy brown to grey.
    SeborrheicKeratosis,
    /// A pink patch with whitish scales.
    ActinicKeratosis,
    /// A pearly pink bump with fine vessels, some with an ulcer.
    Bcc,
    /// A red bump with a crust of horn.
    Scc,
    /// Red to purple, round, shining.
    Vascular,
}

/// All kinds.
pub const KINDS: [LesionKind; 7] = [
    LesionKind::Nevus,
    LesionKind::Melanoma,
    LesionKind::SeborrheicKeratosis,
    LesionKind::ActinicKeratosis,
    LesionKind::Bcc,
    LesionKind::Scc,
    LesionKind::Vascular,
];

impl LesionKind {
    /// The class as truth files and the manifest name it.
    pub fn name(self) -> &'static str {
        match self {
            LesionKind::Nevus => "nevus",
            LesionKind::Melanoma => "melanoma",
            LesionKind::SeborrheicKeratosis => "seborrheic_keratosis",
            LesionKind::ActinicKeratosis => "actinic_keratosis",
            LesionKind::Bcc => "bcc",
            LesionKind::Scc => "scc",
            LesionKind::Vascular => "vascular",
        }
    }
}
