//! One camera of the machine, which may go away and come back.

use super::platform::System;
use super::reader::OpenCamera;
use super::settings::CameraWish;
use super::system::{CameraSystem, guarded};
use super::trouble::CameraTrouble;
use crate::geometry::Size;

/// A camera to be opened, and opened again.
pub(super) struct CameraDevice {
    /// The number by which it was asked for.
    pub(super) index: u32,
    /// The name that the driver gave it.
    pub(super) name: Option<String>,
    /// What is wished of it.
    pub(super) wish: CameraWish,
}

impl CameraDevice {
    /// Opens the camera in the format nearest to the wish.
    pub(super) fn open(&self) -> Result<OpenCamera, CameraTrouble> {
        guarded(|| System::open(self.find(), self.wish))
    }

    /// The number of the camera now. One that comes back may get another, but keeps its name.
    fn find(&self) -> u32 {
        if self.name.is_none() || System::name(self.index) == self.name {
            return self.index;
        }
        let cameras = System::list(Size { width: self.wish.width, height: self.wish.height });
        let same_name = cameras.iter().find(|camera| camera.usable() && Some(&camera.name) == self.name.as_ref());
        same_name.map_or(self.index, |camera| camera.index)
    }
}
