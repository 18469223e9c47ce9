//! Plain 4:2:0 pictures straight to RGB: what nearly all videos hold, in one pass into the frame's own memory, where libav's filter makes a
//! picture that has to be copied again.

use ffmpeg_the_third as ffmpeg;

use ffmpeg::color::{Range, Space};
use ffmpeg::format::Pixel;
use ffmpeg::frame::Video;
use image::RgbImage;
use yuv::{YuvPlanarImage, YuvRange, YuvStandardMatrix};

use super::settings::YuvMatrix;
use super::tags::Tags;

/// The picture in 8-bit RGB; `None` when it is not 4:2:0 in 8 bits, or its colours are coded in a way that is left to libav.
pub(super) fn rgb_image(picture: &Video, tags: Tags, untagged: YuvMatrix) -> Option<RgbImage> {
    let full = match (picture.format(), tags.range) {
        (Pixel::YUV420P, Range::MPEG | Range::Unspecified) => false,
        (Pixel::YUV420P | Pixel::YUVJ420P, Range::JPEG) | (Pixel::YUVJ420P, Range::Unspecified) => true,
        _ => return None,
    };
    let matrix = match (tags.space, untagged) {
        (Space::BT709, _) | (Space::Unspecified, YuvMatrix::Bt709) => YuvStandardMatrix::Bt709,
        (Space::BT470BG | Space::SMPTE170M, _) | (Space::Unspecified, YuvMatrix::Bt601) => YuvStandardMatrix::Bt601,
        _ => return None,
    };
    let (width, height) = (picture.width(), picture.height());
    let stride = |plane: usize| u32::try_from(picture.stride(plane)).ok();
    let planes = YuvPlanarImage {
        y_plane: picture.data(0),
        y_stride: stride(0)?,
        u_plane: picture.data(1),
        u_stride: stride(1)?,
        v_plane: picture.data(2),
        v_stride: stride(2)?,
        width,
        height,
    };
    let range = if full { YuvRange::Full } else { YuvRange::Limited };
    let mut made = RgbImage::new(width, height);
    yuv::yuv420_to_rgb(&planes, made.as_flat_samples_mut().samples, width * 3, range, matrix).ok()?;
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::pixels::chain::Chain;

    /// Soft waves in all planes; with the largest jumps that a picture can have when `hard`.
    fn picture(format: Pixel, size: Size, hard: bool) -> Video {
        let mut made = Video::new(format, size.width, size.height);
        for plane in 0..3 {
            let stride = made.stride(plane);
            for (at, byte) in made.data_mut(plane).iter_mut().enumerate() {
                let (x, y) = ((at % stride) as f32, (at / stride) as f32);
                let wave = (x / 40.0 + plane as f32).sin() + (y / 50.0).cos();
                *byte = if hard { 16 + 200 * ((at + plane) % 2) as u8 } else { (126.0 + 45.0 * wave) as u8 };
            }
        }
        made
    }

    #[test]
    fn it_is_what_libav_makes_of_it() {
        let ways = [
            (Range::MPEG, "limited", Pixel::YUV420P),
            (Range::JPEG, "full", Pixel::YUV420P),
            (Range::Unspecified, "full", Pixel::YUVJ420P),
        ];
        for (range, word, format) in ways {
            for (space, name) in [(Space::BT709, "bt709"), (Space::SMPTE170M, "bt601"), (Space::Unspecified, "bt601")] {
                for (width, height, hard) in [(64, 48, false), (640, 36, true), (63, 47, false), (2, 2, false)] {
                    let size = Size { width, height };
                    let mut source = picture(format, size, hard);
                    source.set_color_range(range);
                    source.set_color_space(space);
                    let ours = rgb_image(&source, Tags::of(&source), YuvMatrix::Bt601).expect("plain 4:2:0");
                    let spec = format!("scale=in_color_matrix={name}:in_range={word}:flags=bicubic,format=rgb24");
                    let theirs = Chain::new(format, size, &spec).unwrap().run(&mut source).unwrap();
                    let row = width as usize * 3;
                    let lines = theirs.data(0).chunks(theirs.stride(0)).zip(ours.as_raw().chunks(row));
                    let off: Vec<u8> = lines.flat_map(|(a, b)| a.iter().zip(b)).map(|(a, b)| a.abs_diff(*b)).collect();
                    let mean = off.iter().map(|off| f32::from(*off)).sum::<f32>() / off.len() as f32;
                    let most = off.iter().max().copied().unwrap_or_default();
                    assert!(mean < 1.0 && most <= 3, "{word} {name} {size:?} {hard}: {mean}, {most}");
                }
            }
        }
    }

    #[test]
    fn what_is_coded_otherwise_is_left_to_libav() {
        let plain = |format| picture(format, Size::square(16), false);
        let made = |picture: &Video| rgb_image(picture, Tags::of(picture), YuvMatrix::Bt709);
        assert!(made(&plain(Pixel::YUV422P)).is_none());
        assert!(made(&plain(Pixel::YUV444P)).is_none());
        let mut wide = plain(Pixel::YUV420P);
        wide.set_color_space(Space::BT2020NCL);
        assert!(made(&wide).is_none());
    }
}
