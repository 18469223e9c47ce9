//! YOLO, object detection as Ultralytics reads it: `labels/NAME.txt` with `class x y width height` a line, in parts of the picture, and `data.yaml`
//! with the names of the classes.

use super::file::ExportedFile;
use super::view::ExportView;
use crate::session::SessionError;

/// `data.yaml`, and a file a picture, which is empty where nothing is circled.
pub(super) fn files(view: &ExportView) -> Result<Vec<ExportedFile>, SessionError> {
    let mut files = vec![ExportedFile::within("data.yaml", data(view))];
    for (frame, size) in view.frames.iter().zip(view.sizes()?) {
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        let mut text = String::new();
        for circle in &frame.circles {
            let region = circle.region;
            let x = (region.left + region.width / 2.0) / width;
            let y = (region.top + region.height / 2.0) / height;
            let (w, h) = (region.width / width, region.height / height);
            text += &format!("{} {x:.6} {y:.6} {w:.6} {h:.6}\n", circle.class);
        }
        files.push(ExportedFile::within(format!("labels/{}.txt", frame.stem), text));
    }
    Ok(files)
}

/// Names are written as JSON strings, which YAML reads as they are.
fn data(view: &ExportView) -> String {
    let mut text =
        "# The pictures of a film: ffmpeg -i clean.mp4 -fps_mode passthrough -start_number 0 images/%06d.png\n\
                    path: .\ntrain: images\nval: images\nnames:\n"
            .to_owned();
    for (number, name) in view.classes.iter().enumerate() {
        text += &format!("  {number}: {}\n", serde_json::Value::from(*name));
    }
    text
}
