//! What to train on: pictures whose content training knows, each on its side.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::error::DataError;
use super::labelled::Data;
use super::naming::Naming;
use super::record::Record;
use super::row::Row;
use super::side::Side;
use super::sides::sides;
use super::split::Split;
use crate::model::classes::index_of;
use crate::model::{Class, ClassKind};

/// What an image of the training data shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// A close-up of one lesion; index into the model's classes.
    Lesion(usize),
    /// Something that is neither skin nor lesion.
    Background,
    /// People and places; the mask says where skin is.
    SkinScene,
    /// Skin all over, no lesion.
    Skin,
}

impl Content {
    /// What a class of the data is to training.
    fn of(class: &str, classes: &[Class]) -> Option<Content> {
        match class {
            "background" => Some(Content::Background),
            "skin-scene" => Some(Content::SkinScene),
            "skin" => Some(Content::Skin),
            name => {
                let is_lesion =
                    |index: &usize| classes.get(*index).is_some_and(|class| class.kind == ClassKind::Lesion);
                index_of(classes, name).filter(is_lesion).map(Content::Lesion)
            }
        }
    }
}

/// One image of the training data.
#[derive(Clone, Debug)]
pub struct Item {
    /// The image file.
    pub path: PathBuf,
    /// Its mask (white: lesion or skin), when there is one.
    pub mask: Option<PathBuf>,
    /// What it shows.
    pub content: Content,
    /// Patient or lesion: never on two sides.
    pub group: String,
    /// Clinic, camera or collection.
    pub source: String,
    /// Licence, for the model card.
    pub licence: String,
    /// Its side: learnt from, or measured on to choose by.
    pub side: Side,
}

/// Data to train on.
pub struct TrainingData {
    /// The images of the training side and of the development side; the report side is left alone.
    pub items: Vec<Item>,
    /// Sentences on what was left out or moved.
    pub notes: Vec<String>,
    /// Images that the data has or lists.
    pub count: usize,
    /// Those of them that are not there.
    pub missing: usize,
    /// The rows of the items, in their order, and their sides.
    rows: Vec<Row>,
    split: Split,
}

impl TrainingData {
    /// Reads a manifest or a folder, with `classes` for its lesions. `earlier` is what the weights to start from were trained on.
    ///
    /// # Errors
    /// When it cannot be read, has classes that are not known, a group on two sides, or nothing to train on.
    pub fn open(
        path: &Path,
        (classes, naming): (&[Class], &Naming),
        earlier: &Record,
    ) -> Result<TrainingData, DataError> {
        let mut data = Data::open(path)?;
        let count = data.count();
        naming.apply(&mut data, classes)?;
        let (rows, others): (Vec<Row>, Vec<Row>) =
            std::mem::take(&mut data.rows).into_iter().partition(|row| Content::of(&row.class, classes).is_some());
        let names: Vec<String> = others.iter().map(|row| row.path.display().to_string()).collect();
        data.leave_out("picture without a class", "pictures without a class", &names);
        data.rows = rows;
        let split = sides(&data, earlier)?;
        let item = |(row, side): (&Row, &Side)| {
            let Row { path, mask, source, licence, .. } = row.clone();
            let content = Content::of(&row.class, classes)?;
            Some(Item { path, mask, content, group: row.key(), source, licence, side: *side })
        };
        let used = data.rows.iter().zip(&split.sides).filter(|(_, side)| **side != Side::Report);
        let items: Vec<Item> = used.filter_map(item).collect();
        let mut lesions = items.iter().filter(|item| matches!(item.content, Content::Lesion(_))).peekable();
        let there_are = lesions.peek().is_some();
        if !lesions.any(|item| item.side == Side::Train) {
            let what = match there_are {
                true => {
                    "none of its lesion images is on the training side; in the column split, train stands for those that are learnt from"
                }
                false => {
                    "no lesion image to train on; name folders (or the manifest's class column) after classes such as nevus or melanoma"
                }
            };
            return Err(DataError::content(path, what));
        }
        let notes = data.left_out.iter().chain(&split.notes).cloned().collect();
        Ok(TrainingData { items, notes, count, missing: data.missing.len(), rows: data.rows, split })
    }

    /// The record of what is learnt from and measured on when these items are used.
    pub fn record(&self, used: &[Item]) -> Record {
        let used: BTreeSet<&Path> = used.iter().map(|item| item.path.as_path()).collect();
        Record::new(&self.rows, &self.split, &|row| used.contains(row.path.as_path()))
    }
}
