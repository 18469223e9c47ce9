//! Step 9, consult: the second network is asked about the tracks that it knows least of.

use super::frame_model::FrameModel;
use super::memory::Memory;
use super::setup::Setup;
use crate::cache::{Aim, FreshAnswer, Limits};
use crate::geometry::{Point, Square};
use crate::model::{ModelError, Scores};
use crate::skin::context;
use crate::track::{SecondOpinion, TrackQuestion, Tracker};

/// How much closer the second network looks every other time: what is suspicious shows better with less skin around it.
const CLOSER: f32 = 0.78;
/// How much more it sees when it looks for skin.
const AFAR: f32 = 2.0;
/// Looks for skin around a track, after which it is known.
const FOR_SKIN: LookLimit = LookLimit { on_skin: 3, otherwise: 1 };
/// Looks at a track after which it is asked about again only when it changed, or a while later.
const SETTLED: LookLimit = LookLimit { on_skin: 6, otherwise: 2 };
/// Of tracks that are off the skin, or known to be nothing, one is asked about every so many frames: the one that has most skin
/// around it.
const PRINT_FRAMES: u64 = 4;
/// How long a track is left alone after a look, in age limits of the cache.
const REST: u32 = 2;
/// Shifts of the window from look to look, as fractions of its side: the mean of different views says more than one view does often.
const SHIFTS: [(f32, f32); 6] = [(0.0, 0.0), (0.0, 0.0), (0.05, 0.05), (-0.05, -0.05), (0.05, -0.05), (-0.05, 0.05)];

/// So many looks at a track are enough.
struct LookLimit {
    on_skin: u32,
    /// At a track that is off the skin, or known to be nothing.
    otherwise: u32,
}

impl LookLimit {
    /// Whether another look is wanted.
    fn leaves(&self, question: &TrackQuestion) -> bool {
        question.looks < if question.matters { self.on_skin } else { self.otherwise }
    }
}

/// What asking the second network took.
pub(super) struct Consultation {
    /// Windows that it was shown.
    pub(super) windows: u64,
    /// Whether circles were passed over for want of effort.
    pub(super) cut: bool,
}

/// Asks the second network about the circles that it knows least of: all where one hit confirms them, as in a still.
pub(super) fn consult(
    setup: &Setup,
    memory: &mut Memory,
    tracker: &mut Tracker,
    model: &mut FrameModel,
    confirm_hits: u32,
) -> Result<Consultation, ModelError> {
    let still = confirm_hits <= 1;
    let mut questions = tracker.open_questions(confirm_hits);
    questions.retain(|question| is_open(setup, memory, question));
    let mut cut = false;
    if !still {
        questions = with_one_print(questions, memory.present.now());
        let asked = setup.settings.opinion.looks as usize;
        let most = setup.effort.of(asked);
        cut = questions.len() > most && most < asked;
        questions.truncate(most);
    }
    let skin_map = memory.frame_skin();
    let views: Vec<Vec<Square>> = questions.iter().map(|question| views(setup, question, still)).collect();
    let shown: Vec<Square> = views.iter().flatten().copied().collect();
    let mut scores = model.consult(&shown)?.into_iter();
    for (question, views) in questions.iter().zip(&views) {
        let mut near: Vec<Scores> = scores.by_ref().take(views.len()).collect();
        let far = if FOR_SKIN.leaves(question) { near.pop() } else { None };
        let mut opinion = heard(setup, &near, far.as_ref());
        let on_map = |said| skin_map.context(&setup.settings.skin, question.circle, said);
        opinion.context = opinion.context.map(on_map);
        tracker.hear(question.track, opinion);
        let Limits { moved, still } = setup.settings.cache.limits();
        let rest = Limits { moved: REST * moved, still: REST * still };
        let looked_at = FreshAnswer { square: window(setup, question), value: () };
        memory.opinions.put(question.track, looked_at, rest, &memory.present);
    }
    Ok(Consultation { windows: shown.len() as u64, cut })
}

/// Whether there is more to hear about a track: it was not asked about often, or it does not look any more as it did.
fn is_open(setup: &Setup, memory: &mut Memory, question: &TrackQuestion) -> bool {
    let aim = Aim { centre: question.circle.centre(), reach_px: question.circle.r };
    let Memory { present, opinions, .. } = memory;
    SETTLED.leaves(question) || opinions.get(&question.track, aim, present, &setup.settings.cache).is_none()
}

/// The questions that matter, and now and then the likeliest of the others. Patterned cloth has more prints than there is time for: they
/// wait for each other, not lesions for them.
fn with_one_print(questions: Vec<TrackQuestion>, now: u64) -> Vec<TrackQuestion> {
    let (mut open, prints): (Vec<_>, Vec<_>) = questions.into_iter().partition(|question| question.matters);
    let likeliest = prints.into_iter().max_by(|a, b| a.context.total_cmp(&b.context).then(b.track.cmp(&a.track)));
    open.extend(likeliest.filter(|_| now.is_multiple_of(PRINT_FRAMES)));
    open
}

/// What the answers about a circle come to: those about its windows, and the one from afar.
fn heard(setup: &Setup, near: &[Scores], far: Option<&Scores>) -> SecondOpinion {
    let scores = mean(near);
    let evidence = setup.evidence(&scores);
    let context = far.map(|far| context(&[scores.context], &[far.context]));
    SecondOpinion { evidence, context, familiar: scores.familiar, scores: scores.classes }
}

/// The window around a circle.
fn window(setup: &Setup, question: &TrackQuestion) -> Square {
    let circle = question.circle;
    Square::around(circle.centre(), circle.r / setup.settings.scan.radius_sides, setup.plan.frame)
}

/// Windows on which the second network is asked about a circle: the lesion in its window, then closer by [`CLOSER`], in turns
/// from one look to the next, or both in a still, which has one look only; last, the first times, from afar, where it shows whether skin
/// surrounds it.
fn views(setup: &Setup, question: &TrackQuestion, still: bool) -> Vec<Square> {
    let side = question.circle.r / setup.settings.scan.radius_sides;
    let (dx, dy) = SHIFTS[question.looks as usize % SHIFTS.len()];
    let centre = Point { x: question.circle.x + dx * side, y: question.circle.y + dy * side };
    let near: &[f32] = match (still, question.looks % 2) {
        (true, _) => &[1.0, CLOSER],
        (false, 0) => &[1.0],
        (false, _) => &[CLOSER],
    };
    let far: &[f32] = if FOR_SKIN.leaves(question) { &[AFAR] } else { &[] };
    let times = near.iter().chain(far);
    times.map(|times| Square::around(centre, times * side, setup.plan.frame)).collect()
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
