//! The photographs of one side of the split, ready to draw from in balance.

use rand::{Rng, RngExt};
use rayon::prelude::*;

use super::TrainError;
use super::dataset::{Content, Item, Side};
use super::photo::Photo;
use super::photometric::Patch;

/// How far draws lean from "every image alike" (0) to "every class alike" (1).
const CLASS_BALANCE: f32 = 0.6;
/// The same for sources: the few smartphone photographs are the ones that look like a webcam's.
const SOURCE_BALANCE: f32 = 0.75;

/// Photographs by what they show, with the odds of drawing each.
pub struct Pool {
    photos: Vec<(Photo, Content)>,
    lesions: Odds,
    skins: Odds,
    backgrounds: Odds,
}

/// Indices with cumulative weights.
struct Odds {
    indices: Vec<usize>,
    cumulative: Vec<f32>,
}

impl Pool {
    /// Reads all images of one side. Every unreadable image is an error that names it.
    pub fn read(items: &[Item], side: Side, progress: &(dyn Fn() + Sync)) -> Result<Pool, TrainError> {
        let chosen: Vec<&Item> = items.iter().filter(|item| item.side == side).collect();
        let photos: Result<Vec<(Photo, Content)>, TrainError> = chosen
            .par_iter()
            .map(|item| {
                let photo = Photo::read(item)?;
                progress();
                Ok((photo, item.content.clone()))
            })
            .collect();
        let photos = photos?;
        let lesions = Odds::new(&chosen, |item| {
            let Content::Lesion(class) = item.content else { return 0.0 };
            let of = |test: &dyn Fn(&Item) -> bool| {
                chosen.iter().filter(|i| matches!(i.content, Content::Lesion(_)) && test(i)).count().max(1) as f32
            };
            let alike = of(&|other| other.content == Content::Lesion(class));
            alike.powf(-CLASS_BALANCE) * of(&|other| other.source == item.source).powf(-SOURCE_BALANCE)
        });
        let skins = Odds::new(&chosen, |item| match item.content {
            // Skin around dermoscopic lesions is dull and plentiful, skin of people and of smartphone photographs is not.
            Content::SkinScene | Content::Skin => 12.0,
            Content::Lesion(_) if item.mask.is_some() => if item.source.starts_with("pad") { 6.0 } else { 0.15 },
            _ => 0.0,
        });
        let backgrounds = Odds::new(&chosen, |item| match item.content {
            Content::Background => 1.0,
            Content::SkinScene => 3.0,
            _ => 0.0,
        });
        Ok(Pool { photos, lesions, skins, backgrounds })
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
    pub fn lesion(&self, rng: &mut dyn Rng) -> (&Photo, usize) {
        match self.lesions.draw(rng).map(|at| &self.photos[at]) {
            Some((photo, Content::Lesion(class))) => (photo, *class),
            // `dataset::read` refuses data without lesions, so this arm is for an empty pool only.
            _ => (&self.photos[0].0, super::windows::BACKGROUND),
        }
    }

    /// All close-ups with their classes.
    pub fn lesions(&self) -> impl Iterator<Item = (&Photo, usize)> {
        self.photos.iter().filter_map(|(photo, content)| match content {
            Content::Lesion(class) => Some((photo, *class)),
            _ => None,
        })
    }

    /// A photograph in which skin may be found.
    pub fn skin(&self, rng: &mut dyn Rng) -> (&Photo, &Content) {
        let at = self.skins.draw(rng).unwrap_or(0);
        (&self.photos[at].0, &self.photos[at].1)
    }

    /// A photograph in which things that are not skin may be found, if there is any.
    pub fn background(&self, rng: &mut dyn Rng) -> Option<(&Photo, &Content)> {
        self.backgrounds.draw(rng).map(|at| (&self.photos[at].0, &self.photos[at].1))
    }

    /// Skin out of nothing but a colour, where no photograph has any.
    pub fn painted_skin(&self, n: usize, rng: &mut dyn Rng) -> Patch {
        flat(n, [rng.random_range(70.0..230.0), 0.0, 0.0], [1.0, rng.random_range(0.6..0.85), rng.random_range(0.4..0.75)])
    }

    /// Cloth out of nothing but a colour, where no photograph has any.
    pub fn painted_cloth(&self, n: usize, rng: &mut dyn Rng) -> Patch {
        let value = rng.random_range(20.0..250.0);
        flat(n, [value, 0.0, 0.0], [1.0, rng.random_range(0.2..3.0), rng.random_range(0.2..3.0)])
    }
}

fn flat(n: usize, base: [f32; 3], ratio: [f32; 3]) -> Patch {
    Patch { side: n, pixels: vec![std::array::from_fn(|c| base[0] * ratio[c]); n * n] }
}

impl Odds {
    fn new(items: &[&Item], weight: impl Fn(&Item) -> f32) -> Odds {
        let (mut indices, mut cumulative, mut sum) = (Vec::new(), Vec::new(), 0.0);
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
                sum += weight;
                indices.push(i);
                cumulative.push(sum);
            }
        }
        Odds { indices, cumulative }
    }

    fn draw(&self, rng: &mut dyn Rng) -> Option<usize> {
        let total = *self.cumulative.last()?;
        let at = rng.random_range(0.0..total);
        let slot = self.cumulative.partition_point(|&c| c <= at).min(self.indices.len() - 1);
        Some(self.indices[slot])
    }
}
