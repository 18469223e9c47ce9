//! Labelled pictures for the commands that judge a model: what their classes are, and which of them the model was not trained on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::exit::Usage;
use crate::cli::models::flags::ModelFlags;
use crate::data::record::Record;
use crate::data::{Data, DataError, LESION_FREE, Naming, Row, Side, Split, sides};
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
pub(super) struct CloseupSelection {
    /// Which.
    pub(super) rows: Vec<Row>,
    /// Which they are, as the end of a sentence.
    pub(super) said: String,
    /// Sentences on what was left out.
    pub(super) left_out: Vec<String>,
}

/// What is to be judged on what.
pub(super) struct SelectionRequest<'a> {
    /// The manifest or folder.
    pub(super) data: &'a Path,
    /// The classes of the model.
    pub(super) classes: &'a [Class],
    /// What the classes of the data are.
    pub(super) naming: &'a Naming,
    /// What the model was trained on, where it says so.
    pub(super) record: Option<&'a Record>,
    /// The sides that are judged.
    pub(super) wanted: WantedSides,
    /// Whether the record is that of several models together, which are judged on what none of them was trained on.
    pub(super) several: bool,
}

/// The sides of the data that a command judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WantedSides {
    /// The development side; of data that no training takes part in, all.
    Usual,
    /// This side.
    One(Side),
    /// Development and report: for what nothing is chosen by.
    HeldOut,
    /// All, what the model was trained on as well.
    All,
}

impl WantedSides {
    /// What `--split` says.
    pub(super) fn of(side: Option<Side>) -> WantedSides {
        side.map_or(WantedSides::Usual, WantedSides::One)
    }
}

/// A side, as flags name it.
pub(super) fn any_side(word: &str) -> Result<Side, String> {
    Side::named(word).ok_or_else(|| format!("{word:?} is none of train, development and report"))
}

/// A side that is not learnt from, as flags name it.
pub(super) fn held_out(word: &str) -> Result<Side, String> {
    Side::named(word)
        .filter(|side| *side != Side::Train)
        .ok_or_else(|| format!("{word:?} is neither development nor report"))
}

/// What a sentence on the judged close-ups says.
struct Sentence<'a> {
    wanted: &'a [Side],
    sides: &'a [Side],
    kept: usize,
    trained: usize,
}

impl Sentence<'_> {
    fn text(&self, choice: &SelectionRequest) -> String {
        let (count, on) = (self.sides.len(), |side: Side| self.sides.iter().filter(|one| **one == side).count());
        let names = |sides: &[Side]| sides.iter().map(|side| side.name()).collect::<Vec<_>>().join(" and ");
        let left: Vec<String> = Side::ALL
            .into_iter()
            .filter(|side| !self.wanted.contains(side) && on(*side) > 0)
            .map(|side| format!("{} of the {} side", on(side), side.name()))
            .collect();
        let all = self.kept == count;
        let mut said = match self.wanted {
            [side] => format!("{} of {count}, the {} side", self.kept, side.name()),
            _ if all => format!("all {count}"),
            sides => format!("{} of {count}, the {} sides", self.kept, names(sides)),
        };
        if !left.is_empty() {
            said += &format!("; left out: {}", left.join(", "));
        }
        match (choice.record, self.trained) {
            (None, _) if all => {
                said += "; the model has no record of what it was trained on: if they are among it, the figures say too much";
            }
            (None, _) => said += "; the model has no record of what it was trained on",
            (_, 0) if choice.several => said += "; no model was trained on a file of the same content",
            (_, 0) => said += "; the model was not trained on a file of the same content",
            (_, trained) if all => {
                said += &format!(", among them {trained} that the model was trained on: the figures say too much");
            }
            _ => {}
        }
        said
    }
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
    records(flags.places())
}

impl SelectionRequest<'_> {
    /// The close-ups of the wanted sides. What the model was trained on stands on the training side, whatever the data says.
    pub(super) fn select(&self) -> anyhow::Result<CloseupSelection> {
        let mut data = Data::open(self.data)?;
        let listed = data.count();
        self.naming.apply(&mut data, self.classes)?;
        // Of all rows, as training does it.
        let mut split = sides(&data, &Record::default())?;
        let is_closeup: Vec<bool> = data.rows.iter().map(|row| !LESION_FREE.contains(&row.class.as_str())).collect();
        split.retain(&is_closeup);
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
        let (rows, said) = self.side(closeups, &split);
        if rows.is_empty() {
            return Err(self.nothing(count, &said));
        }
        Ok(CloseupSelection { rows, said, left_out })
    }

    /// The rows of the sides that are judged, and a sentence on them.
    fn side(&self, rows: Vec<Row>, split: &Split) -> (Vec<Row>, String) {
        let count = rows.len();
        let known = self.record.map(|record| record.known(&rows, &split.contents));
        let was_trained = |at: usize| known.as_ref().is_some_and(|known| known.trained.get(at) == Some(&true));
        let trained = (0..count).filter(|at| was_trained(*at)).count();
        let takes_part = rows.iter().any(|row| row.side.is_some())
            || known.as_ref().is_some_and(|known| trained > 0 || known.validation);
        let sides: Vec<Side> = rows
            .iter()
            .zip(&split.sides)
            .enumerate()
            .map(|(at, (row, side))| match side {
                _ if was_trained(at) || row.side == Some(Side::Train) => Side::Train,
                // Data that nothing was trained on have no training side.
                Side::Train => row.held_out_side(),
                side => *side,
            })
            .collect();
        let wanted: &[Side] = match self.wanted {
            WantedSides::All => &Side::ALL,
            WantedSides::One(Side::Train) => &[Side::Train],
            WantedSides::One(Side::Development) => &[Side::Development],
            WantedSides::One(Side::Report) => &[Side::Report],
            WantedSides::Usual if takes_part => &[Side::Development],
            WantedSides::Usual | WantedSides::HeldOut => &[Side::Development, Side::Report],
        };
        let kept: Vec<Row> =
            rows.into_iter().zip(&sides).filter(|(_, side)| wanted.contains(side)).map(|(row, _)| row).collect();
        let said = Sentence { wanted, sides: &sides, kept: kept.len(), trained };
        (kept, said.text(self))
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
