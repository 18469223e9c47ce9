//! What a training reads before it learns: the pictures of the training and development sides, and what is known of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::TrainError;
use super::pool::{PhotoPool, PoolReading};
use super::report::Report;
use super::settings::TrainSettings;
use super::start::Start;
use crate::data::record::Record;
use crate::data::{Content, Item, Side, TrainingData};
use crate::model::Class;

/// The pictures of a training.
pub(super) struct TrainingInput {
    /// Those that are learnt from.
    pub(super) training: PhotoPool,
    /// Those that are measured on.
    pub(super) validation: PhotoPool,
    /// All that could be read.
    pub(super) items: Vec<Item>,
    /// What the model is trained on, with what it was trained on before.
    pub(super) record: Record,
}

impl TrainingInput {
    /// Reads the data for a training into the folder `out`.
    pub(super) fn new(
        (data, out): (&Path, &Path),
        (settings, start): (&TrainSettings, &Start),
        classes: &[Class],
        report: &(dyn Fn(Report) + Sync),
    ) -> Result<TrainingInput, TrainError> {
        let mut earlier = started_from(settings)?;
        let data = TrainingData::open(data, (classes, &start.naming), &earlier)?;
        data.notes.iter().for_each(|note| report(Report::Note(note.clone())));
        let mut items = data.items.clone();
        items.retain(|item| item.side == Side::Development || !settings.without.contains(&item.source));
        let (training, validation, items) = read_pools(items, (settings, start.strict), report)?;
        check_read(&data, &items, classes, start.strict)?;
        unvalidated(&items, classes).into_iter().for_each(|note| report(Report::Note(note)));
        report(Report::Note(used(&items, &data)));
        if start.resume {
            earlier.add(Record::read(out)?.unwrap_or_default());
        }
        let mut record = data.record(&items);
        record.add(earlier);
        Ok(TrainingInput { training, validation, items, record })
    }
}

/// What the weights to start from were trained on, where folders beside them say so.
fn started_from(settings: &TrainSettings) -> Result<Record, TrainError> {
    let mut all = Record::default();
    for file in &settings.init {
        let folder = Path::new(file).parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        all.add(Record::read(folder)?.unwrap_or_default());
    }
    Ok(all)
}

/// The pictures of the training and development sides, and the items that could be read.
fn read_pools(
    mut items: Vec<Item>,
    (settings, strict): (&TrainSettings, bool),
    report: &(dyn Fn(Report) + Sync),
) -> Result<(PhotoPool, PhotoPool, Vec<Item>), TrainError> {
    let read = AtomicU64::new(0);
    let one = || {
        let done = read.fetch_add(1, Ordering::Relaxed) + 1;
        report(Report::Reading { done, all: items.len() as u64 });
    };
    let PoolReading { pool: training, unreadable: mut failed } =
        PhotoPool::read((&items, Side::Train), settings.source_balance, &one);
    let validation = PhotoPool::read((&items, Side::Development), settings.source_balance, &one);
    failed.extend(validation.unreadable);
    if !failed.is_empty() {
        let all = failed.len();
        let why: Vec<String> = failed.iter().map(|(_, error)| error.to_string()).collect();
        let listed = format!("{all} of {} pictures cannot be read:\n  {}", items.len(), why.join("\n  "));
        if strict {
            return Err(TrainError::UnreadablePictures(listed));
        }
        report(Report::Note(format!("left out: {listed}")));
    }
    let failed: BTreeSet<PathBuf> = failed.into_iter().map(|(path, _)| path).collect();
    items.retain(|item| !failed.contains(&item.path));
    Ok((training, validation.pool, items))
}

/// Refuses a class that is lost because none of its pictures can be read and, where that is asked for, data with missing pictures.
fn check_read(data: &TrainingData, read: &[Item], classes: &[Class], strict: bool) -> Result<(), TrainError> {
    if strict && data.missing > 0 {
        return Err(TrainError::MissingPictures(data.missing));
    }
    if !read.iter().any(|item| matches!(item.content, Content::Lesion(_)) && item.side == Side::Train) {
        return Err(TrainError::NoLesions);
    }
    for (index, class) in classes.iter().enumerate() {
        let shown = |items: &[Item]| items.iter().filter(|item| item.content == Content::Lesion(index)).count();
        let (all, left) = (shown(&data.items), shown(read));
        if all > 0 && left == 0 {
            return Err(TrainError::LostClass { class: class.name.clone(), pictures: all });
        }
    }
    Ok(())
}

/// How many pictures there are on either side, of all.
fn used(items: &[Item], data: &TrainingData) -> String {
    let on = |side: Side| items.iter().filter(|item| item.side == side).count();
    let (training, validation) = (on(Side::Train), on(Side::Development));
    format!("{training} pictures to train on and {validation} to validate on, of {}", data.count)
}

/// Why the figures of the development side will not say much, if so.
fn unvalidated(items: &[Item], classes: &[Class]) -> Option<String> {
    let has = |class: usize, side| items.iter().any(|i| i.content == Content::Lesion(class) && i.side == side);
    let missing = (0..classes.len()).filter(|&class| has(class, Side::Train) && !has(class, Side::Development));
    let names: Vec<&str> = missing.map(|class| classes[class].name.as_str()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "the development side has no image of {}: its figures do not speak of that; more patients or a split column of \
             one's own would help",
            names.join(", ")
        )
    })
}
