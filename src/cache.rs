//! Scores kept between frames.
//!
//! A score is reused while the pixels under its window have not changed. Change is watched on the 8x8 px tiles of
//! the picture: a tile changes when its mean moves away from its reference by more than a bound; then the mean becomes
//! the new reference, so that slow drift adds up and is caught. A score is valid when it was computed at or after the
//! newest change of all tiles under its window, and is not too old. It may therefore rest on pixels that differ from
//! the present ones by up to twice the bound in a tile's mean, and by any amount that leaves all means in place.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::pixels::tiles::{TILE, TileMeans, UNITS};

/// Settings of the cache.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheSettings {
    /// A tile has changed when the mean of a channel moved by more than this, grey levels, `0..=255`.
    pub bound: f32,
    /// A score is reused for at most this many frames; 0 turns the cache off.
    pub max_age: u32,
    /// Where the picture moved, the coarse level's answers may still be this many frames old: it is computed anew in turns. They
    /// only choose windows; what the classifier then sees are the present pixels.
    pub coarse_age: u32,
    /// Everything is computed anew when more than this part of the tiles changed in one frame, `0..=1`.
    pub reset_fraction: f32,
    /// Everything is computed anew when the mean luma of the picture moved by more than this since the last
    /// such time, grey levels, `0..=255` (the camera changed its exposure).
    pub reset_luma: f32,
}

/// A rectangle of the frame, px: left, top, width, height.
pub type Area = (f32, f32, f32, f32);

/// Where and when the picture changed.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    now: u64,
    cols: usize,
    rows: usize,
    reference: Vec<[u16; 3]>,
    reference_luma: f32,
    changed_at: Vec<u64>,
    max_age: u32,
}

impl Changes {
    /// Takes in the next frame. Returns whether all was reset: the first frame, another size, or a global change.
    pub fn observe(&mut self, tiles: &TileMeans, settings: &CacheSettings) -> bool {
        self.now += 1;
        self.max_age = settings.max_age;
        let luma = tiles.luma();
        if self.reference.len() != tiles.values.len() || self.cols != tiles.cols as usize {
            self.reset(tiles, luma);
            return true;
        }
        let bound = (settings.bound.max(0.0) * f32::from(UNITS)).min(f32::from(u16::MAX)) as u16;
        let mut changed = 0_usize;
        for ((reference, at), &value) in self.reference.iter_mut().zip(&mut self.changed_at).zip(&tiles.values) {
            let moved = reference.iter().zip(&value).any(|(a, b)| a.abs_diff(*b) > bound);
            if moved {
                *reference = value;
                *at = self.now;
                changed += 1;
            }
        }
        let many = changed as f32 > settings.reset_fraction * tiles.values.len() as f32;
        let exposure = (luma - self.reference_luma).abs() > settings.reset_luma;
        if many || exposure {
            self.reset(tiles, luma);
        }
        many || exposure
    }

    /// Number of the present frame, from 1.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Number of the frame in which a tile under the area last changed; tiles that the area only touches count.
    pub fn newest(&self, area: Area) -> u64 {
        let (left, right) = tile_range(area.0, area.2, self.cols);
        let (top, bottom) = tile_range(area.1, area.3, self.rows);
        let mut newest = 0;
        for row in top..bottom {
            let line = self.changed_at.get(row * self.cols + left..row * self.cols + right).unwrap_or_default();
            newest = line.iter().copied().fold(newest, u64::max);
        }
        newest
    }

    fn reset(&mut self, tiles: &TileMeans, luma: f32) {
        self.cols = tiles.cols as usize;
        self.rows = tiles.rows as usize;
        self.reference.clone_from(&tiles.values);
        self.reference_luma = luma;
        self.changed_at.clear();
        self.changed_at.resize(tiles.values.len(), self.now);
    }
}

/// The tiles, first and one past the last, that a stretch of pixels lies on.
fn tile_range(start: f32, length: f32, tiles: usize) -> (usize, usize) {
    let first = (start / TILE as f32).floor().max(0.0) as usize;
    let end = ((start + length) / TILE as f32).ceil().max(0.0) as usize;
    let end = end.min(tiles);
    (first.min(end), end)
}

struct Entry<V> {
    area: Area,
    computed: u64,
    expires: u64,
    value: V,
}

/// Values computed from areas of the picture, each reused while its area has not changed.
pub struct Store<K, V> {
    entries: BTreeMap<K, Entry<V>>,
    puts: u64,
}

impl<K: Ord, V> Default for Store<K, V> {
    fn default() -> Self {
        Store { entries: BTreeMap::new(), puts: 0 }
    }
}

impl<K: Ord, V> Store<K, V> {
    /// The value and its age in frames, when it is still valid.
    pub fn get(&self, key: &K, changes: &Changes) -> Option<(&V, u32)> {
        let entry = self.entries.get(key)?;
        let valid = changes.now <= entry.expires && entry.computed >= changes.newest(entry.area);
        valid.then(|| (&entry.value, changes.now.saturating_sub(entry.computed).min(u64::from(u32::MAX)) as u32))
    }

    /// The value, whatever became of the picture, when it is at most `age` frames old.
    pub fn recent(&self, key: &K, age: u32, changes: &Changes) -> Option<&V> {
        let entry = self.entries.get(key)?;
        (changes.now.saturating_sub(entry.computed) <= u64::from(age)).then_some(&entry.value)
    }

    /// Keeps a value computed from the area of the present frame.
    ///
    /// Values put one after the other expire at different times, between half of the age limit and all of it, so that
    /// what was computed in one frame is refreshed a little at a time and not again in one frame.
    pub fn put(&mut self, key: K, area: Area, value: V, changes: &Changes) {
        let max_age = u64::from(changes.max_age);
        let expires = changes.now + max_age - self.puts % (max_age / 2 + 1);
        self.puts += 1;
        self.entries.insert(key, Entry { area, computed: changes.now, expires, value });
    }

    /// Forgets what has expired, so that memory stays bounded by what was computed in the last `max_age` frames.
    pub fn sweep(&mut self, changes: &Changes) {
        self.entries.retain(|_, entry| entry.expires >= changes.now);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn settings() -> CacheSettings {
        CacheSettings { bound: 4.0, max_age: 10, coarse_age: 1, reset_fraction: 0.6, reset_luma: 20.0 }
    }

    fn flat(grey: u16) -> TileMeans {
        TileMeans { cols: 20, rows: 12, values: vec![[grey * UNITS; 3]; 240] }
    }

    #[test]
    fn still_pictures_are_reused_until_the_age_limit_and_not_all_at_once() {
        let (mut changes, mut store) = (Changes::default(), Store::default());
        assert!(changes.observe(&flat(100), &settings()));
        for key in 0..30 {
            store.put(key, (0.0, 0.0, 36.0, 36.0), key, &changes);
        }
        let mut valid = Vec::new();
        for age in 1..=12 {
            assert!(!changes.observe(&flat(100), &settings()));
            let found: Vec<_> = (0..30).filter_map(|key| store.get(&key, &changes)).collect();
            assert!(found.iter().all(|(_, a)| *a == age));
            valid.push(found.len());
        }
        assert_eq!(valid[..5], [30; 5]);
        assert!(valid[5] < 30 && valid[7] > 0, "{valid:?}");
        assert_eq!(valid[10..], [0, 0], "none is older than the limit");
        store.sweep(&changes);
        assert!(store.entries.is_empty());
    }

    #[test]
    fn a_recent_value_outlives_changes_but_not_its_age() {
        let (mut changes, mut store) = (Changes::default(), Store::default());
        changes.observe(&flat(100), &settings());
        store.put(0, (0.0, 0.0, 36.0, 36.0), "seen", &changes);
        changes.observe(&flat(200), &settings());
        assert_eq!((store.get(&0, &changes), store.recent(&0, 1, &changes)), (None, Some(&"seen")));
        assert_eq!(store.recent(&0, 0, &changes), None);
        changes.observe(&flat(100), &settings());
        assert_eq!(store.recent(&0, 1, &changes), None);
    }

    #[test]
    fn slow_drift_is_caught() {
        let (mut changes, mut store) = (Changes::default(), Store::default());
        let keep = CacheSettings { reset_fraction: 1.0, reset_luma: 255.0, max_age: 1000, ..settings() };
        changes.observe(&flat(100), &keep);
        store.put(0, (0.0, 0.0, 36.0, 36.0), (), &changes);
        for grey in 101..=104 {
            changes.observe(&flat(grey), &keep);
            assert!(store.get(&0, &changes).is_some());
        }
        changes.observe(&flat(105), &keep);
        assert!(store.get(&0, &changes).is_none());
    }

    #[test]
    fn a_global_change_resets_all() {
        let mut changes = Changes::default();
        changes.observe(&flat(100), &settings());
        assert!(changes.observe(&flat(125), &settings()), "exposure");
        let mut mixed = flat(125);
        mixed.values.iter_mut().take(150).for_each(|tile| tile[0] += 10 * UNITS);
        assert!(changes.observe(&mixed, &settings()), "most tiles");
        assert_eq!(changes.newest((152.0, 88.0, 8.0, 8.0)), 3, "also where nothing changed");
    }

    proptest! {
        #[test]
        fn a_changed_tile_spoils_exactly_the_areas_over_it(
            col in 0_usize..20, row in 0_usize..12, x in 0.0_f32..120.0, y in 0.0_f32..60.0, side in 8.0_f32..36.0
        ) {
            let (mut changes, mut store) = (Changes::default(), Store::default());
            changes.observe(&flat(100), &settings());
            store.put(0, (x, y, side, side), (), &changes);
            let mut next = flat(100);
            next.values[row * 20 + col] = [110 * UNITS, 100 * UNITS, 100 * UNITS];
            changes.observe(&next, &settings());
            let (left, top) = (col as f32 * 8.0, row as f32 * 8.0);
            let apart = left + 8.0 <= x || left >= x + side || top + 8.0 <= y || top >= y + side;
            prop_assert_eq!(store.get(&0, &changes).is_some(), apart);
        }
    }
}
