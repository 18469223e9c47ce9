//! What the classes of some data are to a model: the names that it knows, what a user says of others, and what is left out.

use std::collections::BTreeMap;

use super::error::DataError;
use super::labelled::{Data, NAMED};
use crate::model::Class;
use crate::model::classes::{MERGED, index_of};
use crate::near::near;

/// Names of data sets for pictures that are no close-ups of one lesion; training knows them.
pub const LESION_FREE: [&str; 3] = ["background", "skin", "skin-scene"];

/// What a user says of the classes of some data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Naming {
    /// What names of the data stand for.
    pub map: BTreeMap<String, String>,
    /// Whether pictures of classes that nobody knows are left out; otherwise they are an error.
    pub skip_unknown: bool,
}

impl Naming {
    /// Calls every class what the user says it is, and leaves out what the model cannot judge: photographs that are no close-ups and, where
    /// that is asked for, unknown classes. A picture without a class stays.
    ///
    /// # Errors
    /// When a class is not known, or what a class is said to be.
    pub fn apply(&self, data: &mut Data, classes: &[Class]) -> Result<(), DataError> {
        self.check_map(data, classes)?;
        if let Some(empty) = data.empty.iter().find(|name| known(classes, name)) {
            return Err(DataError::content(
                &data.path.join(empty),
                "holds no picture; put close-ups of that class into it or remove it",
            ));
        }
        let mut counts: [BTreeMap<String, usize>; 2] = Default::default();
        let total = data.rows.len();
        let mut rows = std::mem::take(&mut data.rows);
        rows.retain_mut(|row| {
            if let Some(meant) = self.map.get(&row.class) {
                row.class.clone_from(meant);
            }
            if row.class.is_empty() || known(classes, &row.class) {
                return true;
            }
            let [wide, unknown] = &mut counts;
            *(if is_wide(&row.class) { wide } else { unknown }).entry(row.class.clone()).or_default() += 1;
            false
        });
        data.rows = rows;
        let [wide, unknown] = counts;
        if !unknown.is_empty() && !self.skip_unknown {
            let problem = unknown_classes(&unknown, total, classes);
            return Err(DataError::UnknownClasses { path: data.path.clone(), problem });
        }
        for (counts, what) in [(wide, "that are no close-ups"), (unknown, "of classes that are not known here")] {
            let all: usize = counts.values().sum();
            if all > 0 {
                data.left_out.push(format!("left out: {all} of {total} pictures, {what}: {}", with_counts(&counts)));
            }
        }
        Ok(())
    }

    fn check_map(&self, data: &Data, classes: &[Class]) -> Result<(), DataError> {
        for (name, meant) in &self.map {
            let meant = meant.as_str();
            if !known(classes, meant) {
                let guess = meant_by(classes, meant).map_or(String::new(), |guess| format!(" (did you mean {guess}?)"));
                return Err(DataError::UnknownMeaning {
                    name: name.clone(),
                    meant: meant.to_owned(),
                    guess,
                    known: names(classes),
                });
            }
            let mut there = data
                .rows
                .iter()
                .chain(&data.missing)
                .map(|row| row.class.as_str())
                .chain(data.empty.iter().map(String::as_str));
            if !there.any(|class| class == name) {
                tracing::warn!(
                    "{}: no picture is of a class {name:?}, which is said to be {meant:?}",
                    data.path.display()
                );
            }
        }
        Ok(())
    }
}

/// Whether a name stands for a class, or for pictures without a lesion.
fn known(classes: &[Class], name: &str) -> bool {
    LESION_FREE.contains(&name) || index_of(classes, name).is_some()
}

/// The names of the classes, for people.
fn names(classes: &[Class]) -> String {
    let own = classes.iter().map(|class| class.name.as_str());
    let others = LESION_FREE.into_iter().filter(|name| !classes.iter().any(|class| class.name == *name));
    own.chain(others).map(|name| crate::printable(name).into_owned()).collect::<Vec<_>>().join(", ")
}

/// The known name that somebody may have meant.
fn meant_by<'a>(classes: &'a [Class], name: &str) -> Option<&'a str> {
    let own = near(name, classes.iter().map(|class| class.name.as_str()));
    own.first().copied().or_else(|| {
        let others = MERGED.iter().flat_map(|(_, names)| names.iter().copied());
        near(name, others.filter(|other| index_of(classes, other).is_some())).first().copied()
    })
}

fn unknown_classes(counts: &BTreeMap<String, usize>, total: usize, classes: &[Class]) -> String {
    let all: usize = counts.values().sum();
    let guess =
        |name: &String| meant_by(classes, name).map(|meant| format!("--map '{}={meant}'", crate::printable(name)));
    let guesses: Vec<String> = counts.keys().filter_map(guess).take(NAMED).collect();
    let example = if guesses.is_empty() { "--map 'NAME=CLASS'".to_owned() } else { guesses.join(" ") };
    format!(
        "{all} of {total} pictures are of classes that are not known here: {}; there are: {}; say what they are ({example}), or leave them \
         out (--skip-unknown)",
        with_counts(counts),
        names(classes)
    )
}

fn with_counts(counts: &BTreeMap<String, usize>) -> String {
    let named: Vec<String> =
        counts.iter().map(|(name, count)| format!("{} ({count})", crate::printable(name))).collect();
    named.join(", ")
}

/// Whether a name of a data set is that of photographs of several lesions, or of people without any.
pub fn is_wide(name: &str) -> bool {
    let counted =
        name.split_once(' ').is_some_and(|(count, rest)| count.parse::<u32>().is_ok() && rest == "mole boxes");
    counted || name.ends_with("-no-lesion") || ["hand-clip", "skin without marked mole"].contains(&name)
}
