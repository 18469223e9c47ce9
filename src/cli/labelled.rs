//! Labelled pictures for the commands that judge a model: what their classes are, and which of them the model was not trained on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use rayon::prelude::*;

use crate::cli::exit::Usage;
use crate::cli::models::flags::ModelFlags;
use crate::counted;
use crate::data::record::{PictureId, Record};
use crate::data::{Data, DataError, LESION_FREE, Naming, Row, Side, usual_side};
use crate::model::Class;

/// What the classes of the data are.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct NamingFlags {
    /// A class of the data is this class of the model: --map 'nevus_common=nevus'. May be repeated.
    #[arg(long, value_name = "NAME=CLASS", value_parser = pair)]
    map: Vec<(String, String)>,
    /// Leave out pictures whose class is not known; they are counted and named. Otherwise they are an error.
    #[arg(long)]
    skip_unknown: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=').map(|(name, class)| (name.trim(), class.trim())) {
        Some((name, class)) if !name.is_empty() && !class.is_empty() => Ok((name.to_owned(), class.to_owned())),
        _ => Err(format!("{text:?} is not NAME=CLASS, such as nevus_common=nevus")),
    }
}

impl NamingFlags {
    /// What the flags say, over what the configuration says.
    pub(super) fn naming(&self, configured: &BTreeMap<String, String>) -> Result<Naming, Usage> {
        let mut map = BTreeMap::new();
        for (name, class) in &self.map {
            if let Some(other) = map.insert(name.clone(), class.clone()).filter(|other| other != class) {
                return Err(Usage(format!(
                    "--map says that {name:?} is {other:?} and that it is {class:?}; it can be one of them"
                )));
            }
        }
        for (name, class) in configured {
            map.entry(name.clone()).or_insert_with(|| class.clone());
        }
        Ok(Naming { map, skip_unknown: self.skip_unknown })
    }
}

/// The flags that say the same as a naming, with a blank before each.
pub(crate) fn words(naming: &Naming) -> String {
    let quoted =
        |(name, class): (&String, &String)| format!(" --map '{}={}'", crate::printable(name), crate::printable(class));
    let maps: String = naming.map.iter().map(quoted).collect();
    maps + if naming.skip_unknown { " --skip-unknown" } else { "" }
}

/// Close-ups to judge a model on.
pub(super) struct Chosen {
    /// Which.
    pub(super) rows: Vec<Row>,
    /// Which they are, as the end of a sentence.
    pub(super) said: String,
    /// Sentences on what was left out.
    pub(super) left_out: Vec<String>,
}

/// What is to be judged on what.
pub(super) struct Choice<'a> {
    /// The manifest or folder.
    pub(super) data: &'a Path,
    /// The classes of the model.
    pub(super) classes: &'a [Class],
    /// What the classes of the data are.
    pub(super) naming: &'a Naming,
    /// What the model was trained on, where it says so.
    pub(super) record: Option<&'a Record>,
    /// Whether what it was trained on is judged as well.
    pub(super) all: bool,
    /// Whether the record is that of several models together, which are judged on what none of them was trained on.
    pub(super) several: bool,
}

/// What the models in some folders were trained on together; `None` where none of them says so.
pub(super) fn records<'a>(folders: impl Iterator<Item = &'a PathBuf>) -> Result<Option<Record>, DataError> {
    let mut all: Option<Record> = None;
    for folder in folders {
        if let Some(record) = Record::read(folder)? {
            all.get_or_insert_default().add(record);
        }
    }
    Ok(all)
}

/// What the models that the flags name were trained on.
pub(super) fn records_of(flags: &ModelFlags) -> Result<Option<Record>, DataError> {
    records(flags.model.iter().chain(&flags.opinion))
}

impl Choice<'_> {
    /// The close-ups that the model was not trained on. What its record does not know is on the side that the data names.
    pub(super) fn take(&self) -> anyhow::Result<Chosen> {
        let mut data = Data::open(self.data)?;
        let listed = data.count();
        self.naming.apply(&mut data, self.classes)?;
        let (closeups, others): (Vec<Row>, Vec<Row>) =
            data.rows.into_iter().partition(|row| !LESION_FREE.contains(&row.class.as_str()));
        let mut left_out = data.left_out;
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for row in &others {
            *counts.entry(&row.class).or_default() += 1;
        }
        if !others.is_empty() {
            let counts: Vec<String> = counts.iter().map(|(class, count)| format!("{class} ({count})")).collect();
            left_out.push(format!("left out: {} of {listed} pictures, of {}", others.len(), counts.join(", ")));
        }
        let count = closeups.len();
        let (rows, said) = self.side(closeups);
        if rows.is_empty() {
            return Err(self.nothing(count, &said));
        }
        Ok(Chosen { rows, said, left_out })
    }

    /// The rows of the side that is judged, and a sentence on it.
    fn side(&self, rows: Vec<Row>) -> (Vec<Row>, String) {
        let count = rows.len();
        let split = rows.iter().any(|row| row.side.is_some());
        let trained_by_split = |row: &Row| row.side == Some(Side::Train);
        let Some(record) = self.record else {
            let unsaid = "the model has no record of what it was trained on";
            if !split || self.all {
                return (rows, format!("all {count}; {unsaid}: if they are among it, the figures say too much"));
            }
            let rows: Vec<Row> = rows.into_iter().filter(|row| usual_side(row) == Side::Validation).collect();
            let said = format!("{} of {count}, the validation side that the data names; {unsaid}", rows.len());
            return (rows, said);
        };
        let contents: Vec<PictureId> = rows.par_iter().map(|row| PictureId::of(&row.path)).collect();
        let known = record.known(&rows, &contents);
        let trained = known.trained.iter().filter(|trained| **trained).count();
        let on_other_side =
            rows.iter().zip(&known.trained).filter(|(row, trained)| !**trained && trained_by_split(row)).count();
        if self.all {
            let said = match trained {
                0 => format!("all {count}; the model was not trained on a file of the same content"),
                _ => {
                    format!("all {count}, among them {trained} that the model was trained on: the figures say too much")
                }
            };
            return (rows, said);
        }
        let kept: Vec<Row> = rows
            .into_iter()
            .zip(&known.trained)
            .filter(|(row, trained)| !**trained && !trained_by_split(row))
            .map(|(row, _)| row)
            .collect();
        let nobody = if self.several { "no model was trained" } else { "the model was not trained" };
        let mut said = match (trained, self.several) {
            (0, _) if kept.len() == count => format!("all {count}; {nobody} on a file of the same content"),
            (0, _) => format!("{} of {count}; {nobody} on a file of the same content", kept.len()),
            (_, true) => format!("{} of {count}, those that none of the models was trained on", kept.len()),
            (_, false) if known.validation => {
                format!("{} of {count}, the validation side of its training: on {trained} it was trained", kept.len())
            }
            (_, false) => {
                format!("{} of {count}, what the model was not trained on: on {trained} it was trained", kept.len())
            }
        };
        if on_other_side > 0 {
            let others = counted(on_other_side as u64, "other");
            said += &format!("; left out: {others}, of the training side that the data names");
        }
        (kept, said)
    }

    fn nothing(&self, count: usize, said: &str) -> anyhow::Error {
        let data = self.data.display();
        Usage(match count {
            0 => format!(
                "{data}: no close-up to judge; name a folder with one folder a class (nevus/, melanoma/ ...) or a manifest.tsv"
            ),
            _ => format!("{data}: no close-up is left to judge ({said}); name some that the model was not trained on"),
        })
        .into()
    }
}
