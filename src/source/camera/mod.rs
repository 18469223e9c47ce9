//! The camera source. The operating system's own interface lists cameras and sets them up (`linux`, `elsewhere`), nokhwa reads them, the bytes
//! are decoded here, and a camera that goes away and comes back is picked up again.

mod decode;
mod device;
#[cfg(any(test, not(target_os = "linux")))]
mod elsewhere;
mod error;
mod formats;
mod gaps;
mod huffman;
mod layout;
mod library;
#[cfg(target_os = "linux")]
mod linux;
mod listing;
mod mjpeg;
mod platform;
mod problem;
mod rate;
mod reader;
mod settings;
mod source;
mod system;
mod trouble;
mod yuv;

pub use self::decode::decode;
pub use self::error::DecodeError;
pub use self::formats::{CameraFormat, pick};
pub use self::layout::PixelLayout;
pub use self::listing::CameraListing;
pub use self::platform::list_cameras;
pub use self::problem::CameraError;
pub use self::rate::FrameRate;
pub use self::settings::{CameraSettings, CameraWish, PixelFormat, PixelWish};
pub use self::source::CameraSource;
pub use self::trouble::CameraTrouble;
