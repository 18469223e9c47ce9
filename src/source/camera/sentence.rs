//! Why a camera cannot be used, in one sentence that says what to do.

use super::list::CameraListing;
use super::trouble::Trouble;

impl Trouble {
    /// One sentence on camera `index` named `name`; `others` are the cameras that there are.
    pub fn sentence(&self, index: u32, name: Option<&str>, others: &[CameraListing]) -> String {
        let who = match name {
            Some(name) => format!("camera {index} ({name})"),
            None => format!("camera {index}"),
        };
        match self {
            Self::Missing => format!("there is no camera {index} (/dev/video{index}): {}", instead(others)),
            Self::Busy => format!("{who} is in use by another program: close that program, then try again"),
            Self::Denied => format!(
                "{who} may not be opened by this user: join the group that owns /dev/video{index} \
                 (`sudo usermod -aG video $USER`), then log in again"
            ),
            Self::Unreadable(has) if has.is_empty() => {
                format!("{who} delivers no pictures (webcams have a second device for other data): {}", instead(others))
            }
            Self::Unreadable(has) => format!(
                "{who} delivers only {}, which cannot be read: it would have to deliver YUYV, NV12, RGB3, BGR3, GREY or MJPG",
                has.join(", ")
            ),
            Self::NotOffered(wish, has) => {
                format!("{who} does not deliver {wish}: set camera.pixel_format to auto or one of {}", has.join(", "))
            }
            Self::Other(why) => format!("{who} cannot be opened: {why}"),
        }
    }
}

/// What to do instead, given the cameras that there are.
fn instead(others: &[CameraListing]) -> String {
    let usable: Vec<String> = others.iter().filter(|camera| camera.usable()).map(|camera| camera.short()).collect();
    match usable.as_slice() {
        [] => "no other camera was found either; is one plugged in, and may this user read /dev/video*?".to_string(),
        [only] => format!("there is {only}"),
        [most @ .., last] => format!("there are {} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::formats::CameraFormat;
    use super::super::settings::PixelFormat;
    use super::*;

    fn camera(index: u32, name: &str) -> CameraListing {
        let format = CameraFormat { pixel: PixelFormat::Yuyv, width: 640, height: 480, fps: 30 };
        CameraListing { index, name: name.into(), formats: vec![format], unreadable: vec![], trouble: None }
    }

    #[test]
    fn a_missing_camera_names_those_that_are_there() {
        let others = [camera(0, "vivid"), camera(10, "clip")];
        assert_eq!(
            Trouble::Missing.sentence(3, None, &others),
            "there is no camera 3 (/dev/video3): there are camera 0 (vivid) and camera 10 (clip)"
        );
        let none = Trouble::Missing.sentence(0, None, &[]);
        assert!(none.contains("/dev/video0") && none.contains("plugged in"), "{none}");
    }

    #[test]
    fn every_sentence_is_one_line_and_names_the_camera() {
        let troubles = [
            Trouble::Missing,
            Trouble::Busy,
            Trouble::Denied,
            Trouble::Unreadable(vec![]),
            Trouble::Unreadable(vec!["H264".into()]),
            Trouble::NotOffered("NV12".into(), vec!["YUYV".into()]),
            Trouble::Other("why".into()),
        ];
        for trouble in troubles {
            let text = trouble.sentence(7, Some("cam"), &[]);
            assert!(text.contains("camera 7") && !text.contains('\n') && !text.contains("  "), "{text}");
        }
    }
}
