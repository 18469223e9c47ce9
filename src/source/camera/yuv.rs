//! Uncompressed camera pictures to RGB: rows with padding, limited or full range, BT.601 (what UVC cameras deliver).

use image::RgbImage;

use super::error::DecodeError;
use super::layout::PixelLayout;
use super::settings::PixelFormat;

/// Decodes an uncompressed picture. `layout.stride` may be larger than a row needs, and the data longer than the
/// picture: drivers pad both.
pub(super) fn decode_raw(data: &[u8], layout: &PixelLayout) -> Result<RgbImage, DecodeError> {
    let (width, height) = (layout.width as usize, layout.height as usize);
    let row_bytes = match layout.pixel {
        // A pair of pixels shares its colour, so that rows hold whole pairs.
        PixelFormat::Yuyv => width.div_ceil(2) * 4,
        PixelFormat::Nv12 => width.div_ceil(2) * 2,
        PixelFormat::Rgb | PixelFormat::Bgr => width * 3,
        PixelFormat::Gray => width,
        PixelFormat::Mjpeg => return Err(DecodeError::NotRaw),
    };
    let stride = (layout.stride as usize).max(row_bytes);
    let rows = if layout.pixel == PixelFormat::Nv12 { height + height.div_ceil(2) } else { height };
    let needed = match rows {
        0 => 0,
        // The last row need not be padded.
        rows => stride * (rows - 1) + row_bytes,
    };
    if width == 0 || height == 0 || data.len() < needed {
        return Err(DecodeError::Short { needed, got: data.len() });
    }
    let mut picture = RgbImage::new(layout.width, layout.height);
    let (luma, chroma) = data.split_at((stride * height).min(data.len()));
    let yuv = Yuv::new(layout.full_range);
    for (y, out) in picture.chunks_exact_mut(width * 3).enumerate() {
        let row = luma.get(y * stride..).unwrap_or_default();
        match layout.pixel {
            PixelFormat::Yuyv => yuyv_row(row, out, &yuv),
            PixelFormat::Nv12 => nv12_row(row, chroma.get(y / 2 * stride..).unwrap_or_default(), out, &yuv),
            PixelFormat::Bgr => {
                for (to, from) in out.chunks_exact_mut(3).zip(row.chunks_exact(3)) {
                    to.copy_from_slice(&[from[2], from[1], from[0]]);
                }
            }
            PixelFormat::Gray => {
                for (to, &from) in out.chunks_exact_mut(3).zip(row) {
                    to.fill(from);
                }
            }
            PixelFormat::Rgb | PixelFormat::Mjpeg => {
                for (to, &from) in out.iter_mut().zip(row) {
                    *to = from;
                }
            }
        }
    }
    Ok(picture)
}

/// Pairs of pixels `Y0 U Y1 V`; an odd width leaves the last pair half used.
fn yuyv_row(row: &[u8], out: &mut [u8], yuv: &Yuv) {
    for (to, from) in out.chunks_mut(6).zip(row.chunks_exact(4)) {
        let colour = yuv.colour(from[1], from[3]);
        for (pixel, luma) in to.chunks_exact_mut(3).zip([from[0], from[2]]) {
            pixel.copy_from_slice(&yuv.rgb(luma, colour));
        }
    }
}

/// One row of luma and the row of `U V` pairs that it shares with its neighbour.
fn nv12_row(luma: &[u8], chroma: &[u8], out: &mut [u8], yuv: &Yuv) {
    for ((to, from), uv) in out.chunks_mut(6).zip(luma.chunks(2)).zip(chroma.chunks_exact(2)) {
        let colour = yuv.colour(uv[0], uv[1]);
        for (pixel, &luma) in to.chunks_exact_mut(3).zip(from) {
            pixel.copy_from_slice(&yuv.rgb(luma, colour));
        }
    }
}

/// The BT.601 matrix (ITU-R BT.601-7, section 2.5) in 16-bit fixed point.
struct Yuv {
    luma: i32,
    black: i32,
    red_v: i32,
    green_u: i32,
    green_v: i32,
    blue_u: i32,
}

impl Yuv {
    /// Full range: Y 0..=255, U and V ±127.5. Limited: Y 16..=235, U and V ±112.
    fn new(full_range: bool) -> Self {
        if full_range {
            Self { luma: 65536, black: 0, red_v: 91881, green_u: 22554, green_v: 46802, blue_u: 116_130 }
        } else {
            Self { luma: 76309, black: 16, red_v: 104_597, green_u: 25675, green_v: 53279, blue_u: 132_201 }
        }
    }

    /// What U and V add to red, green and blue, in 1/65536, rounding included.
    fn colour(&self, u: u8, v: u8) -> [i32; 3] {
        let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
        const HALF: i32 = 1 << 15;
        [self.red_v * v + HALF, HALF - self.green_u * u - self.green_v * v, self.blue_u * u + HALF]
    }

    fn rgb(&self, luma: u8, colour: [i32; 3]) -> [u8; 3] {
        let luma = (i32::from(luma) - self.black) * self.luma;
        colour.map(|part| ((luma + part) >> 16).clamp(0, 255) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same conversion as the standard writes it, without any rounding but the last.
    fn naive(y: u8, u: u8, v: u8, full: bool) -> [u8; 3] {
        let (black, luma_span, chroma_span) = if full { (0.0, 255.0, 255.0) } else { (16.0, 219.0, 224.0) };
        let luma = (f64::from(y) - black) / luma_span;
        let (cb, cr) = ((f64::from(u) - 128.0) / chroma_span, (f64::from(v) - 128.0) / chroma_span);
        let (red, blue) = (luma + 1.402 * cr, luma + 1.772 * cb);
        let green = (luma - 0.299 * red - 0.114 * blue) / 0.587;
        [red, green, blue].map(|part| (part * 255.0).round().clamp(0.0, 255.0) as u8)
    }

    fn layout(pixel: PixelFormat, width: u32, height: u32) -> PixelLayout {
        PixelLayout { pixel, width, height, stride: 0, full_range: false }
    }

    fn close(got: [u8; 3], want: [u8; 3]) -> bool {
        got.iter().zip(want).all(|(&got, want)| got.abs_diff(want) <= 1)
    }

    /// EBU colour bars at 75 %, limited range: (Y, U, V) and the RGB that they stand for.
    const BARS: [([u8; 3], [u8; 3]); 8] = [
        ([180, 128, 128], [191, 191, 191]),
        ([162, 44, 142], [191, 191, 0]),
        ([131, 156, 44], [0, 191, 191]),
        ([112, 72, 58], [0, 191, 0]),
        ([84, 184, 198], [191, 0, 191]),
        ([65, 100, 212], [191, 0, 0]),
        ([35, 212, 114], [0, 0, 191]),
        ([16, 128, 128], [0, 0, 0]),
    ];

    #[test]
    fn colour_bars_come_out_as_the_broadcasters_meant_them() {
        let yuyv: Vec<u8> = BARS.iter().flat_map(|&([y, u, v], _)| [y, u, y, v]).collect();
        let luma = BARS.iter().flat_map(|&([y, ..], _)| [y, y]);
        let chroma = BARS.iter().flat_map(|&([_, u, v], _)| [u, v]);
        let nv12: Vec<u8> = luma.clone().chain(luma).chain(chroma).collect();
        let packed = decode_raw(&yuyv, &layout(PixelFormat::Yuyv, 16, 1)).unwrap();
        let planar = decode_raw(&nv12, &layout(PixelFormat::Nv12, 16, 2)).unwrap();
        for (i, (_, want)) in BARS.iter().enumerate() {
            for x in [2 * i as u32, 2 * i as u32 + 1] {
                let near = |got: [u8; 3]| got.iter().zip(want).all(|(&got, &want)| got.abs_diff(want) <= 2);
                assert!(near(packed.get_pixel(x, 0).0), "bar {i}: {:?} {want:?}", packed.get_pixel(x, 0));
                assert!(near(planar.get_pixel(x, 0).0) && near(planar.get_pixel(x, 1).0), "bar {i}");
            }
        }
    }

    /// A picture of any size and padding, with its bytes at random.
    fn any_picture() -> impl Strategy<Value = (PixelLayout, Vec<u8>)> {
        let sizes = (1u32..20, 1u32..8, 0u32..9, any::<bool>(), 0usize..5);
        sizes.prop_flat_map(|(width, height, pad, full_range, which)| {
            let pixel = PixelFormat::ALL[which];
            let stride = match pixel {
                PixelFormat::Yuyv => width.div_ceil(2) * 4,
                PixelFormat::Rgb | PixelFormat::Bgr => width * 3,
                _ => width.div_ceil(2) * 2,
            } + pad;
            let layout = PixelLayout { pixel, width, height, stride, full_range };
            (Just(layout), prop::collection::vec(any::<u8>(), (stride * height * 2) as usize))
        })
    }

    fn naive_pixel(data: &[u8], layout: &PixelLayout, x: usize, y: usize) -> [u8; 3] {
        let (stride, full) = (layout.stride as usize, layout.full_range);
        let row = y * stride;
        match layout.pixel {
            PixelFormat::Yuyv => {
                let pair = row + x / 2 * 4;
                naive(data[row + x * 2], data[pair + 1], data[pair + 3], full)
            }
            PixelFormat::Nv12 => {
                let pair = (layout.height as usize + y / 2) * stride + x / 2 * 2;
                naive(data[row + x], data[pair], data[pair + 1], full)
            }
            PixelFormat::Rgb => [0, 1, 2].map(|c| data[row + x * 3 + c]),
            PixelFormat::Bgr => [2, 1, 0].map(|c| data[row + x * 3 + c]),
            PixelFormat::Gray | PixelFormat::Mjpeg => [data[row + x]; 3],
        }
    }

    proptest! {
        #[test]
        fn every_pixel_is_what_the_standard_says((layout, data) in any_picture()) {
            let picture = decode_raw(&data, &layout).unwrap();
            for (x, y, pixel) in picture.enumerate_pixels() {
                let want = naive_pixel(&data, &layout, x as usize, y as usize);
                prop_assert!(close(pixel.0, want), "{layout:?} at {x},{y}: {pixel:?}, not {want:?}");
            }
        }

        #[test]
        fn what_is_too_short_is_an_error((layout, data) in any_picture(), keep in 0.0f64..1.0) {
            let kept = &data[..(data.len() as f64 * keep) as usize];
            let rows = layout.height + if layout.pixel == PixelFormat::Nv12 { layout.height.div_ceil(2) } else { 0 };
            let result = decode_raw(kept, &layout);
            if kept.len() >= (layout.stride * rows) as usize {
                prop_assert!(result.is_ok());
            } else if kept.len() <= (layout.stride * (rows - 1)) as usize {
                let short = matches!(result, Err(DecodeError::Short { .. }));
                prop_assert!(short);
            }
        }
    }

    #[test]
    fn an_empty_picture_is_an_error() {
        assert!(decode_raw(&[0; 64], &layout(PixelFormat::Rgb, 0, 4)).is_err());
        assert!(decode_raw(&[], &layout(PixelFormat::Yuyv, 4, 4)).is_err());
    }
}
