//! Training windows: close-ups, skin and cloth made to look like windows of a webcam frame.

use image::RgbImage;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::alarms::FalseAlarm;
use super::classes::{BACKGROUND, SKIN};
use super::lesion_free::{edge, ground, person, skin};
use super::photo::{TrainingPhoto, resized};
use super::photometric::{Patch, good_camera, webcam};
use super::pool::{PhotoPool, SkinOf};
use super::view::{PhotoView, cut, grid};
use crate::geometry::{Point, Size};
use crate::pixels::paint::artefact::Artefact;

/// A training example.
pub struct Example {
    /// The window at the classifier's input side.
    pub window: RgbImage,
    /// The same window at the coarse level's input side.
    pub coarse: RgbImage,
    /// Index of the class.
    pub class: usize,
    /// How much of the surroundings of its centre is skin, `0..=1`.
    pub context: f32,
}

/// How examples are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// Side of the classifier's input, px.
    pub classifier: u32,
    /// Side of the coarse level's input, px.
    pub gate: u32,
    /// Share of the draws that show a lesion, `0..=1`.
    pub lesions: f32,
    /// Share of the lesions that are seen by a good camera in good light, `0..=1`.
    pub mild: f32,
    /// Share of the lesions, and of the skin without any, that carry a painted [`Artefact`], `0..=1`.
    pub marks: f32,
}

/// Share of the windows by a good camera that are framed as the photographer did, whatever the lesion's size.
const FRAMED: f64 = 0.5;

/// Draws one example. Which photograph is drawn depends on `rng` alone.
pub fn draw(pool: &PhotoPool, recipe: Recipe, rng: &mut dyn Rng) -> Example {
    if rng.random::<f32>() >= recipe.lesions {
        return draw_negative(pool, recipe, SkinOf::Any, rng);
    }
    // Drawn only where it matters: a recipe without a mild share draws what it drew before there was one.
    if recipe.mild > 0.0 && rng.random::<f32>() < recipe.mild {
        let (photo, class) = pool.lesion(rng);
        let view = if rng.random_bool(FRAMED) { framed(photo, rng) } else { about_lesion(photo, rng) };
        let patch = marked(cut(photo, &view, recipe.classifier as usize), recipe, rng);
        return example(good_camera(patch, rng), class, 1.0, recipe);
    }
    let n = detail(recipe, rng);
    let (patch, class, context) = lesion(pool, n, rng);
    let patch = marked(patch, recipe, rng);
    example(seen(patch, recipe, rng), class, context, recipe)
}

/// The patch, now and then with a mark that the data sets' pictures carry: whatever the class, so that it says nothing.
fn marked(patch: Patch, recipe: Recipe, rng: &mut dyn Rng) -> Patch {
    // Nothing is drawn for a recipe without marks: it draws what it drew before there were any.
    if recipe.marks == 0.0 || rng.random::<f32>() >= recipe.marks {
        return patch;
    }
    let (_, artefact) = Artefact::ALL[rng.random_range(0..Artefact::ALL.len())];
    let mut picture = patch.to_rgb8();
    artefact.paint(&mut picture, &mut ChaCha8Rng::seed_from_u64(rng.next_u64()));
    Patch::from_rgb8(&picture)
}

/// The patch as a webcam shows it at its own number of pixels, then enlarged as the scan enlarges windows: noise, blur and
/// the blocks of a codec grow with it.
fn seen(patch: Patch, recipe: Recipe, rng: &mut dyn Rng) -> RgbImage {
    resized(&webcam(patch, rng), Size::square(recipe.classifier))
}

/// Draws a window that a model took for a lesion.
pub fn draw_alarm(pool: &PhotoPool, alarm: &FalseAlarm, recipe: Recipe, rng: &mut dyn Rng) -> Example {
    let patch = cut(pool.photo(alarm.photo), &alarm.view(rng), detail(recipe, rng));
    example(seen(patch, recipe, rng), alarm.class, f32::from(u8::from(alarm.class == SKIN)), recipe)
}

/// Draws one example without a lesion: skin, ground, or where skin ends.
pub fn draw_negative(pool: &PhotoPool, recipe: Recipe, of: SkinOf, rng: &mut dyn Rng) -> Example {
    let n = detail(recipe, rng);
    let (patch, class, context) = match rng.random::<f32>() {
        ..0.38 => (marked(skin(pool, n, of, rng), recipe, rng), SKIN, 1.0),
        ..0.75 => (ground(pool, n, rng), BACKGROUND, 0.0),
        ..0.9 => person(pool, n, of, rng),
        _ => edge(pool, n, of, rng),
    };
    example(seen(patch, recipe, rng), class, context, recipe)
}

/// Coarsest detail that is drawn, px a window: the smallest windows of a scan, enlarged to the network's side.
const COARSEST: f32 = 24.0;

/// Side at which the window is cut before it is enlarged, px: small windows of a frame are not sharp.
fn detail(recipe: Recipe, rng: &mut dyn Rng) -> usize {
    let side = recipe.classifier as f32;
    ((side * rng.random_range((COARSEST / side).min(0.99)..1.0f32)) as usize).max(8)
}

/// The window of a close-up as validation sees it: the lesion in the middle, upright, no change of light.
pub fn centred(photo: &TrainingPhoto, class: usize, recipe: Recipe) -> Example {
    let lesion = photo.lesion;
    let view = PhotoView { centre: lesion.centre(), side: 2.0 * lesion.r / 0.62, angle: 0.0, mirrored: false };
    example(cut(photo, &view, recipe.classifier as usize).to_rgb8(), class, 1.0, recipe)
}

fn example(window: RgbImage, class: usize, context: f32, recipe: Recipe) -> Example {
    let coarse = resized(&window, Size::square(recipe.gate));
    Example { window, coarse, class, context }
}

/// A window that the lesion of a close-up fills to a random part, not quite in the middle.
fn about_lesion(photo: &TrainingPhoto, rng: &mut dyn Rng) -> PhotoView {
    let circle = photo.lesion;
    let fill = rng.random_range(0.4..0.92f32);
    let side = 2.0 * circle.r / fill;
    let reach = side * (0.03 + 0.13 * (1.0 - fill));
    let mut off = || rng.random_range(-reach..=reach);
    let centre = Point { x: circle.x + off(), y: circle.y + off() };
    PhotoView::random(centre, side, rng)
}

/// A window in the middle of the close-up, as close-ups are looked at when nobody says where their lesion is.
fn framed(photo: &TrainingPhoto, rng: &mut dyn Rng) -> PhotoView {
    let size = photo.size();
    let short = size.short() as f32;
    let side = short * rng.random_range(0.5..1.0f32);
    let reach = 0.25 * (short - side) + 0.02 * short;
    let mut off = || rng.random_range(-reach..=reach);
    let middle = size.centre();
    let centre = Point { x: middle.x + off(), y: middle.y + off() };
    // Quarter turns and a little more: corners that lie outside the picture would tell a turned window from an upright one.
    let angle = rng.random_range(0..4) as f32 * std::f32::consts::FRAC_PI_2 + rng.random_range(-0.2..0.2f32);
    PhotoView { angle, ..PhotoView::random(centre, side, rng) }
}

fn lesion(pool: &PhotoPool, n: usize, rng: &mut dyn Rng) -> (Patch, usize, f32) {
    let (photo, class) = pool.lesion(rng);
    let view = about_lesion(photo, rng);
    let patch = cut(photo, &view, n);
    let pasted: f32 = rng.random();
    if photo.mask.is_none() || pasted < 0.5 {
        return (patch, class, 1.0);
    }
    if pasted < 0.92 {
        let under = matched(skin(pool, n, SkinOf::Any, rng), photo, rng);
        // Many lesions are hardly darker or redder than the skin around them.
        let opacity = if rng.random_bool(0.5) { rng.random_range(0.4..1.0f32) } else { 1.0 };
        (paste((photo, &view), patch, under, Seam { softness: 0.35, opacity }), class, 1.0)
    } else {
        let under = ground(pool, n, rng);
        let seam = Seam { softness: rng.random_range(0.05..0.5), opacity: 1.0 };
        (paste((photo, &view), printed(patch, rng), under, seam), class, 0.0)
    }
}

/// How a lesion is laid over something else.
#[derive(Clone, Copy)]
struct Seam {
    /// Width of the seam in mask values, above 0 to 1.
    softness: f32,
    /// Opacity of the lesion, `0..=1`.
    opacity: f32,
}

/// Lays the masked lesion of `patch`, a view of a photograph, over `under`.
fn paste((photo, view): (&TrainingPhoto, &PhotoView), patch: Patch, mut under: Patch, seam: Seam) -> Patch {
    for (i, at) in grid(patch.side).enumerate() {
        let inside = mask_share(photo, view, at);
        let alpha = seam.opacity * ((inside - 0.5) / seam.softness.max(0.02) + 0.5).clamp(0.0, 1.0);
        for c in 0..3 {
            under.pixels[i][c] += (patch.pixels[i][c] - under.pixels[i][c]) * alpha;
        }
    }
    under
}

/// The mask at `(u, v)` of a view, averaged around the place: a rough mask gets a seam some pixels wide.
pub(super) fn mask_share(photo: &TrainingPhoto, view: &PhotoView, (u, v): (f32, f32)) -> f32 {
    let Point { x, y } = view.place(u, v);
    let spread = view.side * 0.025;
    let around = [(0.0, 0.0), (spread, 0.0), (-spread, 0.0), (0.0, spread), (0.0, -spread)];
    around.iter().map(|(dx, dy)| photo.mask_at(x + dx, y + dy)).sum::<f32>() / 5.0
}

/// Skin shifted part of the way to the skin colour of the close-up, so that lesions come with many skins but rarely absurd ones.
fn matched(skin: Patch, photo: &TrainingPhoto, rng: &mut dyn Rng) -> Patch {
    let count = skin.pixels.len() as f32;
    let mean: [f32; 3] = std::array::from_fn(|c| skin.pixels.iter().map(|p| p[c]).sum::<f32>() / count);
    shifted(skin, (mean, skin_colour(photo)), rng)
}

/// Colour of the skin of a close-up: the mean of its corners.
pub(super) fn skin_colour(photo: &TrainingPhoto) -> [f32; 3] {
    let Size { width: w, height: h } = photo.size();
    let corners = [(0.06, 0.06), (0.94, 0.06), (0.06, 0.94), (0.94, 0.94)];
    std::array::from_fn(|c| {
        corners.iter().map(|(x, y)| photo.sample(x * w as f32, y * h as f32, w as f32 / 16.0)[c]).sum::<f32>() / 4.0
    })
}

/// The patch with all colours shifted a random part of the way from one to another.
pub(super) fn shifted(mut patch: Patch, (from, to): ([f32; 3], [f32; 3]), rng: &mut dyn Rng) -> Patch {
    let part = rng.random_range(0.0..1.0f32);
    for pixel in &mut patch.pixels {
        for c in 0..3 {
            pixel[c] += part * (to[c] - from[c]);
        }
    }
    patch
}

/// A print of the lesion: few colours, other inks.
pub(super) fn printed(mut patch: Patch, rng: &mut dyn Rng) -> Patch {
    let levels = rng.random_range(3..24) as f32;
    let tint: [f32; 3] = std::array::from_fn(|_| rng.random_range(0.75..1.2));
    for pixel in &mut patch.pixels {
        *pixel = std::array::from_fn(|c| (pixel[c] * tint[c] / 255.0 * levels).round() / levels * 255.0);
    }
    patch
}
