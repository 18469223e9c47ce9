//! COCO, object detection: `images`, `annotations` with boxes, `categories` (<https://cocodataset.org/#format-data>). What COCO has no field
//! for stands in `attributes`, where CVAT and others look for it.

use serde::Serialize;

use super::file::ExportedFile;
use super::view::{ExportView, ExportedCircle};
use crate::finding::{TrackState, listed_px};
use crate::session::SessionError;

#[derive(Serialize)]
struct Dataset<'a> {
    info: Info<'a>,
    licenses: [(); 0],
    images: Vec<Image<'a>>,
    annotations: Vec<Annotation>,
    categories: Vec<Category<'a>>,
}

#[derive(Serialize)]
struct Info<'a> {
    description: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct Image<'a> {
    id: u64,
    width: u32,
    height: u32,
    file_name: String,
    frame: u64,
    time_s: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
}

#[derive(Serialize)]
struct Annotation {
    id: u64,
    image_id: u64,
    category_id: usize,
    /// Left, top, width, height, px.
    bbox: [f64; 4],
    area: f64,
    iscrowd: u8,
    score: f32,
    attributes: Attributes,
}

#[derive(Serialize)]
struct Attributes {
    /// See [`ExportedCircle::id`].
    track_id: u64,
    track: u64,
    place: Option<u64>,
    state: TrackState,
    on_skin: bool,
    evidence: f32,
    undecided: bool,
    x: f64,
    y: f64,
    r: f64,
}

#[derive(Serialize)]
struct Category<'a> {
    id: usize,
    name: &'a str,
    supercategory: &'static str,
}

/// One file.
pub(super) fn files(view: &ExportView) -> Result<Vec<ExportedFile>, SessionError> {
    let sizes = view.sizes()?;
    let (mut images, mut annotations) = (Vec::new(), Vec::new());
    for (at, (frame, size)) in (1..).zip(view.frames.iter().zip(sizes)) {
        images.push(Image {
            id: at,
            width: size.width,
            height: size.height,
            file_name: format!("{}.png", frame.stem),
            frame: frame.frame.frame,
            time_s: frame.frame.time_s,
            file: frame.frame.file.as_deref(),
        });
        for circle in &frame.circles {
            annotations.push(annotation(annotations.len() as u64 + 1, at, circle));
        }
    }
    let categories = view.classes.iter().zip(1..).map(|(name, id)| Category { id, name, supercategory: "lesion" });
    let account = &view.session.account;
    let info = Info { description: &account.source, version: &account.version };
    let dataset = Dataset { info, licenses: [], images, annotations, categories: categories.collect() };
    Ok(ExportedFile::alone(view.json(&dataset)?))
}

fn annotation(id: u64, image_id: u64, exported: &ExportedCircle) -> Annotation {
    let (circle, region) = (exported.circle, exported.region);
    Annotation {
        id,
        image_id,
        category_id: exported.class + 1,
        bbox: [region.left, region.top, region.width, region.height],
        area: (region.width * region.height * 100.0).round() / 100.0,
        iscrowd: 0,
        score: circle.score,
        attributes: Attributes {
            track_id: exported.id,
            track: circle.track,
            place: exported.place,
            state: circle.state,
            on_skin: circle.on_skin,
            evidence: circle.evidence,
            undecided: circle.undecided,
            x: listed_px(circle.circle.x),
            y: listed_px(circle.circle.y),
            r: listed_px(circle.circle.r),
        },
    }
}
