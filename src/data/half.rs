//! The two halves of what is not learnt from.

use super::side::Side;

/// The half that a group belongs to, by the top bit of a hash of its name: the same whatever else is in the data, and wherever that lies. FNV-1a
/// is finished as MurmurHash3 does it (fmix64), since its own top bits hardly depend on the last letters, by which patients differ.
/// `benches/scenes/half.py` has the same rule.
pub fn half(group: &str) -> Side {
    let mixed = [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53u64]
        .iter()
        .fold(hash(group), |hash, factor| (hash ^ (hash >> 33)).wrapping_mul(*factor));
    if (mixed ^ (mixed >> 33)) >> 63 == 0 { Side::Development } else { Side::Report }
}

/// FNV-1a.
pub(super) fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figures are those of `benches/scenes/half.py`: clips that were composed from one half must stay in it.
    #[test]
    fn a_group_stays_in_its_half() {
        for (group, side) in GROUPS {
            assert_eq!(half(group), side, "{group}");
        }
        let reported = (0..2000).filter(|n| half(&format!("patient:PAT_{n}")) == Side::Report).count();
        assert!((900..1100).contains(&reported), "{reported} of 2000");
    }

    const GROUPS: [(&str, Side); 4] = [
        ("patient:PAT_1029", Side::Development),
        ("patient:PAT_108", Side::Development),
        ("person:1", Side::Report),
        ("closeups/a.jpg", Side::Report),
    ];
}
