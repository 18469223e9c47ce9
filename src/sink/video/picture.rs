//! From RGB pictures of any size to the encoder's 4:2:0 pictures of one even size.

use ffmpeg_the_third as ffmpeg;

use ffmpeg::format::Pixel;
use ffmpeg::frame::Video;
use image::RgbImage;
use yuv::{YuvChromaSubsampling, YuvConversionMode, YuvPlanarImageMut, YuvRange, YuvStandardMatrix};

use crate::geometry::Size;
use crate::pixels::chain::Chain;

/// The next even size.
pub(super) fn even(size: Size) -> Size {
    let side = |px: u32| px.max(1).next_multiple_of(2);
    Size { width: side(size.width), height: side(size.height) }
}

/// Converts pictures for an encoder; keeps what it needs as long as they are of one size.
pub(super) struct FrameConverter {
    target: Size,
    planes: Option<YuvPlanarImageMut<'static, u8>>,
    chain: Option<(Size, Chain)>,
}

impl FrameConverter {
    /// A converter to pictures of the even size `target`.
    pub(super) fn new(target: Size) -> FrameConverter {
        FrameConverter { target, planes: None, chain: None }
    }

    /// The picture in 4:2:0, BT.709, limited range; one of another size is scaled into the target with black bars.
    pub(super) fn convert(&mut self, picture: &RgbImage) -> Result<Video, ffmpeg::Error> {
        if self.target == picture.dimensions().into() { self.direct(picture) } else { self.fitted(picture) }
    }

    /// A picture of the target's size, as all of a recording usually are: several times as fast as libav's filter, and no padded copy.
    fn direct(&mut self, picture: &RgbImage) -> Result<Video, ffmpeg::Error> {
        let Size { width, height } = self.target;
        let alloc = || YuvPlanarImageMut::alloc(width, height, YuvChromaSubsampling::Yuv420);
        let planes = self.planes.get_or_insert_with(alloc);
        let (range, matrix, mode) = (YuvRange::Limited, YuvStandardMatrix::Bt709, YuvConversionMode::Balanced);
        yuv::rgb_to_yuv420(planes, picture.as_raw(), 3 * width, range, matrix, mode).map_err(|_| ffmpeg::Error::Bug)?;
        let mut made = Video::new(Pixel::YUV420P, width, height);
        let sources = [
            (planes.y_plane.borrow(), planes.y_stride),
            (planes.u_plane.borrow(), planes.u_stride),
            (planes.v_plane.borrow(), planes.v_stride),
        ];
        for (plane, (source, row)) in sources.into_iter().enumerate() {
            let (stride, row) = (made.stride(plane).max(1), row.max(1) as usize);
            let lines = made.data_mut(plane).chunks_mut(stride).zip(source.chunks_exact(row));
            lines.for_each(|(to, from)| to.iter_mut().zip(from).for_each(|(to, from)| *to = *from));
        }
        Ok(made)
    }

    fn fitted(&mut self, picture: &RgbImage) -> Result<Video, ffmpeg::Error> {
        let size = even(picture.dimensions().into());
        let mut chain = match self.chain.take() {
            Some((old, chain)) if old == size => chain,
            _ => Chain::new(Pixel::RGB24, size, &self.spec(size))?,
        };
        let made = chain.run(&mut padded(picture, size)?)?;
        self.chain = Some((size, chain));
        Ok(made)
    }

    fn spec(&self, size: Size) -> String {
        let Size { width, height } = self.target;
        let colours = "out_color_matrix=bt709:out_range=limited:flags=bicubic+accurate_rnd,format=yuv420p";
        if size == self.target {
            return format!("scale={colours}");
        }
        let fit = "force_original_aspect_ratio=decrease:force_divisible_by=2";
        format!("scale={width}:{height}:{fit}:{colours},pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:black")
    }
}

/// A copy in libav's memory, made even by repeating the last column and row.
fn padded(picture: &RgbImage, Size { width, height }: Size) -> Result<Video, ffmpeg::Error> {
    let mut copy = Video::new(Pixel::RGB24, width, height);
    let stride = copy.stride(0);
    let row = picture.width() as usize * 3;
    if stride < width as usize * 3 || row == 0 {
        return Err(ffmpeg::Error::Bug);
    }
    let lines = picture.as_raw().chunks_exact(row);
    let lines = lines.clone().chain(lines.last());
    for (to, from) in copy.data_mut(0).chunks_mut(stride).zip(lines) {
        let (to, rest) = to.split_at_mut(row.min(to.len()));
        to.copy_from_slice(from.get(..to.len()).unwrap_or_default());
        if let (Some(rest), Some(last)) = (rest.get_mut(..3), from.last_chunk::<3>()) {
            rest.copy_from_slice(last);
        }
    }
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;
    use proptest::prelude::*;

    #[test]
    fn sizes_become_even() {
        assert_eq!(even(Size::square(1)), Size::square(2));
        assert_eq!(even(Size { width: 1280, height: 719 }), Size { width: 1280, height: 720 });
    }

    #[test]
    fn other_sizes_are_boxed_into_the_first() {
        let mut converter = FrameConverter::new(Size { width: 40, height: 20 });
        let white = converter.convert(&RgbImage::from_pixel(10, 20, Rgb([255; 3]))).unwrap();
        assert_eq!((white.width(), white.height()), (40, 20));
        let line: Vec<u8> = white.data(0)[10 * white.stride(0)..][..40].to_vec();
        assert!(line[..14].iter().chain(&line[26..]).all(|&y| y == 16), "{line:?}");
        assert!(line[16..24].iter().all(|&y| y >= 234), "{line:?}");
        let back = converter.convert(&RgbImage::from_pixel(39, 19, Rgb([255; 3]))).unwrap();
        assert!(back.data(0)[..40].iter().all(|&y| y >= 234));
    }

    proptest! {
        /// The formula of BT.709 at limited range (ITU-R BT.709-6, table 3).
        #[test]
        fn flat_colours_follow_bt709(r: u8, g: u8, b: u8, width in 1u32..20, height in 1u32..20) {
            let mut converter = FrameConverter::new(even(Size { width, height }));
            let made = converter.convert(&RgbImage::from_pixel(width, height, Rgb([r, g, b]))).unwrap();
            let [r, g, b] = [r, g, b].map(|value| f64::from(value) / 255.0);
            let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
            let wanted = [16.0 + 219.0 * y, 128.0 + 224.0 * (b - y) / 1.8556, 128.0 + 224.0 * (r - y) / 1.5748];
            for (plane, wanted) in wanted.into_iter().enumerate() {
                let (w, h) = (made.plane_width(plane) as usize, made.plane_height(plane) as usize);
                for line in made.data(plane).chunks(made.stride(plane)).take(h) {
                    for &value in &line[..w] {
                        prop_assert!((f64::from(value) - wanted).abs() <= 1.5, "{plane}: {value} for {wanted}");
                    }
                }
            }
        }
    }
}
