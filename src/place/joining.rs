//! Which known places the new circles of a frame belong to: where the places of each chart are expected is tried in several ways, and the way
//! under which most new circles find a place is taken.

use std::collections::BTreeSet;

use super::constellation::{SeenAgain, motion_of, motion_of_two, unusual};
use super::kept::{KeptPlace, moved};
use super::matching::{Newcomer, UNLIKE, assign};
use crate::geometry::{Circle, Similarity};

/// Places that each new circle may be in a constellation, those that look most like it: as many pairs as there is time for in a frame.
const LIKELIEST: usize = 4;
/// What it costs to take the camera for one that came back to where it was, in worths of assignments (three for a pair that fits in all).
const CAME_BACK: f32 = 0.3;
/// What it costs to take a constellation for the places.
const CONSTELLATION: f32 = 0.6;
/// Likeness that the members of a constellation must have together, each 1 where it looks the same and 0 where it looks as unlike as is
/// allowed: two of a thousand lesions stand at some distance and turn or other to each other.
const LIKENESS: f32 = 0.6;
/// A place that nothing but its appearance speaks for differs from it by no more than this...
const ALIKE: f32 = 0.25;
/// ... and any other place differs by more than that, by so much.
const CLEARLY: f32 = 0.06;

/// A place that is not in view.
pub(super) struct PlaceAway<'a> {
    pub(super) number: u64,
    pub(super) place: &'a KeptPlace,
}

/// What is known in a frame besides the new circles.
pub(super) struct JoiningFrame<'a> {
    /// Places out of view, in the order of [`Newcomer::differences`].
    pub(super) away: &'a [PlaceAway<'a>],
    /// Places in view.
    pub(super) in_view: &'a [&'a KeptPlace],
    /// Number of the present chart.
    pub(super) chart: u64,
    /// The frame's shorter side, px.
    pub(super) short_px: f32,
}

/// What comes of it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Joining {
    /// The place of each newcomer, by number.
    pub(super) places: Vec<Option<u64>>,
    /// Places whose constellation was found again, and where they lie in the present frame, in view or not.
    pub(super) found: Vec<FoundAway>,
}

/// Where a place lies that is not in view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct FoundAway {
    pub(super) number: u64,
    pub(super) circle: Circle,
}

/// Where the places of a chart are expected: one circle a place out of view, `None` for those of other charts.
struct Expectation {
    circles: Vec<Option<Circle>>,
    score: f32,
    /// Whether so many pairs bear it out that it holds for the others of the chart, too.
    holds: bool,
}

/// Joins newcomers to places out of view.
pub(super) fn join(newcomers: &[Newcomer], frame: &JoiningFrame) -> Joining {
    let charts: BTreeSet<u64> = frame.away.iter().map(|away| away.place.spot.chart).collect();
    let mut expected = vec![None; frame.away.len()];
    let mut found = Vec::new();
    for chart in charts {
        let Some(best) = best(newcomers, frame, chart) else { continue };
        for ((slot, circle), away) in expected.iter_mut().zip(best.circles).zip(frame.away) {
            *slot = slot.or(circle);
            found.extend(
                circle
                    .filter(|_| best.holds && chart != frame.chart)
                    .map(|circle| FoundAway { number: away.number, circle }),
            );
        }
    }
    let assignment = assign(newcomers, &expected, frame.short_px);
    let number = |index: Option<usize>| Some(frame.away.get(index?)?.number);
    Joining { places: assignment.places.into_iter().map(number).collect(), found }
}

/// The place that a newcomer may be by its appearance alone, where no position is known of it: the only one that looks like it.
pub(super) fn lookalike(newcomer: &Newcomer, frame: &JoiningFrame) -> Option<u64> {
    let adrift = frame.away.iter().zip(&newcomer.differences).filter(|(away, _)| frame.is_adrift(away.place));
    let mut ranked: Vec<(f32, u64)> = adrift.map(|(away, difference)| (*difference, away.number)).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (best, number) = *ranked.first()?;
    let clear = ranked.get(1).is_none_or(|(second, _)| second - best >= CLEARLY);
    (best <= ALIKE && clear).then_some(number)
}

/// Whether a newcomer looks like a place of which no position is known: it is worth waiting for a constellation.
pub(super) fn may_be_adrift(newcomer: &Newcomer, frame: &JoiningFrame) -> bool {
    let mut all = frame.away.iter().zip(&newcomer.differences);
    all.any(|(away, difference)| *difference < UNLIKE && frame.is_adrift(away.place))
}

impl JoiningFrame<'_> {
    /// Whether it is not known where a place lies: the camera was lost since.
    fn is_adrift(&self, place: &KeptPlace) -> bool {
        place.spot.chart != self.chart
    }
}

/// The best of the ways in which the places of a chart may lie in the present frame.
fn best(newcomers: &[Newcomer], frame: &JoiningFrame, chart: u64) -> Option<Expectation> {
    let here = |circle: &dyn Fn(&KeptPlace) -> Circle| -> Vec<Option<Circle>> {
        let of_chart = |away: &PlaceAway| (away.place.spot.chart == chart).then(|| circle(away.place));
        frame.away.iter().map(of_chart).collect()
    };
    let scored = |circles: Vec<Option<Circle>>, cost: f32| {
        let assignment = assign(newcomers, &circles, frame.short_px);
        let pairs = assignment.places.iter().flatten().count();
        Expectation { circles, score: assignment.worth - cost, holds: pairs >= 2 }
    };
    let mut ways = Vec::new();
    if chart == frame.chart {
        ways.push(scored(here(&|place| place.spot.circle), 0.0));
    }
    if chart != frame.chart || frame.in_view.is_empty() {
        ways.push(scored(here(&|place| place.last_circle), CAME_BACK));
        let again = again(newcomers, frame, chart);
        ways.extend(motions(&again).into_iter().filter_map(|motion| {
            let circles = here(&|place| moved(place.spot.circle, &motion));
            constellation(newcomers, frame, circles, &motion, &again.anchors)
        }));
    }
    // The first of equals.
    ways.into_iter().reduce(|best, way| if way.score > best.score { way } else { best }).filter(|best| best.score > 0.0)
}

/// Places of a chart that may be seen again.
struct SeenAgainPlaces {
    /// Places in view that lay on the chart.
    anchors: Vec<SeenAgain>,
    /// Per newcomer, the places that look most like it, by index.
    guesses: Vec<Vec<(usize, SeenAgain)>>,
}

fn again(newcomers: &[Newcomer], frame: &JoiningFrame, chart: u64) -> SeenAgainPlaces {
    let anchor = |place: &&KeptPlace| {
        let before = place.earlier.filter(|spot| spot.chart == chart)?.circle;
        Some(SeenAgain { before, now: place.spot.circle })
    };
    let guesses = newcomers.iter().map(|newcomer| {
        let alike = newcomer.differences.iter().enumerate().filter(|(_, difference)| **difference < UNLIKE);
        let mut ranked: Vec<(usize, f32)> = alike.map(|(index, difference)| (index, *difference)).collect();
        ranked.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        let of_chart = |(index, _): (usize, f32)| {
            let spot = frame.away.get(index)?.place.spot;
            (spot.chart == chart).then_some((index, SeenAgain { before: spot.circle, now: newcomer.circle }))
        };
        ranked.into_iter().filter_map(of_chart).take(LIKELIEST).collect()
    });
    SeenAgainPlaces { guesses: guesses.collect(), anchors: frame.in_view.iter().filter_map(anchor).collect() }
}

/// The motions that pairs of them tell: of the anchors together, of an anchor and a guess, of two guesses.
fn motions(again: &SeenAgainPlaces) -> Vec<Similarity> {
    let SeenAgainPlaces { anchors, guesses } = again;
    let mut motions = Vec::new();
    if !anchors.is_empty() {
        motions.push(motion_of(anchors));
    }
    for (row, own) in guesses.iter().enumerate() {
        for (index, guess) in own {
            motions.extend(anchors.iter().filter_map(|anchor| motion_of_two(*anchor, *guess)));
            let others = guesses.iter().skip(row + 1).flatten().filter(|(other, _)| other != index);
            motions.extend(others.filter_map(|(_, other)| motion_of_two(*guess, *other)));
        }
    }
    motions
}

/// A constellation as an expectation, where its anchors stand where they should and its members look enough like them.
fn constellation(
    newcomers: &[Newcomer],
    frame: &JoiningFrame,
    circles: Vec<Option<Circle>>,
    motion: &Similarity,
    anchors: &[SeenAgain],
) -> Option<Expectation> {
    let fits = |anchor: &SeenAgain| moved(anchor.before, motion).distance(&anchor.now) < anchor.now.r;
    if !anchors.iter().all(fits) {
        return None;
    }
    let assignment = assign(newcomers, &circles, frame.short_px);
    let likeness =
        |(newcomer, index): (&Newcomer, &Option<usize>)| Some(1.0 - newcomer.differences.get((*index)?)? / UNLIKE);
    let likeness: Vec<f32> = newcomers.iter().zip(&assignment.places).filter_map(likeness).collect();
    // An anchor was recognised before: two of them need no more likeness.
    let members = likeness.len() + anchors.len();
    let alike = likeness.iter().sum::<f32>() + anchors.len() as f32 * LIKENESS / 2.0 >= LIKENESS;
    let score = assignment.worth - CONSTELLATION - unusual(motion);
    (members >= 2 && !likeness.is_empty() && alike).then_some(Expectation { circles, score, holds: true })
}
