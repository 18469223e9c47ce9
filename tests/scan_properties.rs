//! Properties of the plan and of the way from score map to circles, over random frames and maps.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use lesionscope::detect::DetectSettings;
use lesionscope::geometry::{Point, Size, Square};
use lesionscope::model::{CoarseGeometry, Scores};
use lesionscope::scan::ScanSettings;
use lesionscope::scan::map::{Look, ScoreMap};
use lesionscope::scan::peaks::{Peak, peaks, suppress};
use lesionscope::scan::plan::{CoarseCell, Plan, TilePart, WindowId};
use lesionscope::scan::refine::{WindowView, view_square};
use proptest::prelude::*;

const COARSE: CoarseGeometry = CoarseGeometry { side: 24, stride: 8 };

/// The default settings with scales further apart.
fn settings() -> ScanSettings {
    let scan = DetectSettings::shipped().unwrap().scan;
    ScanSettings { scale_factor: 1.5, ..scan }
}

/// Frame sizes: ordinary, tiny, and of extreme shape.
fn sizes() -> impl Strategy<Value = (u32, u32)> {
    prop_oneof![
        (1_u32..1500, 1_u32..1200),
        (0_u32..60, 0_u32..60),
        (30_u32..60, 2000_u32..9000),
        (2000_u32..9000, 30_u32..60)
    ]
}

proptest! {
    #[test]
    fn windows_lie_inside_cover_all_and_touch_the_borders(
        (width, height) in sizes(), factor in 1.1_f32..3.0, stride in 0.1_f32..1.0, min_size in 8_u32..200, max_size_px in prop::option::of(1_u32..900)
    ) {
        let settings = ScanSettings { scale_factor: factor, stride_sides: stride, min_size_px: Some(min_size), max_size_px, ..settings() };
        let plan = Plan::new(Size { width, height }, &settings, COARSE);
        prop_assert_eq!(plan.levels.is_empty(), width.min(height) < min_size || max_size_px.is_some_and(|most| most < min_size));
        for level in &plan.levels {
            let limit = f64::from(stride) * level.side + 1e-6;
            prop_assert!(level.step_x <= limit && level.step_y <= limit, "no pixel between two windows is left out");
            for (length, cols, step) in [(width, level.cols, level.step_x), (height, level.rows, level.step_y)] {
                let end = f64::from(cols - 1) * step + level.side;
                let touches = (end - f64::from(length)).abs() < 1e-6;
                prop_assert!(touches, "the last window ends at {} of {}", end, length);
            }
            let last = level.square(level.cols - 1, level.rows - 1);
            prop_assert!(last.x >= 0.0 && last.x + last.side <= width as f32 + 0.01);
            prop_assert!(last.y >= 0.0 && last.y + last.side <= height as f32 + 0.01);
        }
        let sides: Vec<f64> = plan.levels.iter().map(|level| level.side).collect();
        prop_assert!(sides.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn tiles_cover_the_coarse_grid_once_and_stay_in_the_frame((width, height) in sizes(), side in 0_u32..40) {
        let plan = Plan::new(Size { width, height }, &settings(), COARSE);
        let grids = plan.levels.iter().map(|level| vec![0_u32; (level.coarse.cols * level.coarse.rows) as usize]);
        let mut seen: Vec<Vec<u32>> = grids.collect();
        for tile in plan.tiles(side) {
            let level = &plan.levels[tile.level];
            prop_assert!((1..=side.max(1)).contains(&tile.rows) && (1..=side.max(1)).contains(&tile.cols));
            for (row, line) in tile.lines(level).enumerate() {
                for (col, index) in line.enumerate() {
                    seen[tile.level][index] += 1;
                    let cell = CoarseCell { col: i64::from(tile.col) + col as i64, row: i64::from(tile.row) + row as i64 };
                    prop_assert_eq!(tile.index(cell), Some(row * tile.cols as usize + col));
                    prop_assert_eq!(index as i64, cell.row * i64::from(level.coarse.cols) + cell.col);
                }
            }
            let TilePart { part, level } = plan.tile_part(tile);
            prop_assert_eq!(level, Size { width: 24 + 8 * (tile.cols - 1), height: 24 + 8 * (tile.rows - 1) });
            prop_assert!(part.left >= 0.0 && part.left + part.width <= f64::from(width) + 1e-6);
            prop_assert!(part.top >= 0.0 && part.top + part.height <= f64::from(height) + 1e-6);
        }
        prop_assert!(seen.iter().flatten().all(|times| *times == 1));
    }

    #[test]
    fn the_nearest_window_of_a_coarse_one_is_near((width, height) in (36_u32..1500, 36_u32..1200), stride in 0.2_f32..0.5) {
        let plan = Plan::new(Size { width, height }, &ScanSettings { stride_sides: stride, ..settings() }, COARSE);
        for (index, level) in plan.levels.iter().enumerate() {
            let last = (level.coarse.cols - 1, level.coarse.rows - 1);
            for (col, row) in [(0, 0), last, (last.0 / 2, last.1 / 2)] {
                let centre = plan.coarse_centre(level, col, row);
                prop_assert_eq!(plan.coarse_cell(level, centre), CoarseCell { col: i64::from(col), row: i64::from(row) });
                let id = plan.nearest(index, centre);
                let near = plan.square(id).centre();
                let limit = 0.3 * level.side as f32;
                prop_assert!((centre.x - near.x).abs() < limit && (centre.y - near.y).abs() < limit);
            }
        }
    }

    #[test]
    fn looks_lie_inside_the_frame((width, height) in (36_u32..900, 36_u32..900), pick in 0_usize..10_000) {
        let plan = Plan::new(Size { width, height }, &settings(), COARSE);
        let ids: Vec<WindowId> = plan.ids().collect();
        prop_assert_eq!(ids.len() as u64, plan.windows());
        let window = ids[pick % ids.len()];
        for view in WindowView::REFINED.into_iter().chain([WindowView::Planned, WindowView::Surroundings]) {
            let base = plan.square(window);
            let Some(square) = view_square(&plan, window.level, base, view) else { continue };
            prop_assert!(square.x >= 0.0 && square.y >= 0.0 && square.side > 0.0);
            prop_assert!(square.x + square.side <= width as f32 + 0.01 && square.y + square.side <= height as f32 + 0.01);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn every_pixel_is_under_a_window_of_every_level((width, height) in (36_u32..200, 36_u32..200)) {
        let plan = Plan::new(Size { width, height }, &settings(), COARSE);
        for level in &plan.levels {
            let mut covered = vec![false; (width * height) as usize];
            for square in (0..level.rows).flat_map(|row| (0..level.cols).map(move |col| level.square(col, row))) {
                let inside = |p: u32, from: f32| p as f32 + 0.5 >= from && p as f32 + 0.5 <= from + square.side;
                for y in (0..height).filter(|&y| inside(y, square.y)) {
                    for x in (0..width).filter(|&x| inside(x, square.x)) {
                        covered[(y * width + x) as usize] = true;
                    }
                }
            }
            prop_assert!(covered.iter().all(|&c| c), "side {}", level.side);
        }
    }
}

fn look(square: Square, evidence: f32) -> Look {
    Look {
        square,
        scores: Scores { classes: vec![1.0 - evidence, evidence], context: 1.0, familiar: 1.0 },
        evidence,
        age_frames: 0,
    }
}

type Disc = (f32, f32, f32);

/// The evidence that a window gives for discs: 1 when centred and of the right scale, falling off with both.
fn response(square: &Square, discs: &[Disc]) -> f32 {
    let single = |&(x, y, r): &Disc| {
        let off = square.centre().distance(Point { x, y }) / square.side;
        let scale = (square.side * 0.31 / r).log2().abs();
        (1.0 - 1.2 * off - 0.6 * scale).max(0.0)
    };
    discs.iter().map(single).fold(0.0, f32::max)
}

fn exhaustive_map(plan: &Plan, evidence: impl Fn(&Square) -> f32) -> ScoreMap {
    let of = |id: WindowId| {
        let square = plan.square(id);
        (id, look(square, evidence(&square)))
    };
    ScoreMap::new(plan.ids().map(of))
}

/// Connected components of the windows of one level above a threshold, by flood fill.
fn components(plan: &Plan, map: &ScoreMap, level: usize, threshold: f32) -> Vec<Vec<WindowId>> {
    let above = |id: WindowId| map.get(id).is_some_and(|look| look.evidence >= threshold);
    let mut left: Vec<WindowId> = plan.ids().filter(|id| id.level == level && above(*id)).collect();
    let mut out = Vec::new();
    while let Some(start) = left.pop() {
        let mut part = vec![start];
        let mut next = 0;
        while next < part.len() {
            let here = part[next];
            let near = |id: &WindowId| id.row.abs_diff(here.row) <= 1 && id.col.abs_diff(here.col) <= 1;
            let (found, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(near);
            part.extend(found);
            left = rest;
            next += 1;
        }
        out.push(part);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn separate_discs_give_one_circle_each(
        seed in proptest::collection::vec((0_u32..4, 0.0_f32..1.0, 0.0_f32..1.0, 0.0_f32..1.0), 1..5)
    ) {
        let settings = settings();
        let plan = Plan::new(Size { width: 640, height: 480 }, &settings, COARSE);
        // One disc at most in each quarter of the frame, so that they stay apart.
        let place = |(quarter, x, y, r): (u32, f32, f32, f32)| {
            let r = 14.0 + r * 40.0;
            // Far enough from the border for a window to be centred on it.
            let margin = 1.7 * r;
            let (left, top) = ((quarter % 2) as f32 * 320.0, (quarter / 2) as f32 * 240.0);
            (quarter, (left + margin + x * (320.0 - 2.0 * margin), top + margin + y * (240.0 - 2.0 * margin), r))
        };
        let quarters: BTreeMap<u32, Disc> = seed.into_iter().map(place).collect();
        let discs: Vec<Disc> = quarters.into_values().collect();
        let found = peaks(&plan, &exhaustive_map(&plan, |square| response(square, &discs)), 0.5, &settings);
        let circles: Vec<_> = found.iter().map(Peak::circle).collect();
        prop_assert_eq!(found.len(), discs.len(), "{:?} for {:?}", circles, discs);
        for (x, y, r) in discs {
            let fits = circles.iter().filter(|circle| {
                // The nearest window is half a step away at most: a sixth of its side, of which the radius is 0.31.
                let near = (circle.x - x).abs().max((circle.y - y).abs()) < 0.55 * circle.r;
                near && circle.r / r < 1.6 && r / circle.r < 1.6
            });
            prop_assert_eq!(fits.count(), 1, "disc {} {} {} in {:?}", x, y, r, circles);
        }
    }

    #[test]
    fn one_blob_a_level_is_one_component_and_one_summit(x in 80.0_f32..560.0, y in 80.0_f32..400.0, r in 14.0_f32..40.0) {
        let settings = ScanSettings { fuse_iou: 2.0, nms_iou: 2.0, nms_ios: 2.0, ..settings() };
        let plan = Plan::new(Size { width: 640, height: 480 }, &settings, COARSE);
        let map = exhaustive_map(&plan, |square| response(square, &[(x, y, r)]));
        let found = peaks(&plan, &map, 0.5, &settings);
        for level in 0..plan.levels.len() {
            let parts = components(&plan, &map, level, 0.5);
            let summits: Vec<&Peak> = found.iter().filter(|peak| peak.window.level == level).collect();
            prop_assert_eq!(parts.len(), summits.len());
            for (part, summit) in parts.iter().zip(&summits) {
                let best = part.iter().filter_map(|id| map.get(*id)).map(|look| look.evidence).fold(0.0, f32::max);
                prop_assert_eq!(summit.evidence(), best);
            }
        }
    }

    #[test]
    fn suppression_is_idempotent_and_order_independent(
        raw in proptest::collection::vec((0.0_f32..300.0, 0.0_f32..300.0, 30.0_f32..200.0, 0.01_f32..1.0), 1..25),
        turn in 0_usize..25
    ) {
        let settings = settings();
        let peak = |(index, &(x, y, side, evidence)): (usize, &(f32, f32, f32, f32))| {
            let window = WindowId { level: 0, row: 0, col: index as u32 };
            Peak::new(window, look(Square { x, y, side }, evidence), settings.radius_sides)
        };
        let mut all: Vec<Peak> = raw.iter().enumerate().map(peak).collect();
        let once = suppress(all.clone(), &settings);
        prop_assert_eq!(&suppress(once.clone(), &settings), &once);
        let turned = turn % all.len();
        all.rotate_left(turned);
        all.reverse();
        prop_assert_eq!(&suppress(all.clone(), &settings), &once);
        for peak in &all {
            let circle = peak.circle();
            let clash = |k: &Peak| k.circle().iou(&circle) > settings.nms_iou || k.circle().ios(&circle) > settings.nms_ios;
            prop_assert!(once.contains(peak) || once.iter().any(clash), "what goes, goes for a reason");
        }
    }
}

#[test]
fn neighbours_that_touch_are_not_merged() {
    let settings = settings();
    let plan = Plan::new(Size { width: 640, height: 480 }, &settings, COARSE);
    let discs = [(300.0, 200.0, 20.0), (346.0, 200.0, 20.0)];
    let found = peaks(&plan, &exhaustive_map(&plan, |square| response(square, &discs)), 0.5, &settings);
    assert_eq!(found.len(), 2);
}

#[test]
fn a_large_lesion_holds_no_small_circles() {
    let settings = settings();
    let plan = Plan::new(Size { width: 640, height: 480 }, &settings, COARSE);
    // Every small window inside the large lesion is as sure as the one that fits.
    let map = exhaustive_map(&plan, |square| {
        let middle = Point { x: 320.0, y: 240.0 };
        let inside = square.centre().distance(middle) + square.side / 2.0 < 100.0;
        let fits = response(square, &[(320.0, 240.0, 100.0)]);
        if inside || fits > 0.5 { 0.97 } else { fits }
    });
    let found = peaks(&plan, &map, 0.5, &settings);
    let circles: Vec<_> = found.iter().map(Peak::circle).collect();
    assert_eq!(circles.len(), 1, "{circles:?}");
    assert!(circles[0].r > 60.0, "{circles:?}");
}
