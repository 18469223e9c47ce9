//! Annotation files: `boxes.json` and COCO.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{LabelledPhoto, LesionBox};
use crate::geometry::Size;

/// How far a box may reach out of its picture, px: tools round.
const SLACK: f64 = 1.0;

/// Key of the boxes in a `boxes.json`.
const BOXES: &str = "mole_boxes_xyxy";

/// What a JSON file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `{"a.jpg": {"w": 275, "h": 183, "mole_boxes_xyxy": [[143, 78, 156, 91]], "group": "g006"}, ...}`
    Boxes,
    /// `{"images": [...], "annotations": [...], ...}`
    Coco,
}

/// Tells an annotation by its keys.
pub(super) fn format_of(value: &Value) -> Option<Format> {
    let entries = value.as_object()?;
    if entries.contains_key("images") && entries.contains_key("annotations") {
        return Some(Format::Coco);
    }
    entries.values().any(|entry| entry.get(BOXES).is_some()).then_some(Format::Boxes)
}

#[derive(Deserialize)]
struct BoxesEntry {
    w: u32,
    h: u32,
    mole_boxes_xyxy: Vec<[f64; 4]>,
    group: Option<String>,
}

/// The photos of a `boxes.json`, their paths relative to `root`; the error is the rest of a sentence that names the file.
pub(super) fn boxes(value: Value, root: &Path) -> Result<Vec<LabelledPhoto>, String> {
    let entries: serde_json::Map<String, Value> = parsed(value, "the file")?;
    let photo = |(name, entry): (String, Value)| {
        let entry: BoxesEntry = parsed(entry, &format!("image {name:?}"))?;
        let size = sized(entry.w, entry.h, &name)?;
        let boxes = entry.mole_boxes_xyxy.iter().map(|corners| lesion_box(*corners, size, &name));
        Ok(LabelledPhoto {
            path: root.join(&name),
            size: Some(size),
            boxes: boxes.collect::<Result<_, String>>()?,
            group: entry.group.unwrap_or(name),
            class: String::new(),
            side: None,
        })
    };
    entries.into_iter().map(photo).collect()
}

#[derive(Deserialize)]
struct Coco {
    images: Vec<CocoImage>,
    annotations: Vec<CocoAnnotation>,
}

#[derive(Deserialize)]
struct CocoImage {
    id: Value,
    file_name: String,
    width: u32,
    height: u32,
}

#[derive(Deserialize)]
struct CocoAnnotation {
    image_id: Value,
    bbox: [f64; 4],
}

/// The photos of a COCO file, their paths relative to `root`; every annotation is a lesion, whatever its category. The error
/// is the rest of a sentence that names the file.
pub(super) fn coco(value: Value, root: &Path) -> Result<Vec<LabelledPhoto>, String> {
    let Coco { images, annotations } = parsed(value, "the COCO file")?;
    let mut photos: BTreeMap<String, LabelledPhoto> = BTreeMap::new();
    for CocoImage { id, file_name, width, height } in images {
        let size = Some(sized(width, height, &file_name)?);
        let photo = LabelledPhoto {
            path: root.join(&file_name),
            size,
            boxes: Vec::new(),
            group: file_name,
            class: String::new(),
            side: None,
        };
        if let Some(other) = photos.insert(id.to_string(), photo) {
            return Err(format!("gives the id {id} to {:?} and to another image; ids must differ", other.group));
        }
    }
    for CocoAnnotation { image_id, bbox: [x, y, width, height] } in annotations {
        let Some(photo) = photos.get_mut(&image_id.to_string()) else {
            return Err(format!("has an annotation of image_id {image_id}, but no image with that id"));
        };
        let size = photo.size.unwrap_or_default();
        photo.boxes.push(lesion_box([x, y, x + width, y + height], size, &photo.group)?);
    }
    Ok(photos.into_values().collect())
}

fn parsed<T: DeserializeOwned>(value: Value, whose: &str) -> Result<T, String> {
    serde_json::from_value(value).map_err(|e| format!("{whose} does not have the right form ({e})"))
}

fn sized(width: u32, height: u32, name: &str) -> Result<Size, String> {
    if width == 0 || height == 0 {
        return Err(format!("image {name:?} is said to have {width}x{height} px; both must be above 0"));
    }
    Ok(Size { width, height })
}

/// Checks a box against the size of its picture.
fn lesion_box(corners: [f64; 4], size: Size, name: &str) -> Result<LesionBox, String> {
    let [left, top, right, bottom] = corners;
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let wrong = |what: &str| {
        format!("the box from ({left}, {top}) to ({right}, {bottom}) of image {name:?} {what} of {size} px")
    };
    if left >= right || top >= bottom {
        return Err(wrong("has no area; left and top must be below right and bottom, within the image"));
    }
    if left < -SLACK || top < -SLACK || right > width + SLACK || bottom > height + SLACK {
        return Err(wrong("reaches out; it must lie within the image"));
    }
    Ok(LesionBox { left: left as f32, top: top as f32, right: right as f32, bottom: bottom as f32 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Path, size, boxes, group.
    type Flat = (String, Option<Size>, Vec<[f32; 4]>, String);

    fn flat(photos: &[LabelledPhoto]) -> Vec<Flat> {
        let corners = |photo: &LabelledPhoto| photo.boxes.iter().map(|b| [b.left, b.top, b.right, b.bottom]).collect();
        let one = |p: &LabelledPhoto| (p.path.display().to_string(), p.size, corners(p), p.group.clone());
        photos.iter().map(one).collect()
    }

    #[test]
    fn both_formats_say_the_same() {
        let xyxy = json!({
            "b/1.jpg": {"w": 100, "h": 80, "mole_boxes_xyxy": [[10, 20, 30, 60], [0, 0, 100.5, 80]], "group": "g1"},
            "2.jpg": {"w": 50, "h": 50, "mole_boxes_xyxy": []},
        });
        let coco_file = json!({
            "images": [{"id": 7, "file_name": "b/1.jpg", "width": 100, "height": 80, "license": 1},
                       {"id": 9, "file_name": "2.jpg", "width": 50, "height": 50}],
            "annotations": [{"id": 1, "image_id": 7, "category_id": 3, "bbox": [10, 20, 20, 40]},
                            {"id": 2, "image_id": 7, "bbox": [0, 0, 100.5, 80]}],
        });
        assert_eq!((format_of(&xyxy), format_of(&coco_file)), (Some(Format::Boxes), Some(Format::Coco)));
        assert_eq!(format_of(&json!({"a": 1})), None);
        assert_eq!(format_of(&json!([1])), None);
        let first = flat(&boxes(xyxy, Path::new("d")).unwrap());
        let mut second = flat(&coco(coco_file, Path::new("d")).unwrap());
        let corners = vec![[10.0, 20.0, 30.0, 60.0], [0.0, 0.0, 100.5, 80.0]];
        assert_eq!(first[0], ("d/b/1.jpg".to_owned(), Some(Size { width: 100, height: 80 }), corners, "g1".to_owned()));
        assert_eq!(first[1], ("d/2.jpg".to_owned(), Some(Size { width: 50, height: 50 }), vec![], "2.jpg".to_owned()));
        second[0].3 = "g1".to_owned();
        assert_eq!(first, second, "COCO knows no groups: every picture is its own");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let one = |corners: Value| json!({"a.jpg": {"w": 100, "h": 80, "mole_boxes_xyxy": [corners]}});
        for (value, word) in [
            (one(json!([90, 10, 120, 20])), "reaches out"),
            (one(json!([-9, 10, 20, 20])), "reaches out"),
            (one(json!([20, 10, 20, 30])), "no area"),
            (one(json!([20, 10, 30])), "right form"),
            (json!({"a.jpg": {"w": 0, "h": 80, "mole_boxes_xyxy": []}}), "above 0"),
            (json!({"a.jpg": {"h": 80, "mole_boxes_xyxy": []}}), "`w`"),
            (json!({"a.jpg": 5}), "\"a.jpg\""),
        ] {
            let problem = boxes(value.clone(), Path::new(".")).unwrap_err();
            assert!(problem.contains(word) && problem.contains("a.jpg"), "{value}: {problem}");
        }
        let image = json!({"id": 1, "file_name": "a.jpg", "width": 10, "height": 10});
        let file = |images: Value, annotations: Value| json!({"images": images, "annotations": annotations});
        for (value, word) in [
            (file(json!([image, image]), json!([])), "ids must differ"),
            (file(json!([image]), json!([{"image_id": 2, "bbox": [0, 0, 5, 5]}])), "no image with that id"),
            (file(json!([image]), json!([{"image_id": 1, "bbox": [0, 0, 5, -5]}])), "no area"),
            (file(json!([image]), json!([{"image_id": 1}])), "`bbox`"),
            (file(json!(3), json!([])), "right form"),
        ] {
            let problem = coco(value.clone(), Path::new(".")).unwrap_err();
            assert!(problem.contains(word), "{value}: {problem}");
        }
    }
}
