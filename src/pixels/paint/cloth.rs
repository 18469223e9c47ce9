//! Cloth: woven threads (plain, twill, stripes, checks), folds, and prints on a lattice, lesion-like spots among them.

use image::{Rgb, RgbImage, RgbaImage};
use rand::{Rng, RngExt};

use super::lesion::{KINDS, lesion};
use super::motif::{MOTIFS, motif};
use super::noise::{fbm, hash, unit};
use super::skin::Skin;
use super::stamp::stamp;
use super::{Colour, bytes, mix, scale};

/// The kind of a cloth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClothKind {
    /// One colour each for warp and weft.
    Plain,
    /// Coloured bands in the warp.
    Stripes,
    /// Coloured bands in warp and weft.
    Checks,
    /// Dots, flowers, leaves or blobs on a lattice.
    Print,
    /// Lesions on a lattice: what must be drawn dashed, and never alarmed.
    LesionPrint,
}

/// The kinds that have nothing lesion-like about them.
pub const HARMLESS: [ClothKind; 4] = [ClothKind::Plain, ClothKind::Stripes, ClothKind::Checks, ClothKind::Print];

/// A picture of `width` x `height` px of a cloth without lesion-like prints, evenly lit.
pub fn cloth(rng: &mut impl Rng, width: u32, height: u32) -> RgbImage {
    let kind = HARMLESS.get(rng.random_range(0..HARMLESS.len())).copied().unwrap_or(ClothKind::Plain);
    cloth_of(rng, kind, width, height)
}

/// A picture of `width` x `height` px of a cloth of the given kind, evenly lit.
pub fn cloth_of(rng: &mut impl Rng, kind: ClothKind, width: u32, height: u32) -> RgbImage {
    let weave = Weave::draw(rng, kind);
    let mut picture = RgbImage::from_fn(width, height, |x, y| Rgb(bytes(weave.thread(x, y))));
    if matches!(kind, ClothKind::Print | ClothKind::LesionPrint) {
        let patches = patches(rng, kind);
        lattice(rng, &mut picture, &patches);
    }
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        *pixel = Rgb(bytes(scale(pixel.0.map(f32::from), weave.relief(x, y))));
    }
    picture
}

/// Threads of a cloth.
struct Weave {
    seed: u32,
    /// Width of a thread, px.
    pitch: f32,
    /// Threads that a thread floats over before it dives: 1 is plain weave, 2 and more twill.
    float: u32,
    /// Darkening between threads, `0..=1`.
    depth: f32,
    /// Strength of the folds, `0..=1`.
    folds: f32,
    /// Colour and width in threads of the bands, repeated.
    warp: Vec<(Colour, u32)>,
    /// The same across.
    weft: Vec<(Colour, u32)>,
}

impl Weave {
    fn draw(rng: &mut impl Rng, kind: ClothKind) -> Weave {
        let light = matches!(kind, ClothKind::LesionPrint) || rng.random_bool(0.4);
        let ground = dye(rng, light);
        let near = scale(ground, rng.random_range(0.86..1.0));
        let bands = |rng: &mut _| bands(rng, ground);
        let (warp, weft) = match kind {
            ClothKind::Stripes => (bands(rng), vec![(near, 1)]),
            ClothKind::Checks => {
                let sett = bands(rng);
                (sett.clone(), sett)
            }
            _ => (vec![(ground, 1)], vec![(near, 1)]),
        };
        Weave {
            seed: rng.random(),
            pitch: rng.random_range(2.2..6.0),
            float: rng.random_range(1..4),
            depth: rng.random_range(0.08..0.3),
            folds: rng.random_range(0.03..0.14),
            warp,
            weft,
        }
    }

    /// Column and row of the thread crossing at a pixel.
    fn crossing(&self, x: u32, y: u32) -> (u32, u32) {
        ((x as f32 / self.pitch) as u32, (y as f32 / self.pitch) as u32)
    }

    /// Whether the warp lies on top at a crossing.
    fn warp_on_top(&self, column: u32, row: u32) -> bool {
        let period = 2 * self.float;
        (column.wrapping_add(row)) % period < self.float
    }

    /// Colour of the thread on top, without relief.
    fn thread(&self, x: u32, y: u32) -> Colour {
        let (column, row) = self.crossing(x, y);
        let colour = if self.warp_on_top(column, row) { band(&self.warp, column) } else { band(&self.weft, row) };
        scale(colour, 0.95 + 0.1 * unit(self.seed, column as i32, row as i32))
    }

    /// Brightness of the relief around 1: round threads, the warp brighter than the weft, slubs and folds.
    fn relief(&self, x: u32, y: u32) -> f32 {
        let (column, row) = self.crossing(x, y);
        let (u, v) = (x as f32 / self.pitch - column as f32, y as f32 / self.pitch - row as f32);
        let across = if self.warp_on_top(column, row) { u } else { v };
        let round = 1.0 - (2.0 * across - 1.0) * (2.0 * across - 1.0);
        let slub = 0.04 * (unit(self.seed ^ 3, column as i32, 0) + unit(self.seed ^ 5, row as i32, 1) - 1.0);
        let fold = self.folds * fbm(self.seed ^ 9, x as f32 / 210.0, y as f32 / 170.0, 3);
        let fibre = 0.05 * ((hash(self.seed ^ 11, x as i32, y as i32) & 255) as f32 / 255.0 - 0.5);
        1.0 - self.depth * (1.0 - round) + slub + fold + fibre
    }
}

/// The colour of a thread in repeated bands.
fn band(bands: &[(Colour, u32)], thread: u32) -> Colour {
    let total: u32 = bands.iter().map(|b| b.1).sum();
    let mut left = thread % total.max(1);
    for &(colour, width) in bands {
        if left < width {
            return colour;
        }
        left -= width;
    }
    [128.0; 3]
}

/// Three to six bands in two to four colours.
fn bands(rng: &mut impl Rng, ground: Colour) -> Vec<(Colour, u32)> {
    let mut colours = vec![ground];
    for _ in 0..rng.random_range(1..4) {
        let light = rng.random_bool(0.4);
        colours.push(dye(rng, light));
    }
    let count = rng.random_range(3..7);
    (0..count)
        .map(|n| {
            let colour = colours.get(n % colours.len()).copied().unwrap_or(ground);
            let wide = n % colours.len() == 0;
            (colour, if wide { rng.random_range(8..30) } else { rng.random_range(2..14) })
        })
        .collect()
}

/// A colour that cloth is dyed in: pale ones when `light`, else of any depth.
fn dye(rng: &mut impl Rng, light: bool) -> Colour {
    let hue = rng.random_range(0.0..6.0f32);
    let ramp = |offset: f32| {
        let d = (hue - offset).abs();
        (2.0 - d.min(6.0 - d)).clamp(0.0, 1.0)
    };
    let pure = [ramp(0.0) * 255.0, ramp(2.0) * 255.0, ramp(4.0) * 255.0];
    let (grey, saturation) = if light {
        (rng.random_range(185.0..235.0f32), rng.random_range(0.03..0.22))
    } else {
        (rng.random_range(25.0..170.0f32), rng.random_range(0.05..0.5))
    };
    mix([grey; 3], pure, saturation)
}

/// The one to three patches that a cloth is printed with.
fn patches(rng: &mut impl Rng, kind: ClothKind) -> Vec<RgbaImage> {
    let count = rng.random_range(1..4);
    (0..count)
        .map(|_| {
            let radius = rng.random_range(12.0..34.0);
            if kind == ClothKind::LesionPrint {
                let tone = Skin::draw(rng).tone;
                let index = rng.random_range(0..KINDS.len());
                let kind = KINDS.get(index).copied().unwrap_or(KINDS[0]);
                return lesion(rng, kind, radius, tone).image;
            }
            let shape = MOTIFS.get(rng.random_range(0..MOTIFS.len())).copied().unwrap_or(MOTIFS[0]);
            let light = rng.random_bool(0.5);
            let (main, second) = (dye(rng, light), dye(rng, !light));
            motif(rng, shape, radius, main, second)
        })
        .collect()
}

/// Prints the patches in turn on a lattice whose odd rows are shifted by half a step, each faded a little, as prints are.
fn lattice(rng: &mut impl Rng, picture: &mut RgbImage, patches: &[RgbaImage]) {
    let step = rng.random_range(90.0..170.0f32);
    let rise = step * rng.random_range(0.6..1.0);
    let fade = rng.random_range(0.75..1.0f32);
    let (columns, rows) = ((picture.width() as f32 / step) as i32 + 2, (picture.height() as f32 / rise) as i32 + 2);
    for row in 0..rows {
        for column in 0..columns {
            let Some(patch) = patches.get((row + column).unsigned_abs() as usize % patches.len().max(1)) else {
                return;
            };
            let mut faded = patch.clone();
            for pixel in faded.pixels_mut() {
                pixel.0[3] = (f32::from(pixel.0[3]) * fade) as u8;
            }
            let x = (column as f32 - 0.5 * (row % 2) as f32) * step - patch.width() as f32 / 2.0;
            let y = row as f32 * rise - patch.height() as f32 / 2.0;
            stamp(picture, &faded, (x as i32, y as i32), None);
        }
    }
}
