//! Video files and streams through libav: any container and codec, upright pictures, true presentation times.

mod address;
mod ahead;
mod aside;
mod beside;
mod clock;
mod container;
mod decode;
mod direct;
mod early;
mod facts;
mod fields;
mod film;
mod length;
mod live;
mod orientation;
mod picture;
mod reader;
mod retry;
mod session;
mod settings;
mod stamps;
mod tags;
mod watch;
mod why;

pub(super) use self::address::Address;
pub use self::address::{is_address, without_secrets};
pub use self::aside::VideoSource;
pub use self::settings::{VideoSettings, YuvMatrix};
