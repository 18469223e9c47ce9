//! The photographs that scenes are composed of, and the places in them that a model circled although there is no lesion.

use std::collections::BTreeMap;

use rand::{Rng, RngExt};

use super::scene::{Kind, KindPatch, of_mask};
use crate::data::Content;
use crate::geometry::{Circle, Point};
use crate::train::alarms::FalseAlarm;
use crate::train::photo::TrainingPhoto;
use crate::train::pool::PhotoPool;
use crate::train::view::PhotoView;

/// Share of the scenes of people that are centred on a place where a model erred, where one is known.
const ON_ALARM: f64 = 0.4;
/// A false circle is about a part of a body where at least this share of the square four radii wide is skin.
const ON_BODY: f32 = 0.2;

/// Photographs of people with masks of their skin.
pub(super) struct People<'a> {
    photos: Vec<Person<'a>>,
}

/// A photograph, and what is known of it.
struct Person<'a> {
    photo: &'a TrainingPhoto,
    /// What a model circled on the body, px of the photograph.
    alarms: Vec<Circle>,
}

impl<'a> People<'a> {
    /// Those of a pool; `alarms` are false circles of a model in it.
    pub(super) fn new(pool: &'a PhotoPool, alarms: &[FalseAlarm]) -> People<'a> {
        let mut of: BTreeMap<usize, Vec<Circle>> = BTreeMap::new();
        for alarm in alarms {
            of.entry(alarm.photo).or_default().push(alarm.circle);
        }
        let scenes = pool.lesion_free().filter(|(.., content)| **content == Content::SkinScene);
        let person = |(number, photo, _): (usize, &'a TrainingPhoto, &Content)| {
            let mut alarms = of.remove(&number).unwrap_or_default();
            alarms.retain(|circle| photo.coverage(circle.centre(), 4.0 * circle.r) >= ON_BODY);
            Person { photo, alarms }
        };
        People { photos: scenes.map(person).collect() }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.photos.len()
    }

    /// A view of one of them at `n` x `n` px; `None` where there is nobody.
    pub(super) fn draw(&self, n: usize, rng: &mut dyn Rng) -> Option<KindPatch> {
        if self.photos.is_empty() {
            return None;
        }
        let Person { photo, alarms } = &self.photos[rng.random_range(0..self.photos.len())];
        let view = view(photo, alarms, rng);
        let scene = KindPatch::of(photo, &view, n, |photo, x, y| {
            let on_alarm = || alarms.iter().any(|circle| circle.centre().distance(Point { x, y }) <= circle.r);
            let kind = of_mask(photo, x, y);
            if kind != Kind::Part && on_alarm() { Kind::Part } else { kind }
        });
        Some(scene)
    }
}

/// From close to a photograph's whole height and somewhat beyond, mostly upright.
fn view(photo: &TrainingPhoto, alarms: &[Circle], rng: &mut dyn Rng) -> PhotoView {
    let (w, h) = (photo.size().width as f32, photo.size().height as f32);
    let side = w.min(h) * 2f32.powf(rng.random_range(-1.3..0.45));
    let centre = match alarms.len() {
        count if count > 0 && rng.random_bool(ON_ALARM) => {
            let circle = alarms[rng.random_range(0..count)];
            let mut off = || rng.random_range(-0.3..0.3) * side;
            Point { x: circle.x + off(), y: circle.y + off() }
        }
        _ => {
            let mut along = |length: f32| {
                let free = (length - side).max(0.0) / 2.0;
                length / 2.0 + rng.random_range(-1.0..=1.0f32) * (free + 0.1 * side)
            };
            Point { x: along(w), y: along(h) }
        }
    };
    let turn = if rng.random_bool(0.15) { std::f32::consts::PI } else { 0.3 };
    PhotoView { centre, side, angle: rng.random_range(-turn..turn), mirrored: rng.random_bool(0.5) }
}
