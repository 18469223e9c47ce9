//! From a decoded picture to upright sRGB pixels: colour matrix and range, other colours than sRGB, transparency, non-square pixels,
//! orientation.

use ffmpeg_the_third as ffmpeg;

use ffmpeg::color::Range;
use ffmpeg::format::Pixel;
use ffmpeg::frame::Video;
use image::RgbImage;

use super::direct;
use super::orientation::Orientation;
use super::settings::YuvMatrix;
use super::tags::Tags;
use crate::geometry::Size;
use crate::pixels::chain::Chain;
use crate::pixels::colour::{Colours, ToSrgb};
use crate::source::MAX_SIDE_PX;

/// How a stored picture is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PictureShape {
    /// Turned and mirrored.
    pub(super) orientation: Orientation,
    /// Nonsense counts as square.
    pub(super) aspect: PixelAspect,
    /// An alpha channel means what it says.
    pub(super) alpha: bool,
}

/// Width of a pixel to its height, as a container or a picture gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PixelAspect {
    pub(super) width: i32,
    pub(super) height: i32,
}

impl PixelAspect {
    /// The ratio that libav gives.
    pub(super) fn of(ratio: ffmpeg::Rational) -> PixelAspect {
        PixelAspect { width: ratio.numerator(), height: ratio.denominator() }
    }

    /// Width by height; no number, or none that is finite, where nobody knows it.
    fn ratio(self) -> f64 {
        f64::from(self.width) / f64::from(self.height)
    }

    /// Whether a camera may have such pixels. Ratios beyond 4 to 1 are broken metadata.
    pub(super) fn is_plausible(self) -> bool {
        (0.25..=4.0).contains(&self.ratio())
    }
}

/// What the chain was built for; it is built anew when a picture differs.
#[derive(Clone, Copy, PartialEq)]
struct PictureKind {
    format: Pixel,
    size: Size,
    tags: Tags,
    shape: PictureShape,
}

/// Converts decoded pictures; keeps its filter chain as long as the pictures stay of one kind.
pub(super) struct PictureConverter {
    untagged: YuvMatrix,
    /// Format and colour tags of the last picture, and what its values stand for.
    seen: Option<(Pixel, Tags, Colours)>,
    chain: Option<(PictureKind, Chain, Option<ToSrgb>)>,
    notes: Vec<String>,
}

impl PictureConverter {
    /// A converter that takes pictures without a colour matrix to be in `untagged`.
    pub(super) fn new(untagged: YuvMatrix) -> PictureConverter {
        PictureConverter { untagged, seen: None, chain: None, notes: Vec::new() }
    }

    /// What was converted or could not be, each the end of a sentence that begins with the file's name.
    pub(super) fn notes(&self) -> impl Iterator<Item = &str> {
        self.notes.iter().map(String::as_str)
    }

    /// Upright 8-bit sRGB, square pixels, what is transparent laid over white.
    pub(super) fn convert(&mut self, picture: &mut Video, shape: PictureShape) -> Result<RgbImage, ffmpeg::Error> {
        let kind = PictureKind {
            format: picture.format(),
            size: Size { width: picture.width(), height: picture.height() },
            tags: Tags::of(picture),
            shape,
        };
        let colours = self.colours(&kind);
        odd_shape(shape.aspect).into_iter().for_each(|note| self.say(note));
        let as_stored =
            shape.orientation == Orientation::UPRIGHT && square_pixels(kind.size, shape.aspect) == kind.size;
        if as_stored
            && colours == Colours::SRGB
            && let Some(made) = direct::rgb_image(picture, kind.tags, self.untagged)
        {
            return Ok(made);
        }
        let (mut chain, table) = match self.chain.take() {
            Some((old, chain, table)) if old == kind => (chain, table),
            _ => {
                let table = (colours != Colours::SRGB).then(|| ToSrgb::new(colours));
                (Chain::new(kind.format, kind.size, &spec(&kind, self.untagged, table.is_some()))?, table)
            }
        };
        let made = chain.run(picture)?;
        let alpha = has_alpha(&kind);
        let pixels = match &table {
            None if alpha => self.blended(&made),
            None => rgb_image(&made),
            Some(table) => Ok(self.converted(&made, table, alpha)),
        };
        self.chain = Some((kind, chain, table));
        pixels
    }

    /// What the values of such pictures stand for; said once for each kind.
    fn colours(&mut self, kind: &PictureKind) -> Colours {
        match self.seen {
            Some((format, tags, colours)) if (format, tags) == (kind.format, kind.tags) => colours,
            _ => {
                let colours = kind.tags.colours(kind.format);
                kind.tags.note(kind.format).into_iter().for_each(|note| self.say(note));
                self.seen = Some((kind.format, kind.tags, colours));
                colours
            }
        }
    }

    fn say(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// RGBA over white.
    fn blended(&mut self, picture: &Video) -> Result<RgbImage, ffmpeg::Error> {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let lines = picture.data(0).chunks(picture.stride(0)).take(height);
        let mut opaque = true;
        let pixels = lines.flat_map(|line| line.as_chunks::<4>().0.iter().take(width));
        let bytes = pixels.flat_map(|[red, green, blue, share]| {
            opaque &= *share == u8::MAX;
            over_white([*red, *green, *blue], u16::from(*share) * 257)
        });
        let made = RgbImage::from_raw(picture.width(), picture.height(), bytes.collect()).ok_or(ffmpeg::Error::Bug);
        self.say_transparent(opaque);
        made
    }

    /// Planes of 16 bits, green, blue, red and alpha if it counts, to sRGB over white.
    fn converted(&mut self, picture: &Video, table: &ToSrgb, alpha: bool) -> RgbImage {
        let values = |plane: usize, y: usize| {
            picture.data(plane).get(y * picture.stride(plane)..).unwrap_or_default().as_chunks::<2>().0
        };
        let mut made = RgbImage::new(picture.width(), picture.height());
        let mut opaque = true;
        for (y, line) in made.chunks_exact_mut(picture.width().max(1) as usize * 3).enumerate() {
            let pixels = line.as_chunks_mut::<3>().0;
            let colours = values(0, y).iter().zip(values(1, y)).zip(values(2, y));
            for (pixel, ((green, blue), red)) in pixels.iter_mut().zip(colours) {
                *pixel = table.pixel([red, green, blue].map(|value| u16::from_le_bytes(*value)));
            }
            let shares = if alpha { values(3, y) } else { &[] };
            for (pixel, share) in pixels.iter_mut().zip(shares.iter().map(|share| u16::from_le_bytes(*share))) {
                if share < OPAQUE {
                    *pixel = over_white(*pixel, share);
                    opaque = false;
                }
            }
        }
        self.say_transparent(opaque);
        made
    }

    fn say_transparent(&mut self, opaque: bool) {
        if !opaque {
            self.say("has transparent parts: laid over white".to_owned());
        }
    }
}

/// What libav makes of the most that 8 bits can say, as 16 bits.
const OPAQUE: u16 = 0xff00;

/// A pixel whose share is `share` of 65535, the rest white.
fn over_white(pixel: [u8; 3], share: u16) -> [u8; 3] {
    let (share, whole) = (u32::from(share), u32::from(u16::MAX));
    pixel.map(|value| ((u32::from(value) * share + 255 * (whole - share) + whole / 2) / whole) as u8)
}

/// Whether such pictures say how transparent each pixel is: beside grey, or beside three colours.
fn has_alpha(kind: &PictureKind) -> bool {
    kind.shape.alpha && kind.format.descriptor().is_some_and(|format| matches!(format.nb_components(), 2 | 4))
}

/// The filters for pictures of a kind: to 8-bit RGB, or `deep` to planes of 16 bits.
fn spec(kind: &PictureKind, untagged: YuvMatrix, deep: bool) -> String {
    let matrix = kind.tags.matrix(untagged).unwrap_or(untagged.name());
    // `auto` knows that the old `yuvj` formats and grey are full range.
    let range = match kind.tags.range {
        Range::MPEG => "limited",
        Range::JPEG => "full",
        Range::Unspecified => "auto",
    };
    let (before, after) = kind.shape.orientation.filters();
    // libav takes grey of 8 bits for full range whatever it is told; with colour beside it, it does not.
    let grey = match (kind.format, kind.tags.range) {
        (Pixel::GRAY8, Range::MPEG) => "scale=in_range=limited:out_range=limited,format=yuv420p,",
        _ => "",
    };
    let Size { width, height } = square_pixels(kind.size, kind.shape.aspect);
    let format = match (deep, has_alpha(kind)) {
        (false, false) => "rgb24",
        (false, true) => "rgba",
        (true, false) => "gbrp16le",
        (true, true) => "gbrap16le",
    };
    // Exact rounding (`accurate_rnd`) takes 4 ms instead of 0.3 for 1280x720 and gains less than one grey level.
    format!(
        "{before}{grey}scale={width}:{height}:in_color_matrix={matrix}:in_range={range}:flags=bicubic,format={format}{after}"
    )
}

/// A sentence on a shape of pixels that is broken metadata; 0 stands for one that nobody knows.
fn odd_shape(aspect: PixelAspect) -> Option<String> {
    let PixelAspect { width, height } = aspect;
    let odd = width > 0 && height > 0 && !aspect.is_plausible();
    odd.then(|| {
        format!("says that its pixels are {width}:{height} in shape, which no camera makes: they are shown as square")
    })
}

/// The size with square pixels: the width is stretched or shrunk when the container says that pixels are not square.
fn square_pixels(size: Size, aspect: PixelAspect) -> Size {
    if !aspect.is_plausible() || (aspect.ratio() - 1.0).abs() < 1e-3 {
        return size;
    }
    let stretched = (f64::from(size.width) * aspect.ratio()).round().clamp(1.0, f64::from(MAX_SIDE_PX));
    Size { width: stretched as u32, ..size }
}

/// Copies the picture out of libav's padded rows.
fn rgb_image(picture: &Video) -> Result<RgbImage, ffmpeg::Error> {
    let (width, height) = (picture.width(), picture.height());
    let row = width as usize * 3;
    let stride = picture.stride(0);
    let data = picture.data(0);
    let bytes = if stride == row {
        data.to_vec()
    } else {
        let mut bytes = Vec::with_capacity(row * height as usize);
        data.chunks(stride).for_each(|line| bytes.extend_from_slice(line.get(..row).unwrap_or_default()));
        bytes
    };
    RgbImage::from_raw(width, height, bytes).ok_or(ffmpeg::Error::Bug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_become_square_and_broken_ratios_are_ignored() {
        let pal = Size { width: 720, height: 576 };
        let aspect = |(width, height)| PixelAspect { width, height };
        assert_eq!(square_pixels(pal, aspect((16, 15))), Size { width: 768, ..pal });
        for broken in [(0, 1), (1, 0), (0, 0), (-1, 1), (900, 1), (1, 1)] {
            assert_eq!(square_pixels(pal, aspect(broken)), pal, "{broken:?}");
        }
        for (shape, odd) in [((100, 1), true), ((1, 100), true), ((16, 15), false), ((0, 1), false), ((4, 1), false)] {
            assert_eq!(odd_shape(aspect(shape)).is_some(), odd, "{shape:?}");
        }
    }
}
