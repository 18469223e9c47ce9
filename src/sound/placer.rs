//! Where the packets of sound lie in time: beside the pictures, also where the clock of the film jumped.

/// Sound that starts this much before the end of the packet before, ns, still follows it: rounding.
const EARLY: i64 = 100_000_000;

/// Sound that starts this much after the end of the packet before, ns, still follows it.
const LATE: i64 = 500_000_000;

/// How far from the end of the packet before, ns, a known shift of the pictures may put a packet.
const NEAR: i64 = 1_000_000_000;

/// Longest pause, ns, that is believed.
const LONGEST_PAUSE: i64 = 3_600_000_000_000;

/// Where a packet belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placement {
    /// Its time, ns.
    At(i64),
    /// It cannot be told yet, or is not due.
    Later,
}

/// What is known when a packet is to be placed.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlacementFacts<'a> {
    /// Time of the packet after it by its own clock, ns, where it was read already.
    pub(super) next: Option<i64>,
    /// All packets before this time, ns, are due.
    pub(super) until: i64,
    /// What was added to the clock of the pictures up to now, ns.
    pub(super) shifts: &'a [i64],
    /// Whether everything was read.
    pub(super) ended: bool,
}

/// Places packets one after the other.
///
/// A packet that begins where the one before ends keeps the shift of that one. Where the sound's clock jumps, the shifts that
/// the pictures got are tried first, so that both stay in step. What none of them explains is a pause (of an hour at most) when
/// later packets go on from there, else damage: it then follows the packet before.
#[derive(Clone, Debug, Default)]
pub(super) struct SoundPlacer {
    shift: i64,
    /// End of the packet before, ns.
    follow: Option<i64>,
    /// Packets that were moved by a rule of the sound's own.
    pub(super) moved: u64,
}

impl SoundPlacer {
    /// Where a packet belongs that says `own` (ns since the start of the container) and lasts `lasts` ns.
    pub(super) fn place(&mut self, own: i64, lasts: i64, known: PlacementFacts) -> Placement {
        let place = self.choose(own, known);
        if let Placement::At(time) = place {
            self.follow = Some(time.saturating_add(lasts.max(0)));
        }
        place
    }

    fn choose(&mut self, own: i64, known: PlacementFacts) -> Placement {
        let time = own.saturating_add(self.shift);
        let contradicted = known.next.is_some_and(|next| next.saturating_add(LATE) < own);
        let Some(follow) = self.follow else { return self.first(own, contradicted, known) };
        let off = time.saturating_sub(follow);
        if (-EARLY..=LATE).contains(&off) {
            return due(time, known);
        }
        let near = |shift: &i64| own.saturating_add(*shift).saturating_sub(follow).saturating_abs();
        if let Some(shift) = known.shifts.iter().copied().filter(|shift| near(shift) <= NEAR).min_by_key(near) {
            self.shift = shift;
            return due(own.saturating_add(shift), known);
        }
        let alone = known.ended && known.next.is_none();
        if off > 0 && off <= LONGEST_PAUSE && !contradicted && !alone {
            return due(time, known);
        }
        // The pictures may be about to make the same jump.
        if !contradicted && !known.ended && known.until <= follow.saturating_add(NEAR) {
            return Placement::Later;
        }
        if !contradicted {
            self.shift = follow.saturating_sub(own);
        }
        self.moved += 1;
        due(follow, known)
    }

    fn first(&mut self, own: i64, contradicted: bool, known: PlacementFacts) -> Placement {
        let time = own.saturating_add(self.shift);
        if contradicted || time.saturating_abs() > LONGEST_PAUSE {
            self.moved += 1;
            if !contradicted {
                self.shift = own.saturating_neg();
            }
            return Placement::At(0);
        }
        due(time, known)
    }
}

fn due(time: i64, known: PlacementFacts) -> Placement {
    if time < known.until { Placement::At(time) } else { Placement::Later }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: i64 = 1_000_000;

    /// Places packets of 20 ms, all of which are there; gives their times, ms.
    fn placed(own: &[i64], shifts: &[i64]) -> Vec<i64> {
        let mut placing = SoundPlacer::default();
        let shifts: Vec<i64> = shifts.iter().map(|shift| shift * MS).collect();
        let place = |(i, time): (usize, &i64)| {
            let next = own.get(i + 1).map(|next| next * MS);
            let known = PlacementFacts { next, until: i64::MAX, shifts: &shifts, ended: true };
            match placing.place(time * MS, 20 * MS, known) {
                Placement::At(time) => time / MS,
                Placement::Later => panic!("all is due"),
            }
        };
        own.iter().enumerate().map(place).collect()
    }

    #[test]
    fn jumps_are_those_of_the_pictures_or_of_its_own() {
        assert_eq!(placed(&[-20, 0, 20, 41, 60], &[]), [-20, 0, 20, 41, 60]);
        assert_eq!(placed(&[0, 20, 5000, 5020], &[]), [0, 20, 5000, 5020], "a pause");
        assert_eq!(placed(&[0, 20, 5000, 5020], &[-4950]), [0, 20, 50, 70], "the pictures jumped as well");
        assert_eq!(placed(&[1000, 1020, 200, 220], &[830]), [1000, 1020, 1030, 1050], "back, with the pictures");
        assert_eq!(placed(&[1000, 1020, 200, 220], &[]), [1000, 1020, 1040, 1060], "back, alone");
        assert_eq!(placed(&[0, 20, 9_000_000, 60, 80], &[]), [0, 20, 40, 60, 80], "one wild time");
        assert_eq!(placed(&[9_000_000, 20, 40], &[]), [0, 20, 40], "the first is wild");
        assert_eq!(placed(&[0, 20, 9_000_000, 9_000_020], &[]), [0, 20, 40, 60], "beyond belief");
    }

    #[test]
    fn a_jump_waits_for_that_of_the_pictures() {
        let mut placing = SoundPlacer::default();
        let known = |until: i64| PlacementFacts { next: None, until: until * MS, shifts: &[], ended: false };
        assert_eq!(placing.place(1000 * MS, 20 * MS, known(2000)), Placement::At(1000 * MS));
        assert_eq!(placing.place(200 * MS, 20 * MS, known(1500)), Placement::Later);
        let shifts = [830 * MS];
        let known = PlacementFacts { shifts: &shifts, ..known(1500) };
        assert_eq!(placing.place(200 * MS, 20 * MS, known), Placement::At(1030 * MS));
    }

    proptest! {
        #[test]
        fn plain_sound_is_not_moved(start in -100i64..100, count in 1usize..50) {
            let own: Vec<i64> = (0..count as i64).map(|i| start + 20 * i).collect();
            prop_assert_eq!(placed(&own, &[0, 700, -300]), own);
        }
    }
}
