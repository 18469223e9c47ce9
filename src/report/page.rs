//! The page of one session.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::{Environment, context};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::counted;
use crate::session::{RecordedEnd, RecordedPlace, RecordedSession};

use super::album::{Album, PictureSource, own_file};
use super::card::{Card, CardContext, Fact};
use super::chart::{Span, timeline};
use super::error::ReportError;
use super::judgement::{Judgement, in_order, operating_point};
use super::key::key_figure;
use super::sightings::Sightings;
use super::stills::{shown_stills, thumbnails};
use super::wanted::{PictureOf, key_frame, wanted};
use super::words::{class_name, hints, length, shown};

/// Most places with a card of their own: more pictures would make the page slow to open.
const MOST_CARDS: usize = 100;

/// A report of one session.
#[derive(Clone, Debug)]
pub struct ReportPage {
    /// The page, HTML.
    pub html: String,
    /// What was found, in one sentence.
    pub headline: String,
    /// What was filmed, in one sentence.
    pub filmed: String,
}

/// A judgement as a choice of the filter.
#[derive(Serialize)]
struct KindChoice {
    name: Judgement,
    words: &'static str,
}

/// Makes the page of a session.
///
/// # Errors
/// When the template has a mistake; a picture that is not found is no error, the page says why.
pub fn page(session: &RecordedSession, from: PictureSource) -> Result<ReportPage, ReportError> {
    let account = &session.account;
    let point = operating_point(account);
    let ordered = in_order(&account.places, point);
    let places: Vec<(&RecordedPlace, Judgement)> =
        ordered.iter().map(|place| (*place, Judgement::of(place, point))).collect();
    let cards = ordered.get(..MOST_CARDS).unwrap_or(&ordered);
    let stills = shown_stills(session, &places);
    let span = span(session);
    let key = span.and_then(|_| key_frame(session));
    let album = Album::collect(session, &wanted(session, cards, &stills, key), from);
    let sightings = Sightings::of(&session.frames);
    let film = span.is_some() && own_file(&session.folder, "annotated.mp4").is_some();
    let context = CardContext {
        sightings: &sightings,
        names: &session.classes,
        classes: &account.classes,
        operating_point: point,
        span,
        film,
    };
    let card = |place: &&RecordedPlace| context.card(place, album.picture(PictureOf::Place(place.place)));
    let headline = headline(&places);
    let filmed = filmed(session, span);
    let [style, script] = [include_str!("../page.css"), include_str!("page.js")];
    let html = environment()?.get_template(PAGE)?.render(context! {
        policy => policy(style, script),
        title => format!("lesionscope: {}", shown(&account.source)),
        style, script,
        version => shown(&account.version),
        headline, filmed,
        facts => facts(session, &places, span),
        key => key.and_then(|at| key_figure(session, at, &sightings, &places, &album)),
        kinds => Judgement::ALL.map(|name| KindChoice { name, words: name.words() }),
        classes => class_names(cards),
        places => cards.iter().map(card).collect::<Vec<Card>>(),
        no_picture => album.absence(),
        no_places => no_places(session),
        more_places => places.len().checked_sub(cards.len()).filter(|more| *more > 0).map(|more| {
            format!("{more} more places, none of them more suspicious, are in places.csv and session.json.")
        }),
        look_alikes => look_alikes(account.look_alikes),
        pictures => thumbnails(session, &stills, &places, &album),
        more_pictures => more_pictures(session, stills.len()),
        timeline => span.filter(|_| !cards.is_empty()).map(|span| {
            timeline(&sightings, places.get(..MOST_CARDS).unwrap_or(&places), span)
        }),
        film,
        warnings => warnings(session),
        notes => notes(point),
        made => format!("{} Made by lesionscope {}.", album.origin, env!("CARGO_PKG_VERSION")),
    })?;
    Ok(ReportPage { html, headline, filmed })
}

/// The name of the template: `.html`, so that all that goes in is escaped.
const PAGE: &str = "page.html";

fn environment() -> Result<Environment<'static>, ReportError> {
    let mut environment = Environment::new();
    environment.add_template(PAGE, include_str!("page.html"))?;
    Ok(environment)
}

/// What the page may do: show the pictures inside of it, play what lies beside it, run its own script. No network.
pub(super) fn policy(style: &str, script: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; img-src data:; media-src 'self' file:; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hash(style),
        hash(script)
    )
}

/// The time that the frames of a film cover; `None` for stills.
fn span(session: &RecordedSession) -> Option<Span> {
    let (first, last) = (session.frames.first()?, session.frames.last()?);
    first.file.is_none().then_some(Span { first_s: first.time_s, last_s: last.time_s })
}

fn count(places: &[(&RecordedPlace, Judgement)], wanted: Judgement) -> usize {
    places.iter().filter(|(_, kind)| *kind == wanted).count()
}

fn headline(places: &[(&RecordedPlace, Judgement)]) -> String {
    let verb = if places.len() == 1 { "was" } else { "were" };
    let found = format!("{} on the skin {verb} circled", counted(places.len(), "place"));
    match (places.len(), count(places, Judgement::Suspicious)) {
        (0, _) => "Nothing on the skin was circled".to_owned(),
        (1, 0) => format!("{found}; it does not look suspicious to the model"),
        (1, _) => format!("{found}; it looks suspicious to the model"),
        (_, 0) => format!("{found}; none looks suspicious to the model"),
        (all, suspicious) if all == suspicious => format!("{found}; all of them look suspicious to the model"),
        (_, 1) => format!("{found}; 1 looks suspicious to the model"),
        (_, suspicious) => format!("{found}; {suspicious} look suspicious to the model"),
    }
}

fn filmed(session: &RecordedSession, span: Option<Span>) -> String {
    let (source, frames) = (shown(&session.account.source), session.frames.len());
    match span {
        Some(span) => {
            format!("{source}; {} of film, {} looked at", length(duration_s(span, frames)), counted(frames, "picture"))
        }
        None => format!("{source}; {frames} looked at"),
    }
}

/// Length of a film, s: the last picture lasts as long as the others.
fn duration_s(span: Span, frames: usize) -> f64 {
    let between = span.last_s - span.first_s;
    between + between / frames.saturating_sub(1).max(1) as f64
}

fn facts(session: &RecordedSession, places: &[(&RecordedPlace, Judgement)], span: Option<Span>) -> Vec<Fact> {
    let suspicious = count(places, Judgement::Suspicious);
    let unjudged = session.frames.iter().filter(|frame| frame.not_assessable.is_some()).count();
    let number = |term, number: usize| Fact::new(term, number.to_string());
    let mut facts = vec![
        number("Places on the skin", places.len()),
        Fact { kind: if suspicious > 0 { "suspicious" } else { "" }, ..number("Suspicious to the model", suspicious) },
        number("Places not assessable", count(places, Judgement::Unassessable)),
        number("Pictures not assessable", unjudged),
        Fact::new("Look-alikes off the skin", session.account.look_alikes.to_string()),
    ];
    facts.push(match span {
        Some(span) => Fact::new("Length of the film", length(duration_s(span, session.frames.len()))),
        None => number("Pictures", session.frames.len()),
    });
    facts
}

fn class_names(places: &[&RecordedPlace]) -> Vec<String> {
    let mut names: Vec<String> = places.iter().filter_map(|place| place.class.as_deref().map(class_name)).collect();
    names.sort();
    names.dedup();
    names
}

fn no_places(session: &RecordedSession) -> &'static str {
    if session.frames.is_empty() {
        "No picture was looked at."
    } else {
        "No place on the skin looked like a lesion to the model for long enough. That is no all-clear: the model misses lesions."
    }
}

fn look_alikes(count: u64) -> Option<String> {
    match count {
        0 => None,
        1 => Some("One look-alike has no skin around it, such as a print on cloth. It is not counted.".to_owned()),
        _ => Some(format!(
            "{count} look-alikes have no skin around them, such as prints on cloth. They are not counted."
        )),
    }
}

fn more_pictures(session: &RecordedSession, shown: usize) -> Option<String> {
    let all = session.frames.iter().filter(|frame| frame.file.is_some()).count();
    (all > shown)
        .then(|| format!("{} more pictures, none of them more suspicious, are in detections.jsonl.", all - shown))
}

/// What a reader should know about this session, before the figures are believed.
fn warnings(session: &RecordedSession) -> Vec<String> {
    let account = &session.account;
    let end = match account.end {
        RecordedEnd::Running => Some(
            "The session did not end properly: it goes on, or the program was killed. The last seconds may be missing."
                .to_owned(),
        ),
        RecordedEnd::Interrupted => Some("The session was ended by hand.".to_owned()),
        RecordedEnd::Failed => {
            Some(format!("The session ended with an error: {}", account.error.as_deref().unwrap_or("unknown")))
        }
        RecordedEnd::Finished | RecordedEnd::Unknown => None,
    };
    let dropped = (account.dropped > 0)
        .then(|| format!("{} were left out because newer ones were there.", counted(account.dropped, "picture")));
    let hints = account.more.get("coach").and_then(hints);
    let hints = hints.map(|hints| format!("What would have made for better pictures, and for how long: {hints}."));
    let said = account.warnings.iter().chain(&session.warnings).cloned();
    end.into_iter().chain(dropped).chain(hints).chain(said).map(|text| shown(&text)).collect()
}

/// How the page is to be read.
fn notes(operating_point: f64) -> Vec<String> {
    vec![
        "A place is one spot on the skin. It keeps its number when it leaves the picture and comes back.".to_owned(),
        format!(
            "A place is called suspicious when the classes that the model marks as suspicious together have {:.0} % of all lesion \
             classes. Melanoma can be suspected even where another class scores higher.",
            operating_point * 100.0
        ),
        "Not assessable: the pictures were too blurred, too dark, too bright or too far away to say anything."
            .to_owned(),
        "The size is in px of the picture; how many millimetres that is depends on the distance of the camera."
            .to_owned(),
        "Every number is in places.csv, session.json and detections.jsonl beside this page.".to_owned(),
    ]
}
