//! The card of a place: what it looks like to the model, how sure that is, and when it was seen.

use serde::Serialize;

use crate::counted;
use crate::finding::DOUBTFUL;
use crate::geometry::Circle;
use crate::session::{RecordedClass, RecordedExplanation, RecordedPlace};

use super::chart::{ScoreChart, Span, score_chart};
use super::drawn::{DrawnPicture, RingPlan, drawn};
use super::inline::InlinePicture;
use super::judgement::{Judgement, assessable};
use super::sightings::Sightings;
use super::words::{class_name, clock, hints, length, percent, shown};

/// Most classes with a bar.
const BARS: usize = 7;

/// A word with what it stands for.
#[derive(Debug, Serialize)]
pub(super) struct Fact {
    pub(super) term: &'static str,
    pub(super) value: String,
    pub(super) kind: &'static str,
}

impl Fact {
    /// A fact in the usual colour.
    pub(super) fn new(term: &'static str, value: impl Into<String>) -> Fact {
        Fact { term, value: value.into(), kind: "" }
    }
}

/// The share of a class as a bar.
#[derive(Debug, Serialize)]
struct ShareBar {
    name: String,
    percent: f64,
    words: String,
    named: bool,
    suspicious: bool,
}

/// Where the film is to be played from.
#[derive(Debug, Serialize)]
struct Play {
    seconds: f64,
    words: String,
}

/// A card as the template shows it.
#[derive(Debug, Serialize)]
pub(super) struct Card {
    number: u64,
    kind: Judgement,
    badge: &'static str,
    also: Vec<&'static str>,
    name: String,
    class: String,
    sentence: String,
    picture: Option<DrawnPicture>,
    bars: Vec<ShareBar>,
    chart: Option<ScoreChart>,
    facts: Vec<Fact>,
    play: Option<Play>,
    seen_s: f64,
    size_px: f64,
}

/// What all cards of a page go by.
pub(super) struct CardContext<'a> {
    /// When each place was seen.
    pub(super) sightings: &'a Sightings<'a>,
    /// Names of the classes, in the order of the scores.
    pub(super) names: &'a [String],
    /// What the classes are; empty where that was not recorded.
    pub(super) classes: &'a [RecordedClass],
    /// The share from which a place is suspicious.
    pub(super) operating_point: f64,
    /// The time that the film covers; `None` for stills.
    pub(super) span: Option<Span>,
    /// Whether `annotated.mp4` lies beside the page.
    pub(super) film: bool,
}

impl CardContext<'_> {
    /// The card of a place with its picture, if there is one.
    pub(super) fn card(&self, place: &RecordedPlace, picture: Option<&InlinePicture>) -> Card {
        let kind = Judgement::of(place, self.operating_point);
        let name = place.class.as_deref().map_or("undecided".to_owned(), class_name);
        let circle = Circle { x: place.x as f32, y: place.y as f32, r: place.r as f32 };
        let ring = RingPlan { circle, kind, label: String::new(), absent: false };
        let alt = format!("Close-up of place {}, {name}", place.place);
        let also = (kind == Judgement::Suspicious && !assessable(place)).then_some("seen on poor pictures only");
        let class = place.class.as_deref().and_then(|class| self.names.iter().position(|name| name == class));
        let since_start_s = self.span.map_or(0.0, |span| (place.best_time_s - span.first_s).max(0.0));
        let play = self.film.then(|| Play { seconds: tenths(since_start_s), words: clock(since_start_s) });
        Card {
            number: place.place,
            kind,
            badge: kind.words(),
            also: also.into_iter().collect(),
            class: name.clone(),
            name: if place.class.is_some() && kind != Judgement::Calm { format!("{name}?") } else { name },
            sentence: self.sentence(place, kind),
            picture: picture.map(|picture| drawn(picture, &[ring], alt)),
            bars: self.bars(place),
            chart: self.span.and_then(|span| score_chart(self.sightings, place, class, span)),
            facts: self.facts(place),
            play,
            seen_s: tenths(place.seen_s),
            size_px: tenths(2.0 * place.r),
        }
    }

    fn sentence(&self, place: &RecordedPlace, kind: Judgement) -> String {
        let (share, from) = (percent(place.suspicious), percent(self.operating_point));
        let share = format!(
            "The suspicious classes together have {share} of all lesions; from {from} on a place is called suspicious."
        );
        match (&place.class, kind) {
            (_, Judgement::Unassessable) => {
                "It was seen on pictures only that cannot be judged: blurred, too dark, too bright or too \
                far away. That is no all-clear."
                    .to_owned()
            }
            (Some(class), _) => format!(
                "The model takes it for {} with a score of {}. {share}",
                class_name(class),
                percent(place.score)
            ),
            (None, _) => format!("The model does not settle on one class. {share}"),
        }
    }

    /// The lesion classes with the highest scores, the highest first.
    fn bars(&self, place: &RecordedPlace) -> Vec<ShareBar> {
        let known = |name: &str| self.classes.iter().find(|class| class.name == name);
        let is_lesion = |name: &str| known(name).is_none_or(|class| class.kind == "lesion");
        let scores = place.scores.iter().filter(|(name, _)| is_lesion(name));
        let scores = scores.filter_map(|(name, score)| Some((name, score.as_f64()?.clamp(0.0, 1.0))));
        let mut scores: Vec<(&String, f64)> = scores.collect();
        scores.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let bar = |(name, score): (&String, f64)| ShareBar {
            name: class_name(name),
            percent: tenths(score * 100.0),
            words: percent(score),
            named: place.class.as_ref() == Some(name),
            suspicious: known(name).is_some_and(|class| class.suspicious),
        };
        let rest = 1.0 - scores.iter().map(|(_, score)| score).sum::<f64>();
        let mut bars: Vec<ShareBar> = scores.into_iter().take(BARS).map(bar).collect();
        // Classifiers that answer for each class by itself have no such rest.
        if !self.classes.is_empty() && rest >= 0.005 {
            let (percent, words) = (tenths(rest * 100.0), percent(rest));
            bars.push(ShareBar { name: "no lesion".to_owned(), percent, words, named: false, suspicious: false });
        }
        bars
    }

    fn facts(&self, place: &RecordedPlace) -> Vec<Fact> {
        let mut facts = Vec::new();
        match (&place.file, self.span) {
            (Some(file), _) => facts.push(Fact::new("Picture", shown(file))),
            (None, Some(span)) => {
                let [from, to] = [place.first_s, place.last_s].map(|time_s| clock(time_s - span.first_s));
                facts.push(Fact::new("In view", format!("{} ({from} to {to})", length(place.seen_s))));
            }
            (None, None) => {}
        }
        facts.push(Fact::new("Size", format!("{:.0} px across", 2.0 * place.r)));
        facts.push(Fact::new("Skin around it", if place.on_skin { "yes" } else { "no" }));
        facts.push(Fact::new("Evidence for any lesion", percent(place.evidence)));
        let sightings = self.sightings.of_place(place.place).iter().rev();
        if let Some(explanation) = sightings.filter_map(|sighting| sighting.circle.explanation.as_ref()).next() {
            facts.push(Fact { kind: "wide-fact", ..Fact::new("What the score rests on", rests_on(explanation)) });
        }
        if let Some(hints) = place.coach.as_ref().and_then(hints) {
            facts.push(Fact::new("For a better picture", hints));
        }
        if place.tracks.len() > 1 {
            facts.push(Fact::new("Came back", counted(place.tracks.len() - 1, "time")));
        }
        facts
    }
}

/// An explanation in words.
fn rests_on(explanation: &RecordedExplanation) -> String {
    let RecordedExplanation { method, agreement, drop, inside, .. } = explanation;
    let place = match inside {
        Some(inside) if *inside < DOUBTFUL => {
            format!("mostly on what lies outside of the circle ({} inside): doubtful", percent(f64::from(*inside)))
        }
        Some(inside) => format!("{} of it lies inside of the circle", percent(f64::from(*inside))),
        None => "the map points at nothing".to_owned(),
    };
    let falls = percent(f64::from(*drop));
    format!(
        "{place}. Painting over the circle lowers the score by {falls}; a second method agrees to {} ({})",
        percent(f64::from(*agreement)),
        shown(method)
    )
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
