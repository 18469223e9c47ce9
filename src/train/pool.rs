//! The photographs of one side of the split, ready to draw from in balance.

use std::path::PathBuf;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::classes::BACKGROUND;
use super::error::TrainError;
use super::photo::TrainingPhoto;
use crate::data::{Content, Item, Side};
use crate::pixels::paint;

/// How far draws lean from "every image alike" (0) to "every class alike" (1).
const CLASS_BALANCE: f32 = 0.6;

/// Painted pictures beside the photographs; a few hundred show every tone and weave that the painters know.
const PAINTED_SKINS: usize = 80;
/// See [`PAINTED_SKINS`].
const PAINTED_CLOTHS: usize = 160;
/// Their side, px.
const PAINTED_SIDE: u32 = 224;

/// Photographs by what they show, with the odds of drawing each.
pub struct PhotoPool {
    photos: Vec<(TrainingPhoto, Content)>,
    lesions: Odds,
    skins: Odds,
    bare_skins: Odds,
    people: Odds,
    backgrounds: Odds,
}

/// Where skin without a lesion is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkinOf {
    /// Also in what surrounds the lesions of close-ups.
    Any,
    /// In photographs without lesions only. Around the lesion of a close-up there may be others, fainter ones that nobody marked;
    /// they would come first where the windows are sought that a network takes for lesions.
    LesionFree,
}

/// The images of a side, and those that could not be read, each with the reason.
pub struct PoolReading {
    /// The pool of those that could be read.
    pub pool: PhotoPool,
    /// The others.
    pub unreadable: Vec<(PathBuf, TrainError)>,
}

/// Indices with cumulative weights.
struct Odds {
    indices: Vec<usize>,
    cumulative: Vec<f32>,
}

impl PhotoPool {
    /// Reads all images of one side and paints skins and cloths beside them.
    /// `source_balance` is how far draws lean from "every image alike" (0) to "every source alike" (1).
    pub fn read((items, side): (&[Item], Side), source_balance: f32, progress: &(dyn Fn() + Sync)) -> PoolReading {
        let listed: Vec<&Item> = items.iter().filter(|item| item.side == side).collect();
        let read = |item: &&Item| {
            let photo = TrainingPhoto::read(item);
            progress();
            photo
        };
        let (mut chosen, mut photos, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
        for (item, photo) in listed.iter().zip(listed.par_iter().map(read).collect::<Vec<_>>()) {
            match photo {
                Ok(photo) => {
                    chosen.push(*item);
                    photos.push((photo, item.content.clone()));
                }
                Err(error) => unreadable.push((item.path.clone(), error)),
            }
        }
        let mut pool = PhotoPool {
            photos,
            lesions: Odds::new(&chosen, |item| lesion_odds(&chosen, item, source_balance)),
            skins: Odds::new(&chosen, skin_odds),
            bare_skins: Odds::new(&chosen, |item| match item.content {
                Content::Lesion(_) => 0.0,
                _ => skin_odds(item),
            }),
            people: Odds::new(&chosen, |item| f32::from(u8::from(item.content == Content::SkinScene))),
            backgrounds: Odds::new(&chosen, |item| match item.content {
                Content::Background => 1.0,
                Content::SkinScene => 3.0,
                _ => 0.0,
            }),
        };
        pool.paint();
        PoolReading { pool, unreadable }
    }

    /// Painted skins and cloths: tones, weaves and prints that the photographs lack.
    fn paint(&mut self) {
        let painted = (0..PAINTED_SKINS + PAINTED_CLOTHS).into_par_iter().map(|i| {
            let mut rng = ChaCha8Rng::seed_from_u64(i as u64);
            match i < PAINTED_SKINS {
                true => (TrainingPhoto::of(paint::skin::skin(&mut rng, PAINTED_SIDE, PAINTED_SIDE)), Content::Skin),
                false => {
                    (TrainingPhoto::of(paint::cloth::cloth(&mut rng, PAINTED_SIDE, PAINTED_SIDE)), Content::Background)
                }
            }
        });
        for (photo, content) in painted.collect::<Vec<_>>() {
            let at = self.photos.len();
            match content {
                Content::Skin => {
                    [&mut self.skins, &mut self.bare_skins].into_iter().for_each(|odds| odds.push(at, 5.0))
                }
                _ => self.backgrounds.push(at, 1.5),
            }
            self.photos.push((photo, content));
        }
    }

    /// Number of photographs.
    pub fn len(&self) -> usize {
        self.photos.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.photos.is_empty()
    }

    /// A close-up and its class.
    pub fn lesion(&self, rng: &mut dyn Rng) -> (&TrainingPhoto, usize) {
        match self.lesions.draw(rng).map(|at| &self.photos[at]) {
            Some((photo, Content::Lesion(class))) => (photo, *class),
            // `TrainingData::open` refuses data without lesions, so this arm is for an empty pool only.
            _ => (&self.photos[0].0, BACKGROUND),
        }
    }

    /// All close-ups with their classes.
    pub fn lesions(&self) -> impl Iterator<Item = (&TrainingPhoto, usize)> {
        self.photos.iter().filter_map(|(photo, content)| match content {
            Content::Lesion(class) => Some((photo, *class)),
            _ => None,
        })
    }

    /// The photograph of a number.
    pub fn photo(&self, number: usize) -> &TrainingPhoto {
        &self.photos[number].0
    }

    /// All photographs without a lesion, with their numbers.
    pub fn lesion_free(&self) -> impl Iterator<Item = (usize, &TrainingPhoto, &Content)> {
        let all = self.photos.iter().enumerate().map(|(number, (photo, content))| (number, photo, content));
        all.filter(|(.., content)| !matches!(content, Content::Lesion(_)))
    }

    /// A photograph in which skin may be found.
    pub fn skin(&self, of: SkinOf, rng: &mut dyn Rng) -> (&TrainingPhoto, &Content) {
        let odds = if of == SkinOf::Any { &self.skins } else { &self.bare_skins };
        let at = odds.draw(rng).unwrap_or(0);
        (&self.photos[at].0, &self.photos[at].1)
    }

    /// A photograph of people with a mask of their skin; `None` when there is none.
    pub fn person(&self, rng: &mut dyn Rng) -> Option<&TrainingPhoto> {
        self.people.draw(rng).map(|at| &self.photos[at].0)
    }

    /// A photograph in which things that are not skin may be found.
    pub fn background(&self, rng: &mut dyn Rng) -> (&TrainingPhoto, &Content) {
        let at = self.backgrounds.draw(rng).unwrap_or(0);
        (&self.photos[at].0, &self.photos[at].1)
    }
}

fn lesion_odds(chosen: &[&Item], item: &Item, source_balance: f32) -> f32 {
    let Content::Lesion(class) = item.content else { return 0.0 };
    let of = |test: &dyn Fn(&Item) -> bool| {
        chosen.iter().filter(|i| matches!(i.content, Content::Lesion(_)) && test(i)).count().max(1) as f32
    };
    let alike = of(&|other| other.content == Content::Lesion(class));
    alike.powf(-CLASS_BALANCE) * of(&|other| other.source == item.source).powf(-source_balance)
}

/// Skin around dermoscopic lesions is dull and plentiful, skin of people and of smartphone photographs is neither.
fn skin_odds(item: &Item) -> f32 {
    match item.content {
        Content::SkinScene | Content::Skin => 12.0,
        Content::Lesion(_) if item.mask.is_some() && item.source.starts_with("pad") => 3.0,
        Content::Lesion(_) if item.mask.is_some() => 0.15,
        _ => 0.0,
    }
}

impl Odds {
    fn new(items: &[&Item], weight: impl Fn(&Item) -> f32) -> Odds {
        let mut odds = Odds { indices: Vec::new(), cumulative: Vec::new() };
        let mut known: Vec<((&Content, &str, bool), f32)> = Vec::new();
        for (i, item) in items.iter().enumerate() {
            let key = (&item.content, item.source.as_str(), item.mask.is_some());
            let weight = match known.iter().find(|(k, _)| *k == key) {
                Some((_, weight)) => *weight,
                None => {
                    let weight = weight(item);
                    known.push((key, weight));
                    weight
                }
            };
            if weight > 0.0 {
                odds.push(i, weight);
            }
        }
        odds
    }

    fn push(&mut self, index: usize, weight: f32) {
        self.cumulative.push(self.cumulative.last().unwrap_or(&0.0) + weight);
        self.indices.push(index);
    }

    fn draw(&self, rng: &mut dyn Rng) -> Option<usize> {
        let total = *self.cumulative.last()?;
        let at = rng.random_range(0.0..total);
        let slot = self.cumulative.partition_point(|&c| c <= at).min(self.indices.len() - 1);
        Some(self.indices[slot])
    }
}
