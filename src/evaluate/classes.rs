//! From class names as data sets write them to the coarser classes of the bundled model, in one place.

/// One name and what it belongs to.
struct Entry {
    raw: &'static str,
    coarse: &'static str,
}

/// Every known raw name. Coarse names stand for themselves.
const TABLE: [Entry; 20] = [
    Entry { raw: "melanoma", coarse: "melanoma" },
    Entry { raw: "bcc", coarse: "carcinoma" },
    Entry { raw: "basal_cell_carcinoma", coarse: "carcinoma" },
    Entry { raw: "scc", coarse: "carcinoma" },
    Entry { raw: "squamous_cell_carcinoma", coarse: "carcinoma" },
    Entry { raw: "actinic_keratosis", coarse: "carcinoma" },
    Entry { raw: "carcinoma", coarse: "carcinoma" },
    Entry { raw: "nevus", coarse: "nevus" },
    Entry { raw: "seborrheic_keratosis", coarse: "benign_keratosis" },
    Entry { raw: "pigmented_benign_keratosis", coarse: "benign_keratosis" },
    Entry { raw: "solar_lentigo", coarse: "benign_keratosis" },
    Entry { raw: "lichen_planus_like_keratosis", coarse: "benign_keratosis" },
    Entry { raw: "benign_keratosis", coarse: "benign_keratosis" },
    Entry { raw: "dermatofibroma", coarse: "other_lesion" },
    Entry { raw: "vascular", coarse: "other_lesion" },
    Entry { raw: "vascular_lesion", coarse: "other_lesion" },
    Entry { raw: "other_lesion", coarse: "other_lesion" },
    Entry { raw: "skin", coarse: "skin" },
    Entry { raw: "background", coarse: "background" },
    Entry { raw: "skin-scene", coarse: "skin" },
];

/// Coarse classes that are reported as suspicious.
const SUSPICIOUS: [&str; 2] = ["melanoma", "carcinoma"];

/// The coarse class of a raw or coarse name; case, spaces and hyphens do not matter. `None` for a name that is not known.
pub fn coarse(name: &str) -> Option<&'static str> {
    let plain = |s: &str| s.to_ascii_lowercase().replace([' ', '-'], "_");
    let wanted = plain(name);
    TABLE.iter().find(|e| plain(e.raw) == wanted).map(|e| e.coarse)
}

/// Whether a class, raw or coarse, is one of the suspicious ones. An unknown name is not.
pub fn suspicious(name: &str) -> bool {
    coarse(name).is_some_and(|c| SUSPICIOUS.contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::paint::lesion::KINDS;

    #[test]
    fn every_painted_kind_is_known() {
        for kind in KINDS {
            assert!(coarse(kind.name()).is_some(), "{kind:?}");
        }
    }

    #[test]
    fn coarse_names_stand_for_themselves_and_suspicion_agrees() {
        for entry in &TABLE {
            assert_eq!(coarse(entry.coarse), Some(entry.coarse));
            assert_eq!(suspicious(entry.raw), suspicious(entry.coarse));
        }
        assert!(suspicious("Actinic keratosis") && suspicious("bcc") && !suspicious("nevus") && !suspicious("sofa"));
    }
}
