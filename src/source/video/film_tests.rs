use proptest::prelude::*;

use super::*;

const MS: i64 = 1_000_000;

fn announced(end_ms: Option<i64>) -> Announced {
    Announced { usual: 40 * MS, end: end_ms.map(|end| end * MS), jumps: false }
}

/// Places pictures (ms; length of each where it is known) and gives their times, ms, and the clock.
fn placed(stamps: &[(Option<i64>, Option<i64>)], announced: Announced, sound: bool) -> (Vec<i64>, FilmClock) {
    let mut clock = FilmClock::new(announced);
    let own: Vec<Option<i64>> = stamps.iter().map(|(own, _)| own.map(|own| own * MS)).collect();
    let times = (0..stamps.len())
        .map(|i| {
            let stamp = Stamp { own: own[i], lasts: stamps[i].1.map(|lasts| lasts * MS) };
            let ahead = &own[i + 1..own.len().min(i + 1 + AHEAD)];
            let evidence = Evidence { ahead, sound_between: sound };
            clock.step(stamp).unwrap_or_else(|| clock.settle(stamp, evidence)) / MS
        })
        .collect();
    (times, clock)
}

fn times(stamps: &[i64]) -> Vec<i64> {
    let stamps: Vec<_> = stamps.iter().map(|stamp| (Some(*stamp), None)).collect();
    placed(&stamps, announced(None), false).0
}

/// `count` pictures, 40 ms apart, from `from` on.
fn film(from: i64, count: i64) -> Vec<i64> {
    (0..count).map(|i| from + 40 * i).collect()
}

#[test]
fn one_wild_stamp_is_placed_between_its_neighbours() {
    for wild in [-5000, 0, 119, 300, 20_000, 69_905_266, i64::MAX / MS, i64::MIN / MS] {
        for at in [0, 1, 3, 20] {
            let mut stamps = film(0, 30);
            stamps[at] = wild;
            let found = times(&stamps);
            assert!(found.is_sorted_by(|a, b| a < b), "{wild} at {at}: {found:?}");
            assert_eq!(found[at + 1..], film(0, 30)[at + 1..], "{wild} at {at}");
        }
    }
    let mut stamps = film(0, 30);
    stamps[10] = 69_905_266;
    let stamps: Vec<_> = stamps.into_iter().map(|stamp| (Some(stamp), Some(40))).collect();
    let (found, clock) = placed(&stamps, announced(Some(1200)), false);
    assert_eq!(found, film(0, 30));
    assert!(clock.trouble().is_some_and(|text| text.contains("neighbours: 1") && text.contains("0.40 s")));
}

#[test]
fn the_last_picture_and_runs_of_wild_stamps_do_not_stretch_the_film() {
    let mut stamps = film(0, 30);
    stamps[29] = 9_000_000;
    assert_eq!(times(&stamps), film(0, 30));
    for run in 2..9 {
        let mut stamps = film(0, 30);
        (0..run).for_each(|i| stamps[10 + i] = 1_000_000 * (3 + (i as i64 * 7) % 5));
        assert_eq!(times(&stamps), film(0, 30), "{run} in a row");
    }
}

#[test]
fn a_clock_that_steps_back_goes_on_at_the_films_pace() {
    for back in [100, 200, 800, 999, 1001, 60_000] {
        let stamps: Vec<i64> = film(2000, 30).into_iter().chain(film(3200 - back, 30)).collect();
        let found = times(&stamps);
        assert!(found.is_sorted_by(|a, b| a < b), "{back}: {found:?}");
        assert_eq!(found, film(2000, 60), "{back}");
    }
}

#[test]
fn a_jump_of_a_clock_that_may_jump_is_taken_out() {
    let stamps: Vec<_> = film(0, 30).into_iter().chain(film(26_000, 30)).map(|own| (Some(own), Some(40))).collect();
    let jumping = Announced { jumps: true, ..announced(Some(27_200)) };
    let (found, clock) = placed(&stamps, jumping, false);
    assert_eq!(found, film(0, 60));
    assert_eq!(clock.shift(), -24_800 * MS);
    assert!(clock.trouble().is_some_and(|text| text.contains("own pace: 1")));
    let (found, clock) = placed(&stamps, jumping, true);
    assert_eq!(found[30], 26_000, "sound runs through");
    assert_eq!(clock.trouble(), None);
    assert_eq!(
        placed(&stamps, announced(Some(27_200)), false).0[30],
        26_000,
        "a clock that does not jump by its nature"
    );
    assert_eq!(placed(&stamps, announced(Some(2400)), false).0, film(0, 60), "beyond the announced end");
}

#[test]
fn true_pauses_stay() {
    // A phone's film whose packets say how long they last; pictures of a screen that change every few seconds.
    let mut phone: Vec<_> = film(0, 10).into_iter().chain(film(5000, 10)).map(|own| (Some(own), Some(40))).collect();
    phone[9].1 = Some(4640);
    let jumping = Announced { jumps: true, ..announced(Some(5400)) };
    let (found, clock) = placed(&phone, jumping, false);
    assert_eq!((found[9], found[10], clock.trouble()), (360, 5000, None));
    let screen = [0, 40, 3000, 9000, 9040, 15_000, 15_080, 28_000];
    let stamps: Vec<_> = screen.iter().map(|own| (Some(*own), None)).collect();
    let (found, clock) = placed(&stamps, announced(Some(30_000)), false);
    assert_eq!((found.as_slice(), clock.trouble()), (&screen[..], None));
}

#[test]
fn pictures_that_share_a_stamp_are_spread() {
    assert_eq!(times(&[0, 0, 80, 80, 160, 160, 240]), [0, 40, 80, 120, 160, 200, 240]);
    let seconds: Vec<i64> = (0..100).map(|i| i / 25 * 1000).collect();
    let found = times(&seconds);
    assert!(found.is_sorted_by(|a, b| a < b), "{found:?}");
    assert!((3800..4200).contains(&found[99]), "{found:?}");
}

#[test]
fn pictures_without_stamps_follow_at_the_films_pace() {
    let stamps = [Some(0), Some(40), None, None, Some(160)].map(|own| (own, None));
    assert_eq!(placed(&stamps, announced(None), false).0, [0, 40, 80, 120, 160]);
    assert_eq!(placed(&[(None, None); 3], announced(None), false).0, [0, 40, 80]);
}

proptest! {
    /// Films of constant and of variable rate, with pauses that their packets explain.
    #[test]
    fn plain_films_keep_their_stamps(
        steps in prop::collection::vec(prop_oneof![9 => 1i64..1000, 1 => 1000i64..600_000], 1..60),
        start in 0i64..1000,
        jumps: bool,
    ) {
        let own: Vec<i64> = steps.iter().scan(start, |at, step| { let own = *at; *at += step; Some(own) }).collect();
        let end = start + steps.iter().sum::<i64>();
        let stamps: Vec<_> = own.iter().zip(&steps).map(|(own, step)| (Some(*own), Some(*step))).collect();
        let (found, clock) = placed(&stamps, Announced { jumps, ..announced(Some(end)) }, false);
        prop_assert_eq!(found, own);
        prop_assert_eq!(clock.trouble(), None);
    }

    /// Whatever stamps say, times grow.
    #[test]
    fn times_grow(
        stamps in prop::collection::vec((prop::option::of(any::<i64>()), prop::option::of(any::<i64>())), 0..50),
        end in prop::option::of(any::<i64>()),
        (jumps, sound) in any::<(bool, bool)>(),
    ) {
        let mut clock = FilmClock::new(Announced { usual: 40 * MS, end, jumps });
        let mut before = -1;
        for (i, (own, lasts)) in stamps.iter().enumerate() {
            let ahead: Vec<_> = stamps[i + 1..].iter().take(AHEAD).map(|(own, _)| *own).collect();
            let stamp = Stamp { own: *own, lasts: *lasts };
            let evidence = Evidence { ahead: &ahead, sound_between: sound };
            let time = clock.step(stamp).unwrap_or_else(|| clock.settle(stamp, evidence));
            prop_assert!(time > before);
            before = time;
        }
    }

    /// A film of pieces whose clocks have nothing to do with each other is as long as its pieces, wherever single stamps are wild.
    #[test]
    fn the_length_is_that_of_the_film(
        pieces in prop::collection::vec((0i64..10_000_000, 12i64..40), 1..5),
        wild in prop::collection::vec((0usize..200, -1000i64..100_000_000), 0..4),
    ) {
        let mut stamps: Vec<i64> = pieces.iter().flat_map(|(from, count)| film(*from, *count)).collect();
        let origin = stamps[0];
        stamps.iter_mut().for_each(|stamp| *stamp -= origin);
        let count = stamps.len();
        for (at, stamp) in wild {
            // One in a piece's middle, and the pieces' edges left alone.
            stamps[at % count] = stamp;
        }
        let stamps: Vec<_> = stamps.into_iter().map(|own| (Some(own), Some(40))).collect();
        let (found, _) = placed(&stamps, Announced { jumps: true, ..announced(None) }, false);
        prop_assert!(found.is_sorted_by(|a, b| a < b));
        let length = found[count - 1] + 40;
        prop_assert!((length - 40 * count as i64).abs() <= 1000 * pieces.len() as i64, "{} for {}", length, 40 * count);
    }
}
