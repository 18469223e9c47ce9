//! Pictures of every kind, made here: what is read is what they show, or a sentence.

mod colours;
mod damage;
mod files;
mod flat;

use std::path::{Path, PathBuf};

use image::{DynamicImage, Rgb, RgbImage};

use super::limits::MAX_BYTES;
use super::{Still, begins, from_bytes, is_cut_gif, open, within_bytes};

/// The colours of the card, in sRGB.
const CARD: [[u8; 3]; 4] = [[200, 40, 40], [40, 160, 40], [40, 40, 200], [224, 172, 144]];

/// Four fields of 16 px.
fn card(colours: [[u8; 3]; 4]) -> RgbImage {
    RgbImage::from_fn(32, 32, |x, y| Rgb(colours[(x / 16 + y / 16 * 2) as usize]))
}

/// The middles of the card's fields.
fn fields(picture: &RgbImage) -> [[u8; 3]; 4] {
    [(8, 8), (24, 8), (8, 24), (24, 24)].map(|(x, y)| picture.get_pixel(x, y).0)
}

/// The greatest difference of two cards.
fn apart(a: [[u8; 3]; 4], b: [[u8; 3]; 4]) -> u8 {
    a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn opened(name: &str, bytes: &[u8]) -> Result<Still, String> {
    let folder = tempfile::tempdir().unwrap();
    open(&written(folder.path(), name, bytes))
}

/// A picture in the format that the name says.
fn coded(picture: &DynamicImage, name: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    picture.save(&path).unwrap();
    std::fs::read(path).unwrap()
}

/// A picture without two pixels alike.
fn busy(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let mixed = (x * 7919 + y * 104_729) ^ ((x * y) << 3);
        Rgb([(mixed % 251) as u8, (mixed / 7 % 241) as u8, (mixed / 49 % 239) as u8])
    })
}
