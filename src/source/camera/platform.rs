//! The operating system that this is built for. Linux is asked by V4L2; elsewhere the camera library (nokhwa) has to do alone.

#[cfg(not(target_os = "linux"))]
pub(super) use super::elsewhere::Elsewhere as System;
#[cfg(target_os = "linux")]
pub(super) use super::linux::Linux as System;
use super::listing::CameraListing;
use super::system::CameraSystem;
use crate::geometry::Size;

/// Every camera, by index. One that delivers any size (it has no list of sizes) is listed with the size nearest to `near`.
pub fn list_cameras(near: Size) -> Vec<CameraListing> {
    System::list(near)
}
