//! Which cameras there are, what they deliver, and setting one up before the camera library opens it.
//!
//! The library (nokhwa) reads pictures, but it is no help before that: it lists nothing without setting the device,
//! refuses one that another program has left in a layout or rate that it does not know, and hides the padding of the
//! rows. So these questions go to V4L2.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Device, FourCC, format::Quantization};

use super::formats::{CameraFormat, nearest_step, pick};
use super::layout::Layout;
use super::settings::{PixelFormat, PixelWish, Wish};
use super::trouble::Trouble;

/// A video device and what it delivers.
#[derive(Clone, Debug)]
pub struct CameraListing {
    /// The N of `/dev/videoN`, as `--source N` takes it.
    pub index: u32,
    /// The name that the driver gives it.
    pub name: String,
    /// What it delivers that can be read.
    pub formats: Vec<CameraFormat>,
    /// Four-character codes of what it delivers that cannot be read.
    pub unreadable: Vec<String>,
    /// Why it could not be asked.
    pub trouble: Option<Trouble>,
}

impl CameraListing {
    /// Whether pictures can be had from it, as far as listing tells (it may still be in use).
    pub fn usable(&self) -> bool {
        self.trouble.is_none() && !self.formats.is_empty()
    }

    /// `camera 10 (clip)`
    pub fn short(&self) -> String {
        format!("camera {} ({})", self.index, self.name)
    }
}

/// Every video device, by index. Devices with any size (no list of sizes) are listed with their size nearest to `near`
/// (px).
pub fn list_cameras(near: (u32, u32)) -> Vec<CameraListing> {
    let mut indices: Vec<u32> = fs::read_dir("/dev")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_prefix("video")?.parse().ok())
        .collect();
    indices.sort_unstable();
    indices.into_iter().map(|index| list_camera(index, near)).collect()
}

/// One video device.
pub(super) fn list_camera(index: u32, near: (u32, u32)) -> CameraListing {
    let name = camera_name(index).unwrap_or_else(|| format!("/dev/video{index}"));
    let mut listing = CameraListing { index, name, formats: vec![], unreadable: vec![], trouble: None };
    match guarded(|| offers(&Device::new(index as usize)?, near)) {
        Ok((formats, unreadable)) => (listing.formats, listing.unreadable) = (formats, unreadable),
        Err(trouble) => listing.trouble = Some(trouble),
    }
    listing
}

/// The name that the driver gives the device, when there is such a device.
pub(super) fn camera_name(index: u32) -> Option<String> {
    let name = fs::read_to_string(format!("/sys/class/video4linux/video{index}/name")).ok()?;
    Some(name.trim().to_string())
}

/// Sets the camera to the format nearest to the wish and returns what it really delivers, so that the camera library
/// finds nothing to change.
pub(super) fn prepare(index: u32, wish: Wish) -> Result<(CameraFormat, Layout), Trouble> {
    let device = guarded(|| Ok(Device::new(index as usize)?))?;
    let (offered, unreadable) = guarded(|| offers(&device, (wish.width, wish.height)))?;
    let Some(format) = pick(&offered, wish) else {
        let mut has: Vec<String> = offered.iter().map(|format| format.pixel.to_string().to_lowercase()).collect();
        has.dedup();
        return Err(match wish.pixel {
            PixelWish::Only(pixel) if !has.is_empty() => Trouble::NotOffered(pixel.to_string(), has),
            _ => Trouble::Unreadable(unreadable),
        });
    };
    guarded(|| {
        let code = FourCC::new(&format.pixel.fourcc());
        let mut current = device.format()?;
        if (current.width, current.height, current.fourcc) != (format.width, format.height, code) {
            current = device.set_format(&v4l::Format::new(format.width, format.height, code))?;
        }
        let pixel = PixelFormat::from_fourcc(current.fourcc.repr)
            .ok_or_else(|| Trouble::Unreadable(vec![code_name(current.fourcc)]))?;
        let mut fps = whole_rate(device.params()?.interval);
        if format.fps > 0 && fps != Some(format.fps) {
            fps = whole_rate(device.set_params(&Parameters::with_fps(format.fps))?.interval);
        }
        let (width, height) = (current.width, current.height);
        let full_range = matches!(current.quantization, Quantization::FullRange);
        let layout = Layout { pixel, width, height, stride: current.stride, full_range };
        Ok((CameraFormat { pixel, width, height, fps: fps.unwrap_or(0) }, layout))
    })
}

type Offers = (Vec<CameraFormat>, Vec<String>);

/// What the device delivers: what can be read, and the codes of the rest.
fn offers(device: &Device, near: (u32, u32)) -> Result<Offers, Trouble> {
    let (mut formats, mut unreadable) = (Vec::new(), Vec::new());
    for description in device.enum_formats()? {
        let Some(pixel) = PixelFormat::from_fourcc(description.fourcc.repr) else {
            unreadable.push(code_name(description.fourcc));
            continue;
        };
        for (width, height) in sizes(device, description.fourcc, near) {
            for fps in rates(device, description.fourcc, (width, height)) {
                formats.push(CameraFormat { pixel, width, height, fps });
            }
        }
    }
    formats.sort_unstable();
    formats.dedup();
    Ok((formats, unreadable))
}

/// Sizes in one layout, px. A range of sizes counts as its one size nearest to the wish.
fn sizes(device: &Device, code: FourCC, near: (u32, u32)) -> Vec<(u32, u32)> {
    match device.enum_framesizes(code) {
        Ok(sizes) => sizes
            .iter()
            .map(|size| match &size.size {
                FrameSizeEnum::Discrete(size) => (size.width, size.height),
                FrameSizeEnum::Stepwise(range) => (
                    nearest_step(near.0, range.min_width..=range.max_width, range.step_width),
                    nearest_step(near.1, range.min_height..=range.max_height, range.step_height),
                ),
            })
            .collect(),
        // Drivers of fixed-size devices list none; the current size is then the only one.
        Err(_) => device.format().map(|format| vec![(format.width, format.height)]).unwrap_or_default(),
    }
}

/// Rates at one size, pictures a second. Only whole rates: the camera library refuses others. `[0]` when the driver
/// names none.
fn rates(device: &Device, code: FourCC, (width, height): (u32, u32)) -> Vec<u32> {
    let intervals = device.enum_frameintervals(code, width, height).unwrap_or_default();
    let mut rates: Vec<u32> = intervals
        .iter()
        .flat_map(|interval| match &interval.interval {
            FrameIntervalEnum::Discrete(each) => whole_rate(*each).into_iter().collect(),
            FrameIntervalEnum::Stepwise(range) => {
                let rate = |each: v4l::Fraction| each.denominator / each.numerator.max(1);
                let (fastest, slowest) = (rate(range.min), rate(range.max).max(1));
                [5, 10, 15, 20, 25, 30, 60]
                    .into_iter()
                    .filter(|rate| (slowest..=fastest).contains(rate))
                    .collect::<Vec<_>>()
            }
        })
        .collect();
    if rates.is_empty() {
        rates.push(0);
    }
    rates
}

/// Pictures a second of an interval between them, when it is whole and written in lowest terms (all that the camera
/// library takes).
fn whole_rate(interval: v4l::Fraction) -> Option<u32> {
    (interval.numerator == 1).then_some(interval.denominator)
}

/// The code as text. V4L2 marks big-endian variants by the highest bit of the last character.
fn code_name(code: FourCC) -> String {
    let text: String = code.repr.iter().map(|&byte| char::from(byte & 0x7f)).collect();
    let endian = if code.repr[3] & 0x80 != 0 { "-BE" } else { "" };
    format!("{}{endian}", text.trim_end())
}

/// Calls the V4L2 bindings, which panic on answers that they do not know.
fn guarded<T>(ask: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Trouble> {
    catch_unwind(AssertUnwindSafe(ask))
        .unwrap_or_else(|_| Err(Trouble::Other("its driver gave an answer that is not understood".to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_not_there_is_missing() {
        let listing = list_camera(4_000_000, (1280, 720));
        assert_eq!(listing.trouble, Some(Trouble::Missing));
        assert!(!listing.usable());
    }

    #[test]
    fn codes_are_readable() {
        assert_eq!(code_name(FourCC::new(b"H264")), "H264");
        assert_eq!(code_name(FourCC::new(b"Y16 ")), "Y16");
        assert_eq!(code_name(FourCC::new(b"Y16\xa0")), "Y16-BE");
    }

    #[test]
    fn whole_rates_alone_count() {
        assert_eq!(whole_rate(v4l::Fraction::new(1, 30)), Some(30));
        assert_eq!(whole_rate(v4l::Fraction::new(1001, 30000)), None);
    }
}
