use proptest::prelude::*;

use super::super::stamps::AHEAD;
use super::*;

const MS: i64 = 1_000_000;

fn announced(end_ms: Option<i64>) -> ContainerClock {
    ContainerClock { usual: 40 * MS, tick: 1, end: end_ms.map(|end| end * MS), jumps: false }
}

/// Places pictures (ms; length of each where it is known) and gives their times, ms, and the clock.
fn placed(stamps: &[(Option<i64>, Option<i64>)], announced: ContainerClock, sound: bool) -> (Vec<i64>, FilmClock) {
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
    let jumping = ContainerClock { jumps: true, ..announced(Some(27_200)) };
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
    let jumping = ContainerClock { jumps: true, ..announced(Some(5400)) };
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
        let (found, clock) = placed(&stamps, ContainerClock { jumps, ..announced(Some(end)) }, false);
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
        let mut clock = FilmClock::new(ContainerClock { usual: 40 * MS, tick: 1, end, jumps });
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
        let (found, _) = placed(&stamps, ContainerClock { jumps: true, ..announced(None) }, false);
        prop_assert!(found.is_sorted_by(|a, b| a < b));
        let length = found[count - 1] + 40;
        prop_assert!((length - 40 * count as i64).abs() <= 1000 * pieces.len() as i64, "{} for {}", length, 40 * count);
    }
}

/// Stamps in ticks of a clock, as ffprobe tells them of real films; how many a second; and the pictures' times, ms.
fn of_ticks(stamps: &[i64], hz: f64, announced: ContainerClock, lasts: &[(usize, i64)]) -> (Vec<i64>, FilmClock) {
    let ns = |ticks: i64| (ticks as f64 / hz * 1e9).round() as i64;
    let own: Vec<Option<i64>> = stamps.iter().map(|stamp| Some(ns(stamp - stamps[0]))).collect();
    let mut clock = FilmClock::new(ContainerClock { tick: ns(1), ..announced });
    let times = (0..own.len())
        .map(|i| {
            let length = lasts.iter().rfind(|(from, _)| *from <= i).map(|(_, length)| ns(*length));
            let stamp = Stamp { own: own[i], lasts: length };
            let evidence = Evidence { ahead: &own[i + 1..own.len().min(i + 1 + AHEAD)], sound_between: false };
            let time = clock.step(stamp).unwrap_or_else(|| clock.settle(stamp, evidence));
            (time as f64 / 1e6).round() as i64
        })
        .collect();
    (times, clock)
}

/// `count` pictures at 30 a second, ms.
fn thirty(count: i64) -> Vec<i64> {
    (0..count).map(|i| (i as f64 * 1000.0 / 30.0).round() as i64).collect()
}

/// One wild stamp, and the muxer's mending behind it: one tick more for each picture. `rx.ts`, `rx.mp4` (whose lengths tell the same
/// story) and `rx.mkv` of a trial.
#[test]
fn a_clock_that_creeps_behind_a_wild_stamp_is_none() {
    let creeping = |from: i64, step: i64, wild: i64, tick: i64| -> Vec<i64> {
        (0..25).map(|i| from + step * i).chain((0..35).map(|i| wild + tick * i)).collect()
    };
    let announced = |usual: f64, end: f64, jumps| ContainerClock {
        usual: (usual * 1e9) as i64,
        tick: 1,
        end: Some((end * 1e9) as i64),
        jumps,
    };
    let ts = announced(1.0 / 30.0, 40.867, true);
    let (found, clock) = of_ticks(&creeping(126_000, 3000, 3_801_000, 1), 90_000.0, ts, &[(0, 3000)]);
    assert_eq!(found, thirty(60));
    let trouble = clock.trouble().unwrap();
    assert!(trouble.contains("stood still: 34") && trouble.contains("own pace: 1"), "{trouble}");
    assert!(
        (40_833 * MS..40_835 * MS).contains(&clock.furthest()),
        "the end that was announced is that of the wild stamps"
    );
    let mp4 = announced(1_839_017.0 / 2_700_000.0, 40.868, false);
    let lengths = [(0, 3000), (24, 3_603_000), (25, 1)];
    let (found, clock) = of_ticks(&creeping(0, 3000, 3_675_000, 1), 90_000.0, mp4, &lengths);
    assert_eq!(found, thirty(60));
    assert!(clock.trouble().is_some());
    let mut stamps = creeping(0, 33, 3_600_833, 0);
    stamps.iter_mut().take(25).enumerate().for_each(|(i, stamp)| *stamp = thirty(25)[i]);
    let (found, clock) = of_ticks(&stamps, 1000.0, announced(1.0 / 30.0, 3600.866, false), &[(0, 33)]);
    assert!(found.is_sorted_by(|a, b| a < b) && (1940..=1970).contains(&found[59]), "{found:?}");
    assert!(clock.trouble().is_some());
}

/// The same with pictures that are stored out of order (`wild.ts`): stamps around one another, and one that was not mended.
#[test]
fn stamps_that_creep_out_of_order_are_none() {
    let creeping = [
        9, 10, 12_008, 12, 11, 13, 15, 16, 14, 18, 19, 17, 21, 22, 20, 24, 25, 23, 27, 26, 28, 30, 31, 29, 33, 34, 32,
        36, 37, 35, 39, 40, 38, 42, 41,
    ];
    let stamps: Vec<i64> =
        (0..25).map(|i| 132_000 + 3000 * i).chain(creeping.iter().map(|stamp| 410_266_400 + stamp)).collect();
    let ts = ContainerClock { usual: 33_333_333, tick: 1, end: Some(4_557_066_022_000), jumps: true };
    let (found, clock) = of_ticks(&stamps, 90_000.0, ts, &[(0, 3000)]);
    assert_eq!(found[..26], thirty(26)[..]);
    assert!(found.windows(2).all(|two| (20..=70).contains(&(two[1] - two[0]))), "{found:?}");
    assert!((1967..=2034).contains(&found[59]), "{found:?}");
    assert!(clock.trouble().is_some_and(|trouble| trouble.contains("stood still")));
}

/// A clock that steps back by 0.1 s, mended by a muxer (`back.ts`): no two pictures at one time.
#[test]
fn pictures_behind_a_mended_step_back_do_not_share_a_time() {
    let stamps: Vec<i64> = (0..19)
        .map(|i| 132_000 + 3000 * i)
        .chain([183_002, 183_003, 185_000])
        .chain((0..38).map(|i| 188_000 + 3000 * i))
        .collect();
    let ts = ContainerClock { usual: 33_333_333, tick: 1, end: Some(1_888_889_000), jumps: true };
    let (found, _) = of_ticks(&stamps, 90_000.0, ts, &[(0, 3000)]);
    assert!(found.windows(2).all(|two| two[1] - two[0] >= 20), "{found:?}");
    assert!((1900..=2000).contains(&found[59]), "{found:?}");
}

/// Where the true clock comes back behind mended stamps, it holds again.
#[test]
fn a_clock_that_was_overtaken_holds_again() {
    let stamps: Vec<i64> =
        (0..25).map(|i| 3000 * i).chain((0..15).map(|i| 117_000 + i)).chain((40..80).map(|i| 3000 * i)).collect();
    let ts = ContainerClock { usual: 33_333_333, tick: 1, end: Some(2_666_000_000), jumps: true };
    assert_eq!(of_ticks(&stamps, 90_000.0, ts, &[(0, 3000)]).0, thirty(80));
}

/// Single pictures that follow at once, as cameras of a varying rate make them, keep their stamps.
#[test]
fn short_steps_of_a_varying_rate_stay() {
    let stamps = [0, 33, 34, 66, 100, 133, 135, 166, 200, 201, 233];
    let film = ContainerClock { usual: 33 * MS, tick: MS, end: Some(240 * MS), jumps: false };
    let (found, clock) = of_ticks(&stamps, 1000.0, film, &[]);
    assert_eq!((found.as_slice(), clock.trouble()), (&stamps[..], None));
}

/// `w_three.ts` and `w_everyother.ts`: the announced end is that of the wild stamps, which were seen.
#[test]
fn an_end_that_wild_stamps_announce_was_reached() {
    let three: Vec<i64> = (0..60).map(|i| 3000 * i + if (25..28).contains(&i) { 4_500_000 } else { 0 }).collect();
    let other: Vec<i64> = (0..60).map(|i| 3000 * i + if i % 2 == 1 { 1_800_000 } else { 0 }).collect();
    for (stamps, furthest) in [(three, 50_900), (other, 21_967)] {
        let announced = ContainerClock { usual: 33_333_333, tick: 1, end: Some((furthest + 34) * MS), jumps: true };
        let (found, clock) = of_ticks(&stamps, 90_000.0, announced, &[(0, 3000)]);
        assert_eq!(found, thirty(60));
        assert!((clock.furthest() - furthest * MS).abs() <= MS, "{}", clock.furthest());
    }
    // One beyond the announced end says nothing of it.
    let stamps: Vec<i64> = (0..30).map(|i| if i == 10 { 360_000_000 } else { 3000 * i }).collect();
    let announced = ContainerClock { usual: 33_333_333, tick: 1, end: Some(2000 * MS), jumps: true };
    let furthest = of_ticks(&stamps, 90_000.0, announced, &[(0, 3000)]).1.furthest();
    assert!((furthest - 967 * MS).abs() <= MS, "{furthest}");
}

/// A step of more than half a second that neither lengths nor sound explains may be a hole: the time of it is known.
#[test]
fn holes_are_measured() {
    let stamps: Vec<_> = film(0, 30).into_iter().chain(film(2200, 30)).map(|own| (Some(own), Some(40))).collect();
    assert_eq!(placed(&stamps, announced(Some(3400)), false).1.unexplained() / MS, 1000);
    assert_eq!(placed(&stamps, announced(Some(3400)), true).1.unexplained(), 0, "sound runs through");
}
