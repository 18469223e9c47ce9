//! Scenes are composed: people, cloth, a limb that lies on cloth, close-ups; lesions are laid on skin, prints of lesions on cloth.

use rand::{Rng, RngExt};

use super::people::People;
use super::scene::{Kind, KindPatch, SceneExample, cells, of_closeup, of_mask};
use crate::data::Content;
use crate::geometry::Point;
use crate::train::photo::TrainingPhoto;
use crate::train::photometric::{good_camera, webcam};
use crate::train::pool::{PhotoPool, SkinOf};
use crate::train::view::{PhotoView, cut, grid};
use crate::train::windows::{mask_share, printed, shifted, skin_colour};

/// Side of a lesion's square in radii of its circle, as in the windows of the classifier.
const SQUARE: f32 = 2.0 / 0.62;
/// Radii of the lesions, px: from one that is hardly seen to one that fills a quarter of the scene.
const RADII: (f32, f32) = (2.5, 44.0);
/// Lesions, or prints, of a scene, at most.
const MOST: u32 = 4;

/// What scenes are composed of.
pub(super) struct Sources<'a> {
    pub(super) pool: &'a PhotoPool,
    pub(super) people: People<'a>,
}

/// Size of the scenes and of the cells of the map, px.
#[derive(Clone, Copy)]
pub(super) struct SceneSize {
    pub(super) side: usize,
    pub(super) cell: usize,
}

/// Composes a scene.
pub(super) fn draw(sources: &Sources, SceneSize { side, cell }: SceneSize, rng: &mut dyn Rng) -> SceneExample {
    let pool = sources.pool;
    let of_people = if rng.random_bool(0.55) { sources.people.draw(side, rng) } else { None };
    let mut scene = of_people.unwrap_or_else(|| match rng.random_range(0.0..1.0f32) {
        ..0.4 => ground(pool, side, rng),
        ..0.85 => limb(pool, side, rng),
        _ => closeup(pool, side, rng),
    });
    let pattern = rng.random_bool(0.25);
    for _ in 0..rng.random_range(0..=MOST) {
        lesion(pool, &mut scene, rng);
        if pattern {
            prints(pool, &mut scene, rng);
        }
    }
    let cells = cells(&scene.kinds, side, cell);
    let picture = if rng.random_bool(0.6) { webcam(scene.patch, rng) } else { good_camera(scene.patch, rng) };
    SceneExample { picture, cells }
}

/// Cloth and rooms; the people in them, if any, are known by their masks.
fn ground(pool: &PhotoPool, n: usize, rng: &mut dyn Rng) -> KindPatch {
    let (photo, content) = pool.background(rng);
    let people = *content == Content::SkinScene;
    let view = somewhere(photo, (-2.0, 0.2), rng);
    KindPatch::of(photo, &view, n, |photo, x, y| if people { of_mask(photo, x, y) } else { Kind::Other })
}

/// Skin all over, or a band of it across cloth, rounded towards its edges and with a shadow beside them.
fn limb(pool: &PhotoPool, n: usize, rng: &mut dyn Rng) -> KindPatch {
    let skin = bare(pool, n, rng);
    if rng.random_bool(0.2) {
        return skin;
    }
    let mut scene = ground(pool, n, rng);
    let (sin, cos) = rng.random_range(0.0..std::f32::consts::TAU).sin_cos();
    let (half, off) = (rng.random_range(0.1..0.45f32), rng.random_range(-0.3..0.3f32));
    let (bend, taper) = (rng.random_range(-0.5..0.5f32), rng.random_range(-0.2..0.2f32));
    let shadow = rng.random_range(0.0..0.5f32);
    for (i, (u, v)) in grid(n).enumerate() {
        let (across, along) = (u * cos + v * sin, v * cos - u * sin);
        // How far within the band, in its half widths; below 0 beyond it.
        let inside = 1.0 - (across - off + bend * along * along).abs() / (half + taper * along).max(0.05);
        let cover = (inside * half * n as f32 / 2.0 + 0.5).clamp(0.0, 1.0);
        let rounding = 1.0 - shadow * (1.0 - inside.max(0.0) * 2.5).clamp(0.0, 1.0);
        let cast = 1.0 - shadow * (1.0 + inside.min(0.0) * 4.0).clamp(0.0, 1.0);
        for c in 0..3 {
            let under = scene.patch.pixels[i][c] * cast;
            scene.patch.pixels[i][c] = under + (skin.patch.pixels[i][c] * rounding - under) * cover;
        }
        if cover > 0.5 {
            scene.kinds[i] = skin.kinds[i];
        }
    }
    scene
}

/// Skin without people around it: painted, or what surrounds the lesion of a close-up, with the lesion.
fn bare(pool: &PhotoPool, n: usize, rng: &mut dyn Rng) -> KindPatch {
    for _ in 0..24 {
        match pool.skin(SkinOf::Any, rng) {
            (photo, Content::Skin) => {
                return KindPatch::of(photo, &somewhere(photo, (-2.0, 0.0), rng), n, |_, _, _| Kind::Skin);
            }
            (photo, Content::Lesion(_)) => {
                return KindPatch::of(photo, &somewhere(photo, (-1.0, 0.0), rng), n, of_closeup);
            }
            _ => {}
        }
    }
    closeup(pool, n, rng)
}

/// A close-up as it is, from its whole height to its middle half; without a mask nobody knows where its lesion ends.
fn closeup(pool: &PhotoPool, n: usize, rng: &mut dyn Rng) -> KindPatch {
    let (photo, _) = pool.lesion(rng);
    let view = somewhere(photo, (-1.0, 0.1), rng);
    let masked = photo.mask.is_some();
    KindPatch::of(photo, &view, n, |photo, x, y| if masked { of_closeup(photo, x, y) } else { Kind::Unknown })
}

/// A square of a photograph, turned anyhow; `zoom`: octaves of its side, in shorter sides of the photograph.
fn somewhere(photo: &TrainingPhoto, zoom: (f32, f32), rng: &mut dyn Rng) -> PhotoView {
    let (w, h) = (photo.size().width as f32, photo.size().height as f32);
    let side = w.min(h) * 2f32.powf(rng.random_range(zoom.0..zoom.1));
    let mut along = |length: f32| length / 2.0 + rng.random_range(-0.5..=0.5f32) * (length - side).max(0.0);
    let centre = Point { x: along(w), y: along(h) };
    PhotoView::random(centre, side, rng)
}

/// Lays a lesion on skin, wherever a few attempts find enough of it.
fn lesion(pool: &PhotoPool, scene: &mut KindPatch, rng: &mut dyn Rng) {
    let radius = RADII.0 * (RADII.1 / RADII.0).powf(rng.random());
    for _ in 0..6 {
        let (x, y) = anywhere(scene.side(), rng);
        let on_skin = (0..8).all(|i| {
            let (sin, cos) = (i as f32 * std::f32::consts::FRAC_PI_4).sin_cos();
            matches!(scene.kind(x + radius * cos, y + radius * sin), Some(Kind::Skin | Kind::Lesion))
        });
        if on_skin && scene.kind(x, y) == Some(Kind::Skin) {
            let opacity = if rng.random_bool(0.5) { rng.random_range(0.5..1.0f32) } else { 1.0 };
            return lay(pool, scene, &Spot { centre: Point { x, y }, radius, opacity, kind: Kind::Lesion }, rng);
        }
    }
}

/// Lays prints of lesions on cloth in rows and columns, as patterned cloth has them.
fn prints(pool: &PhotoPool, scene: &mut KindPatch, rng: &mut dyn Rng) {
    let radius = rng.random_range(3.0..20.0f32);
    let step = radius * rng.random_range(2.5..6.0f32);
    let (x0, y0) = anywhere(step.ceil() as usize, rng);
    let count = (scene.side() as f32 / step) as usize + 1;
    for i in 0..count * count {
        let (x, y) = (x0 + step * (i % count) as f32, y0 + step * (i / count) as f32);
        if scene.kind(x, y) == Some(Kind::Other) {
            lay(pool, scene, &Spot { centre: Point { x, y }, radius, opacity: 1.0, kind: Kind::Other }, rng);
        }
    }
}

fn anywhere(side: usize, rng: &mut dyn Rng) -> (f32, f32) {
    (rng.random_range(0.0..side as f32), rng.random_range(0.0..side as f32))
}

/// Where something is laid over a scene.
struct Spot {
    centre: Point,
    /// Radius of the lesion's circle, px.
    radius: f32,
    opacity: f32,
    /// What its pixels are from then on: a lesion, which lies on skin, or another thing, a print on cloth.
    kind: Kind,
}

/// Lays a lesion of a close-up that has a mask over a scene.
fn lay(pool: &PhotoPool, scene: &mut KindPatch, spot: &Spot, rng: &mut dyn Rng) {
    let masked = std::iter::repeat_with(|| pool.lesion(rng).0).take(8).find(|photo| photo.mask.is_some());
    let Some(photo) = masked else { return };
    let n = (spot.radius * SQUARE).ceil().max(4.0) as usize;
    let view = PhotoView::random(photo.lesion.centre(), photo.lesion.r * SQUARE, rng);
    let mut lesion = cut(photo, &view, n);
    lesion = match spot.kind {
        Kind::Other => printed(lesion, rng),
        _ => shifted(lesion, (skin_colour(photo), mean_around(scene, spot)), rng),
    };
    let (side, first) = (scene.side(), (spot.centre.x - n as f32 / 2.0, spot.centre.y - n as f32 / 2.0));
    for (i, (u, v)) in grid(n).enumerate() {
        let (x, y) = (first.0 + (i % n) as f32, first.1 + (i / n) as f32);
        let on = scene.kind(x, y);
        let allowed = if spot.kind == Kind::Other {
            on == Some(Kind::Other)
        } else {
            matches!(on, Some(Kind::Skin | Kind::Lesion))
        };
        if !allowed {
            continue;
        }
        let alpha = ((mask_share(photo, &view, (u, v)) - 0.5) / 0.35 + 0.5).clamp(0.0, 1.0) * spot.opacity;
        let at = y as usize * side + x as usize;
        for c in 0..3 {
            scene.patch.pixels[at][c] += (lesion.pixels[i][c] - scene.patch.pixels[at][c]) * alpha;
        }
        if alpha > 0.5 * spot.opacity {
            scene.kinds[at] = spot.kind;
        }
    }
}

/// Mean colour on a circle a little larger than the lesion.
fn mean_around(scene: &KindPatch, spot: &Spot) -> [f32; 3] {
    let points = (0..12).map(|i| {
        let (sin, cos) = (i as f32 * std::f32::consts::TAU / 12.0).sin_cos();
        let along = |at: f32| (at as i64).clamp(0, scene.side() as i64 - 1) as usize;
        along(spot.centre.y + 1.1 * spot.radius * sin) * scene.side() + along(spot.centre.x + 1.1 * spot.radius * cos)
    });
    let mut sum = [0f32; 3];
    for at in points {
        (0..3).for_each(|c| sum[c] += scene.patch.pixels[at][c] / 12.0);
    }
    sum
}
