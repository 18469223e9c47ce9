//! The cascade: which windows the coarse level passes on to the classifier.

use std::collections::BTreeMap;

use crate::geometry::Point;
use crate::scan::ScanSettings;
use crate::scan::crowd::Crowd;
use crate::scan::plan::{Plan, PlanLevel, WindowId};

/// What a known window's coarse probability is multiplied with when it competes with others.
const KNOWN: f32 = 1.25;

/// The coarse level's answers for one level of the plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CoarseAnswers {
    /// Row-major coarse probabilities.
    pub values: Vec<f32>,
    /// Where the centre of each answer's window is: on the grid when it was computed on this frame, somewhere near when it was carried
    /// along from an earlier one.
    pub centres: Vec<Point>,
}

/// A window passed on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CandidateWindow {
    /// The planned window nearest to it.
    pub window: WindowId,
    /// What the coarse level looks at: the centre of its window.
    pub centre: Point,
}

/// The windows passed on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidates {
    /// Windows for the classifier, those that the coarse level likes best first.
    pub windows: Vec<CandidateWindow>,
    /// Windows that passed but were left out because there were more than `max_fine_windows`.
    pub capped: u64,
}

/// The windows whose coarse probability is at least `coarse_conf`, is the highest of its 3x3 neighbourhood in its level, and
/// is not beaten by more than `coarse_margin` at the same spot of a neighbouring level.
///
/// `answers`: one a level of the plan. Of more than `max_fine_windows`, those that are `known` are preferred a little: on patterned cloth
/// the best change from frame to frame by nothing, and each that is new costs a look.
pub fn candidates(
    plan: &Plan,
    answers: &[CoarseAnswers],
    settings: &ScanSettings,
    coarse_conf: f32,
    known: &dyn Fn(&CandidateWindow) -> bool,
) -> Candidates {
    let mut best: BTreeMap<WindowId, Contender> = BTreeMap::new();
    for (index, (level, coarse)) in plan.levels.iter().zip(answers).enumerate() {
        for (cell, (&standing, &centre)) in coarse.values.iter().zip(&coarse.centres).enumerate() {
            if standing >= coarse_conf
                && is_peak(level, &coarse.values, cell)
                && rival(plan, answers, index, cell) <= standing + settings.coarse_margin
            {
                let window = plan.nearest(index, centre);
                let contender = Contender { candidate: CandidateWindow { window, centre }, standing };
                let kept = best.entry(window).or_insert(contender);
                if standing > kept.standing {
                    *kept = contender;
                }
            }
        }
    }
    let mut order: Vec<Contender> = best.into_values().collect();
    // What stands alone comes first: cloth must not use up what skin is owed.
    let crowded = order.len() > settings.max_fine_windows as usize;
    let crowd = Crowd::new(plan, order.iter().map(|contender| contender.candidate.window));
    for Contender { candidate, standing } in &mut order {
        *standing *= crowd.leaves(plan, candidate.window);
        if crowded && known(candidate) {
            *standing *= KNOWN;
        }
    }
    order.sort_by(|a, b| b.standing.total_cmp(&a.standing).then(a.candidate.window.cmp(&b.candidate.window)));
    let passed = order.len();
    order.truncate(settings.max_fine_windows as usize);
    let capped = (passed - order.len()) as u64;
    Candidates { windows: order.into_iter().map(|contender| contender.candidate).collect(), capped }
}

/// A candidate, and how strongly it stands against the others.
#[derive(Clone, Copy)]
struct Contender {
    candidate: CandidateWindow,
    standing: f32,
}

/// Whether no neighbour is higher; of equals the first in reading order wins, so that a plateau keeps one of its own.
fn is_peak(level: &PlanLevel, values: &[f32], cell: usize) -> bool {
    let (cols, rows) = (level.coarse.cols as usize, level.coarse.rows as usize);
    let (col, row) = (cell % cols, cell / cols);
    let value = values[cell];
    for y in row.saturating_sub(1)..=(row + 1).min(rows - 1) {
        for x in col.saturating_sub(1)..=(col + 1).min(cols - 1) {
            let other = y * cols + x;
            let rival = values[other];
            if rival > value || (rival == value && other < cell) {
                return false;
            }
        }
    }
    true
}

/// The highest coarse probability of the neighbouring levels at the centre of a cell's window; below 0 when there is none.
fn rival(plan: &Plan, answers: &[CoarseAnswers], level: usize, cell: usize) -> f32 {
    let grid = &plan.levels[level];
    let centre = plan.coarse_centre(grid, cell as u32 % grid.coarse.cols, cell as u32 / grid.coarse.cols);
    let mut highest = -1.0_f32;
    for other in [level.checked_sub(1), level.checked_add(1)].into_iter().flatten() {
        let Some(near) = plan.levels.get(other) else { continue };
        let within = |index: i64, count: u32| (index.max(0) as u32).min(count - 1) as usize;
        let cell = plan.coarse_cell(near, centre);
        let (col, row) = (within(cell.col, near.coarse.cols), within(cell.row, near.coarse.rows));
        highest = highest.max(answers[other].values[row * near.coarse.cols as usize + col]);
    }
    highest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::model::CoarseGeometry;
    use crate::scan::test_settings;

    fn zeros(plan: &Plan) -> Vec<CoarseAnswers> {
        let level = |level: &PlanLevel| {
            let centres: Vec<Point> = plan.coarse_centres(level).collect();
            CoarseAnswers { values: vec![0.0; centres.len()], centres }
        };
        plan.levels.iter().map(level).collect()
    }

    fn nothing(_: &CandidateWindow) -> bool {
        false
    }

    fn plan() -> Plan {
        Plan::new(Size { width: 320, height: 240 }, &test_settings(), CoarseGeometry { side: 24, stride: 8 })
    }

    #[test]
    fn a_plateau_gives_one_window_and_silence_none() {
        let plan = plan();
        let mut answers = zeros(&plan);
        assert!(candidates(&plan, &answers, &test_settings(), 0.5, &nothing).windows.is_empty());
        let cols = plan.levels[0].coarse.cols as usize;
        for cell in [3 * cols + 4, 3 * cols + 5, 4 * cols + 4, 4 * cols + 5] {
            answers[0].values[cell] = 0.9;
        }
        let found = candidates(&plan, &answers, &test_settings(), 0.5, &nothing);
        let windows: Vec<WindowId> = found.windows.iter().map(|candidate| candidate.window).collect();
        assert_eq!(windows, [WindowId { level: 0, row: 3, col: 4 }]);
    }

    #[test]
    fn the_cap_keeps_the_best_and_counts_the_rest() {
        let plan = plan();
        let mut answers = zeros(&plan);
        let cols = plan.levels[0].coarse.cols as usize;
        for (index, cell) in [2, 6, 10, 14].into_iter().enumerate() {
            answers[0].values[2 * cols + cell] = 0.6 + 0.1 * index as f32;
        }
        let found = candidates(
            &plan,
            &answers,
            &crate::scan::ScanSettings { max_fine_windows: 2, ..test_settings() },
            0.5,
            &nothing,
        );
        let cells: Vec<u32> = found.windows.iter().map(|found| found.window.col).collect();
        assert_eq!((cells, found.capped), (vec![14, 10], 2));
    }

    #[test]
    fn a_scale_that_is_beaten_by_far_is_left_out() {
        let plan = plan();
        let mut answers = zeros(&plan);
        let grid = plan.levels[1];
        let Point { x, y } = plan.coarse_centre(&grid, 5, 5);
        answers[1].values[(5 * grid.coarse.cols + 5) as usize] = 0.95;
        let cell = |centre: f32, scale: f64| ((f64::from(centre) / scale - 12.0) / 8.0).round() as u32;
        let (col, row) = (cell(x, plan.levels[0].coarse.scale_x), cell(y, plan.levels[0].coarse.scale_y));
        answers[0].values[(row * plan.levels[0].coarse.cols + col) as usize] = 0.55;
        let levels = |answers: &[CoarseAnswers]| -> Vec<usize> {
            candidates(&plan, answers, &test_settings(), 0.5, &nothing)
                .windows
                .iter()
                .map(|found| found.window.level)
                .collect()
        };
        assert_eq!(levels(&answers), [1]);
        answers[0].values[(row * plan.levels[0].coarse.cols + col) as usize] = 0.8;
        assert_eq!(levels(&answers), [1, 0]);
    }

    #[test]
    fn nan_is_passed_over() {
        let plan = plan();
        let mut answers = zeros(&plan);
        answers[1].values.fill(f32::NAN);
        assert!(candidates(&plan, &answers, &test_settings(), 0.5, &nothing).windows.is_empty());
    }
}
