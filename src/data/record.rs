//! What a model was trained on, stored beside its weights, so that nobody judges it on that later.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::DataError;
pub use super::picture_id::PictureId;
use super::picture_id::hexadecimal;
use super::row::{Row, UNNAMED};
use super::side::Side;
use super::split::Split;
use crate::files;

/// Name of the file in a model folder.
pub const FILE: &str = "split.json";

/// The only schema this version reads.
const SCHEMA: &str = "lesionscope-split/1";

/// Names of patients are nobody's business: a group is kept as the start of the SHA-256 of its name.
fn group(row: &Row) -> String {
    hexadecimal(&Sha256::digest(row.key().as_bytes()))
}

/// What one or several models were trained on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    schema: String,
    /// Contents of the pictures that were learnt from.
    training: BTreeSet<String>,
    /// Contents of those that were set aside.
    validation: BTreeSet<String>,
    /// Groups that were learnt from, of those that the data names.
    groups: BTreeSet<String>,
}

/// How some rows stand to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownRows {
    /// For every row, in order, whether it, or another picture of its patient or lesion, was trained on.
    pub trained: Vec<bool>,
    /// Whether all others are of the validation side of that training.
    pub validation: bool,
}

impl Record {
    /// The record of a split. `used` says which rows were read and learnt from or measured on; the report side is set aside unread.
    pub fn new(rows: &[Row], split: &Split, used: &dyn Fn(&Row) -> bool) -> Record {
        let mut record = Record { schema: SCHEMA.to_owned(), ..Record::default() };
        for ((row, side), content) in rows
            .iter()
            .zip(&split.sides)
            .zip(&split.contents)
            .filter(|((row, side), _)| used(row) || **side == Side::Report)
        {
            match side {
                Side::Train => {
                    record.training.insert(content.0.clone());
                    if row.grouped {
                        record.groups.insert(group(row));
                    }
                }
                Side::Development | Side::Report => {
                    record.validation.insert(content.0.clone());
                }
            }
        }
        record
    }

    /// Reads the record of a model folder; `None` where there is none.
    ///
    /// # Errors
    /// When there is one that is damaged.
    pub fn read(folder: &Path) -> Result<Option<Record>, DataError> {
        let file = folder.join(FILE);
        let text = match files::text(&file) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(DataError::unreadable(&file, error)),
        };
        let wrong = |what: String| {
            DataError::content(
                &file,
                format!(
                    "{what}; it says which pictures the model was trained on, train again or remove it to go without"
                ),
            )
        };
        let record: Record =
            serde_json::from_str(&text).map_err(|error| wrong(format!("is no record of a split ({error})")))?;
        if record.schema != SCHEMA {
            return Err(wrong(format!("its schema is {:?}, this version reads {SCHEMA:?}", record.schema)));
        }
        Ok(Some(record))
    }

    /// The record as the text of its file.
    ///
    /// # Errors
    /// When it cannot be turned into JSON.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// Adds what another model was trained on; what one of them learnt from is set aside by none.
    pub fn add(&mut self, other: Record) {
        self.schema = SCHEMA.to_owned();
        self.training.extend(other.training);
        self.groups.extend(other.groups);
        self.validation.extend(other.validation);
        self.validation.retain(|content| !self.training.contains(content));
    }

    /// Whether a picture was trained on, or another of its group, where the data names group and source: then the names mean the same anywhere.
    pub fn trained(&self, row: &Row, content: &PictureId) -> bool {
        self.training.contains(&content.0)
            || (row.grouped && row.source != UNNAMED && self.groups.contains(&group(row)))
    }

    /// How rows stand to this record. Groups of sources without a name mean the same only in data of which some pictures are known.
    pub fn known(&self, rows: &[Row], contents: &[PictureId]) -> KnownRows {
        let holds = |content: &PictureId| self.training.contains(&content.0) || self.validation.contains(&content.0);
        let same_data = contents.iter().any(holds);
        let one = |(row, content): (&Row, &PictureId)| {
            self.trained(row, content) || (same_data && row.grouped && self.groups.contains(&group(row)))
        };
        let trained: Vec<bool> = rows.iter().zip(contents).map(one).collect();
        let rest = || contents.iter().zip(&trained).filter(|(_, trained)| !**trained);
        let validation = rest().next().is_some() && rest().all(|(content, _)| self.validation.contains(&content.0));
        KnownRows { trained, validation }
    }
}
