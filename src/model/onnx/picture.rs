//! Windows as an ONNX classifier was trained on them.

use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::graph::AxisOrder;

/// What the values of pixels, 0 to 255, become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scaling {
    /// Divided by 255: `0..=1`.
    ZeroOne,
    /// Divided by 127.5, less 1: `-1..=1` (MobileNetV2, Xception, InceptionV3 of Keras).
    MinusOneOne,
    /// Divided by 255, less ImageNet's mean, divided by its deviation (PyTorch, DenseNet of Keras).
    Imagenet,
    /// Blue, green, red, less ImageNet's mean of each (ResNet50 and VGG16 of Keras).
    Caffe,
    /// As they are (EfficientNet of Keras, which scales by itself).
    Raw,
}

/// A scaling as a straight line for each channel: channel `c` of the input is `slope[c]` times channel `source[c]` of the pixel, `0..=255`,
/// plus `offset[c]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChannelScaling {
    pub(crate) slope: [f32; 3],
    pub(crate) offset: [f32; 3],
    pub(crate) source: [usize; 3],
}

/// ImageNet's mean and deviation of red, green and blue, of values `0..=1`.
const IMAGENET: ([f32; 3], [f32; 3]) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
/// ImageNet's mean of red, green and blue, of values `0..=255`.
const CAFFE: [f32; 3] = [123.68, 116.779, 103.939];

impl Scaling {
    /// All of them, those with the smallest values first.
    pub const ALL: [Scaling; 5] =
        [Scaling::ZeroOne, Scaling::MinusOneOne, Scaling::Imagenet, Scaling::Caffe, Scaling::Raw];

    /// Its name on the command line and in `model.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Scaling::ZeroOne => "zero-one",
            Scaling::MinusOneOne => "minus-one-one",
            Scaling::Imagenet => "imagenet",
            Scaling::Caffe => "caffe",
            Scaling::Raw => "raw",
        }
    }

    /// The scaling whose values lie within nearly this range.
    pub fn nearest(low: f32, high: f32) -> Scaling {
        let off = |scaling: &Scaling| {
            let ends = [scaling.pixel([0; 3]), scaling.pixel([255; 3])];
            let least = ends[0].into_iter().fold(f32::MAX, f32::min);
            let most = ends[1].into_iter().fold(f32::MIN, f32::max);
            // As parts of the range: 0 to 1 and -1 to 1 are further from each other than 0 to 255 and 0 to 254.
            ((low - least).abs() + (high - most).abs()) / (most - least)
        };
        Scaling::ALL.into_iter().min_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or(Scaling::ZeroOne)
    }

    /// What a pixel becomes, as a straight line for each channel.
    pub(crate) fn line(self) -> ChannelScaling {
        let (low, high) = (self.pixel([0; 3]), self.pixel([255; 3]));
        let source = if self == Scaling::Caffe { [2, 1, 0] } else { [0, 1, 2] };
        ChannelScaling { slope: std::array::from_fn(|c| (high[c] - low[c]) / 255.0), offset: low, source }
    }

    /// What a pixel becomes.
    fn pixel(self, pixel: [u8; 3]) -> [f32; 3] {
        let pixel = pixel.map(f32::from);
        match self {
            Scaling::ZeroOne => pixel.map(|v| v / 255.0),
            Scaling::MinusOneOne => pixel.map(|v| v / 127.5 - 1.0),
            Scaling::Imagenet => std::array::from_fn(|c| (pixel[c] / 255.0 - IMAGENET.0[c]) / IMAGENET.1[c]),
            Scaling::Caffe => std::array::from_fn(|c| pixel[2 - c] - CAFFE[2 - c]),
            Scaling::Raw => pixel,
        }
    }

    /// The values of a window in the order that the layout asks for.
    pub fn values(self, window: &RgbImage, layout: AxisOrder) -> Vec<f32> {
        let pixels = window.pixels().map(|pixel| self.pixel(pixel.0));
        match layout {
            AxisOrder::Nhwc => pixels.flatten().collect(),
            AxisOrder::Nchw => {
                let count = (window.width() * window.height()) as usize;
                let mut values = vec![0.0; 3 * count];
                for (i, pixel) in pixels.enumerate() {
                    (0..3).for_each(|c| values[c * count + i] = pixel[c]);
                }
                values
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn scalings_are_those_of_keras() {
        // keras.applications.*.preprocess_input of the pixel (255, 0, 51), computed by hand from its source.
        let pixel = [255, 0, 51];
        let close = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3);
        assert!(close(Scaling::ZeroOne.pixel(pixel), [1.0, 0.0, 0.2]));
        assert!(close(Scaling::MinusOneOne.pixel(pixel), [1.0, -1.0, -0.6]));
        assert!(close(Scaling::Imagenet.pixel(pixel), [2.2489, -2.0357, -0.9156]));
        assert!(close(Scaling::Caffe.pixel(pixel), [51.0 - 103.939, -116.779, 255.0 - 123.68]));
        assert_eq!(Scaling::Raw.pixel(pixel), [255.0, 0.0, 51.0]);
    }

    #[test]
    fn a_range_belongs_to_the_scaling_that_fills_it() {
        for scaling in Scaling::ALL {
            let (black, white) = (scaling.pixel([0; 3]), scaling.pixel([255; 3]));
            let (low, high) = (black.into_iter().fold(0.0, f32::min), white.into_iter().fold(0.0, f32::max));
            assert_eq!(Scaling::nearest(0.97 * low, 0.97 * high), scaling, "what a quantiser saw is a little less");
        }
    }

    #[test]
    fn the_line_of_a_scaling_says_what_becomes_of_a_pixel() {
        for scaling in Scaling::ALL {
            let (line, pixel) = (scaling.line(), [17u8, 130, 240]);
            for (c, value) in scaling.pixel(pixel).into_iter().enumerate() {
                let on_line = line.slope[c] * f32::from(pixel[line.source[c]]) + line.offset[c];
                assert!((on_line - value).abs() < 1e-3, "{scaling:?} {c}");
            }
        }
    }

    #[test]
    fn layouts_hold_the_same_values_in_another_order() {
        let window = RgbImage::from_fn(2, 2, |x, y| Rgb([x as u8, y as u8, 9]));
        assert_eq!(Scaling::Raw.values(&window, AxisOrder::Nhwc), [0., 0., 9., 1., 0., 9., 0., 1., 9., 1., 1., 9.]);
        assert_eq!(Scaling::Raw.values(&window, AxisOrder::Nchw), [0., 1., 0., 1., 0., 0., 1., 1., 9., 9., 9., 9.]);
    }
}
