//! The camera source: a V4L2 device, read by nokhwa, decoded here, picked up again when it goes away and comes back.

mod decode;
mod device;
mod error;
mod formats;
mod gaps;
mod grey;
mod huffman;
mod layout;
mod list;
mod mjpeg;
mod reader;
mod sentence;
mod settings;
mod source;
mod trouble;
mod yuv;

pub use self::decode::decode;
pub use self::error::DecodeError;
pub use self::formats::{CameraFormat, pick};
pub use self::layout::Layout;
pub use self::list::{CameraListing, list_cameras};
pub use self::settings::{CameraSettings, PixelFormat, PixelWish, Wish};
pub use self::source::CameraSource;
pub use self::trouble::Trouble;
