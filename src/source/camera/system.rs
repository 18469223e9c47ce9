//! What is asked of an operating system that has cameras. `platform` chooses the implementation.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::listing::CameraListing;
use super::reader::OpenCamera;
use super::settings::CameraWish;
use super::trouble::CameraTrouble;
use crate::geometry::Size;

/// The cameras of an operating system.
pub(super) trait CameraSystem {
    /// Ends the question whether cameras can be got at at all: `may this user read /dev/video*`.
    const ACCESS: &'static str;

    /// Every camera, by index. One that delivers any size (it has no list of sizes) is listed with the size nearest to `near`.
    fn list(near: Size) -> Vec<CameraListing>;

    /// The name that the driver gives a camera, when there is such a camera.
    fn name(index: u32) -> Option<String>;

    /// What the system calls a camera, whether it is there or not.
    fn device(index: u32) -> String;

    /// What a user does who may not open a camera.
    fn permission(index: u32) -> String;

    /// Opens a camera in the format nearest to the wish.
    fn open(index: u32, wish: CameraWish) -> Result<OpenCamera, CameraTrouble>;
}

/// Calls into drivers and their bindings, which panic on answers that they do not know.
pub(super) fn guarded<T>(ask: impl FnOnce() -> Result<T, CameraTrouble>) -> Result<T, CameraTrouble> {
    catch_unwind(AssertUnwindSafe(ask)).unwrap_or_else(|_| Err(CameraTrouble::not_understood()))
}
