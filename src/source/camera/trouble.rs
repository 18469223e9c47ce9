//! Why a camera cannot be used.

use std::fmt;
use std::io;

use nokhwa::NokhwaError;

use super::settings::PixelFormat;

/// Why a camera cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraTrouble {
    /// There is no such device.
    Missing,
    /// Another program holds it.
    Busy,
    /// This user may not open it.
    Denied,
    /// It delivers nothing that can be read.
    Unreadable {
        /// Four-character codes of the layouts that it delivers; empty: it is no camera at all.
        layouts: Vec<String>,
    },
    /// It delivers pictures, but not in the one layout that was asked for.
    NotOffered {
        /// The layout asked for.
        wished: PixelFormat,
        /// Those that it has.
        offered: Vec<PixelFormat>,
    },
    /// Anything else, in the words of the driver.
    Other(String),
}

impl CameraTrouble {
    /// The driver said what nobody understands.
    pub(super) fn not_understood() -> CameraTrouble {
        CameraTrouble::Other("its driver gave an answer that is not understood".to_owned())
    }
}

impl fmt::Display for CameraTrouble {
    /// The reason alone, for where the camera has been named already.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the device is not there"),
            Self::Busy => f.write_str("another program uses it"),
            Self::Denied => f.write_str("this user may not open it"),
            Self::Unreadable { .. } | Self::NotOffered { .. } => f.write_str("it no longer delivers what can be read"),
            Self::Other(why) => f.write_str(why),
        }
    }
}

impl From<io::Error> for CameraTrouble {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::ResourceBusy => Self::Busy,
            io::ErrorKind::PermissionDenied => Self::Denied,
            _ if is_gone(&error) => Self::Missing,
            _ => Self::Other(error.to_string()),
        }
    }
}

/// ENXIO and ENODEV, which the standard library has no kind for.
fn is_gone(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(6 | 19))
}

impl From<NokhwaError> for CameraTrouble {
    /// The camera library keeps of the system's error only the text, which ends in `(os error N)`.
    fn from(error: NokhwaError) -> Self {
        let text = error.to_string();
        let code = text.rsplit_once("(os error ").and_then(|(_, rest)| rest.split(')').next()?.parse().ok());
        match code.map(|code| Self::from(io::Error::from_raw_os_error(code))) {
            None | Some(Self::Other(_)) => Self::Other(text),
            Some(known) => known,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_the_system_decides() {
        let busy = NokhwaError::OpenStreamError("Device or resource busy (os error 16)".into());
        assert_eq!(CameraTrouble::from(busy), CameraTrouble::Busy);
        let denied = NokhwaError::OpenDeviceError("0".into(), "V4L2 Error: Permission denied (os error 13)".into());
        assert_eq!(CameraTrouble::from(denied), CameraTrouble::Denied);
        assert_eq!(CameraTrouble::from(io::Error::from_raw_os_error(19)), CameraTrouble::Missing);
        let odd = CameraTrouble::from(NokhwaError::GeneralError("odd".into()));
        assert!(matches!(&odd, CameraTrouble::Other(text) if text.contains("odd")), "{odd:?}");
    }
}
