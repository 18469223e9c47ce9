//! Parts of a picture made unrecognisable, on a copy.

use image::RgbImage;

use crate::finding::FaceRegion;
use crate::geometry::Square;

/// Blocks along the longer side of a region, at most: fewer than the twelve across from which a face can be made out (Harmon 1973).
const BLOCKS: f32 = 10.0;
/// Side of a block, px, at least.
const LEAST_PX: f32 = 8.0;

/// A copy in which the regions are blocks of one colour each, the mean of what was there.
pub fn covered(picture: &RgbImage, regions: &[FaceRegion]) -> RgbImage {
    let mut copy = picture.clone();
    regions.iter().for_each(|region| cover(&mut copy, region));
    copy
}

/// A rectangle of pixels, the upper borders left out.
#[derive(Clone, Copy)]
struct Block {
    left: u32,
    top: u32,
    right: u32,
    bottom: u32,
}

fn cover(picture: &mut RgbImage, region: &FaceRegion) {
    let Some(bounds) = bounds(&region.squares, picture.dimensions()) else { return };
    let (width, height) = (bounds.right - bounds.left, bounds.bottom - bounds.top);
    let side = (width.max(height) as f32 / BLOCKS).max(LEAST_PX).ceil() as u32;
    for top in (bounds.top..bounds.bottom).step_by(side as usize) {
        for left in (bounds.left..bounds.right).step_by(side as usize) {
            let (right, bottom) = ((left + side).min(picture.width()), (top + side).min(picture.height()));
            let block = Block { left, top, right, bottom };
            if region.squares.iter().any(|square| touches(square, block)) {
                fill(picture, block);
            }
        }
    }
}

/// The smallest rectangle of pixels about the squares, as far as they lie within the picture; `None` where none does.
fn bounds(squares: &[Square], (width, height): (u32, u32)) -> Option<Block> {
    let clipped = |at: f32, side: u32| at.clamp(0.0, side as f32) as u32;
    let blocks = squares.iter().filter(|square| square.side.is_finite() && square.side > 0.0).map(|square| Block {
        left: clipped(square.x.floor(), width),
        top: clipped(square.y.floor(), height),
        right: clipped((square.x + square.side).ceil(), width),
        bottom: clipped((square.y + square.side).ceil(), height),
    });
    blocks.filter(|block| block.left < block.right && block.top < block.bottom).reduce(|a, b| Block {
        left: a.left.min(b.left),
        top: a.top.min(b.top),
        right: a.right.max(b.right),
        bottom: a.bottom.max(b.bottom),
    })
}

fn touches(square: &Square, block: Block) -> bool {
    let (right, bottom) = (square.x + square.side, square.y + square.side);
    square.x < block.right as f32
        && right > block.left as f32
        && square.y < block.bottom as f32
        && bottom > block.top as f32
}

/// Paints a block with its mean colour.
fn fill(picture: &mut RgbImage, block: Block) {
    let (stride, bytes) = (3 * picture.width() as usize, 3 * block.left as usize..3 * block.right as usize);
    let rows = block.top as usize..block.bottom as usize;
    let pixels = picture.as_flat_samples_mut().samples;
    let mut sums = [0u64; 3];
    for row in rows.clone() {
        for pixel in pixels[row * stride..][bytes.clone()].as_chunks::<3>().0 {
            sums.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u64::from(*value));
        }
    }
    let count = (rows.len() * bytes.len() / 3).max(1) as u64;
    let mean = sums.map(|sum| ((sum + count / 2) / count) as u8);
    for row in rows {
        pixels[row * stride..][bytes.clone()].as_chunks_mut::<3>().0.fill(mean);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;
    use proptest::prelude::*;

    fn picture(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| Rgb([(x * 37 % 251) as u8, (y * 91 % 241) as u8, (x * y % 239) as u8]))
    }

    fn region(squares: &[(f32, f32, f32)]) -> FaceRegion {
        FaceRegion { squares: squares.iter().map(|&(x, y, side)| Square { x, y, side }).collect() }
    }

    #[test]
    fn blocks_are_a_tenth_of_the_region_and_one_colour_each() {
        let before = picture(300, 200);
        let after = covered(&before, &[region(&[(40.0, 30.0, 120.0)])]);
        for (x, y, pixel) in after.enumerate_pixels() {
            if (40..160).contains(&x) && (30..150).contains(&y) {
                let (left, top) = (40 + (x - 40) / 12 * 12, 30 + (y - 30) / 12 * 12);
                assert_eq!(pixel, after.get_pixel(left, top), "at {x}, {y}");
            } else {
                assert_eq!(pixel, before.get_pixel(x, y), "at {x}, {y}");
            }
        }
        let (mut red, block) = (0, 12 * 12);
        for y in 30..42 {
            red += (40..52).map(|x| u32::from(before.get_pixel(x, y).0[0])).sum::<u32>();
        }
        assert_eq!(u32::from(after.get_pixel(45, 35).0[0]), (red + block / 2) / block);
    }

    #[test]
    fn squares_of_one_region_share_their_blocks() {
        let after = covered(&picture(400, 100), &[region(&[(0.0, 0.0, 20.0), (300.0, 40.0, 20.0)])]);
        let first = after.get_pixel(0, 0);
        assert!((0..32).all(|x| (0..32).all(|y| after.get_pixel(x, y) == first)), "blocks of a tenth of 320 px");
    }

    proptest! {
        #[test]
        fn any_squares_can_be_covered_and_nothing_of_them_is_left(
            (width, height) in (1u32..70, 1u32..70),
            squares in prop::collection::vec((-90f32..90.0, -90f32..90.0, -5f32..200.0), 0..5),
        ) {
            let before = picture(width, height);
            let after = covered(&before, &[region(&squares)]);
            prop_assert_eq!(after.dimensions(), before.dimensions());
            for &(x, y, side) in &squares {
                let inside = |px: u32, py: u32| {
                    let (px, py) = (px as f32 + 0.5, py as f32 + 0.5);
                    (x..x + side).contains(&px) && (y..y + side).contains(&py)
                };
                // A pixel that is covered has the colour of at least one of its neighbours within its block, if it has any.
                for (px, py, pixel) in after.enumerate_pixels().filter(|(px, py, _)| inside(*px, *py)) {
                    let near = [(px.wrapping_sub(1), py), (px + 1, py)];
                    let there = near.into_iter().filter(|(x, y)| *x < width && *y < height);
                    let same: Vec<bool> = there.map(|(x, y)| after.get_pixel(x, y) == pixel).collect();
                    prop_assert!(width < 2 || same.contains(&true) || px + 1 == width || px == 0);
                }
            }
        }
    }

    #[test]
    fn squares_that_are_no_numbers_cover_nothing() {
        let before = picture(30, 30);
        let strange = region(&[(f32::NAN, 0.0, 10.0), (0.0, 0.0, f32::NAN), (50.0, 50.0, 10.0), (0.0, 0.0, -3.0)]);
        assert_eq!(covered(&before, &[strange]), before);
    }
}
