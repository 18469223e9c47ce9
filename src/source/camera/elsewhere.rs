//! The cameras of macOS and Windows, by the camera library (nokhwa) alone, which also removes the padding of rows. Compiled in tests on Linux,
//! so that it stays correct Rust; nobody has run it on those systems.

use nokhwa::utils::{
    ApiBackend, CameraFormat as LibraryFormat, CameraIndex, RequestedFormat, RequestedFormatType, Resolution,
};
use nokhwa::{Camera, nokhwa_check, nokhwa_initialize, query};

use super::formats::{CameraFormat, Offers};
use super::layout::PixelLayout;
use super::library::{library_format, pixel_format};
use super::listing::CameraListing;
use super::rate::FrameRate;
use super::reader::OpenCamera;
use super::settings::{CameraWish, PixelFormat};
use super::system::{CameraSystem, guarded};
use super::trouble::CameraTrouble;
use crate::geometry::Size;

/// The cameras that the library finds.
pub(super) struct Elsewhere;

impl CameraSystem for Elsewhere {
    const ACCESS: &str = "may this program use cameras";

    fn list(_: Size) -> Vec<CameraListing> {
        let listing = |(index, name)| {
            let mut listing = CameraListing::named(index, name);
            match guarded(|| offers(&mut any_format(index)?)) {
                Ok(Offers { readable, unreadable }) => (listing.formats, listing.unreadable) = (readable, unreadable),
                Err(trouble) => listing.trouble = Some(trouble),
            }
            listing
        };
        found().into_iter().map(listing).collect()
    }

    fn name(index: u32) -> Option<String> {
        found().into_iter().find(|(other, _)| *other == index).map(|(_, name)| name)
    }

    fn device(index: u32) -> String {
        format!("number {index} of those that the system lists")
    }

    fn permission(_: u32) -> String {
        "allow cameras for this program in the system's settings, under privacy, then try again".to_owned()
    }

    fn open(index: u32, wish: CameraWish) -> Result<OpenCamera, CameraTrouble> {
        if !nokhwa_check() {
            // The system asks the user; the next attempt knows the answer.
            nokhwa_initialize(|_| {});
            return Err(CameraTrouble::Denied);
        }
        if Elsewhere::name(index).is_none() {
            return Err(CameraTrouble::Missing);
        }
        let mut camera = any_format(index)?;
        let chosen = offers(&mut camera)?.choose(wish)?;
        let size = Resolution::new(chosen.width, chosen.height);
        let fps = chosen.rate.and_then(FrameRate::as_whole).unwrap_or(0);
        let library = library_format(chosen.pixel);
        let exact = RequestedFormatType::Exact(LibraryFormat::new(size, library, fps));
        camera.set_camera_requset(RequestedFormat::with_formats(exact, &[library]))?;
        camera.open_stream()?;
        let format = format_of(camera.camera_format());
        let CameraFormat { pixel, width, height, .. } = format;
        let layout = PixelLayout { pixel, width, height, stride: 0, full_range: false };
        Ok(OpenCamera { shutter: Box::new(camera), format, layout })
    }
}

/// Number and name of every camera.
fn found() -> Vec<(u32, String)> {
    let cameras = guarded(|| Ok(query(ApiBackend::Auto)?)).unwrap_or_default();
    cameras.iter().filter_map(|camera| Some((camera.index().as_index().ok()?, camera.human_name()))).collect()
}

/// A camera in whatever format that can be read.
fn any_format(index: u32) -> Result<Camera, CameraTrouble> {
    let readable = PixelFormat::ALL.map(library_format);
    let any = RequestedFormat::with_formats(RequestedFormatType::AbsoluteHighestFrameRate, &readable);
    Ok(Camera::new(CameraIndex::Index(index), any)?)
}

/// What a camera delivers. All layouts that the library knows can be read.
fn offers(camera: &mut Camera) -> Result<Offers, CameraTrouble> {
    let mut readable: Vec<CameraFormat> = camera.compatible_camera_formats()?.into_iter().map(format_of).collect();
    readable.sort_unstable();
    readable.dedup();
    Ok(Offers { readable, unreadable: Vec::new() })
}

fn format_of(format: LibraryFormat) -> CameraFormat {
    CameraFormat {
        pixel: pixel_format(format.format()),
        width: format.width(),
        height: format.height(),
        rate: FrameRate::whole(format.frame_rate()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::PixelWish;
    use super::*;

    #[test]
    fn a_camera_that_the_library_does_not_list_is_missing() {
        let wish = CameraWish { width: 640, height: 480, fps: 30, pixel: PixelWish::Auto };
        assert_eq!(Elsewhere::open(4_000_000, wish).err(), Some(CameraTrouble::Missing));
        assert!(Elsewhere::list(Size { width: 640, height: 480 }).iter().all(|camera| camera.index < 4_000_000));
    }
}
