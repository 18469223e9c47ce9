//! The cameras of Linux, by V4L2.
//!
//! The camera library (nokhwa) reads pictures, but it is no help before that: it lists nothing without setting the device, refuses one that
//! another program has left in a layout or rate that it does not know, and hides the padding of the rows. So these questions go to V4L2, and
//! so does the reading of what the library does not know.

mod stream;

use std::fs;

use nokhwa::Camera;
use nokhwa::utils::{CameraFormat as LibraryFormat, CameraIndex, RequestedFormat, RequestedFormatType, Resolution};
use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Device, FourCC, Fraction, format::Quantization};

use self::stream::V4lStream;
use super::formats::{CameraFormat, Offers, nearest_step};
use super::layout::PixelLayout;
use super::library::library_format;
use super::listing::CameraListing;
use super::rate::FrameRate;
use super::reader::{OpenCamera, Shutter};
use super::settings::{CameraWish, PixelFormat};
use super::system::{CameraSystem, guarded};
use super::trouble::CameraTrouble;
use crate::geometry::Size;

/// The cameras of Linux.
pub(super) struct Linux;

impl CameraSystem for Linux {
    const ACCESS: &str = "may this user read /dev/video*";

    fn list(near: Size) -> Vec<CameraListing> {
        let mut indices: Vec<u32> = fs::read_dir("/dev")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.strip_prefix("video")?.parse().ok())
            .collect();
        indices.sort_unstable();
        indices.into_iter().map(|index| list_camera(index, near)).collect()
    }

    fn name(index: u32) -> Option<String> {
        let name = fs::read_to_string(format!("/sys/class/video4linux/video{index}/name")).ok()?;
        Some(name.trim().to_string())
    }

    fn device(index: u32) -> String {
        format!("/dev/video{index}")
    }

    fn permission(index: u32) -> String {
        format!("join the group that owns /dev/video{index} (`sudo usermod -aG video $USER`), then log in again")
    }

    fn open(index: u32, wish: CameraWish) -> Result<OpenCamera, CameraTrouble> {
        let (format, layout) = prepare(index, wish)?;
        Ok(OpenCamera { shutter: open_stream(index, format)?, format, layout })
    }
}

/// One video device.
fn list_camera(index: u32, near: Size) -> CameraListing {
    let mut listing = CameraListing::named(index, Linux::name(index).unwrap_or_else(|| Linux::device(index)));
    match guarded(|| offers(&Device::new(index as usize)?, near)) {
        Ok(Offers { readable, unreadable }) => (listing.formats, listing.unreadable) = (readable, unreadable),
        Err(trouble) => listing.trouble = Some(trouble),
    }
    listing
}

/// Sets the camera to the format nearest to the wish and returns what it really delivers, so that the camera library
/// finds nothing to change.
fn prepare(index: u32, wish: CameraWish) -> Result<(CameraFormat, PixelLayout), CameraTrouble> {
    let device = Device::new(index as usize)?;
    let format = offers(&device, Size { width: wish.width, height: wish.height })?.choose(wish)?;
    let code = FourCC::new(&format.pixel.fourcc());
    let mut current = device.format()?;
    if (current.width, current.height, current.fourcc) != (format.width, format.height, code) {
        current = device.set_format(&v4l::Format::new(format.width, format.height, code))?;
    }
    let pixel = PixelFormat::from_fourcc(current.fourcc.repr)
        .ok_or_else(|| CameraTrouble::Unreadable { layouts: vec![code_name(current.fourcc)] })?;
    let mut rate = rate_of(device.params()?.interval);
    if let Some(chosen) = format.rate.filter(|chosen| rate != Some(*chosen)) {
        let (pictures, seconds) = chosen.fraction();
        rate = rate_of(device.set_params(&Parameters::new(Fraction::new(seconds, pictures)))?.interval);
    }
    let (width, height) = (current.width, current.height);
    let full_range = matches!(current.quantization, Quantization::FullRange);
    let layout = PixelLayout { pixel, width, height, stride: current.stride, full_range };
    Ok((CameraFormat { pixel, width, height, rate }, layout))
}

/// Opens a camera that has been set to `format` before. The library does not know grey cameras, nor rates that are no whole number.
fn open_stream(index: u32, format: CameraFormat) -> Result<Box<dyn Shutter>, CameraTrouble> {
    let whole = format.rate.map(FrameRate::as_whole);
    if format.pixel == PixelFormat::Gray || whole == Some(None) {
        return Ok(Box::new(V4lStream::open(index, format)?));
    }
    let library = library_format(format.pixel);
    let size = Resolution::new(format.width, format.height);
    let fps = whole.flatten().unwrap_or(0);
    let exact = RequestedFormatType::Exact(LibraryFormat::new(size, library, fps));
    let mut camera = Camera::new(CameraIndex::Index(index), RequestedFormat::with_formats(exact, &[library]))?;
    camera.open_stream()?;
    Ok(Box::new(camera))
}

/// What the device delivers.
fn offers(device: &Device, near: Size) -> Result<Offers, CameraTrouble> {
    let mut offers = Offers::default();
    for description in device.enum_formats()? {
        let Some(pixel) = PixelFormat::from_fourcc(description.fourcc.repr) else {
            offers.unreadable.push(code_name(description.fourcc));
            continue;
        };
        for Size { width, height } in sizes(device, description.fourcc, near) {
            let rates = rates(device, description.fourcc, Size { width, height });
            offers.readable.extend(rates.into_iter().map(|rate| CameraFormat { pixel, width, height, rate }));
        }
    }
    offers.readable.sort_unstable();
    offers.readable.dedup();
    Ok(offers)
}

/// Sizes in one layout. A range of sizes counts as its one size nearest to the wish.
fn sizes(device: &Device, code: FourCC, near: Size) -> Vec<Size> {
    match device.enum_framesizes(code) {
        Ok(sizes) => sizes
            .iter()
            .map(|size| match &size.size {
                FrameSizeEnum::Discrete(size) => Size { width: size.width, height: size.height },
                FrameSizeEnum::Stepwise(range) => Size {
                    width: nearest_step(near.width, range.min_width..=range.max_width, range.step_width),
                    height: nearest_step(near.height, range.min_height..=range.max_height, range.step_height),
                },
            })
            .collect(),
        // Drivers of fixed-size devices list none; the current size is then the only one.
        Err(_) => {
            device.format().map(|format| vec![Size { width: format.width, height: format.height }]).unwrap_or_default()
        }
    }
}

/// Rates at one size; of a range the usual ones. `[None]` when the driver names none.
fn rates(device: &Device, code: FourCC, size: Size) -> Vec<Option<FrameRate>> {
    let intervals = device.enum_frameintervals(code, size.width, size.height).unwrap_or_default();
    let mut rates: Vec<Option<FrameRate>> = intervals
        .iter()
        .flat_map(|interval| match &interval.interval {
            FrameIntervalEnum::Discrete(each) => vec![rate_of(*each)],
            FrameIntervalEnum::Stepwise(range) => {
                let (fastest, slowest) = (rate_of(range.min), rate_of(range.max));
                let usual = [5, 10, 15, 20, 25, 30, 60].map(FrameRate::whole);
                usual.into_iter().filter(|rate| (slowest..=fastest).contains(rate)).collect()
            }
        })
        .filter(Option::is_some)
        .collect();
    if rates.is_empty() {
        rates.push(None);
    }
    rates
}

/// The rate that an interval between pictures, s, stands for.
fn rate_of(interval: Fraction) -> Option<FrameRate> {
    FrameRate::new(interval.denominator, interval.numerator)
}

/// The code as text. V4L2 marks big-endian variants by the highest bit of the last character.
fn code_name(code: FourCC) -> String {
    let text: String = code.repr.iter().map(|&byte| char::from(byte & 0x7f)).collect();
    let endian = if code.repr[3] & 0x80 != 0 { "-BE" } else { "" };
    format!("{}{endian}", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_not_there_is_missing() {
        let listing = list_camera(4_000_000, Size { width: 1280, height: 720 });
        assert_eq!(listing.trouble, Some(CameraTrouble::Missing));
        assert!(!listing.usable());
    }

    #[test]
    fn codes_are_readable() {
        assert_eq!(code_name(FourCC::new(b"H264")), "H264");
        assert_eq!(code_name(FourCC::new(b"Y16 ")), "Y16");
        assert_eq!(code_name(FourCC::new(b"Y16\xa0")), "Y16-BE");
    }

    #[test]
    fn an_interval_is_told_as_the_rate_that_it_is() {
        assert_eq!(rate_of(Fraction::new(1, 30)), FrameRate::whole(30));
        assert_eq!(rate_of(Fraction::new(1001, 30000)).map(|rate| rate.to_string()), Some("29.97".to_owned()));
        assert_eq!(rate_of(Fraction::new(0, 0)), None);
    }
}
