//! Circles against photos on which lesions are boxed, or on which there is none.

pub mod folder;
mod formats;
mod html;
pub mod report;
mod table;

use std::path::PathBuf;

use super::curve::FrocCounts;
use super::matching::{SeenCircle, match_frame};
use crate::data::Side;
use crate::geometry::Size;
use crate::truth::{TruthFrame, TruthLesion};

/// A picture and the lesions on it.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledPhoto {
    /// The image file.
    pub path: PathBuf,
    /// Size that the boxes were drawn on, px; `None` when nobody says.
    pub size: Option<Size>,
    /// Boxes of its lesions; none: it is free of lesions.
    pub boxes: Vec<LesionBox>,
    /// Patient or series; photos of a group are not independent.
    pub group: String,
    /// What a manifest says that it shows; empty where none lists it.
    pub class: String,
    /// Its side; `None` where nobody says.
    pub side: Option<Side>,
}

/// A box around a lesion, px: left and top below right and bottom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LesionBox {
    /// Left edge.
    pub left: f32,
    /// Upper edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Lower edge.
    pub bottom: f32,
}

impl LesionBox {
    /// The longer side, px.
    pub fn longer_side(&self) -> f32 {
        (self.right - self.left).max(self.bottom - self.top)
    }

    /// The lesion for which a box stands: a circle around the centre of the box, half the longer side in radius.
    fn lesion(&self, id: u32) -> TruthLesion {
        let (x, y) = ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0);
        TruthLesion { id, class: String::new(), x, y, r: self.longer_side() / 2.0 }
    }
}

impl LabelledPhoto {
    /// Its truth. Nobody says where skin is: all of the picture counts as skin, so that no false circle is excused.
    fn truth(&self) -> TruthFrame {
        let lesions = self.boxes.iter().zip(0..).map(|(lesion_box, id)| lesion_box.lesion(id)).collect();
        let far = 1e6;
        let skin = vec![[-far, -far], [far, -far], [far, far], [-far, far]];
        TruthFrame { frame: 0, time_s: 0.0, lesions, skin }
    }
}

/// A photo with the circles on it.
#[derive(Clone, Debug, PartialEq)]
pub struct ScannedPhoto {
    /// The photo.
    pub photo: LabelledPhoto,
    /// Its circles, px of the photo.
    pub circles: Vec<SeenCircle>,
    /// Whether the detector would not judge it: too small, too dark. Counted like a photo without circles.
    pub not_assessable: bool,
}

impl ScannedPhoto {
    /// What it adds to a free-response ROC curve of the boxes of `min_box` px and more.
    pub fn froc(&self, min_box: f32) -> FrocCounts {
        let (truth, mut counts) = (self.photo.truth(), FrocCounts::default());
        let large = self.photo.boxes.iter().map(|lesion_box| lesion_box.longer_side() >= min_box);
        let counted = truth.lesions.iter().zip(large).filter(|(_, large)| *large);
        let verdicts = match_frame(&truth, &self.circles).verdicts;
        counts.add(&counted.map(|(lesion, _)| lesion.circle()).collect::<Vec<_>>(), &self.circles, &verdicts);
        counts
    }

    /// Puts circles to a photo of this size, px. A sentence when the boxes were drawn on another size: they fit nowhere.
    pub fn new(
        photo: LabelledPhoto,
        size: Size,
        circles: Vec<SeenCircle>,
        not_assessable: bool,
    ) -> Result<ScannedPhoto, String> {
        match photo.size {
            Some(listed) if listed != size => Err(format!(
                "{}: has {size} px upright, its boxes are for {listed} px; give the size and boxes of the upright picture",
                photo.path.display()
            )),
            _ => Ok(ScannedPhoto { photo, circles, not_assessable }),
        }
    }
}
