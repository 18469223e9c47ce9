//! The answers themselves, by kind and window.

use std::collections::BTreeMap;

use crate::cache::{CacheSettings, Fingerprint, Limits, PresentFrame, STILL};
use crate::geometry::{Point, Similarity, Square};

/// A window that has grown or shrunk by more than this factor since its answer was given is another window.
const GROWN: f32 = 1.12;

/// An answer that still holds.
#[derive(Clone, Debug, PartialEq)]
pub struct CachedAnswer<V> {
    /// Where the window is now.
    pub square: Square,
    /// The answer.
    pub value: V,
    /// Frames since it was given.
    pub age_frames: u32,
}

/// Where an answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aim {
    /// The centre of the window that is wanted.
    pub centre: Point,
    /// How far the centre of another may be from it in both directions to stand for it, px.
    pub reach_px: f32,
}

/// An answer about a square of the present frame.
#[derive(Clone, Debug, PartialEq)]
pub struct FreshAnswer<V> {
    /// The window that it is about.
    pub square: Square,
    /// The answer.
    pub value: V,
}

struct Entry<V> {
    /// The window in the frame that it was cut from.
    square: Square,
    fingerprint: Fingerprint,
    /// From the frame that it was cut from to the first frame.
    to_first: Similarity,
    /// Where the window is in the present frame.
    present: Square,
    computed: u64,
    expires: Limits<u64>,
    value: V,
}

impl<V> Entry<V> {
    /// How far the window is now from a point, px, in the direction in which it is further.
    fn distance(&self, point: Point) -> f32 {
        let centre = self.present.centre();
        (centre.x - point.x).abs().max((centre.y - point.y).abs())
    }

    /// Whether the window is elsewhere than when the answer was given.
    fn moved(&self) -> bool {
        let far = [self.present.x - self.square.x, self.present.y - self.square.y];
        far.into_iter().any(|far| far.abs().max((far + self.present.side - self.square.side).abs()) > STILL)
    }
}

/// Answers about windows of the picture, by kind (level and view, say), carried along with the camera.
pub struct Store<K, V> {
    kinds: BTreeMap<K, Vec<Entry<V>>>,
    puts: u64,
}

impl<K: Ord, V> Default for Store<K, V> {
    fn default() -> Self {
        Store { kinds: BTreeMap::new(), puts: 0 }
    }
}

impl<K: Ord, V: Clone> Store<K, V> {
    /// Carries all answers along to the present frame; forgets those that are too old or whose window grew or shrank too much.
    /// Memory stays bounded by what was computed within the longest limit.
    pub fn carry(&mut self, present: &PresentFrame) {
        let now = present.now();
        for entries in self.kinds.values_mut() {
            entries.retain_mut(|entry| {
                entry.present = entry.to_first.then(&present.from_first()).square(entry.square);
                let grown = entry.present.side / entry.square.side.max(f32::MIN_POSITIVE);
                entry.expires.when(entry.moved()) >= now && (1.0 / GROWN..=GROWN).contains(&grown)
            });
        }
    }

    /// The answer of the nearest window of a kind, if what it shows has not changed. One that has is forgotten.
    pub fn get(
        &mut self,
        kind: &K,
        aim: Aim,
        present: &PresentFrame,
        settings: &CacheSettings,
    ) -> Option<CachedAnswer<V>> {
        let entries = self.kinds.get_mut(kind)?;
        let near = entries.iter().enumerate().map(|(index, entry)| (index, entry.distance(aim.centre)));
        let (index, _) = near.filter(|(_, d)| *d <= aim.reach_px).min_by(|a, b| a.1.total_cmp(&b.1))?;
        let entry = &entries[index];
        let motion = entry.to_first.then(&present.from_first());
        let holds = present
            .fingerprint(entry.square, &motion)
            .is_some_and(|fingerprint| fingerprint.still_shows(&entry.fingerprint, settings));
        if !holds {
            entries.swap_remove(index);
            return None;
        }
        let age_frames = present.now().saturating_sub(entry.computed).min(u64::from(u32::MAX)) as u32;
        Some(CachedAnswer { square: entry.present, value: entry.value.clone(), age_frames })
    }

    /// Whether there is an answer that [`Store::get`] would look at.
    pub fn keeps(&self, kind: &K, aim: Aim) -> bool {
        let near = |entry: &Entry<V>| entry.distance(aim.centre) <= aim.reach_px;
        self.kinds.get(kind).is_some_and(|entries| entries.iter().any(near))
    }

    /// Keeps an answer, for so many frames at most.
    pub fn put(&mut self, kind: K, answer: FreshAnswer<V>, limits: Limits<u32>, present: &PresentFrame) {
        let FreshAnswer { square, value } = answer;
        let Some(fingerprint) = present.fingerprint(square, &Similarity::IDENTITY) else { return };
        let expires = present.expiry(limits, self.puts);
        self.puts += 1;
        let (to_first, computed) = (present.to_first(), present.now());
        let entry = Entry { square, fingerprint, to_first, present: square, computed, expires, value };
        self.kinds.entry(kind).or_default().push(entry);
    }

    /// Number of answers kept.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.kinds.values().map(Vec::len).sum()
    }
}
