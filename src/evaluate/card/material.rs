//! What a card is made from.

use crate::evaluate::closeups::ClassifiedCloseup;
use crate::evaluate::photos::ScannedPhoto;
use crate::evaluate::report::ClipReport;
use crate::evaluate::videos::VideoCounts;

/// What was found on the material of one side.
#[derive(Clone, Debug, Default)]
pub struct SideMaterial {
    /// Clips of lesions on arms, or whatever has truth beside it.
    pub clips: Vec<ClipReport>,
    /// Clips of faces and hands that carry lesions.
    pub faces: Vec<ClipReport>,
    /// Clips without lesions.
    pub videos: Vec<VideoCounts>,
    /// Photographs with boxes, and those of bare skin.
    pub skin: Vec<ScannedPhoto>,
    /// Photographs of hands, free of lesions.
    pub hands: Vec<ScannedPhoto>,
    /// Photographs at a webcam, free of lesions.
    pub webcam: Vec<ScannedPhoto>,
    /// Close-ups.
    pub closeups: Vec<ClassifiedCloseup>,
}

/// What manifests call photographs of hands without lesions.
const HAND: &str = "hand-no-lesion";

/// What they call photographs at a webcam without lesions.
const WEBCAM: &str = "webcam-no-lesion";

impl SideMaterial {
    /// Adds a photograph to those of its kind.
    pub fn add_photo(&mut self, photo: ScannedPhoto) {
        match photo.photo.class.as_str() {
            HAND => &mut self.hands,
            WEBCAM => &mut self.webcam,
            _ => &mut self.skin,
        }
        .push(photo);
    }
}
