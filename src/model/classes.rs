//! Class names: from the names in data sets to the coarser lesion classes of the bundled model.

use super::class::Class;

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
    let plain = plain(name);
    MERGED.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(class, _)| *class)
}

/// The name without what people write differently: case, blanks and hyphens.
fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

/// The class that a name of a data set means: the one called so, or else the only one that means the same lesion. `None` when the name is
/// not known, or could be several.
pub fn index_of(classes: &[Class], name: &str) -> Option<usize> {
    let only = |test: &dyn Fn(&Class) -> bool| {
        let mut found = classes.iter().enumerate().filter(|(_, class)| test(class)).map(|(index, _)| index);
        found.next().filter(|_| found.next().is_none())
    };
    let meant = merged(name);
    only(&|class| class.name == name)
        .or_else(|| only(&|class| plain(&class.name) == plain(name)))
        .or_else(|| only(&|class| meant == Some(class.name.as_str())))
        .or_else(|| only(&|class| meant.is_some() && merged(&class.name) == meant))
}

/// Whether a class, of a data set or of the model, is one of the suspicious ones. An unknown name is not.
pub fn suspicious(name: &str) -> bool {
    merged(name).is_some_and(|class| SUSPICIOUS.contains(&class))
}

/// Whether the name that somebody gave to a class of a classifier of their own speaks of a cancer, and not of none.
pub fn sounds_suspicious(name: &str) -> bool {
    let parts = ["melanom", "malign", "carcinom", "cancer"];
    let mut said = plain(name);
    for part in parts {
        for none in ["non_", "not_", "no_", "non"] {
            said = said.replace(&format!("{none}{part}"), "");
        }
    }
    suspicious(name) || parts.iter().any(|part| said.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ClassKind;
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
        let of = |names: &[&str]| -> Vec<Class> {
            names
                .iter()
                .map(|name| Class { name: (*name).into(), kind: ClassKind::Lesion, suspicious: false })
                .collect()
        };
        let ham = of(&["akiec", "bcc", "nv", "MEL"]);
        let found = ["bcc", "nevus", "mel", "Melanoma", "carcinoma", "sofa"].map(|name| index_of(&ham, name));
        assert_eq!(found, [Some(1), Some(2), Some(3), Some(3), None, None], "a carcinoma could be akiec or bcc");
        for (name, expect) in [
            ("Malignant melanoma (MM)", true),
            ("basal cell carcinoma (BCC)", true),
            ("non-melanoma skin cancer", true),
            ("mel", true),
            ("non-malignant", false),
            ("no melanoma", false),
            ("Nevus", false),
        ] {
            assert_eq!(sounds_suspicious(name), expect, "{name}");
        }
        assert!(suspicious("Actinic keratosis") && suspicious("bcc") && !suspicious("nevus") && !suspicious("sofa"));
    }
}
