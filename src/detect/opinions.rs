//! What the second network is asked about, and how it looks at it.

use std::sync::Arc;

use crate::cache::Limits;
use crate::detect::jobs::{Evaluator, Job};
use crate::detect::looks;
use crate::detect::search::Search;
use crate::frame::Frame;
use crate::geometry::Square;
use crate::model::{ModelError, Scores};
use crate::skin::context;
use crate::track::{Heard, Question};

/// How much closer the second network looks every other time: what is suspicious shows better with less skin around it.
const CLOSER: f32 = 0.78;
/// How much more it sees when it looks for skin.
const AFAR: f32 = 2.0;
/// Looks for skin at a track of a film, after which it is known, and at one that is off the skin by what the search saw around it.
const FOR_SKIN: (u32, u32) = (3, 1);
/// Looks at a track of a film after which it is asked about again only when it changed or a while later, and the same for a track that
/// is off the skin, or known to be nothing.
const SETTLED: (u32, u32) = (6, 2);
/// Of tracks that are off the skin, or known to be nothing, one is asked about every so many frames: the one that has most skin
/// around it.
const PRINTS: u64 = 4;
/// How long such a track is left alone, in age limits of the cache.
const REST: u32 = 2;
/// Jobs that the windows of a frame's questions are spread over, so that no worker waits for another, and windows of a job at most:
/// those of a still are many.
const SHARES: (usize, usize) = (4, 4);
/// Shifts of the window from look to look, as fractions of its side: the mean of different views says more than one view does often.
const SHIFTS: [(f32, f32); 6] = [(0.0, 0.0), (0.0, 0.0), (0.05, 0.05), (-0.05, -0.05), (0.05, -0.05), (-0.05, 0.05)];

impl Search {
    /// Asks the second network about the circles that it knows least of: all where one hit confirms them, as in a still. Returns how many
    /// windows it was shown, and whether circles were passed over for want of effort.
    pub(super) fn consult(
        &mut self,
        frame: &Arc<Frame>,
        evaluator: &mut dyn Evaluator,
        hits: u32,
    ) -> Result<(u64, bool), ModelError> {
        let asked = self.settings.opinion.looks as usize;
        let most = if hits <= 1 { usize::MAX } else { self.effort.of(asked) };
        let mut questions = self.tracker.open_questions(hits);
        questions.retain(|question| self.is_open(question));
        if hits > 1 {
            // Patterned cloth has more prints than there is time for: they wait for each other, not lesions for them.
            let (mut open, prints): (Vec<_>, Vec<_>) = questions.into_iter().partition(|question| question.matters);
            let likeliest =
                prints.into_iter().max_by(|a, b| a.context.total_cmp(&b.context).then(b.track.cmp(&a.track)));
            open.extend(likeliest.filter(|_| self.memory.present.now().is_multiple_of(PRINTS)));
            questions = open;
        }
        let cut = questions.len() > most && most < asked;
        questions.truncate(most);
        let views: Vec<Vec<Square>> =
            questions.iter().map(|question| self.views(question, frame.size(), most)).collect();
        let shown: Vec<Square> = views.iter().flatten().copied().collect();
        let chunk = shown.len().div_ceil(SHARES.0).clamp(1, SHARES.1);
        let mut scores = looks::scores(evaluator, frame, (&shown, chunk), Job::Consult)?.into_iter();
        for (question, views) in questions.iter().zip(&views) {
            let mut near: Vec<Scores> = scores.by_ref().take(views.len()).collect();
            let far = if looks_afar(question) { near.pop() } else { None };
            let scores = mean(&near);
            let evidence = self.searched.evidence(&scores);
            let context = far.as_ref().map(|far| context(&[scores.context], &[far.context]));
            self.tracker
                .hear(question.track, Heard { evidence, context, familiar: scores.familiar, scores: scores.classes });
            let Limits { moved, still } = self.settings.cache.limits();
            let rest = Limits { moved: REST * moved, still: REST * still };
            let window = self.window(question, frame.size());
            self.memory.asked.put(question.track, (window, ()), rest, &self.memory.present);
        }
        Ok((shown.len() as u64, cut))
    }

    /// Whether there is more to hear about a track: it was not asked about often, or it does not look any more as it did.
    fn is_open(&mut self, question: &Question) -> bool {
        let (aim, reach) = ((question.circle.x, question.circle.y), question.circle.r);
        let memory = &mut self.memory;
        let mut known = || memory.asked.get(&question.track, (aim, reach), &memory.present, &self.settings.cache);
        let settled = if question.matters { SETTLED.0 } else { SETTLED.1 };
        question.looks < settled || known().is_none()
    }

    /// The window around a circle.
    fn window(&self, question: &Question, (width, height): (u32, u32)) -> Square {
        let circle = question.circle;
        Square::around((circle.x, circle.y), circle.r / self.settings.scan.fill, width, height)
    }

    /// Windows on which the second network is asked about a circle: the lesion in its window, then closer by [`CLOSER`], in turns
    /// from one look to the next, or both when there is one look only; last, the first times, from afar, where it shows whether skin
    /// surrounds it.
    fn views(&self, question: &Question, (width, height): (u32, u32), most: usize) -> Vec<Square> {
        let side = question.circle.r / self.settings.scan.fill;
        let (dx, dy) = SHIFTS.get(question.looks as usize % SHIFTS.len()).copied().unwrap_or_default();
        let centre = (question.circle.x + dx * side, question.circle.y + dy * side);
        let near: &[f32] = match (most, question.looks % 2) {
            (usize::MAX, _) => &[1.0, CLOSER],
            (_, 0) => &[1.0],
            _ => &[CLOSER],
        };
        let far: &[f32] = if looks_afar(question) { &[AFAR] } else { &[] };
        let times = near.iter().chain(far);
        times.map(|times| Square::around(centre, times * side, width, height)).collect()
    }
}

/// Whether the second network looks at the surroundings of a circle as well.
fn looks_afar(question: &Question) -> bool {
    question.looks < if question.matters { FOR_SKIN.0 } else { FOR_SKIN.1 }
}

/// The mean of some answers; nothing for none.
fn mean(answers: &[Scores]) -> Scores {
    let count = answers.len().max(1) as f32;
    let classes = answers.iter().map(|scores| scores.classes.len()).max().unwrap_or(0);
    let class = |c: usize| answers.iter().filter_map(|scores| scores.classes.get(c)).sum::<f32>() / count;
    let mean = |part: fn(&Scores) -> f32| answers.iter().map(part).sum::<f32>() / count;
    Scores {
        classes: (0..classes).map(class).collect(),
        context: mean(|scores| scores.context),
        familiar: mean(|scores| scores.familiar),
    }
}
