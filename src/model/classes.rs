//! Class names: from what data sets write to the coarser lesion classes of the bundled model, in one place.

/// Names of dataset classes that make up one lesion class of the bundled model, with the abbreviations of HAM10000 and PAD-UFES-20.
pub const MERGED: [(&str, &[&str]); 5] = [
    ("nevus", &["nevus", "naevus", "melanocytic_nevus", "melanocytic_nevi", "nv", "nev", "mole"]),
    (
        "benign_keratosis",
        &[
            "benign_keratosis",
            "benign_keratosis_like_lesions",
            "seborrheic_keratosis",
            "keratosis",
            "solar_lentigo",
            "bkl",
            "sek",
        ],
    ),
    ("melanoma", &["melanoma", "mel"]),
    (
        "carcinoma",
        &[
            "carcinoma",
            "bcc",
            "scc",
            "ack",
            "akiec",
            "actinic_keratosis",
            "actinic_keratoses",
            "basal_cell_carcinoma",
            "squamous_cell_carcinoma",
        ],
    ),
    (
        "other_lesion",
        &["other_lesion", "vascular", "vascular_lesion", "vascular_lesions", "vasc", "dermatofibroma", "df"],
    ),
];

/// Lesion classes that are reported as suspicious.
const SUSPICIOUS: [&str; 2] = ["melanoma", "carcinoma"];

/// The lesion class that a name belongs to, be it of a data set or of the model; case, blanks and hyphens do not matter.
/// `None` for a name that is not known.
pub fn merged(name: &str) -> Option<&'static str> {
    let plain = name.to_ascii_lowercase().replace([' ', '-'], "_");
    MERGED.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(class, _)| *class)
}

/// Whether a class, of a data set or of the model, is one of the suspicious ones. An unknown name is not.
pub fn suspicious(name: &str) -> bool {
    merged(name).is_some_and(|class| SUSPICIOUS.contains(&class))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::paint::lesion::KINDS;

    #[test]
    fn every_painted_kind_is_known() {
        for kind in KINDS {
            assert!(merged(kind.name()).is_some(), "{kind:?}");
        }
    }

    #[test]
    fn the_classes_stand_for_themselves_and_no_name_belongs_to_two() {
        for (class, names) in MERGED {
            assert_eq!(merged(class), Some(class));
            for name in names {
                assert_eq!(merged(name), Some(class));
                assert_eq!(suspicious(name), suspicious(class));
            }
        }
        assert!(suspicious("Actinic keratosis") && suspicious("bcc") && !suspicious("nevus") && !suspicious("sofa"));
    }
}
