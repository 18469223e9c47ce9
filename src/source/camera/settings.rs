//! What is wished of a camera: size, rate and layout of its pixels, and how much patience to have with it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What is wished of a camera, and how much patience to have with it; `config/default.toml` says what is allowed, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraSettings {
    /// Wished width, px. The nearest size that the camera has is taken.
    pub width: u32,
    /// Wished height, px.
    pub height: u32,
    /// Wished rate, pictures a second.
    pub fps: u32,
    /// `auto`, or the only layout to take.
    pub pixel_format: PixelWish,
    /// How long opening may take, s.
    pub open_timeout_s: f64,
    /// Without pictures for this long the camera is taken to have hung, and a gap is counted, s.
    pub stall_s: f64,
    /// A camera without a readable picture for this long has failed, s; `None` waits for ever.
    pub reconnect_s: Option<f64>,
}

impl CameraSettings {
    /// What is wished for, without the patience.
    pub fn wish(&self) -> CameraWish {
        CameraWish { width: self.width, height: self.height, fps: self.fps, pixel: self.pixel_format }
    }

    /// How long a camera may give no readable picture; `None` for ever.
    pub fn patience(&self) -> Option<Duration> {
        self.reconnect_s.and_then(|s| Duration::try_from_secs_f64(s).ok())
    }
}

/// How a camera lays out its pixels: the layouts that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PixelFormat {
    /// Packed 4:2:2, `Y0 U Y1 V`; what most webcams deliver uncompressed.
    Yuyv,
    /// A plane of Y, then a half-size plane of interleaved U and V.
    Nv12,
    /// Packed 8-bit red, green, blue.
    Rgb,
    /// Packed 8-bit blue, green, red.
    Bgr,
    /// 8-bit luminance alone.
    Gray,
    /// One JPEG a frame, possibly without Huffman tables.
    Mjpeg,
}

impl PixelFormat {
    /// Every layout that can be read, the cheapest to decode first.
    pub const ALL: [PixelFormat; 6] = [Self::Yuyv, Self::Nv12, Self::Rgb, Self::Bgr, Self::Gray, Self::Mjpeg];

    /// The four-character code by which V4L2 names the layout.
    pub fn fourcc(self) -> [u8; 4] {
        match self {
            Self::Yuyv => *b"YUYV",
            Self::Nv12 => *b"NV12",
            Self::Rgb => *b"RGB3",
            Self::Bgr => *b"BGR3",
            Self::Gray => *b"GREY",
            Self::Mjpeg => *b"MJPG",
        }
    }

    /// The layout with this four-character code, when it is one that can be read.
    pub fn from_fourcc(code: [u8; 4]) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.fourcc() == code)
    }
}

impl fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yuyv => "YUYV",
            Self::Nv12 => "NV12",
            Self::Rgb => "RGB",
            Self::Bgr => "BGR",
            Self::Gray => "GRAY",
            Self::Mjpeg => "MJPEG",
        })
    }
}

/// Which pixel layout is wished for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PixelWish {
    /// Whatever gives the wished size and rate; the cheapest to decode among equals.
    Auto,
    /// This layout and no other.
    #[serde(untagged)]
    Only(PixelFormat),
}

/// What is wished for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CameraWish {
    /// Width, px.
    pub width: u32,
    /// Height, px.
    pub height: u32,
    /// Pictures a second.
    pub fps: u32,
    /// Layout of the pixels.
    pub pixel: PixelWish,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wish_is_one_word_in_the_configuration() {
        #[derive(Serialize, Deserialize)]
        struct Holder {
            pixel: PixelWish,
        }
        for (word, wish) in [("auto", PixelWish::Auto), ("mjpeg", PixelWish::Only(PixelFormat::Mjpeg))] {
            let text = format!("pixel = \"{word}\"\n");
            let read: Holder = toml::from_str(&text).unwrap();
            assert_eq!(read.pixel, wish);
            assert_eq!(toml::to_string(&read).unwrap(), text);
        }
        assert!(toml::from_str::<Holder>("pixel = \"h264\"").is_err());
    }
}
