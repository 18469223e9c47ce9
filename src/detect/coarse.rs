//! The coarse level's answers, carried along with the camera and computed anew in turns.

use std::collections::BTreeMap;

use crate::cache::{CacheSettings, Present, Print};
use crate::geometry::{Similarity, Square};
use crate::scan::gate::Coarse;
use crate::scan::plan::{Band, Level, Plan};

/// Rows of a band of the coarse level: the pieces of it that are shared out and reused. Fewer rows reuse more of a
/// picture that changed in one place, and read more pixels twice.
const BAND_ROWS: u32 = 24;
/// A band is computed anew when more than this part of it changed otherwise than by the camera's motion: a little more than one of the
/// 320 cells that a band of a wide picture has.
const CHANGED: f32 = 0.004;
/// It is computed anew at once when for more than this part of it nothing is known: the camera turned there.
const UNKNOWN: f32 = 0.1;
/// A picture that moved by less than this since, px, has not moved.
const STILL: f32 = 1.0;
/// What was seen at another scale than this says nothing of the present level.
const ZOOM: f64 = 1.12;

/// The coarse answers of earlier frames.
#[derive(Default)]
pub(super) struct CoarseMemory {
    bands: BTreeMap<Band, Answered>,
    puts: u64,
}

/// The answers for one band, and what they were given about.
struct Answered {
    values: Vec<f32>,
    from_first: Similarity,
    to_first: Similarity,
    computed: u64,
    /// Last frame in which they may be used when the camera stood still, and when it moved.
    expires: (u64, u64),
    prints: Vec<(Square, Print)>,
}

/// What is known of the present frame's coarse level.
pub(super) struct CoarseMap {
    /// One a level.
    pub(super) levels: Vec<Coarse>,
    /// Bands that must be computed.
    pub(super) due: Vec<Band>,
}

impl CoarseMemory {
    /// The answers of earlier frames laid over the present one, and the bands that need new ones. A band without answers of its own
    /// has zeros.
    pub(super) fn map(&self, plan: &Plan, present: &Present, settings: &CacheSettings) -> CoarseMap {
        let corners =
            [(0.0, 0.0), (plan.width as f32, 0.0), (0.0, plan.height as f32), (plan.width as f32, plan.height as f32)];
        let mut map = CoarseMap { levels: Vec::with_capacity(plan.levels.len()), due: Vec::new() };
        let bands = plan.bands(BAND_ROWS);
        for (index, level) in plan.levels.iter().enumerate() {
            let mut known: Vec<(Band, &Answered)> =
                self.bands.iter().filter(|(band, _)| band.level == index).map(|(band, known)| (*band, known)).collect();
            known.sort_by_key(|(band, known)| (std::cmp::Reverse(known.computed), *band));
            let views: Vec<View> =
                known.into_iter().filter_map(|(band, known)| View::new(band, known, present)).collect();
            let mut coarse = Coarse { values: Vec::new(), centres: plan.gate_centres(level).collect() };
            let mut unknown = vec![false; coarse.centres.len()];
            for (centre, unknown) in coarse.centres.iter_mut().zip(&mut unknown) {
                let found = views.iter().find_map(|view| view.answer(plan, level, *centre));
                *unknown = found.is_none();
                let (value, place) = found.unwrap_or((0.0, *centre));
                coarse.values.push(value);
                *centre = place;
            }
            for band in bands.iter().filter(|band| band.level == index) {
                let cells = unknown.get(band.cells(level)).unwrap_or_default();
                let missing = cells.iter().filter(|unknown| **unknown).count() as f32 / cells.len().max(1) as f32;
                let own = self.bands.get(band);
                if missing > UNKNOWN || own.is_none_or(|own| own.due(present, (&corners, settings))) {
                    map.due.push(*band);
                }
            }
            map.levels.push(coarse);
        }
        map
    }

    /// Keeps the answers for a band of the present frame.
    pub(super) fn put(
        &mut self,
        band: Band,
        values: Vec<f32>,
        (plan, present, settings): (&Plan, &Present, &CacheSettings),
    ) {
        let seen = |square: Square| present.print(square, &Similarity::IDENTITY).map(|print| (square, print));
        let prints = squares(plan, band).into_iter().filter_map(seen).collect();
        let expires = (
            present.expiry(settings.max_age, self.puts),
            present.expiry(settings.coarse_age.min(settings.max_age), self.puts),
        );
        self.puts += 1;
        let (from_first, to_first, computed) = (present.from_first(), present.to_first(), present.now());
        self.bands.insert(band, Answered { values, from_first, to_first, computed, expires, prints });
    }
}

impl Answered {
    /// Whether it is time for new answers.
    fn due(&self, present: &Present, (corners, settings): (&[(f32, f32)], &CacheSettings)) -> bool {
        let now = present.now();
        let motion = self.to_first.then(&present.from_first());
        let moved = |&(x, y): &(f32, f32)| {
            let (u, v) = motion.apply((x, y));
            (u - x).hypot(v - y) > STILL
        };
        let expires = if corners.iter().any(moved) { self.expires.1 } else { self.expires.0 };
        if now > expires {
            return true;
        }
        let compare =
            |(square, before): &(Square, Print)| Some(present.print(*square, &motion)?.changed(before, settings));
        let changed: Vec<f32> = self.prints.iter().filter_map(compare).collect();
        let changed = changed.iter().sum::<f32>() / changed.len().max(1) as f32;
        changed > CHANGED
    }
}

/// A band of an earlier frame as it lies to the present one.
struct View<'a> {
    band: Band,
    values: &'a [f32],
    to_band: Similarity,
    from_band: Similarity,
}

impl<'a> View<'a> {
    fn new(band: Band, known: &'a Answered, present: &Present) -> Option<View<'a>> {
        let from_band = known.to_first.then(&present.from_first());
        let to_band = present.to_first().then(&known.from_first);
        (1.0 / ZOOM..=ZOOM).contains(&from_band.scale()).then_some(View {
            band,
            values: &known.values,
            to_band,
            from_band,
        })
    }

    /// The answer nearest to a point of the present frame, and where the window is that it was given about, px.
    fn answer(&self, plan: &Plan, level: &Level, at: (f32, f32)) -> Option<(f32, (f32, f32))> {
        let (col, row) = plan.gate_cell(level, self.to_band.apply(at));
        let (col, row) = (u32::try_from(col).ok()?, u32::try_from(row).ok()?);
        let within =
            row.checked_sub(self.band.first).filter(|within| *within < self.band.rows && col < level.gate.cols)?;
        let value = *self.values.get((within * level.gate.cols + col) as usize)?;
        let (x, y) = plan.gate_centre(level, col, row);
        Some((value, self.from_band.apply((x as f32, y as f32))))
    }
}

/// Squares that cover the part of the frame that a band looks at.
fn squares(plan: &Plan, band: Band) -> Vec<Square> {
    let Some(((left, top, width, height), _)) = plan.band_part(band) else { return Vec::new() };
    let side = width.min(height);
    let along = |start: f64, length: f64| {
        let count = (length / side).ceil().max(1.0) as u32;
        let step = if count > 1 { (length - side) / f64::from(count - 1) } else { 0.0 };
        (0..count).map(move |index| (start + f64::from(index) * step) as f32)
    };
    let row = |y: f32| along(left, width).map(move |x| Square { x, y, side: side as f32 });
    along(top, height).flat_map(row).collect()
}
