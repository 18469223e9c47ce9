//! What the page says of a place, and which places come first.

use serde::Serialize;
use serde_json::Value;

use crate::session::{RecordedAccount, RecordedPlace};

/// What the model's scores and the quality of the pictures come to. The order is that of the page: what needs a look comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Judgement {
    /// The suspicious classes together have their share.
    Suspicious,
    /// It was seen on pictures only that cannot be judged.
    Unassessable,
    /// No class stands out.
    Undecided,
    /// Another class is named.
    Calm,
}

impl Judgement {
    /// All of them, in the order of the page.
    pub(super) const ALL: [Judgement; 4] =
        [Judgement::Suspicious, Judgement::Unassessable, Judgement::Undecided, Judgement::Calm];

    /// Of a place. A suspicion stays one on poor pictures; the absence of one does not count there.
    pub(super) fn of(place: &RecordedPlace, operating_point: f64) -> Judgement {
        if place.suspicious >= operating_point {
            Judgement::Suspicious
        } else if !assessable(place) {
            Judgement::Unassessable
        } else if place.class.is_none() {
            Judgement::Undecided
        } else {
            Judgement::Calm
        }
    }

    /// As a label.
    pub(super) fn words(self) -> &'static str {
        match self {
            Judgement::Suspicious => "suspicious to the model",
            Judgement::Unassessable => "not assessable",
            Judgement::Undecided => "undecided",
            Judgement::Calm => "not suspicious to the model",
        }
    }
}

/// Whether a place was seen on pictures that can be judged; what is not known is not held against it.
pub(super) fn assessable(place: &RecordedPlace) -> bool {
    place.assessable.unwrap_or(true)
}

/// The share of the suspicious classes from which a place counts as suspicious, `0..=1`: that of the run. An account that lost its settings
/// gets one half.
pub(super) fn operating_point(account: &RecordedAccount) -> f64 {
    account.settings.pointer("/opinion/suspicious").and_then(Value::as_f64).unwrap_or(0.5)
}

/// The places as the page lists them: by judgement, then by the share of the suspicious classes, then by number.
pub(super) fn in_order(places: &[RecordedPlace], operating_point: f64) -> Vec<&RecordedPlace> {
    let mut places: Vec<&RecordedPlace> = places.iter().collect();
    places.sort_by(|a, b| {
        let judged = Judgement::of(a, operating_point).cmp(&Judgement::of(b, operating_point));
        judged.then(b.suspicious.total_cmp(&a.suspicious)).then(a.place.cmp(&b.place))
    });
    places
}
