//! Why a camera cannot be used, in one sentence that says what to do.

use super::listing::CameraListing;
use super::platform::System;
use super::system::CameraSystem;
use super::trouble::CameraTrouble;

/// A camera that cannot be used. Displayed as one sentence.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct CameraError {
    /// The number by which it was asked for.
    pub index: u32,
    /// The name that the driver gives it, when there is such a camera.
    pub name: Option<String>,
    /// Why it cannot be used.
    pub trouble: CameraTrouble,
    /// The cameras that there are.
    pub others: Vec<CameraListing>,
}

impl CameraError {
    fn sentence(&self) -> String {
        let CameraError { index, others, .. } = self;
        let who = match &self.name {
            Some(name) => format!("camera {index} ({name})"),
            None => format!("camera {index}"),
        };
        match &self.trouble {
            CameraTrouble::Missing => {
                format!("there is no camera {index} ({}): {}", System::device(*index), instead(others))
            }
            CameraTrouble::Busy => format!("{who} is in use by another program: close that program, then try again"),
            CameraTrouble::Denied => {
                format!("{who} may not be opened by this user: {}", System::permission(*index))
            }
            CameraTrouble::Unreadable { layouts } if layouts.is_empty() => {
                format!("{who} delivers no pictures (webcams have a second device for other data): {}", instead(others))
            }
            CameraTrouble::Unreadable { layouts } => format!(
                "{who} delivers only {}, which cannot be read: it would have to deliver YUYV, NV12, RGB3, BGR3, GREY or MJPG",
                layouts.join(", ")
            ),
            CameraTrouble::NotOffered { wished, offered } => {
                let offered: Vec<String> = offered.iter().map(|pixel| pixel.to_string().to_lowercase()).collect();
                let offered = offered.join(", ");
                format!("{who} does not deliver {wished}: set camera.pixel_format to auto or one of {offered}")
            }
            CameraTrouble::Other(why) => format!("{who} cannot be opened: {why}"),
        }
    }
}

/// What to do instead, given the cameras that there are.
fn instead(others: &[CameraListing]) -> String {
    let usable: Vec<String> = others.iter().filter(|camera| camera.usable()).map(|camera| camera.short()).collect();
    match usable.as_slice() {
        [] => format!("no other camera was found either; is one plugged in, and {}?", System::ACCESS),
        [only] => format!("there is {only}"),
        [most @ .., last] => format!("there are {} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::formats::CameraFormat;
    use super::super::rate::FrameRate;
    use super::super::settings::PixelFormat;
    use super::*;

    fn camera(index: u32, name: &str) -> CameraListing {
        let format = CameraFormat { pixel: PixelFormat::Yuyv, width: 640, height: 480, rate: FrameRate::whole(30) };
        CameraListing { formats: vec![format], ..CameraListing::named(index, name.to_owned()) }
    }

    #[test]
    fn a_missing_camera_names_those_that_are_there() {
        let missing = |index, others| CameraError { index, name: None, trouble: CameraTrouble::Missing, others };
        let text = missing(3, vec![camera(0, "vivid"), camera(10, "clip")]).to_string();
        assert!(text.starts_with("there is no camera 3 ("), "{text}");
        assert!(text.ends_with("): there are camera 0 (vivid) and camera 10 (clip)"), "{text}");
        #[cfg(target_os = "linux")]
        assert!(text.contains("(/dev/video3)"), "{text}");
        let none = missing(0, vec![]).to_string();
        assert!(none.contains("no other camera was found") && none.contains("plugged in"), "{none}");
    }

    #[test]
    fn every_sentence_is_one_line_and_names_the_camera() {
        let troubles = [
            CameraTrouble::Missing,
            CameraTrouble::Busy,
            CameraTrouble::Denied,
            CameraTrouble::Unreadable { layouts: vec![] },
            CameraTrouble::Unreadable { layouts: vec!["H264".into()] },
            CameraTrouble::NotOffered { wished: PixelFormat::Nv12, offered: vec![PixelFormat::Yuyv] },
            CameraTrouble::Other("why".into()),
        ];
        for trouble in troubles {
            let text = CameraError { index: 7, name: Some("cam".into()), trouble, others: vec![] }.to_string();
            assert!(text.contains("camera 7") && !text.contains('\n') && !text.contains("  "), "{text}");
        }
    }
}
