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
    /// Where the centre of each answer's window is: at the grid's place when it was computed on this frame,
    /// somewhere near when it was carried along from an earlier one.
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
/// is not beaten by more than `coarse_margin` at the same place of a neighbouring level.
///
/// `answers` has the row-major coarse probabilities of each level; a level without its full number is passed over. Of more than
/// `max_fine_windows`, those that are `known` are preferred a little: on patterned cloth the best change from frame to frame by nothing, and
/// each that is new costs a look.
pub fn candidates(
    plan: &Plan,
    answers: &[CoarseAnswers],
    settings: &ScanSettings,
    coarse_conf: f32,
    known: &dyn Fn(&CandidateWindow) -> bool,
) -> Candidates {
    let mut best: BTreeMap<WindowId, (f32, Point)> = BTreeMap::new();
    for (index, level) in plan.levels.iter().enumerate() {
        let Some(values) = complete(level, answers.get(index)) else { continue };
        for (cell, &value) in values.iter().enumerate() {
            if value >= coarse_conf && is_peak(level, values, cell) {
                let (col, row) = (cell as u32 % level.coarse.cols, cell as u32 / level.coarse.cols);
                let beaten = rival(plan, answers, index, (col, row)) > value + settings.coarse_margin;
                let Some(&centre) = answers.get(index).and_then(|coarse| coarse.centres.get(cell)) else { continue };
                if let (false, Some(id)) = (beaten, plan.nearest(index, centre)) {
                    let kept = best.entry(id).or_insert((value, centre));
                    if value > kept.0 {
                        *kept = (value, centre);
                    }
                }
            }
        }
    }
    let candidate = |(window, (value, centre))| (CandidateWindow { window, centre }, value);
    let mut order: Vec<(CandidateWindow, f32)> = best.into_iter().map(candidate).collect();
    // What stands alone comes first: cloth must not use up what skin is owed.
    let crowded = order.len() > settings.max_fine_windows as usize;
    let crowd = Crowd::new(plan, order.iter().map(|(candidate, _)| candidate.window));
    for (candidate, value) in &mut order {
        *value *= crowd.leaves(plan, candidate.window);
        if crowded && known(candidate) {
            *value *= KNOWN;
        }
    }
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.window.cmp(&b.0.window)));
    let passed = order.len();
    order.truncate(settings.max_fine_windows as usize);
    let capped = (passed - order.len()) as u64;
    Candidates { windows: order.into_iter().map(|(candidate, _)| candidate).collect(), capped }
}

fn complete<'a>(level: &PlanLevel, coarse: Option<&'a CoarseAnswers>) -> Option<&'a Vec<f32>> {
    coarse.map(|c| &c.values).filter(|v| v.len() as u64 == u64::from(level.coarse.cols) * u64::from(level.coarse.rows))
}

/// Whether no neighbour is higher; of equals the first in reading order wins, so that a plateau keeps one of its own.
fn is_peak(level: &PlanLevel, values: &[f32], cell: usize) -> bool {
    let (cols, rows) = (level.coarse.cols as usize, level.coarse.rows as usize);
    let (col, row) = (cell % cols, cell / cols);
    let Some(&value) = values.get(cell) else { return false };
    for y in row.saturating_sub(1)..=(row + 1).min(rows - 1) {
        for x in col.saturating_sub(1)..=(col + 1).min(cols - 1) {
            let other = y * cols + x;
            let Some(&rival) = values.get(other) else { continue };
            if rival > value || (rival == value && other < cell) {
                return false;
            }
        }
    }
    true
}

/// The highest coarse probability of the neighbouring levels at the place of a coarse window; below 0 when there is none.
fn rival(plan: &Plan, answers: &[CoarseAnswers], level: usize, cell: (u32, u32)) -> f32 {
    let Some(grid) = plan.levels.get(level) else { return -1.0 };
    let centre = plan.coarse_centre(grid, cell.0, cell.1);
    let mut highest = -1.0_f32;
    for other in [level.checked_sub(1), level.checked_add(1)].into_iter().flatten() {
        let Some(near) = plan.levels.get(other) else { continue };
        let Some(values) = complete(near, answers.get(other)) else { continue };
        let within = |index: i64, count: u32| (index.max(0) as u32).min(count.saturating_sub(1));
        let (col, row) = plan.coarse_cell(near, centre);
        let (col, row) = (within(col, near.coarse.cols), within(row, near.coarse.rows));
        let index = row as usize * near.coarse.cols as usize + col as usize;
        highest = values.get(index).copied().map_or(highest, |value| highest.max(value));
    }
    highest
}

#[cfg(test)]
mod tests {
    use super::*;
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
        Plan::new(320, 240, &test_settings(), CoarseGeometry { side: 24, stride: 8 })
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
    fn answers_of_the_wrong_length_and_nan_are_passed_over() {
        let plan = plan();
        let mut answers = zeros(&plan);
        answers[0].values.pop();
        answers[1].values.fill(f32::NAN);
        answers.truncate(3);
        assert!(candidates(&plan, &answers, &test_settings(), 0.5, &nothing).windows.is_empty());
    }
}
