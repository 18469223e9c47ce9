//! Why a camera cannot be used.

use std::fmt;
use std::io;

use nokhwa::NokhwaError;

/// Why a camera cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is no such device.
    Missing,
    /// Another program holds it.
    Busy,
    /// This user may not open it.
    Denied,
    /// It delivers nothing that can be read; the layouts that it delivers (empty: it is no camera at all).
    Unreadable(Vec<String>),
    /// It delivers pictures, but not in the one layout that was asked for, which is named with those it has.
    NotOffered(String, Vec<String>),
    /// Anything else, in the words of the driver.
    Other(String),
}

impl fmt::Display for Trouble {
    /// The reason alone, for where the camera has been named already.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the device is not there"),
            Self::Busy => f.write_str("another program uses it"),
            Self::Denied => f.write_str("this user may not open it"),
            Self::Unreadable(_) | Self::NotOffered(..) => f.write_str("it no longer delivers what can be read"),
            Self::Other(why) => f.write_str(why),
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        // ENOENT, ENXIO, ENODEV | EBUSY | EPERM, EACCES
        match error.raw_os_error() {
            Some(2 | 6 | 19) => Self::Missing,
            Some(16) => Self::Busy,
            Some(1 | 13) => Self::Denied,
            _ => Self::Other(error.to_string()),
        }
    }
}

impl From<NokhwaError> for Trouble {
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
        assert_eq!(Trouble::from(busy), Trouble::Busy);
        let denied = NokhwaError::OpenDeviceError("0".into(), "V4L2 Error: Permission denied (os error 13)".into());
        assert_eq!(Trouble::from(denied), Trouble::Denied);
        assert_eq!(Trouble::from(io::Error::from_raw_os_error(19)), Trouble::Missing);
        let odd = Trouble::from(NokhwaError::GeneralError("odd".into()));
        assert!(matches!(&odd, Trouble::Other(text) if text.contains("odd")), "{odd:?}");
    }
}
