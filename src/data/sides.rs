//! The split of data into its three sides: by groups, the same however the data is named, and no picture on two.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::error::DataError;
use super::half::{half, hash};
use super::labelled::Data;
use super::picture_id::PictureId;
use super::record::Record;
use super::side::Side;
use super::split::Split;
use crate::counted;

/// Share of the groups that are not learnt from where the data does not say; development and report have half of them each.
const HELD_OUT_SHARE: f64 = 0.15;

/// Puts every row on a side: the one that the data names, else the one that a hash of its group's name says, which is the same whatever else is
/// in the data. Rows that hold the same picture stand on one side. Of a class of which the hash puts nothing on the development side one group goes
/// there, where there are two: from the report side, or else from training. What `known` was trained on stays on the training side: for a model
/// that starts from weights.
///
/// # Errors
/// When the data names two sides for one group, or a file cannot be read.
pub fn sides(data: &Data, known: &Record) -> Result<Split, DataError> {
    check(data)?;
    let contents: Vec<PictureId> = data.rows.par_iter().map(|row| PictureId::of(&row.path)).collect();
    let mut groups = Groups::new(data, &contents);
    groups.spread(data);
    let mut notes = Vec::new();
    let mut sides: Vec<Side> = data.rows.iter().map(|row| groups.side(&row.key())).collect();
    let copies = |sides: &[Side], of: Side| {
        let there: BTreeSet<&PictureId> =
            contents.iter().zip(sides).filter(|(_, side)| **side == of).map(|(c, _)| c).collect();
        (0..sides.len()).filter(|&i| sides[i] > of && there.contains(&contents[i])).collect::<Vec<usize>>()
    };
    let earlier = |sides: &[Side]| {
        let trained = |i: usize| sides[i] != Side::Train && known.trained(&data.rows[i], &contents[i]);
        (0..sides.len()).filter(|i| trained(*i)).collect::<Vec<usize>>()
    };
    let mut take = |sides: &mut [Side], which: Vec<usize>, (why, to): (&str, Side)| {
        if !which.is_empty() {
            notes.push(format!("taken to the {} side: {}, {why}", to.name(), counted(which.len() as u64, "picture")));
        }
        which.into_iter().for_each(|i| sides[i] = to);
    };
    let moved = copies(&sides, Side::Train);
    take(&mut sides, moved, ("copies of what is learnt from", Side::Train));
    let moved = earlier(&sides);
    take(&mut sides, moved, ("that the weights to start from were trained on", Side::Train));
    let moved = copies(&sides, Side::Development);
    take(&mut sides, moved, ("copies of what choices are made on", Side::Development));
    let mut called: BTreeMap<&PictureId, BTreeSet<&str>> = BTreeMap::new();
    for (row, content) in data.rows.iter().zip(&contents) {
        called.entry(content).or_default().insert(&row.class);
    }
    let torn = called.values().filter(|classes| classes.len() > 1).count();
    if torn > 0 {
        notes
            .push(format!("{torn} pictures stand in several classes, under other names perhaps: one of them is wrong"));
    }
    Ok(Split { sides, contents, notes })
}

/// A patient or lesion belongs to one side.
fn check(data: &Data) -> Result<(), DataError> {
    let mut told: BTreeMap<String, BTreeSet<Side>> = BTreeMap::new();
    for row in data.rows.iter().chain(&data.missing) {
        told.entry(row.key()).or_default().extend(row.side);
    }
    match told.iter().find(|(_, sides)| sides.len() > 1) {
        Some((group, _)) => Err(DataError::GroupOnTwoSides { path: data.path.clone(), group: group.clone() }),
        None => Ok(()),
    }
}

/// Groups by the name of the first that they were joined to, and the sides of those.
struct Groups {
    /// For the key of a group that of the one that it goes with.
    with: BTreeMap<String, String>,
    /// The side of those, and whether the data names it.
    sides: BTreeMap<String, (Side, bool)>,
}

impl Groups {
    /// The groups of the data; those that share a picture go together, where the data does not say on which sides they are.
    fn new(data: &Data, contents: &[PictureId]) -> Groups {
        let mut groups = Groups { with: BTreeMap::new(), sides: BTreeMap::new() };
        let told: BTreeMap<String, Side> = data.rows.iter().filter_map(|row| Some((row.key(), row.side?))).collect();
        let mut first: BTreeMap<&PictureId, String> = BTreeMap::new();
        for (row, content) in data.rows.iter().zip(contents) {
            let key = row.key();
            let this = groups.head(&key);
            let other = groups.head(first.entry(content).or_insert(key.clone()));
            let free = |key: &str| !told.contains_key(key);
            // The names decide which goes with which, not the order of the rows.
            let (head, joined) = if this < other { (this, other) } else { (other, this) };
            if head != joined && free(&head) && free(&joined) {
                groups.with.insert(joined, head.clone());
            }
        }
        for row in &data.rows {
            let key = row.key();
            if groups.head(&key) == key {
                let side = told.get(&key).map_or_else(|| (by_hash(&row.group), false), |side| (*side, true));
                groups.sides.insert(key, side);
            }
        }
        groups
    }

    fn head(&self, key: &str) -> String {
        let mut head = key;
        while let Some(next) = self.with.get(head).filter(|next| *next != head) {
            head = next;
        }
        head.to_owned()
    }

    fn side(&self, key: &str) -> Side {
        self.sides.get(&self.head(key)).map_or(Side::Train, |(side, _)| *side)
    }

    /// Gives the development side a group of every class of which the hash gave it none.
    fn spread(&mut self, data: &Data) {
        let mut classes: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for row in &data.rows {
            classes.entry(&row.class).or_default().insert(self.head(&row.key()));
        }
        for heads in classes.values().filter(|heads| heads.len() > 1) {
            let of = |head: &String| self.sides.get(head).copied().unwrap_or((Side::Train, true));
            let free = heads.iter().all(|head| matches!(of(head), (Side::Train | Side::Report, false)));
            // What is on the report side goes first.
            let least = heads.iter().min_by_key(|head| (of(head).0 == Side::Train, hash(head)));
            if let Some(least) = least.filter(|_| free) {
                self.sides.insert(least.clone(), (Side::Development, false));
            }
        }
    }
}

fn by_hash(group: &str) -> Side {
    let share = (hash(group) >> 11) as f64 / (1u64 << 53) as f64;
    if share < HELD_OUT_SHARE { half(group) } else { Side::Train }
}
